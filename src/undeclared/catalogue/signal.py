"""Facts of the environment that an experiment can vary."""

import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from undeclared.catalogue.entry import Entry, Examples
from undeclared.catalogue.vocabulary import Vocabulary


class Level(Entry):
    """One default value of a signal."""

    value: str
    group: str
    """Why this value is worth trying: `default`, `neutral`, `country domain` …"""


class Setting(Entry):
    """How a level reaches the agent; several may be set. `{level}` is replaced."""

    env: dict[str, str] = Field(default_factory=dict)
    localtime: str | None = None
    """Zone that `/etc/localtime` and `/etc/timezone` name."""
    base_url_host: str | None = None
    """Host that the profile's base URL variable names."""
    observers: str | None = None
    """How the agent is watched: see the signal `observers`."""


class SignalSpec(Entry):
    """A fact of the environment that an experiment can vary."""

    id: str
    title: str
    how: str
    """How it is set realistically, in a sentence."""
    set: Setting
    """Not applied for the level `unset`."""
    levels: tuple[Level, ...] = Field(min_length=2)
    """The first is the default."""
    pattern: str
    """What a level must look like (whole match); `unset` is allowed only if it matches."""
    vocabulary: Vocabulary | None = None
    """The list of names that a level must be in, besides; None if any that matches will do."""
    examples: Examples

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern

    @field_validator("levels")
    @classmethod
    def _default_first(cls, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        if len({level.value for level in levels}) < len(levels):
            raise ValueError("a level is there twice")
        if [level.group == "default" for level in levels] != [True] + [False] * (len(levels) - 1):
            raise ValueError("the first level, and no other, is of the group `default`")
        return levels

    @field_validator("set")
    @classmethod
    def _reaches_the_agent(cls, setting: Setting) -> Setting:
        if setting == Setting():
            raise ValueError("say how a level reaches the agent, else it would vary nothing")
        return setting

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        for level in (*self.examples.match, *(level.value for level in self.levels)):
            if not self.accepts(level):
                raise ValueError(f"{level!r} should be a level of {self.id}")
        for level in self.examples.reject:
            if self.accepts(level):
                raise ValueError(f"{level!r} should not be a level of {self.id}")
        return self

    def accepts(self, level: str) -> bool:
        """Whether a value can be a level of this signal."""
        if re.fullmatch(self.pattern, level) is None:
            return False
        return self.vocabulary is None or self.vocabulary.has(level)

    @property
    def default(self) -> str:
        """The level that a plain machine shows."""
        return self.levels[0].value
