"""The difference as one HTML file, which loads nothing and runs nothing.

As with the comparison, a content security policy forbids all but our own style, and everything is
made visible before it is escaped.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from undeclared.model import DifferenceEntry, DifferenceReport
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


def render(report: DifferenceReport) -> str:
    """The whole page."""
    css = _file("page.css")
    name = report.after.agent or report.after.artifact.name
    return _template().render(
        report=report,
        title=f"What {name} does differently",
        css=Markup(css),  # noqa: S704 - a file of ours
        css_digest=Markup(base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()),  # noqa: S704 - base64
        alike=alike,
        cut=cut,
        doubtful=_doubtful,
        limits=limits,
        lines=lines,
        parted=parted,
        small=small,
        sure=sure,
        told=told,
        unsure=unsure,
    )


def _doubtful(entries: Sequence[DifferenceEntry]) -> list[DifferenceEntry]:
    certain = sure(entries)
    return [own for own in entries if own not in certain]


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
