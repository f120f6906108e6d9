"""How Python programs learn facts of the machine and hand them on."""

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import cache, cached_property
from importlib import resources
from typing import Self

from pydantic import Field, model_validator

from undeclared.catalogue.entry import Entry, Examples
from undeclared.catalogue.loader import parse
from undeclared.catalogue.syntax import Sink


class SinkRule(Entry):
    """Functions that send what they are given."""

    names: tuple[str, ...] = ("*",)
    """Patterns of dotted names; `x()` is what calling `x` gives."""
    calls: tuple[str, ...] = ()
    """Their last parts; any if there are none."""
    arguments: dict[str, Sink]
    """What becomes of an argument, by its name or number; `*`: of all others."""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return one_of(self.names)

    def match(self, dotted: str) -> bool:
        """Whether a function is one of these."""
        if self.calls and dotted.rpartition(".")[2] not in self.calls:
            return False
        return self._pattern.match(dotted) is not None


class MethodRule(Entry):
    """Methods that send, of objects of which nothing else is known."""

    calls: tuple[str, ...]
    with_: tuple[str, ...] = Field(alias="with")
    """At least one of these arguments is named in the call; none is needed if it is empty."""
    receivers: tuple[str, ...] = ("*",)
    """Patterns of the receiver's source text in small letters."""
    arguments: dict[str, Sink]

    @cached_property
    def _receiver(self) -> re.Pattern[str]:
        return one_of(self.receivers)

    def match(self, receiver: str, method: str, named: Iterable[str]) -> bool:
        """Whether a call is one of these."""
        if method not in self.calls or (self.with_ and set(self.with_).isdisjoint(named)):
            return False
        return self._receiver.match(receiver.lower()) is not None


class PythonSyntax(Entry):
    """Names of the standard library and of well-known packages, by what they do."""

    id: str
    title: str
    environments: tuple[str, ...]
    """Mappings of environment variables …"""
    getters: tuple[str, ...]
    """… and functions that give one."""
    attributes: tuple[str, ...]
    """Facts that are read without a call."""
    reads: dict[str, str]
    """Function to what it reads, where that is not its own name."""
    commands: dict[str, str]
    """Patterns of functions that run a program, and its command line; `{0}` is an argument."""
    files: tuple[str, ...]
    """Functions that open or look for the file in their first argument …"""
    file_methods: tuple[str, ...]
    """… and methods of a path that do."""
    runs: tuple[str, ...]
    """Functions that run the command line they are given."""
    homes: tuple[str, ...]
    """Reads that give the home folder."""
    same: tuple[str, ...]
    """Functions that give back their first argument, in some form …"""
    same_methods: tuple[str, ...]
    """… and such methods."""
    passes: tuple[str, ...]
    """Functions in whose result everything shows that they were given, however deep."""
    folders: tuple[str, ...]
    """Reads that give the path of a folder."""
    blind: tuple[str, ...]
    """Functions whose result does not tell what they were given."""
    builders: tuple[str, ...]
    """Classes whose objects hold what they were given."""
    sinks: tuple[SinkRule, ...]
    """The first that matches counts."""
    methods: tuple[MethodRule, ...]
    places: dict[str, tuple[str, ...]]
    """Keys that say where in a request something is put."""
    examples: Examples
    """Functions that send, and others."""

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        for dotted in self.examples.match:
            if self.sink(dotted) is None:
                raise ValueError(f"{dotted} should count as sending")
        for dotted in self.examples.reject:
            if self.sink(dotted) is not None:
                raise ValueError(f"{dotted} should not count as sending")
        return self

    def sink(self, dotted: str) -> SinkRule | None:
        """The rule for a function that sends; None if it does not."""
        return next((rule for rule in self.sinks if rule.match(dotted)), None)


def one_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """A regular expression that matches what one of several patterns with `*` does."""
    escaped = (re.sub(r"[\[?]", lambda sign: f"[{sign[0]}]", pattern) for pattern in patterns)
    return re.compile("|".join(f"(?:{translate(pattern)})" for pattern in escaped))


@cache
def python_syntax() -> PythonSyntax:
    """What is known of Python."""
    file = resources.files("undeclared.catalogue").joinpath("syntax", "python.yaml")
    return parse(file.read_bytes(), PythonSyntax, file.name)
