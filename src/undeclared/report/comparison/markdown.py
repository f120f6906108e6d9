"""The comparison as Markdown (GitHub Flavored Markdown 0.29): tables, and what is folded below.

Whatever comes from an agent is text: every character that Markdown or HTML gives a meaning is
escaped, and no address becomes a link.
"""

import re
from collections.abc import Iterator, Sequence

from undeclared.model import Cell, ComparedAgent, ComparisonReport, ComparisonRow, ComparisonSection
from undeclared.report.comparison.shown import cut, headline, parted, told, unseen
from undeclared.report.escape import visible

ENTRIES = 3
"""Things of a cell that stand in the table; all of them stand below it."""
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+!|~$]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LIST = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-=]))")
_LINK = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(:)|(www)(\.)|(@)")
"""What GitHub makes links of by itself: "Autolinks (extension)", and names of users."""


def render(report: ComparisonReport) -> str:
    """The whole page."""
    return "\n\n".join(_blocks(report)) + "\n"


def _blocks(report: ComparisonReport) -> Iterator[str]:
    names = [own.name for own in report.agents]
    yield f"# What {escaped(names[0]) if len(names) == 1 else f'{len(names)} agents'} send" + (
        "s" if len(names) == 1 else ""
    )
    yield (
        f"{headline(report)}. Made {report.made:%Y-%m-%d %H:%M} UTC by undeclared "
        f"{escaped(report.tool_version)}. **Bold** is not declared, or not as documented."
    )
    yield "\n".join(_agent(own) for own in report.agents)
    if report.unlike:
        yield "\n".join(f"- {escaped(own)}" for own in report.unlike)
    for section in report.sections:
        yield from _section(section, report.agents)


def _agent(agent: ComparedAgent) -> str:
    problems = "".join(f"\n  - {escaped(cut(own, 600))}" for own in agent.problems)
    return f"- **{escaped(agent.name)}**: {escaped(told(agent))}{problems}"


def _section(section: ComparisonSection, agents: Sequence[ComparedAgent]) -> Iterator[str]:
    yield f"## {escaped(section.title)}"
    yield escaped(section.about)
    full, rest = parted(section)
    if full:
        head = "|  | " + " | ".join(escaped(own.name) for own in agents) + " |"
        lines = [head, "|" + " --- |" * (len(agents) + 1)]
        lines += [_line(row) for row in full]
        yield "\n".join(lines)
        yield from _folded(full, agents)
    if rest:
        yield "Nothing was seen of any agent here:"
        yield "\n".join(
            f"- {escaped(row.title)}: "
            + "; ".join(
                f"{escaped(why)}: {escaped(', '.join(names))}"
                for why, names in unseen(row, agents).items()
            )
            for row in rest
        )


def _line(row: ComparisonRow) -> str:
    return f"| {escaped(row.title)} | " + " | ".join(_cell(own) for own in row.cells) + " |"


def _cell(cell: Cell) -> str:
    if not cell.entries:
        why = f" ({escaped(cell.why)})" if cell.why else ""
        return f"*{cell.state.value}*{why}"
    told = [_bold(escaped(cut(own.text)), own.notable) for own in cell.entries[:ENTRIES]]
    if cell.entries[ENTRIES:]:
        told.append(f"and {len(cell.entries) - ENTRIES} more")
    return "<br>".join(told)


def _folded(rows: Sequence[ComparisonRow], agents: Sequence[ComparedAgent]) -> Iterator[str]:
    lines = [
        line
        for row in rows
        for agent, cell in zip(agents, row.cells, strict=True)
        for line in _details(f"{row.title}, {agent.name}", cell)
    ]
    if lines:
        yield "<details><summary>Where, and how often</summary>"
        yield "\n".join(lines)
        yield "</details>"


def _details(where: str, cell: Cell) -> Iterator[str]:
    if any(own.details for own in cell.entries) or cell.entries[ENTRIES:]:
        yield f"- {escaped(where)}"
        for own in cell.entries:
            yield f"  - {_bold(escaped(cut(own.text)), own.notable)}"
            yield from (f"    - {escaped(cut(line, 600))}" for line in own.details)


def _bold(text: str, notable: bool) -> str:
    return f"**{text}**" if notable else text


def escaped(text: str) -> str:
    """Text that shows as it is, on one line, whatever is in it.

    What would become a link or begin a list is told apart from it by a tag or a backslash.
    """
    shown = visible(text).strip()  # before escaping: what begins a line counts
    shown = "".join(_ENTITIES.get(c, c) for c in shown)
    shown = _LIST.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", shown))
    return _LINK.sub(_unlinked, shown) or "&nbsp;"


def _unlinked(found: re.Match[str]) -> str:
    scheme, colon, www, dot, at = found.groups()
    if at:
        return "<span>@</span>"
    return f"{scheme}<span>{colon}</span>" if scheme else f"{www}<span>{dot}</span>"
