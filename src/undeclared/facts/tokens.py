"""Finds values in texts that look like identifiers: nobody writes them, and two are never equal."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

BITS = 64
"""That a value must have room for; two of so many are equal by chance once in a life."""
MOST_TOKENS = 400
"""Of one text: more is data, and no identifier."""
LONGEST = 200
"""Characters; longer ones are data too."""

_UUID = re.compile(
    r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1"
    r"[0-9a-fA-F]{12}(?![0-9A-Za-z])"
)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?<!\d\.)(?:0x)?([0-9a-fA-F]{16,128})(?![0-9A-Za-z])")
_DIGITS = re.compile(r"(?<![0-9A-Za-z.])([0-9]{20,60})(?![0-9A-Za-z])")
_RANDOM = re.compile(r"(?<![0-9A-Za-z+/_-])([0-9A-Za-z+/_-]{11,200}={0,2})(?![0-9A-Za-z+/_=-])")
_TIME = re.compile(r"(?:19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9](?:[T_ -]|$)")
_GROUP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


class Token(NamedTuple):
    """A value that looks like an identifier."""

    text: str
    """As it was sent."""
    start: int
    bits: float
    """What it has room for."""

    @property
    def plain(self) -> str:
        """Equal for all spellings of one value: hexadecimal in lower case and without dashes."""
        bare = self.text.removeprefix("0x").replace("-", "")
        return bare.lower() if re.fullmatch(r"[0-9a-fA-F]+", bare) else self.text


def tokens(text: str) -> Iterator[Token]:
    """Every such value of a text, in order, each stretch once."""
    taken: list[tuple[int, int]] = []
    found: list[Token] = []
    for pattern, per_character in ((_UUID, 4.0), (_HEX, 4.0), (_DIGITS, math.log2(10))):
        for match in pattern.finditer(text):
            own = match[0]
            digits = sum(character.isalnum() for character in own.removeprefix("0x"))
            bits = 122.0 if pattern is _UUID else digits * per_character
            if bits >= BITS and not _within(match.span(), taken) and len(set(own)) > 4:
                taken.append(match.span())
                found.append(Token(own, match.start(), bits))
    for match in _RANDOM.finditer(text):
        own = match[1]
        if _TIME.match(own) or len(own) > LONGEST or _within(match.span(1), taken):
            continue
        if _is_random(own):
            found.append(Token(own, match.start(1), len(own.rstrip("=")) * 6.0))
    yield from sorted(found, key=lambda token: token.start)[:MOST_TOKENS]


def _within(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in taken)


def _is_random(text: str) -> bool:
    """Whether letters and digits change too often for words, names and paths.

    Random characters make a new group (a word, a number, capitals) nearly every second one; words
    joined in whatever style, one in five or fewer.
    """
    bare = text.rstrip("=")
    kinds = (str.islower, str.isupper, str.isdigit)
    if sum(any(kind(own) for own in bare) for kind in kinds) < 2 or bare.count("/") > len(bare) / 8:
        return False
    groups = len(_GROUP.findall(bare))
    return len(bare) * 6 >= BITS and groups * 3 >= len(bare) and any(map(str.isdigit, bare))
