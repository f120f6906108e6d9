"""Finds many texts at once in code of any size (YARA-X, an Aho-Corasick search)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import yara_x

Search = Callable[[Sequence[bytes]], Iterable[tuple[int, int]]]
"""Finds texts in one file: the number of each and its byte offset."""
CHUNK = 16 * 1024 * 1024
"""Bytes that are searched at a time: YARA-X takes only `bytes`, and a copy of all is large."""
MAX_MATCHES = 200_000
"""Of one text in one chunk."""


def find(data: bytes | memoryview, texts: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Where the texts stand: the number of the text and the byte offset, chunk by chunk.

    Letters count as they are. Raises ValueError if a text is empty or longer than 256 bytes.
    """
    rules = _rules(tuple(texts))
    scanner = yara_x.Scanner(rules)
    scanner.max_matches_per_pattern(MAX_MATCHES)
    overlap = max(map(len, texts)) - 1
    view = memoryview(data)
    for start in range(0, len(view), CHUNK):
        own = min(CHUNK, len(view) - start)
        whole = isinstance(data, bytes) and own == len(data)
        chunk = bytes(data if whole else view[start : start + own + overlap])
        for rule in scanner.scan(chunk).matching_rules:
            for pattern in rule.patterns:
                number = int(pattern.identifier[2:])
                for match in pattern.matches:
                    if match.offset < own:
                        yield number, start + match.offset


@lru_cache(maxsize=16)
def _rules(texts: tuple[bytes, ...]) -> yara_x.Rules:
    if any(not 0 < len(text) <= 256 for text in texts):
        raise ValueError("texts to search for have 1 to 256 bytes")
    strings = " ".join(f"$t{number} = {{ {text.hex(' ')} }}" for number, text in enumerate(texts))
    return yara_x.compile(f"rule texts {{ strings: {strings} condition: any of them }}")


def together(data: bytes | memoryview, *lists: Sequence[bytes]) -> Search:
    """A search of one file that finds several lists of texts in one pass.

    Asked for one of the lists, it gives what `find` does, though not chunk by chunk; other texts
    it looks for when it is asked.
    """
    every, numbers = _every(tuple(map(tuple, lists)))
    places: dict[int, list[int]] = {}
    for number, offset in find(data, every):
        places.setdefault(number, []).append(offset)

    def search(texts: Sequence[bytes]) -> Iterable[tuple[int, int]]:
        listed = numbers.get(tuple(texts))
        if listed is None:
            return find(data, texts)
        return (
            (own, offset)
            for number in sorted(places)
            for own in listed.get(number, ())
            for offset in places[number]
        )

    return search


_Numbers = dict[tuple[bytes, ...], dict[int, tuple[int, ...]]]


@lru_cache(maxsize=16)
def _every(lists: tuple[tuple[bytes, ...], ...]) -> tuple[tuple[bytes, ...], _Numbers]:
    """All texts of some lists, and for each list which of them are its own."""
    every = tuple(dict.fromkeys(text for texts in lists for text in texts))
    numbers = _Numbers()
    for texts in lists:
        own: dict[int, tuple[int, ...]] = {}
        for place, text in enumerate(texts):
            number = every.index(text)
            own[number] = (*own.get(number, ()), place)
        numbers[texts] = own
    return every, numbers
