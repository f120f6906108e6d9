"""What a program does when it reads a signal."""

import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.entry import Entry, Examples

_FORM = re.compile(r"(?:env|file|run|system):\S.*|[A-Za-z_][\w*]*(?:\.[\w*]+)+")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_OWN = ("base_url_env", "key_env", "model_env", "ca_env", "opt_outs")
"""Placeholders: fields of the profile that name variables."""


class Reads(Entry):
    """Rules by which something that a program did counts as reading a signal."""

    what: tuple[str, ...] = Field(min_length=1)
    """Patterns with `*`, of five forms. `env:TZ`: a variable; `env:{base_url_env}` is the one that
    the profile names. `file:/etc/localtime`: a file that is opened, listed or looked for; `~` is
    the home. `run:hostname*`: a command line, its program without folders. `system:uname`: a system
    call. `os.hostname`: a function, as Node.js or Python names it."""
    of_others: bool = False
    """Files count only where the agent itself writes nothing: it may read its own."""
    examples: Examples

    @field_validator("what")
    @classmethod
    def _forms(cls, what: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in what:
            if not _FORM.fullmatch(pattern):
                raise ValueError(f"{pattern!r} is none of the five forms")
            for name in _PLACEHOLDER.findall(pattern):
                if name not in _OWN:
                    raise ValueError(f"{{{name}}} is none of {', '.join(_OWN)}")
        return what

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        for what in self.examples.match:
            if not self.match(what):
                raise ValueError(f"{what!r} should count as a read")
        for what in self.examples.reject:
            if self.match(what):
                raise ValueError(f"{what!r} should not count as a read")
        return self

    def match(self, what: str, profile: AgentProfile | None = None) -> bool:
        """Whether something that a program did counts; without a profile, none of its variables."""
        return any(fits(pattern, what) for pattern in self.patterns(profile))

    def patterns(self, profile: AgentProfile | None = None) -> list[str]:
        """All patterns, for one agent: its variables in place of placeholders."""
        return [pattern for template in self.what for pattern in _filled(template, profile)]


def fits(pattern: str, what: str) -> bool:
    """Whether a text is what a pattern says; only `*` has a meaning, which is any text or none.

    There are hundreds of patterns, and most are asked for little: none is worth compiling.
    """
    head, *middle = pattern.split("*")
    if not middle:
        return what == pattern
    tail = middle.pop()
    end = len(what) - len(tail)
    at = len(head)
    if end < at or not what.startswith(head) or not what.endswith(tail):
        return False
    for part in middle:
        at = what.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _filled(template: str, profile: AgentProfile | None) -> list[str]:
    placeholder = _PLACEHOLDER.search(template)
    if placeholder is None:
        return [template]
    value = getattr(profile, placeholder[1], None)
    given = (value,) if isinstance(value, str) else tuple(value or ())
    names = (own if isinstance(own, str) else own.variable for own in given)
    return [template.replace(placeholder[0], name) for name in names if name]
