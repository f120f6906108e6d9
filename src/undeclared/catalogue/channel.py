"""How a locus carries information."""

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


class ChannelSpec(Entry):
    """How a locus carries information."""

    id: str
    title: str
    views: tuple[str, ...] = Field(min_length=1)
    """The views that show it: `text`, `value`, `presence`, `order`, `case`, `whitespace` …"""
    parts: tuple[str, ...] = ("*",)
    """Parts of a flow in which it occurs (globs): `body`, `header`, `question` …"""
    rule: Literal[
        "any",
        "whole",
        "confusable",
        "invisible",
        "whitespace",
        "case",
        "normalisation",
        "date-format",
        "same-number",
    ] = "any"
    """What must hold between two variants; `whole`: they differ in all of their text."""
    rank: int
    """Where several channels fit, the lowest rank is the channel."""
    covert: bool
    """Variants of this channel look or mean the same to a person."""
    because: str = ""
    """The rule by which they do, for the report; given if and only if `covert`."""
    examples: PairExamples

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.covert != bool(self.because):
            raise ValueError("give `because` if and only if `covert`")
        return self
