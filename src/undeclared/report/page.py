"""One HTML file that loads nothing and runs nothing, from the template and style of a folder.

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

from undeclared.report.escape import visible


def page(package: str, **values: object) -> str:
    """`page.html.j2` of a package of ours with `page.css`, its digest and `values`."""
    css = _file(package, "page.css")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return _template(package).render(
        css=Markup(css),  # noqa: S704 - a file of ours
        css_digest=Markup(digest),  # noqa: S704 - base64
        **values,
    )


@cache
def _template(package: str) -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_made_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(_file(package, "page.html.j2"))


def _made_visible(value: object) -> object:
    """What Jinja does with every value before it escapes it."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _file(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
