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
    about,
    cells,
    difference,
    edges,
    headline,
    leading,
    looked,
    minor,
    news,
    notable,
    nothing,
    repeats,
    sentence,
)

MINOR = 12
"""Low findings that get a line; the others are counted."""
NEWS = 40
"""Differences of a watch that are told; the others are counted."""
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
    else:
        yield from _bars(report, width)
    yield _about(report)


def _bars(report: TimelineReport, width: int) -> Iterator[RenderableType]:
    if report.bars:
        signs = "  ".join(f"{own.value} {says}" for own, says in LEGEND)
        yield Text(signs, style="dim")
    for bar in notable(report):
        yield _bar(report, bar, width)
    if low := minor(report):
        yield _minor(report, low)


def _head(report: TimelineReport) -> RenderableType:
    lines = [Text(visible(headline(report)), style="bold")]
    if not report.complete:
        lines.append(Text("INCOMPLETE, never a pass: see below", style="bold yellow"))
    top = {} if report.watch else leading(report)
    for says, titles in top.items():
        told = "".join(f"\n  {visible(own)}" for own in titles)
        lines.append(Text.assemble((visible(says), "bold"), told))
    if not top and not report.watch:
        lines.append(Text(nothing(report)))
    return Group(*lines)


def _news(report: TimelineReport) -> RenderableType:
    if said := news(report):
        return Text(visible(said))
    told: list[RenderableType] = [*map(_difference, report.news[:NEWS])]
    if report.news[NEWS:]:
        told.append(
            Text(f"and {len(report.news) - NEWS} more, less severe; --format json has them")
        )
    return Group(*told)


def _difference(own: NewDifference) -> RenderableType:
    says = f"  {own.trait.severity.value}  {own.trait.title}"
    return Group(
        Text(visible(difference(own)), style="bold"),
        Text(visible(says), style=COLOURS[own.trait.severity]),
    )


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
    if not repeats(report, bar):
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


def _minor(report: TimelineReport, low: list[Bar]) -> RenderableType:
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
    for name, lines in about(report, ODD):
        style = "bold yellow" if name == "problems" else ""
        if lines:
            grid.add_row(name, Text("\n").join(Text(visible(own), style=style) for own in lines))
    return grid
