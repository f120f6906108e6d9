"""What keeps an agent from running unattended, and how it shows."""

import re
from functools import cache
from typing import Self

from pydantic import Field, field_validator, model_validator

from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.entry import Entry, Examples

_FORM = re.compile(r"(?:said|ran|asked|left):\S.*")


class Trouble(Entry):
    """Something that nobody is there for in a lab."""

    id: str
    title: str
    """What the agent does: `it wants a log-in`."""
    means: str
    """What comes of it in a lab, in a sentence without its end."""
    avoid: str
    """What to put into the profile, as a sentence."""
    fields: tuple[str, ...] = Field(min_length=1)
    """The fields of the profile by which it is avoided."""
    signs: tuple[str, ...] = Field(min_length=1)
    """Patterns with `*`, in any letter case, of four forms. `said:…`: a line of its output.
    `ran:…`: a command line, or a program that it looked for, without folders. `asked:POST
    host/path`: a request that is none to the model. `left:…`: the command line of a process that
    it left running."""
    even_so: bool = False
    """It is worth telling of an agent that did its task, too."""
    examples: Examples
    """What an agent does that is such a sign, and what is none."""

    @field_validator("signs")
    @classmethod
    def _forms(cls, signs: tuple[str, ...]) -> tuple[str, ...]:
        for sign in signs:
            if not _FORM.fullmatch(sign):
                raise ValueError(f"{sign!r} is none of the four forms")
        return signs

    @field_validator("fields")
    @classmethod
    def _of_profiles(cls, fields: tuple[str, ...]) -> tuple[str, ...]:
        for field in fields:
            if field not in AgentProfile.model_fields:
                raise ValueError(f"{field!r} is no field of a profile")
        return fields

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        for event in self.examples.match:
            if not self.shows(event):
                raise ValueError(f"{event!r} should be a sign")
        for event in self.examples.reject:
            if self.shows(event):
                raise ValueError(f"{event!r} should not be a sign")
        return self

    def shows(self, event: str) -> bool:
        """Whether something that an agent did is a sign of it."""
        return self.place(event) is not None

    def place(self, event: str) -> int | None:
        """Where in an event the sign begins to show; None if there is none."""
        for sign in self.signs:
            if found := _compiled(sign).fullmatch(event):
                return found.start(1)
        return None


@cache
def _compiled(sign: str) -> re.Pattern[str]:
    """Only `*` has a meaning: questions are full of brackets. A group is what follows the first."""
    first, *rest = (re.escape(part) for part in sign.split("*"))
    tail = ".*".join(rest)
    pattern = f"{first}.*?({tail})" if rest and tail else f"{first}(.*)" if rest else f"{first}()"
    return re.compile(pattern, re.DOTALL | re.IGNORECASE)
