"""What constants that a program may compare with look like."""

import re
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from undeclared.catalogue.entry import Entry, Examples
from undeclared.catalogue.vocabulary import Vocabulary


class ConstantKind(Entry):
    """One kind of constants: host names, time zones, words."""

    id: str
    says: str
    pattern: str
    """Regular expression for the whole of one."""
    ignore_case: bool = False
    words: str = ""
    """Separated by white space: what the group `word` of the pattern must be one of …"""
    vocabulary: Vocabulary | None = None
    """… or a list that somebody else keeps."""
    bits: float = Field(ge=0, le=32)
    """How telling one is: how seldom other texts of its characters fit."""
    rank: int
    """The first kind that fits counts."""
    specific: bool
    """Whether the form alone tells that it is a constant of this kind."""
    examples: Examples

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        for text in self.examples.match:
            if not self.fits(text):
                raise ValueError(f"{text!r} should fit")
        for text in self.examples.reject:
            if self.fits(text):
                raise ValueError(f"{text!r} should not fit")
        return self

    def fits(self, text: str) -> bool:
        """Whether a text is one of the kind."""
        found = self._pattern.fullmatch(text)
        if found is None:
            return False
        if self.vocabulary is not None:
            return self.vocabulary.has(found["word"])
        return not self.words or found["word"].lower() in self._words

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE if self.ignore_case else 0)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self.words.split())
