"""The comparison as one HTML file, which loads nothing and runs nothing.

Everything that is put into the page is made visible first (`report.escape`) and then escaped for
HTML by Jinja. A content security policy (W3C, Content Security Policy Level 3) forbids all but our
own style, so that even a mistake of ours would start no script and send nothing.
"""

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from undeclared.model import ComparisonReport
from undeclared.report.comparison.shown import cut, headline, parted, told, unseen
from undeclared.report.escape import visible

ENTRIES = 3
"""Things of a cell that are not folded."""
FEW = 4
"""Columns up to which each can be wide."""


def render(report: ComparisonReport) -> str:
    """The whole page."""
    css = _file("page.css")
    names = [own.name for own in report.agents]
    title = f"What {names[0]} sends" if len(names) == 1 else f"What {len(names)} agents send"
    return _template().render(
        report=report,
        title=title,
        headline=headline(report),
        css=Markup(css),  # noqa: S704 - a file of ours
        css_digest=Markup(base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()),  # noqa: S704 - base64
        entries=ENTRIES,
        few=FEW,
        cut=cut,
        told=told,
        unseen=unseen,
        parted=parted,
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
