"""A timeline as Markdown (GitHub Flavored Markdown 0.29)."""

from collections.abc import Iterator

from undeclared.model import Bar, TimelineReport
from undeclared.report.comparison.markdown import escaped
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
    sentence,
)

COLUMNS = 60
"""Cells of a bar."""
ODD = 6
"""Odd times that are told."""


def render(report: TimelineReport) -> str:
    """The whole page. Whatever comes from an agent or a registry is text, and no link."""
    return "\n\n".join(_blocks(report)) + "\n"


def _blocks(report: TimelineReport) -> Iterator[str]:
    yield f"# {escaped(headline(report))}"
    if not report.complete:
        yield "**INCOMPLETE, never a pass: see below.**"
    top = {} if report.watch else leading(report)
    for says, titles in top.items():
        yield f"**{escaped(says)}**\n\n" + "\n".join(f"- {escaped(own)}" for own in titles)
    if report.watch:
        yield _news(report)
    elif not top:
        yield nothing(report)
    if not report.watch:
        yield from _bars(report)
    yield "## About this timeline"
    yield "\n".join(
        f"- {name}: {'; '.join(map(escaped, lines))}" for name, lines in about(report, ODD) if lines
    )


def _bars(report: TimelineReport) -> Iterator[str]:
    if report.bars:
        yield "; ".join(f"`{own.value}` {says}" for own, says in LEGEND)
    for bar in notable(report):
        yield from _bar(report, bar)
    if low := minor(report):
        lines = [f"- {escaped(own.trait.title)}: {sentence(report, own)}" for own in low]
        inside = "\n".join(lines)
        yield f"<details><summary>Low findings</summary>\n\n{inside}\n\n</details>"


def _news(report: TimelineReport) -> str:
    if said := news(report):
        return escaped(said)
    return "\n".join(
        f"- **{escaped(difference(own))}**: {own.trait.severity.value}, {escaped(own.trait.title)}"
        for own in report.news
    )


def _bar(report: TimelineReport, bar: Bar) -> Iterator[str]:
    trait = bar.trait
    yield f"## {escaped(trait.title)}"
    yield f"`{''.join(cells(report, bar, COLUMNS))}`"
    lines = [f"{trait.severity.value} {trait.kind.value}, {sentence(report, bar)}"]
    lines += [f"when {trait.condition}"] if trait.condition else []
    lines += [f"{name}: {says}" for name, says in edges(report, bar)]
    lines += [f"seen {looked(bar)}"]
    lines += [f"changes: {own}" for own in bar.changes]
    lines += [f"its code: {own}" for own in bar.counterparts]
    yield "\n".join(f"- {escaped(own)}" for own in lines)
