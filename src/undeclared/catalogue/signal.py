"""Facts of the environment that an experiment can vary."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.entry import Entry, Examples
from undeclared.catalogue.reads import Reads
from undeclared.catalogue.setting import LEVEL, Setting, clashes
from undeclared.catalogue.vocabulary import Vocabulary

_WORDS = "{words}"
_FILLING = "w"
_LONGEST_PART = 60
"""Characters of a part of a host name, of which RFC 1035 allows 63."""

UNSET = "unset"
"""The level of a signal that is not given to the agent at all."""


class Topic(StrEnum):
    """What kind of fact a signal is, in the order in which they are listed."""

    TIME = "time and language"
    NETWORK = "network"
    PERSON = "person"
    PROJECT = "project"
    MACHINE = "machine"
    SURROUNDINGS = "surroundings"
    AGENT = "the agent's own settings"
    OBSERVATION = "observation"


class Level(Entry):
    """One default value of a signal."""

    value: str
    group: str
    """Why this value is worth trying: `default`, `neutral`, `country domain` …"""
    set: Setting | None = None
    """What this level sets, besides and before what all levels of the signal do."""
    seen: str | None = None
    """What the signal's `seen` prints at this level, if it is not the value itself."""


class Seen(Entry):
    """How a level shows inside the agent's world: what the lab's own test checks."""

    run: str
    """A command of the shell; what it prints has the level in it at that level, and only then."""


class Keywords(Entry):
    """Words of which several can be in one level: programs look for parts of a value."""

    level: str
    """A level with `{words}` in it, where words stand one after another, parted by hyphens."""
    words: tuple[str, ...] = Field(min_length=2)

    @field_validator("level")
    @classmethod
    def _has_room(cls, level: str) -> str:
        if level.count(_WORDS) != 1:
            raise ValueError(f"say once, as {_WORDS}, where the words stand")
        return level

    def having(self, words: Sequence[str], filled: int = 0) -> str:
        """The level that has these words in it, in parts of at most 60 characters.

        With `filled`, it is filled up so that all levels with so many characters of words have the
        same length: no difference between them comes from that.
        """
        parts = [""]
        for word in words:
            longer = f"{parts[-1]}-{word}".strip("-")
            if len(longer) > _LONGEST_PART:
                parts.append(word)
            else:
                parts[-1] = longer
        parts = [part for part in parts if part]
        while (lacking := filled - len(".".join(parts)) - bool(parts)) > 0:
            # A part of the name has one character at least, and a dot before it.
            take = min(lacking, _LONGEST_PART)
            parts.append(_FILLING * (take - 1 if lacking - take == 1 else take))
        return self.level.replace(_WORDS, ".".join(parts))


class SignalSpec(Entry):
    """A fact of the environment that an experiment can vary."""

    id: str
    topic: Topic = Topic.SURROUNDINGS
    title: str
    how: str
    """How it is set realistically, in a sentence."""
    set: Setting = Field(default_factory=Setting)
    """What every level sets, with `{level}`; not applied for the level `unset`."""
    levels: tuple[Level, ...] = Field(min_length=2)
    """The first is the default."""
    pattern: str
    """What a level must look like (whole match); `unset` is allowed only as the default."""
    vocabulary: Vocabulary | None = None
    """The list of names that a level must be in, besides; None if any that matches will do."""
    keywords: Keywords | None = None
    """Words that are looked for in a level where nothing is known of what the program compares."""
    on_request: str | None = None
    """Why it is varied only if the user names it; None: by default."""
    paces: bool = False
    """Whether programs plan by it how much they do at once: that times differ then is no mark."""
    seen: Seen | None = None
    """None: it cannot be seen from inside by a command."""
    reads: Reads | None = None
    """What a program does when it reads this; None if that cannot be told from outside it."""
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

    @model_validator(mode="after")
    def _reaches_the_agent(self) -> Self:
        known: dict[frozenset[object], str] = {}
        for level in self.levels:
            content = frozenset(self.setting(level.value).items().items())
            if not content and level != self.levels[0]:
                raise ValueError(
                    "set: say how a level reaches the agent, else it would vary nothing: "
                    f"{level.value!r}"
                )
            if (other := known.setdefault(content, level.value)) != level.value:
                raise ValueError(f"set: the levels {level.value!r} and {other!r} are the same")
        return self

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        for level in (*self.examples.match, *(level.value for level in self.levels)):
            if not self.accepts(level):
                raise ValueError(f"{level!r} should be a level of {self.id}")
        own = self.keywords
        for level in [own.having([word]) for word in own.words] if own else ():
            if not self.accepts(level):
                raise ValueError(f"keywords: {level!r} should be a level of {self.id}")
        for level in self.examples.reject:
            if self.accepts(level):
                raise ValueError(f"{level!r} should not be a level of {self.id}")
        return self

    @property
    def default(self) -> str:
        """The level that a plain machine shows."""
        return self.levels[0].value

    @property
    def open(self) -> bool:
        """Whether other levels than those listed can be given."""
        return any(LEVEL in f"{item} {value}" for item, value in self.set.items().items())

    def accepts(self, level: str) -> bool:
        """Whether a value can be a level of this signal."""
        if re.fullmatch(self.pattern, level) is None or UNSET == level != self.default:
            return False
        # Levels become lines of files and names of paths, in which they must not lead elsewhere.
        if not level.isprintable() or not {".", ".."}.isdisjoint(level.split("/")):
            return False
        if not self.open and level not in {own.value for own in self.levels}:
            return False
        return self.vocabulary is None or self.vocabulary.has(level)

    def setting(self, level: str) -> Setting:
        """What a level sets."""
        common = Setting() if level == UNSET else self.set.filled(level)
        own = next((own.set for own in self.levels if own.value == level), None)
        return own.filled(level).over(common) if own else common


def usable_levels(profile: AgentProfile, spec: SignalSpec) -> tuple[Level, ...]:
    """The levels of a signal that an agent can be given.

    One that would lay a file in the place of one of the agent's own is none of another agent.
    """
    own = {f"~/{path}" for path in profile.files}
    return tuple(
        level
        for level in spec.levels
        if (setting := spec.setting(level.value)).hindrance(profile) is None
        and own.isdisjoint(setting.files)
    )


def applicable(profile: AgentProfile, spec: SignalSpec) -> bool:
    """Whether an agent can be given a signal at all: two levels or more of it."""
    return len(usable_levels(profile, spec)) > 1


class ClashError(ValueError):
    """Two signals set the same thing differently, so one of them would not be varied."""


def combine(signals: Mapping[str, SignalSpec], levels: Mapping[str, str]) -> Setting:
    """What one environment sets; `levels` by the id of their signal.

    A default level gives way to a level that is none. Raises ClashError if two signals that are
    not at their default give different values to the same thing, KeyError for a signal that is not
    among `signals`.
    """
    settings = [(name, signals[name].setting(level)) for name, level in sorted(levels.items())]
    moved = [own for own in settings if levels[own[0]] != signals[own[0]].default]
    for thing, one, other in clashes(moved):
        raise ClashError(f"{one}={levels[one]} and {other}={levels[other]} both set {thing}")
    resting = [own for own in settings if own not in moved]
    combined = Setting()
    for _, setting in (*resting, *moved):
        combined = setting.over(combined)
    return combined
