"""A timeline as one HTML file, which loads nothing and runs nothing; bars are SVG.

As with the comparison, a content security policy forbids all but our own style, and everything is
made visible before it is escaped.
"""

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from undeclared.model import TimelineReport
from undeclared.report.escape import visible
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
    css = _file("page.css")
    count = len(report.releases)
    names = [
        report.releases[low].version
        if high - low == 1
        else f"{report.releases[low].version} to {report.releases[high - 1].version}"
        for low, high in stretches(count, COLUMNS)
    ]
    return _template().render(
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
        css=Markup(css),  # noqa: S704 - a file of ours
        css_digest=Markup(base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()),  # noqa: S704 - base64
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_made_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(_file("page.html.j2"))


def _made_visible(value: object) -> object:
    """What Jinja does with every value before it escapes it."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
