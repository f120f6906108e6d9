"""Where every word of a program stands: one pass over its bytes, then any word at once."""

from bisect import bisect_left
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

SMALL = 16 << 10
"""Bytes up to which each word is searched by itself."""
MIDDLE = 256 << 10
"""Bytes up to which words of a single letter count."""
LONGEST = 200
"""Bytes of a word; a longer one is data."""

_WORD = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$"
_INSIDE = frozenset(bytes([letter]) for letter in _WORD)
_LETTERS = np.zeros(256, dtype=bool)
_LETTERS[list(_WORD)] = True
_NONE = np.zeros(1, dtype=np.uint8)
_BUCKETS = 1 << 16
_BY = (257, 31, 7919, 211, 1031)
"""Odd numbers that the length and the letters are multiplied with."""
_PIECE = 256 << 10
_FEW = 64
_COMPARED = 6

Places = NDArray[np.int32]


class Words:
    """An index of all words of some bytes, made when the first is asked for.

    A word is a run of letters, digits, `_` and `$`, wherever it stands: in code, in a text or in
    a comment. Words of a single letter are not kept in large files.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._index: _Index | None = None
        self._known: dict[bytes, list[int]] = {}

    def places(self, word: bytes) -> list[int]:
        """The byte offsets at which a word begins, in order; also of one with a `#` before it."""
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = self._places(word)
        return known

    def _places(self, word: bytes) -> list[int]:
        if word[:1] == b"#":
            places = self.places(word[1:])
            return [start - 1 for start in places if self._data[start - 1 : start] == b"#"]
        if len(self._data) <= SMALL or len(word) > LONGEST or word.translate(None, _WORD):
            return list(whole(self._data, word))
        if self._index is None:
            self._index = _Index(self._data)
        return self._index.places(word)

    def within(self, word: bytes, start: int, end: int) -> list[int]:
        """Those of its places from `start` to before `end`."""
        found = self.places(word)
        return found[bisect_left(found, start) : bisect_left(found, end)]


def whole(data: bytes, word: bytes, start: int = 0, end: int | None = None) -> Iterator[int]:
    """The places in a part of some bytes at which a word stands by itself."""
    end, size = len(data) if end is None else end, len(word)
    while word and (start := data.find(word, start, end)) >= 0:
        if (
            data[start - 1 : start] not in _INSIDE
            and data[start + size : start + size + 1] not in _INSIDE
        ):
            yield start
        start += size


class _Index:
    """Words sorted by a number of 16 bits that is made of their letters (a radix sort)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._bytes = np.frombuffer(data, dtype=np.uint8)
        starts, ends = _bounds(self._bytes)
        sums = _sums(self._bytes, starts, ends)
        order = np.argsort(sums, kind="stable")
        self._starts = starts[order]
        self._sizes = (ends - starts)[order].astype(np.uint8)
        self._first = np.concatenate(([0], np.cumsum(np.bincount(sums, minlength=_BUCKETS))))

    def places(self, word: bytes) -> list[int]:
        if len(word) == 1:
            return self._single(word[0]) if len(self._data) <= MIDDLE else []
        sum_ = sum(one * by for one, by in zip(_told(word), _BY, strict=True)) % _BUCKETS
        low, high = self._first[sum_ : sum_ + 2]
        found = self._starts[low:high][self._sizes[low:high] == len(word)]
        for index in range(min(len(word), _COMPARED) if len(found) > _FEW else 0):
            found = found[self._bytes[found + index] == word[index]]
        return [start for start in found.tolist() if self._data.startswith(word, start)]

    def _single(self, letter: int) -> list[int]:
        """The places of a word of one letter: no letter stands beside it."""
        found = np.flatnonzero(self._bytes == letter)
        beside = np.concatenate((_NONE, self._bytes, _NONE))
        alone = ~(_LETTERS[beside[found]] | _LETTERS[beside[found + 2]])
        return [int(start) for start in found[alone].tolist()]


def _bounds(data: NDArray[np.uint8]) -> tuple[Places, Places]:
    """Where the words of two letters and more begin and end; pieces that fit into a cache."""
    edges, within = list[Places](), False
    for low in range(0, len(data), _PIECE):
        inside = _LETTERS[data[low : low + _PIECE]]
        if bool(inside[0]) != within:
            edges.append(np.array([low], dtype=np.int32))
        changes = np.flatnonzero(inside[1:] != inside[:-1])
        edges.append((changes + (low + 1)).astype(np.int32))
        within = bool(inside[-1])
    if within:
        edges.append(np.array([len(data)], dtype=np.int32))
    both = np.concatenate(edges)
    starts, ends = both[0::2], both[1::2]
    sizes = ends - starts
    kept = (sizes > 1) & (sizes <= LONGEST)
    return starts[kept], ends[kept]


def _sums(data: NDArray[np.uint8], starts: Places, ends: Places) -> NDArray[np.uint16]:
    """A number for each word, of its length and four of its letters."""
    sizes = ends - starts
    told = (starts, starts + 1, starts + sizes // 2, ends - 1)
    sums = sizes.astype(np.uint16) * np.uint16(_BY[0])
    for place, by in zip(told, _BY[1:], strict=True):
        sums += data[place] * np.uint16(by)
    return sums


def _told(word: bytes) -> tuple[int, ...]:
    return len(word), word[0], word[1], word[len(word) // 2], word[-1]
