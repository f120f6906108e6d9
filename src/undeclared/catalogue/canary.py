"""Secrets that are planted for one run: what they look like, and where they lie."""

import re
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Self

from pydantic import Field, field_validator, model_validator

from undeclared.catalogue.entry import Entry, Examples

SECRET = "{secret}"  # noqa: S105 - a placeholder
"""Stands for the secret in a template."""
FAKE = "FAKE"
"""In the middle of every secret: nobody who meets one shall take it for somebody's. Both its ends
are random, so that a part of it is as telling as the whole."""
_ENDS = 12


class CanaryPlace(StrEnum):
    """Where a secret is planted."""

    VARIABLE = "variable"
    """An environment variable, named by `path`."""
    HOME = "home"
    """A file, `path` relative to the home."""
    REPOSITORY = "repository"
    """A file that git ignores, `path` relative to the repository."""
    HISTORY = "history"
    """A file at `path` of a commit on a branch of its own, removed again by the next commit."""


class CanaryShape(Entry):
    """How a secret is written, so that a program that looks for such secrets takes it for one."""

    prefix: str = Field(default="", max_length=4, pattern=r"^[!-~]*$")
    """Constant beginning, as vendors give their keys."""
    alphabet: str = Field(min_length=32, pattern=r"^[!-~]+$")
    """The characters of the rest."""
    length: int = Field(ge=_ENDS * 2 + len(FAKE), le=200)
    """Of the whole, in characters."""

    def matches(self, value: str) -> bool:
        """Whether a value is of this shape."""
        rest = value.removeprefix(self.prefix)
        return (
            len(value) == self.length
            and value.startswith(self.prefix)
            and FAKE in rest
            and set(rest.replace(FAKE, "", 1)) <= set(self.alphabet)
        )


class CanarySpec(Entry):
    """One secret, planted in every run with another value."""

    id: str
    title: str
    """What it is, for a person: `an AWS secret key`."""
    place: CanaryPlace
    path: str
    text: str = SECRET
    """What is written there, with one `{secret}`."""
    append: bool = False
    """Added to the file where there is one; else it is left out there."""
    private: bool = False
    """Only its owner may read the file."""
    shape: CanaryShape
    examples: Examples
    """Values of the shape, and near misses."""

    @field_validator("text")
    @classmethod
    def _holds_one(cls, text: str) -> str:
        if text.count(SECRET) != 1:
            raise ValueError(f"say once where the secret goes: {SECRET}")
        return text

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        path = PurePosixPath(self.path)
        if self.place is CanaryPlace.VARIABLE:
            if re.fullmatch(r"[A-Z][A-Z0-9_]*", self.path) is None:
                raise ValueError(f"{self.path!r} is no name of a variable")
        elif path.is_absolute() or ".." in path.parts or not path.parts:
            raise ValueError(f"{self.path!r} is not inside the folder it belongs to")
        for value in self.examples.match:
            if not self.shape.matches(value):
                raise ValueError(f"{value!r} should be of the shape")
        for value in self.examples.reject:
            if self.shape.matches(value):
                raise ValueError(f"{value!r} should not be of the shape")
        return self

    @property
    def where(self) -> str:
        """The place, for a person: `~/.aws/credentials`, `the variable GITHUB_TOKEN`."""
        match self.place:
            case CanaryPlace.VARIABLE:
                return f"the variable {self.path}"
            case CanaryPlace.HOME:
                return f"~/{self.path}"
            case CanaryPlace.REPOSITORY:
                return f"{self.path} of the repository"
            case CanaryPlace.HISTORY:
                return f"the git history ({self.path})"
