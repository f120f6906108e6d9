"""A timeline as one HTML file, which loads nothing and runs nothing; bars are SVG."""

from undeclared.model import TimelineReport
from undeclared.report.page import page
from undeclared.report.timeline.shown import (
    LEGEND,
    Cell,
    about,
    cells,
    dated,
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
    stretches,
)

COLUMNS = 120
"""Cells of a bar."""
STEP = 10
"""Units of the drawing for each."""
ODD = 12
"""Odd times that are told."""


def render(report: TimelineReport) -> str:
    """The whole page."""
    count = len(report.releases)
    names = [
        report.releases[low].version
        if high - low == 1
        else f"{report.releases[low].version} to {report.releases[high - 1].version}"
        for low, high in stretches(count, COLUMNS)
    ]
    return page(
        __package__,
        report=report,
        headline=headline(report),
        leading={} if report.watch else leading(report),
        nothing=nothing(report),
        news=news(report) if report.watch else "",
        difference=difference,
        legend=LEGEND,
        signs=Cell,
        notable=[] if report.watch else notable(report),
        minor=[] if report.watch else minor(report),
        cells=lambda bar: list(zip(cells(report, bar, COLUMNS), names, strict=True)),
        edges=lambda bar: list(edges(report, bar)),
        sentence=lambda bar: sentence(report, bar),
        looked=looked,
        about=[own for own in about(report, ODD) if own[1]],
        ends=(dated(report.releases[0]), dated(report.releases[-1])),
        step=STEP,
    )
