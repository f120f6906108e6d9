"""A timeline as text: one sentence for each mark first, then every finding as a bar."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from undeclared.model import Bar, NewDifference, TimelineReport
from undeclared.report.escape import visible
from undeclared.report.layout import COLOURS, NARROWEST, facts, written
from undeclared.report.timeline.shown import (
    LEGEND,
    cells,
    costs,
    edges,
    headline,
    leading,
    looked,
    minor,
    notable,
    sentence,
    varied,
)

MINOR = 12
"""Low findings that get a line; the others are counted."""
ODD = 6
"""Odd times that are told."""


def render(report: TimelineReport, *, width: int, colour: bool) -> str:
    """The timeline as text of at most `width` columns, with colours if `colour`.

    Nothing that an agent or a registry wrote reaches the output unescaped (`report.escape`).
    """
    return written(_blocks(report, max(width, NARROWEST)), width=width, colour=colour)


def _blocks(report: TimelineReport, width: int) -> Iterator[RenderableType]:
    yield _head(report)
    if report.watch:
        yield _news(report)
    if report.bars:
        signs = "  ".join(f"{own.value} {says}" for own, says in LEGEND)
        yield Text(signs, style="dim")
    for bar in notable(report):
        yield _bar(report, bar, width)
    if low := minor(report):
        yield _minor(report, low, width)
    yield _about(report)


def _head(report: TimelineReport) -> RenderableType:
    lines = [Text(visible(headline(report)), style="bold")]
    if not report.complete:
        lines.append(Text("INCOMPLETE, never a pass: see below", style="bold yellow"))
    for bar in leading(report):
        title = visible(bar.trait.title)
        says = visible(sentence(report, bar))
        lines.append(Text.assemble((title, "bold"), f"\n  {says}"))
    if not leading(report) and not report.watch:
        lines.append(Text("No mark was found in the versions that were looked into."))
    return Group(*lines)


def _news(report: TimelineReport) -> RenderableType:
    last = report.releases[-1].version
    if not report.watched_from:
        return Text(visible(f"The watch begins with {last}: nothing to compare it with yet."))
    if len(report.releases) == 1:
        return Text(visible(f"Nothing has appeared since {report.watched_from}."))
    if not report.news:
        return Text(visible(f"No difference since {report.watched_from}."))
    return Group(*map(_difference, report.news))


def _difference(own: NewDifference) -> RenderableType:
    title = f"{own.version}: {own.change.value} since {own.before}, by {own.by.value}"
    style = COLOURS[own.trait.severity]
    says = f"{own.trait.severity.value}  {own.trait.title}"
    return Group(Text(visible(title), style="bold"), Text(f"  {visible(says)}", style=style))


def _bar(report: TimelineReport, bar: Bar, width: int) -> RenderableType:
    trait = bar.trait
    title = Text.assemble(
        (f"{trait.severity.value} ", COLOURS[trait.severity]),
        (f"{trait.kind.value}  ", "dim"),
        (visible(trait.title), "bold"),
    )
    grid = facts()
    grid.add_row("present", visible(sentence(report, bar).removeprefix("present ")))
    if trait.condition:
        grid.add_row("when", visible(trait.condition))
    for name, says in edges(report, bar):
        grid.add_row(name, visible(says))
    grid.add_row("seen", visible(looked(bar)))
    if bar.changes:
        grid.add_row("changes", Text("\n").join(Text(visible(own)) for own in bar.changes))
    if bar.counterparts:
        grid.add_row("its code", Text("\n").join(Text(visible(own)) for own in bar.counterparts))
    drawn = Text("".join(cells(report, bar, width - 4)), style=COLOURS[trait.severity])
    drawn.no_wrap = True
    return Group(title, Padding(Group(drawn, grid), (0, 0, 0, 4)))


def _minor(report: TimelineReport, low: list[Bar], width: int) -> RenderableType:
    lines: list[RenderableType] = [Text("Low findings", style="bold")]
    for bar in low[:MINOR]:
        lines.append(Padding(Text(visible(bar.trait.title)), (0, 0, 0, 2)))
        says = Text(visible(sentence(report, bar)), style="dim")
        lines.append(Padding(says, (0, 0, 0, 4)))
    if low[MINOR:]:
        lines.append(Text(f"  and {len(low) - MINOR} more; --format json has them", style="dim"))
    return Group(*lines)


def _about(report: TimelineReport) -> RenderableType:
    grid = facts()
    grid.add_row("looked into", Text("\n").join(map(Text, costs(report))))
    if report.signals:
        grid.add_row("varied", Text("\n").join(Text(visible(own)) for own in varied(report)))
    if report.left_out:
        grid.add_row("left out", Text("\n").join(Text(visible(own)) for own in report.left_out))
    if report.odd:
        told = [Text(visible(own)) for own in report.odd[:ODD]]
        if report.odd[ODD:]:
            told.append(Text(f"and {len(report.odd) - ODD} more"))
        grid.add_row("odd times", Text("\n").join(told))
    if report.problems:
        told = [Text(visible(own), style="bold yellow") for own in report.problems]
        grid.add_row("problems", Text("\n").join(told))
    grid.add_row("made", f"in {report.seconds:.0f} s by undeclared {report.tool_version}")
    return grid
