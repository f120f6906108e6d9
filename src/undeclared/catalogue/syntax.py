"""How programs in JavaScript and TypeScript learn facts of the machine and hand them on."""

import re
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources
from typing import Literal, Self

from pydantic import Field, model_validator

from undeclared.catalogue.entry import Entry, Examples
from undeclared.catalogue.loader import parse

Sink = Literal["request body", "header", "url", "prompt", "telemetry event", "request", "other"]

_TEXT = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`""")
_BRACKETS = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]")
_NAME = re.compile(r"(?<![\w$.])[A-Za-z_$#][\w$]*(?:\.[\w$#]+)*")


class Meaning(StrEnum):
    """What a name of the language or of a well-known library stands for."""

    VARIABLES = "variables"
    """An object whose members are environment variables …"""
    VARIABLE = "variable"
    """… and a function that gives the one that its first argument names."""
    RUNTIME = "runtime"
    """A function that tells a fact of the machine by itself …"""
    PROPERTY = "property"
    """… and a property that does."""
    FILE = "file"
    """Opens, lists or looks for the file that its first argument names."""
    HOME = "home"
    """Gives the home folder."""
    JOIN = "join"
    """Makes one path of its arguments."""
    SHELL = "shell"
    """Runs its first argument as a command line."""
    COMMAND = "command"
    """Runs the program in its first argument, with the arguments in its second."""
    SAME = "same"
    """Gives back what it was given, in some form."""
    BLIND = "blind"
    """Its result does not tell what it was given, and nothing leaves by it."""
    SENDS = "sends"
    """Something leaves the machine by it."""
    PLACE = "place"
    """A key of an object that says where in a request its value goes."""


class Takes(Entry):
    """What becomes of what a function is given."""

    argument: int | None = None
    """From 0; None for every one."""
    member: str | None = None
    """Only of this member of an object that is given there."""
    sink: Sink


class Rule(Entry):
    """Names that mean the same."""

    means: Meaning
    names: tuple[str, ...] = Field(min_length=1)
    """Dotted names as after all aliases are resolved, without brackets and arguments:
    `process.env`, `Intl.DateTimeFormat.resolvedOptions`. `*.` in front: a method of anything."""
    gives: str | None = None
    """The read that it is, where that is not its own name."""
    takes: tuple[Takes, ...] = ()
    where: str = "*"
    """Of a method: a pattern of the source text of its object, in small letters."""
    examples: Examples
    """Code in which one of the names stands, and code in which none does."""

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        if (self.means in (Meaning.SENDS, Meaning.PLACE)) != bool(self.takes):
            raise ValueError("`takes` belongs to what sends, and only to that")
        for code in self.examples.match:
            if not self._stands_in(code):
                raise ValueError(f"{code!r} should match {self.means}")
        for code in self.examples.reject:
            if self._stands_in(code):
                raise ValueError(f"{code!r} should not match {self.means}")
        return self

    def _stands_in(self, code: str) -> bool:
        parts = [name.split(".") for name in names_in(code)]
        return any(
            self.match(".".join(name[:length]))
            for name in parts
            for length in range(1, len(name) + 1)
        )

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(
            "|".join(re.escape(name).replace(r"\*", r"[\w$#.]+") for name in self.names)
        )

    @cached_property
    def _where(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.where).replace(r"\*", ".*").replace(r"\|", "|"), re.DOTALL)

    def match(self, name: str) -> bool:
        """Whether a name stands for this; a member of an object of variables does."""
        if self.means is Meaning.VARIABLES:
            found = self._pattern.match(name)
            return found is not None and name[found.end() : found.end() + 1] in ("", ".")
        return self._pattern.fullmatch(name) is not None

    def fits(self, receiver: str) -> bool:
        """Whether the object of a method can be one of those meant; its source text is given."""
        return self._where.fullmatch(receiver.lower()) is not None


def names_in(code: str) -> set[str]:
    """The dotted names in a piece of code, as rules have them: without arguments and indices."""
    parts, names = [_TEXT.sub('""', code).replace("?.", ".")], set()
    while parts:
        text = parts.pop()
        while (inner := _BRACKETS.search(text)) is not None:
            parts.append(inner[0][1:-1])
            text = text[: inner.start()] + text[inner.end() :]
        names |= set(_NAME.findall(text.replace("..", ".")))
    return names


class Syntax(Entry):
    """All that is known of a language."""

    id: str
    title: str
    search: tuple[str, ...] = Field(min_length=1)
    """Texts of which one stands wherever a program begins to read a fact of the machine."""
    modules: tuple[str, ...]
    """Names of modules that are followed from where they are taken in."""
    iterations: tuple[str, ...]
    """Methods of a list that give its items to a function."""
    globals: tuple[str, ...]
    """Names under which everything global is found."""
    outcomes: tuple[str, ...]
    """What a command that was run tells of itself, and not of the machine."""
    ordinary: tuple[str, ...]
    """Names that every program uses; none of them is looked for."""
    parts: dict[str, dict[str, str]]
    """Of a read that tells several facts: member to another read that tells this one alone."""
    rules: tuple[Rule, ...]

    @cached_property
    def _exact(self) -> dict[tuple[Meaning, str], Rule]:
        return {
            (rule.means, name): rule
            for rule in reversed(self.rules)
            for name in rule.names
            if "*" not in name
        }

    @cached_property
    def _by_end(self) -> dict[tuple[Meaning, str], tuple[Rule, ...]]:
        """Rules with patterns, by the part of a name that a pattern has no `*` in."""
        found: dict[tuple[Meaning, str], tuple[Rule, ...]] = {}
        for rule in self.rules:
            for name in rule.names:
                if "*" in name:
                    first, last = name.split(".")[0], name.rsplit(".")[-1]
                    key = (rule.means, f".{last}" if "*" in first else f"{first}.")
                    found[key] = (*found.get(key, ()), rule)
        return found

    @cached_property
    def _ways(self) -> frozenset[str]:
        asks = set(Meaning) - {Meaning.SENDS, Meaning.PLACE, Meaning.SAME, Meaning.BLIND}
        names = [name for rule in self.rules if rule.means in asks for name in rule.names]
        return frozenset(
            ".".join(parts[:length])
            for parts in (name.split(".") for name in names)
            for length in range(1, len(parts) + 1)
        )

    @cached_property
    def heads(self) -> frozenset[str]:
        """Names that mean something without being declared."""
        own = {name.partition(".")[0] for rule in self.rules for name in rule.names}
        return frozenset({*own, *self.ordinary, *self.globals} - {"*"})

    def leads(self, name: str) -> bool:
        """Whether something of this name, or of its members, can be a read."""
        return name in self._ways

    def rule(self, means: Meaning, name: str, receiver: str = "") -> Rule | None:
        """The first rule by which a name stands for something."""
        exact = self._exact.get((means, name))
        if exact is not None:
            return exact
        by_end = self._by_end
        ends = (f".{name.rpartition('.')[2]}", f"{name.partition('.')[0]}.")
        return next(
            (
                rule
                for end in ends
                for rule in by_end.get((means, end), ())
                if rule._pattern.fullmatch(name) and rule.fits(receiver)
            ),
            None,
        )


@cache
def javascript() -> Syntax:
    """What is known of JavaScript and TypeScript."""
    file = resources.files("undeclared.catalogue").joinpath("syntax", "javascript.yaml")
    return parse(file.read_bytes(), Syntax, file.name)
