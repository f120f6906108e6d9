"""Finds many texts at once in code of any size (YARA-X, an Aho-Corasick search)."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import yara_x

CHUNK = 16 * 1024 * 1024
"""Bytes that are searched at a time: YARA-X takes only `bytes`, and a copy of all is large."""
MAX_MATCHES = 200_000
"""Of one text in one chunk."""


def find(data: bytes | memoryview, texts: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Where the texts stand: the number of the text and the byte offset, chunk by chunk.

    Letters count as they are. Raises ValueError if a text is empty or longer than 256 bytes.
    """
    if any(not 0 < len(text) <= 256 for text in texts):
        raise ValueError("texts to search for have 1 to 256 bytes")
    rules = _rules(tuple(texts))
    scanner = yara_x.Scanner(rules)
    scanner.max_matches_per_pattern(MAX_MATCHES)
    overlap = max(map(len, texts)) - 1
    view = memoryview(data)
    for start in range(0, len(view), CHUNK):
        own = min(CHUNK, len(view) - start)
        chunk = bytes(view[start : start + own + overlap])
        for rule in scanner.scan(chunk).matching_rules:
            for pattern in rule.patterns:
                number = int(pattern.identifier[2:])
                for match in pattern.matches:
                    if match.offset < own:
                        yield number, start + match.offset


@lru_cache(maxsize=16)
def _rules(texts: tuple[bytes, ...]) -> yara_x.Rules:
    strings = " ".join(f"$t{number} = {{ {text.hex(' ')} }}" for number, text in enumerate(texts))
    return yara_x.compile(f"rule texts {{ strings: {strings} condition: any of them }}")
