"""How a locus carries information."""

from fnmatch import fnmatchcase
from typing import Literal, Self

from pydantic import Field, model_validator

from undeclared.catalogue.entry import Entry


class Pair(Entry):
    """Two variants of a locus, in their surroundings."""

    before: str
    after: str


class PairExamples(Entry):
    """Pairs of variants that are of this channel, and pairs that are not."""

    match: tuple[Pair, ...] = Field(min_length=1)
    reject: tuple[Pair, ...] = Field(min_length=1)
    covert: tuple[Pair, ...] = ()
    """Pairs that are of this channel and covert by `covert_if`; those of `match` are not."""


RuleName = Literal[
    "any",
    "whole",
    "confusable",
    "invisible",
    "whitespace",
    "case",
    "normalisation",
    "date-format",
    "percent-encoding",
    "same-number",
    "synonym",
    "wording",
]
"""What must hold between two variants; `whole`: they differ in all of their text."""


class ChannelSpec(Entry):
    """How a locus carries information."""

    id: str
    title: str
    views: tuple[str, ...] = Field(min_length=1)
    """The views that show it: `text`, `value`, `presence`, `order`, `case`, `whitespace` …"""
    parts: tuple[str, ...] = ("*",)
    """Parts of a flow in which it occurs (globs): `body`, `header`, `question` …"""
    pointers: tuple[str, ...] = ("*",)
    """Where in a part it occurs (globs on `Locus.pointer`)."""
    rule: RuleName = "any"
    rank: int
    """Where several channels fit, the lowest rank is the channel."""
    covert: bool
    """Variants of this channel look or mean the same to a person."""
    because: str = ""
    """The rule by which they do, for the report; given if and only if `covert`."""
    covert_in: dict[str, str] = Field(default_factory=dict)
    """Views of a channel that is not covert in which it is, with the rule by which it is."""
    open_at: tuple[str, ...] = ()
    """Pointers (globs) at which a covert channel is not: the request names it there itself."""
    covert_if: dict[RuleName, str] = Field(default_factory=dict)
    """Rules under which a channel that is not covert is, with the reason for the report."""
    examples: PairExamples

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.covert != bool(self.because):
            raise ValueError("give `because` if and only if `covert`")
        if (self.covert and self.covert_in) or not self.covert_in.keys() <= set(self.views):
            raise ValueError("give `covert_in` for views of a channel that is not covert")
        if (self.covert and self.covert_if) or bool(self.covert_if) != bool(self.examples.covert):
            raise ValueError("give `covert_if`, with examples, for a channel that is not covert")
        if self.open_at and not self.covert:
            raise ValueError("give `open_at` for a channel that is covert elsewhere")
        return self

    def seen_in(self, view: str) -> Self:
        """The channel as it is in one of its views."""
        return self._hidden(self.covert_in.get(view))

    def at(self, pointer: str) -> Self:
        """The channel as it is at one place of a part."""
        if not any(fnmatchcase(pointer, own) for own in self.open_at):
            return self
        return self.model_copy(update={"covert": False, "because": ""})

    def under(self, rule: RuleName) -> Self:
        """The channel where a rule holds between its variants."""
        return self._hidden(self.covert_if.get(rule))

    def _hidden(self, because: str | None) -> Self:
        if because is None:
            return self
        told = {"covert": True, "because": because, "covert_in": {}, "covert_if": {}}
        return self.model_copy(update=told)
