"""Looks for words and texts of a run's world, as a whole: no secrets, but plain words too.

As in `needles`, all forms of all values are looked for in one pass (Aho and Corasick 1975). Words
of a language may be parts of others, so here a value counts only between the ends of words, and not
where it is only a part of another value that was found.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ahocorasick_rs import BytesAhoCorasick

from undeclared.experiment.needles import MAX_MATCHES, Found, digests, encoded

LEAST = 8
"""Characters of a value that is looked for; shorter ones are found by chance, but for digests."""
MOST = 200
"""Characters of a value of which other forms than the text itself are looked for."""
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


_BREAKS = (b"\\n", b"\\r", b"\\t")
"""As JSON writes them before a word."""


class Words:
    """Looks for all values of a world at once."""

    def __init__(self, values: Sequence[str]) -> None:
        needles: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
        for number, value in enumerate(values):
            for text, form in _forms(value):
                needles[text].append((number, form))
        self._texts = list(needles)
        self._needles = list(needles.values())
        self._automaton = BytesAhoCorasick(self._texts) if self._texts else None

    def find(self, data: bytes) -> Found:
        """Every value that is in `data`, by its index, and the form."""
        found = (own for _, _, number in self._longest(data) for own in self._needles[number])
        return Found(frozenset(found), ())

    def spans(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """Where values are in `data` as they are, in order: start, end, index of the value."""
        for start, end, number in self._longest(data):
            value = next((own for own, form in self._needles[number] if form in _PLAIN), None)
            if value is not None:
                yield start, end, value

    def _longest(self, data: bytes) -> list[tuple[int, int, int]]:
        """Matches that are not within a longer one, in order: start, end, needle."""
        if self._automaton is None:
            return []
        matches = self._automaton.find_matches_as_indexes(data, overlapping=True)[:MAX_MATCHES]
        found: list[tuple[int, int, int]] = []
        reach = 0
        for start, end, number in sorted(
            ((start, end, number) for number, start, end in matches),
            key=lambda match: (match[0], -match[1]),
        ):
            plain = any(form in _PLAIN for _, form in self._needles[number])
            if end > reach and (not plain or _apart(data, start, end)):
                found.append((start, end, number))
                reach = end
        return found


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
