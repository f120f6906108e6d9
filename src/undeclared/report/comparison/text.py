"""The comparison as text: a block for each row, the agents below one another.

Agents as columns would need a wide terminal; here those of which the same is said share a line.
"""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from undeclared.model import (
    AuditState,
    Cell,
    CellState,
    ComparedAgent,
    ComparisonReport,
    ComparisonRow,
    ComparisonSection,
)
from undeclared.report.comparison.shown import answered, cut, headline, parted, told, unseen
from undeclared.report.escape import visible
from undeclared.report.layout import facts, written

ENTRIES = 3
"""Things told of one agent in one row; the rest is counted."""
FEWER = {"reads": 1, "influences": 2}
"""The same, of sections with very many rows."""


def render(report: ComparisonReport, *, width: int, colour: bool) -> str:
    """The comparison as text of at most `width` columns, with colours if `colour`.

    Nothing that an agent wrote reaches the output unescaped (`report.escape`).
    """
    return written(_blocks(report), width=width, colour=colour)


def _blocks(report: ComparisonReport) -> Iterator[RenderableType]:
    yield _agents(report)
    known = answered(report)
    for section in known.sections:
        yield _section(section, known.agents)


def _agents(report: ComparisonReport) -> RenderableType:
    grid = facts()
    for agent in report.agents:
        style = "" if agent.state is AuditState.COMPLETE else "bold yellow"
        problems = [f"\n{visible(cut(own))}" for own in agent.problems]
        grid.add_row(
            f"  {visible(agent.name)}",
            Text.assemble((visible(told(agent)), style), *problems),
        )
    unlike = [Text(f"  {visible(own)}") for own in report.unlike]
    return Group(Text(headline(report), style="bold"), grid, *unlike)


def _section(section: ComparisonSection, agents: Sequence[ComparedAgent]) -> RenderableType:
    heading = [Text(section.title, style="bold"), Text(section.about, style="dim")]
    most = FEWER.get(section.id, ENTRIES)
    full, rest = parted(section)
    return Group(*heading, *(_row(row, agents, most) for row in full), *_silent(rest, agents))


def _row(row: ComparisonRow, agents: Sequence[ComparedAgent], most: int) -> RenderableType:
    pairs = list(zip(agents, row.cells, strict=True))
    if all(cell.amount is not None for cell in row.cells if cell.state is CellState.SEEN):
        pairs.sort(key=lambda pair: -(pair[1].amount or 0))
    grid = facts()
    for agent, cell in pairs:
        if cell.state is CellState.SEEN:
            grid.add_row(visible(agent.name), _entries(cell, most))
    for what, names in unseen(row, agents).items():
        grid.add_row("", Text(visible(f"{what}: {', '.join(names)}"), style="dim"))
    return Group(Text(f"  {visible(row.title)}", style="bold"), Padding(grid, (0, 0, 0, 4)))


def _entries(cell: Cell, most: int) -> Text:
    lines = [
        Text(visible(cut(own.text)), style="yellow" if own.notable else "")
        for own in cell.entries[:most]
    ]
    if cell.entries[most:]:
        lines.append(Text(f"and {len(cell.entries) - most} more", style="dim"))
    return Text("\n").join(lines)


def _silent(
    rows: Sequence[ComparisonRow], agents: Sequence[ComparedAgent]
) -> Iterator[RenderableType]:
    """Rows in which nothing was seen of any agent, those alike in one line."""
    alike: dict[str, list[str]] = {}
    for row in rows:
        said = unseen(row, agents)
        what = "; ".join(
            why if len(names) == len(agents) else f"{why}: {', '.join(names)}"
            for why, names in said.items()
        )
        alike.setdefault(what, []).append(row.title)
    for what, titles in alike.items():
        yield Padding(Text(visible(", ".join(titles)), style="bold"), (0, 0, 0, 2))
        yield Padding(Text(visible(what), style="dim"), (0, 0, 0, 4))
