"""The forms of a secret, as byte strings to look for, and what of it was found in some bytes.

All forms of all secrets of a run are looked for in one pass (Aho and Corasick 1975). The forms that
somebody may take to pieces are looked for by overlapping grams of eight characters: their runs show
the whole, a part, and pieces alike. Eight random characters never occur by chance.
"""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote

from ahocorasick_rs import BytesAhoCorasick

from undeclared.model import Canary

GRAM = 8
"""Characters; shorter pieces are not recognised."""
DIVISIBLE: dict[str, Callable[[str], str]] = {
    "plain": lambda value: value,
    "reversed": lambda value: value[::-1],
    "lower case": str.lower,
    "hex": lambda value: value.encode().hex(),
}
"""The forms of which pieces are recognised: how each is written."""
_WIDTH = {"hex": 2}
"""Characters for each one of the secret, where that is not 1."""
PART = 12
"""Characters of a secret that are worth telling when there is no more of it."""
DIGESTS = ("md5", "sha1", "sha256", "sha512", "blake2b")
MAX_MATCHES = 1_000_000
"""After so many the rest of some bytes is not searched: somebody is sending nothing but secrets."""
_WINDOW = 256 * 1024
_DIGEST_KEPT = 8
"""Bytes of a digest that are looked for: programs cut them short."""


class Needle(NamedTuple):
    """A byte string to look for."""

    canary: int
    """Index among the secrets."""
    form: str
    begin: int
    """Of a gram: where in the secret, so written, it begins; -1 for the other forms."""


class Piece(NamedTuple):
    """A stretch of a secret in one of `DIVISIBLE`."""

    canary: int
    form: str
    start: int
    """Characters `start` to `end` of the secret as it is written in that form."""
    end: int
    at: int
    """Where in the bytes it begins."""

    @property
    def size(self) -> int:
        """Characters of the secret."""
        return (self.end - self.start) // _WIDTH.get(self.form, 1)


class Found(NamedTuple):
    """What was found in some bytes."""

    forms: frozenset[tuple[int, str]]
    """Index of the secret and form, where the whole of it is there."""
    pieces: tuple[Piece, ...]
    """By where they begin, whole ones included."""


class Needles:
    """Looks for all secrets of a run at once."""

    def __init__(self, canaries: Sequence[Canary]) -> None:
        self._values = [own.value for own in canaries]
        needles: dict[bytes, list[Needle]] = defaultdict(list)
        for number, value in enumerate(self._values):
            for text, form, index in (*_grams(value), *encoded(value), *digests(value)):
                needles[text].append(Needle(number, form, index))
        self._needles = list(needles.values())
        self._longest = max(map(len, needles), default=1)
        self._automaton = BytesAhoCorasick(list(needles))

    def length(self, canary: int) -> int:
        """Characters of a secret."""
        return len(self._values[canary])

    def find(self, data: bytes) -> Found:
        """Everything of the secrets that is in `data`, up to `MAX_MATCHES`."""
        forms: set[tuple[int, str]] = set()
        growing: dict[tuple[int, str, int], tuple[int, int]] = {}
        done: list[Piece] = []
        for start, number in self._matches(data):
            for canary, form, begin in self._needles[number]:
                if begin < 0:
                    forms.add((canary, form))
                    continue
                # Grams of one stretch are as far apart in the bytes as in the secret.
                stretch = (canary, form, start - begin)
                first, last = growing.get(stretch, (begin, begin - 1))
                if begin != last + 1:
                    done.append(_piece(stretch, first, last))
                    first = begin
                growing[stretch] = (first, begin)
        done += (_piece(stretch, first, last) for stretch, (first, last) in growing.items())
        done.sort(key=lambda piece: piece.at)
        whole = {
            (piece.canary, piece.form) for piece in done if piece.size == self.length(piece.canary)
        }
        return Found(frozenset(forms | whole), tuple(done))

    def _matches(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where a needle begins, and which; window by window, since each is a tuple in memory."""
        room = MAX_MATCHES
        for window in range(0, len(data), _WINDOW):
            seen = data[window : window + _WINDOW + self._longest - 1]
            for number, start, _ in self._automaton.find_matches_as_indexes(seen, overlapping=True):
                if start < _WINDOW:
                    yield window + start, number
                    room -= 1
            if room < 0:
                return


def _piece(stretch: tuple[int, str, int], first: int, last: int) -> Piece:
    canary, form, shift = stretch
    return Piece(canary, form, first, last + GRAM * _WIDTH.get(form, 1), shift + first)


def _grams(value: str) -> Iterator[tuple[bytes, str, int]]:
    for form, write in DIVISIBLE.items():
        text, gram = write(value).encode(), GRAM * _WIDTH.get(form, 1)
        for begin in range(len(text) - gram + 1):
            yield text[begin : begin + gram], form, begin


def encoded(value: str) -> Iterator[tuple[bytes, str, int]]:
    """The forms that are looked for as a whole: byte string, name, -1."""
    raw = value.encode()
    for form, text in (
        ("hex", raw.hex().upper()),
        ("URL encoding", quote(value, safe="")),
        ("URL encoding", "".join(f"%{byte:02X}" for byte in raw)),
        ("URL encoding", "".join(f"%{byte:02x}" for byte in raw)),
        ("JSON escapes", "".join(f"\\u{byte:04x}" for byte in raw)),
        ("JSON escapes", "".join(f"\\u{byte:04X}" for byte in raw)),
        ("JSON escapes", value.replace("/", "\\/")),
    ):
        if text != value:
            yield text.encode(), form, -1
    for shift in range(3):
        inner = _aligned(base64.b64encode(bytes(shift) + raw), shift, 6)
        yield inner, "base64", -1
        yield inner.translate(_URL_SAFE), "base64", -1
    for shift in range(5):
        inner = _aligned(base64.b32encode(bytes(shift) + raw), shift, 5)
        yield inner, "base32", -1
        yield inner.lower(), "base32", -1


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _aligned(encoded: bytes, shift: int, bits: int) -> bytes:
    """What does not depend on the bytes before and after: the characters within the value."""
    padding = encoded.count(b"=")
    first = -(-shift * 8 // bits)
    return encoded[first : len(encoded) - padding - 1]


def digests(value: str) -> Iterator[tuple[bytes, str, int]]:
    """Of the value, and of the value as a line, by which `echo` and files differ from it."""
    for name in DIGESTS:
        for text in (value, f"{value}\n"):
            digest = hashlib.new(name, text.encode(), usedforsecurity=False).digest()[:_DIGEST_KEPT]
            in_base64 = _aligned(base64.b64encode(digest), 0, 6)
            for shown in (
                digest.hex().encode(),
                digest.hex().upper().encode(),
                in_base64,
                in_base64.translate(_URL_SAFE),
            ):
                yield shown, name, -1
