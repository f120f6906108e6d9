"""The difference as text: the sentence that matters, then what came, went and changed."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from undeclared.model import DifferenceEntry, DifferenceKind, DifferenceReport, DifferenceSection
from undeclared.report.comparison.shown import cut
from undeclared.report.difference.shown import (
    alike,
    limits,
    lines,
    parted,
    small,
    sure,
    told,
    unsure,
)
from undeclared.report.escape import visible
from undeclared.report.layout import facts, written

_STYLES = {
    DifferenceKind.ADDED: "yellow",
    DifferenceKind.REMOVED: "green",
    DifferenceKind.CHANGED: "cyan",
    DifferenceKind.NOT_COMPARABLE: "dim",
}
_LINE = 400
_EVIDENCE = 120


def render(report: DifferenceReport, *, width: int, colour: bool) -> str:
    """The difference as text of at most `width` columns, with colours if `colour`.

    Nothing that an agent wrote reaches the output unescaped (`report.escape`).
    """
    return written(_blocks(report), width=width, colour=colour)


def _blocks(report: DifferenceReport) -> Iterator[RenderableType]:
    first, *others = report.summary
    yield Group(Text(visible(first), style="bold"), *(Text(f"  {visible(own)}") for own in others))
    yield _sides(report)
    for section, missing in limits(report.sections):
        if section.entries or missing:
            yield _section(section, missing)
    if same := alike(report):
        yield Text(visible(same), style="dim")


def _sides(report: DifferenceReport) -> RenderableType:
    grid = facts()
    for label, side in (("before", report.before), ("after", report.after)):
        style = "" if side.complete else "bold yellow"
        problems = [f"\n{visible(cut(own))}" for own in side.problems]
        grid.add_row(f"  {label}", Text.assemble((visible(told(side)), style), *problems))
    return Group(grid, *(Text(f"  {visible(own)}", style="yellow") for own in report.unlike))


def _section(section: DifferenceSection, missing: Sequence[str]) -> RenderableType:
    notable, rest = parted(section)
    grid = facts(14)
    certain = sure(notable)
    for entry in certain:
        grid.add_row(_label(entry.kind), _entry(entry))
    for why, names in unsure([own for own in notable if own not in certain]):
        below = Padding(Text(visible(why), style="dim"), (0, 0, 0, 2))
        grid.add_row(_label(DifferenceKind.NOT_COMPARABLE), Group(Text(visible(names)), below))
    for kind, names in small(rest):
        grid.add_row(Text(f"  {kind}", style="dim"), Text(visible(names), style="dim"))
    last = [Text(f"  {visible(own)}", style="dim") for own in missing]
    shown = [grid] if section.entries else []
    return Group(Text(section.title, style="bold"), *shown, *last)


def _label(kind: DifferenceKind) -> Text:
    return Text(f"  {kind.value}", style=_STYLES[kind])


def _entry(entry: DifferenceEntry) -> RenderableType:
    severity = f" [{entry.severity.value}]" if entry.severity else ""
    below = [Text(visible(cut(own, _LINE))) for own in lines(entry)]
    below += [
        Text(f"{own.side}: {visible(cut(own.text, _EVIDENCE))}", style="dim")
        for own in entry.evidence[:1]
    ]
    subject = Text(visible(cut(entry.subject)) + severity, style="bold")
    return Group(subject, *(Padding(own, (0, 0, 0, 2)) for own in below))
