"""Looks for words and texts of a run's world, as a whole: no secrets, but plain words too.

As in `needles`, all forms of all values are looked for in one pass (Aho and Corasick 1975). Words
of a language may be parts of others, so here a value counts only between the ends of words, and not
where it is only a part of another value that was found.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from ahocorasick_rs import BytesAhoCorasick

from undeclared.facts.needles import MAX_MATCHES, Found, digests, encoded

LEAST = 8
"""Characters of a value that is looked for; shorter ones are found by chance, but for digests."""
MOST = 200
"""Characters of a value of which other forms than the text itself are looked for."""
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


_BREAKS = (b"\\n", b"\\r", b"\\t")
"""As JSON writes them before a word."""


class Words:
    """Looks for all values of a world at once."""

    def __init__(self, values: Sequence[str], apart: Collection[int] = ()) -> None:
        """`apart` are the values, by their index, that hide no others and are hidden by none."""
        needles: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
        for number, value in enumerate(values):
            for text, form in _forms(value):
                needles[text].append((number, form))
        self._apart = frozenset(apart)
        self._needles = list(needles.values())
        self._automaton = BytesAhoCorasick(list(needles)) if needles else None

    def find(self, data: bytes) -> Found:
        """Every value that is in `data`, by its index, and the form."""
        return Found(frozenset((value, form) for _, _, value, form in self._longest(data)), ())

    def spans(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """Where values are in `data` as they are, in order: start, end, index of the value."""
        reach = 0
        for start, end, value, form in self._longest(data):
            if form in _PLAIN and end > reach:
                yield start, end, value
                reach = end

    def _longest(self, data: bytes) -> Iterator[tuple[int, int, int, str]]:
        """Matches that are not within a longer one, in order: start, end, value, form."""
        if self._automaton is None:
            return
        matches = self._automaton.find_matches_as_indexes(data, overlapping=True)[:MAX_MATCHES]
        reach = {True: 0, False: 0}
        for start, negative, number in sorted((own[1], -own[2], own[0]) for own in matches):
            end, before = -negative, dict(reach)
            for value, form in self._needles[number]:
                kind = value in self._apart
                if end > before[kind] and (form not in _PLAIN or _apart(data, start, end)):
                    yield start, end, value, form
                    reach[kind] = end


_PLAIN = ("plain", "lower case")


def _apart(data: bytes, start: int, end: int) -> bool:
    """Whether what is there is no part of a longer word."""
    before = start > 0 and data[start - 1] in _WORD and data[start] in _WORD
    before = before and data[start - 2 : start] not in _BREAKS
    after = end < len(data) and data[end] in _WORD and data[end - 1] in _WORD
    return not before and not after


def _forms(value: str) -> Iterator[tuple[bytes, str]]:
    if len(value) >= LEAST:
        escaped = json.dumps(value)[1:-1]
        for text in dict.fromkeys(
            (value, escaped, json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(escaped)[1:-1])
        ):
            yield text.encode("utf-8", "surrogatepass"), "plain"
        if (lower := value.lower()) != value:
            yield lower.encode("utf-8", "surrogatepass"), "lower case"
    if len(value) > MOST or not value.isascii():
        yield from ((text, form) for text, form, _ in digests(value))
        return
    if len(value) >= LEAST:
        yield from ((text, form) for text, form, _ in encoded(value))
    yield from ((text, form) for text, form, _ in digests(value))
