"""Literals of a program that may be an encoded form, found without parsing it.

A bundle is one line of many megabytes with a hundred thousand literals; only those that do not read
like text are handed on. All positions are byte offsets.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from undeclared.catalogue import transform
from undeclared.static.hidden import likelihood
from undeclared.static.hidden.likelihood import Bytes

MAX_LITERAL = 4 << 20
MAX_CANDIDATES = 20_000
_SHORTEST = 5
_SAMPLE = 32
"""Bytes of a literal that are looked at to tell text from noise."""
_TEXT = 1.9
"""Bits a character: what reads better than this is text, …"""
_BACKWARDS = 6.0
"""… unless it reads so many bits better from its end."""
_LINK = 64
"""Bytes between two literals of one list, at most: a comma and the indentation."""
_PIECE = 6.0
"""Characters of a piece of a text put together of pieces, at most, on average."""

_PIECES_OPEN = 0.25
"""How much of a text lies open that is in pieces."""
_LINKS = re.compile(rb"\s*([,+]?)\s*\\?\s*[bru]{0,2}")
_NUMBER = rb"-?(?:0[xX][0-9A-Fa-f]+|\d+)"
_NUMBERS = re.compile(rb"[\[({]\s*" + _NUMBER + rb"(?:\s*,\s*" + _NUMBER + rb"){1,}\s*,?\s*[\])}]")
_NAME = re.compile(rb"[$_]{0,2}[A-Z]{0,4}[a-z]{2,}(?:[A-Z]{1,4}[a-z]{2,}|[._-][a-z]{2,}|\d{1,2})*")
"""Names in camel case, which are most of what a bundle's literals hold."""
_NUMBERS_ALONE = 5
_DISTINCT = 4
_LIST = re.compile(rb"\s*,\s*(?:new\s+)?[\w.]{0,40}\s*")
_MAYBE_NUMBERS = re.compile(rb"[\[({]\s*-?[0-9][0-9a-fA-FxX,\s-]{4,}[\])}]")
_DECODES = np.array(
    [
        int.from_bytes(end, "little")
        for end in (
            b"tob(",
            b"ode(",
            b"ify(",
            b"hex(",
            b"ape(",
            b"ent(",
            b"URI(",
            b"rom(",
        )
    ],
    dtype=np.uint32,
)
"""The last four bytes of `atob(`, `b64decode(`, `unhexlify(`, `fromhex(`, `unescape(`,
`decodeURIComponent(`, `decodeURI(`, `Buffer.from(`."""


class Candidate(NamedTuple):
    """A literal, or several that belong together."""

    start: int
    end: int
    elements: tuple[bytes, ...]
    """What they say, escapes undone."""
    steps: tuple[str, ...] = ()
    """What was undone already."""
    plain: float = 0.0
    """Bits of what is written: how much it reads like text as it is."""


def candidates(data: bytes | memoryview) -> tuple[list[Candidate], bool]:
    """All literals, lists of literals and lists of numbers that do not read like text.

    And whether there were more than MAX_CANDIDATES.
    """
    code = np.frombuffer(data, dtype=np.uint8)
    spans = _Spans(code, data)
    found = [*spans.lists(), *spans.alone(), *numbers(data)]
    return found[:MAX_CANDIDATES], len(found) > MAX_CANDIDATES


class _Spans:
    """Pairs of quotes with what is between them, taken for literals."""

    def __init__(self, code: Bytes, data: bytes | memoryview) -> None:
        self.code, self.data = code, data
        kinds = np.zeros(256, dtype=bool)
        kinds[[0x22, 0x27, 0x60]] = True
        quotes = np.flatnonzero(kinds[code])
        if len(quotes):
            quotes = quotes[(quotes == 0) | (code[quotes - 1] != 0x5C) | _even(code, quotes)]
        opens, closes = [], []
        for kind in (0x22, 0x27, 0x60):
            own = quotes[code[quotes] == kind]
            opens.append(own[:-1])
            closes.append(own[1:])
        start, end = np.concatenate(opens), np.concatenate(closes)
        order = np.argsort(start, kind="stable")
        start, end = start[order], end[order]
        # What lies between two literals ends one before and begins one after: a letter there.
        before = code[np.maximum(start, 1) - 1]
        after = code[np.minimum(end + 1, len(code) - 1)]
        closed = ~_WORD[after] | (end + 1 >= len(code))
        opened = ~_WORD[before] | (start == 0) | _PREFIX[before]
        first = code[np.minimum(start + 1, len(code) - 1)]
        last = code[np.maximum(end, 1) - 1]
        between = _FOLLOWS[first] & _LEADS[last] & ~(_BEFORE[before] & _AFTER[after])
        size = end - start - 1
        keep = closed & opened & ~between & (size <= MAX_LITERAL) & (size > 0)
        self.start, self.end = start[keep], end[keep]
        self.length = self.end - self.start - 1
        self.digits = np.zeros(len(self.start), dtype=bool)
        self.fit, self.back = self._fits()

    def _fits(self) -> NDArray[np.float32]:
        """Two rows: bits of the beginning of each, read forwards and backwards."""
        result = np.zeros((2, len(self.start)), dtype=np.float32)
        table = likelihood.written()
        step = 1 << 13
        offsets = np.arange(_SAMPLE)
        for low in range(0, len(self.start), step):
            part = slice(low, low + step)
            length = self.length[part, None]
            at = self.start[part, None] + 1 + offsets
            window = self.code[np.minimum(at, len(self.code) - 1)].astype(np.int32)
            inside = offsets[1:] < length
            self.digits[part] = (_DIGITS[window[:, 1:]] | ~inside).all(axis=1)
            one, other = window[:, :-1], window[:, 1:]
            result[0, part] = np.einsum("ij,ij->i", table[one << 8 | other], inside)
            result[1, part] = np.einsum("ij,ij->i", table[other << 8 | one], inside)
        return result

    def alone(self) -> Iterator[Candidate]:
        """Single literals."""
        seen = np.minimum(self.length, _SAMPLE) - 1
        escaped = self._escaped()
        odd = (self.length >= _SHORTEST) & (
            (escaped * 8 >= self.length)
            | ((self.length >= 8) & (self.digits | self._strange(self.fit, self.back, seen)))
        )
        for index in np.flatnonzero(odd | self._decoded()):
            yield from self._candidate(slice(index, index + 1), [])

    @staticmethod
    def _strange(fit: Any, back: Any, seen: Any) -> Any:  # noqa: ANN401 - numbers or arrays
        return (fit < _TEXT * seen) | (back - fit > _BACKWARDS)

    def _escaped(self) -> NDArray[np.intp]:
        """How many escapes by number each holds."""
        slashes = np.flatnonzero(self.code[:-1] == 0x5C)
        numbered = np.isin(self.code[slashes + 1], np.frombuffer(b"xu01234567", dtype=np.uint8))
        slashes = slashes[numbered]
        return np.searchsorted(slashes, self.end) - np.searchsorted(slashes, self.start)

    def _decoded(self) -> NDArray[np.bool_]:
        """Those that are given to a function that decodes."""
        at = np.maximum(self.start, 4)
        at = at - (self.code[at - 1] == 0x62)  # b"..." of Python
        before = sum(self.code[at - 4 + byte].astype(np.uint32) << 8 * byte for byte in range(4))
        return np.isin(before, _DECODES) & (self.length >= 4)

    def lists(self) -> Iterator[Candidate]:
        """Literals in a row: elements of a list, pieces of a text."""
        if len(self.start) < 2:
            return
        gap = self.start[1:] - self.end[:-1] - 1
        near = np.flatnonzero((gap >= 0) & (gap <= _LINK))
        kinds = np.zeros(len(gap), dtype=np.uint8)
        after = self.code[np.minimum(self.end[near] + 1, len(self.code) - 1)]
        kinds[near] = np.where((gap[near] == 1) & np.isin(after, (0x2C, 0x2B)), after, 0)
        for index in near[gap[near] != 1]:
            between = bytes(self.data[self.end[index] + 1 : self.start[index + 1]])
            if found := _LINKS.fullmatch(between):
                kinds[index] = ord(found[1] or " ")
        seen = (np.minimum(self.length, _SAMPLE) - 1).clip(0)
        sums = np.zeros((4, len(self.start) + 1))
        np.cumsum([self.length, seen, self.fit, self.back], axis=1, out=sums[:, 1:])
        for linked, joined in (
            (kinds == 0x2C, False),
            (np.isin(kinds, (0x2B, 0x20)), True),
            (kinds > 0, True),
        ):
            edges = np.flatnonzero(np.diff(np.concatenate(([0], linked.view(np.int8), [0]))))
            lows, highs = edges[::2], edges[1::2] + 1
            size, looked, fit, back = sums[:, highs] - sums[:, lows]
            odd = (size >= 8) & self._strange(fit, back, looked)
            odd |= (size >= 8) & (np.add.reduceat(self.digits, lows) * 4 > (highs - lows))
            if joined:
                odd |= size <= _PIECE * (highs - lows)
            odd &= (size >= _SHORTEST) & (size <= MAX_LITERAL)
            for low, high in zip(lows[odd].tolist(), highs[odd].tolist(), strict=True):
                joins = kinds[low : high - 1] != 0x2C
                if joined is bool(joins.any()):
                    yield from self._candidate(slice(low, high), joins.tolist())

    def _candidate(self, whole: slice, joins: list[bool]) -> Iterator[Candidate]:
        raw = [
            bytes(self.data[start + 1 : end])
            for start, end in zip(self.start[whole], self.end[whole], strict=True)
        ]
        said, steps = [], []
        for text in raw:
            plain = transform.escapes(text) if b"\\" in text else _latin(text)
            said.append(text if plain is None else plain)
        if any(map(_by_number, raw)):
            steps.append("escapes")
        if any(joins):
            if sum(map(len, raw)) <= _PIECE * len(raw) and 2 * sum(joins) >= len(joins):
                steps.append("join")
            said = _joined(said, joins)
        start, end = int(self.start[whole.start]), int(self.end[whole.stop - 1]) + 1
        if any(b"${" in text for text in raw) or (len(raw) == 1 and _NAME.fullmatch(raw[0])):
            return
        # Digits follow each other like those of any number, but say nothing.
        legible = b"" if self.digits[whole].all() else b" ".join(raw)[:512]
        plain_bits = likelihood.openly(legible) * (_PIECES_OPEN if "join" in steps else 1)
        yield Candidate(start, end, tuple(said), tuple(steps), plain_bits)


def _joined(parts: list[bytes], joins: list[bool]) -> list[bytes]:
    """Pieces put together where a sign between them says so."""
    whole = [parts[0]]
    for part, join in zip(parts[1:], joins, strict=True):
        if join:
            whole[-1] += part
        else:
            whole.append(part)
    return whole


def _even(code: Bytes, quotes: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether the backslash before a quote is itself escaped."""
    return (code[quotes - 1] == 0x5C) & (code[quotes - 2] == 0x5C) & (code[quotes - 3] != 0x5C)


def _by_number(raw: bytes) -> bool:
    return re.search(rb"\\[xu0-7]", raw) is not None


def _latin(text: bytes) -> bytes:
    """Characters up to U+00FF as one byte each, where there is no other."""
    if text.isascii():
        return text
    try:
        return text.decode().encode("latin-1")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def numbers(data: bytes | memoryview) -> Iterator[Candidate]:
    """Lists of numbers that can be bytes, or characters moved away from theirs.

    Several in a row are one candidate besides.
    """
    row: list[tuple[int, int, list[int]]] = []
    for maybe in _MAYBE_NUMBERS.finditer(data):
        found = _NUMBERS.fullmatch(data, maybe.start(), maybe.end())
        if found is None or found.end() - found.start() > MAX_LITERAL // 8:
            continue
        written = found[0].decode()
        codes = [int(code, 0) for code in re.findall(r"-?(?:0[xX]\w+|[1-9]\d*|0)", written)]
        if row and not _LIST.fullmatch(data[row[-1][1] : found.start()][:_LINK]):
            yield from _numbers(row)
            row = []
        row.append((found.start(), found.end(), codes))
        if len(codes) >= _NUMBERS_ALONE:
            yield from _numbers(row[-1:])
    yield from _numbers(row) if len(row) > 1 else ()


def _numbers(row: list[tuple[int, int, list[int]]]) -> Iterator[Candidate]:
    every = [code for _, _, codes in row for code in codes]
    low, high = min(every, default=0), max(every, default=0)
    as_is = low >= 0 and high < 256
    # Tables of ranges are rows of short lists; texts have characters that differ by less than 96.
    if len(set(every)) < _DISTINCT or (not as_is and (len(row) > 1 or high - low >= 96)):
        return
    if len(row) > 1 and len(every) < 4 * len(row):
        return
    step = "character codes" if as_is else f"character codes, add {-low:+d}"
    texts = tuple(bytes(code - (0 if as_is else low) for code in codes) for _, _, codes in row)
    yield Candidate(row[0][0], row[-1][1], texts, (step,))


def _set(signs: bytes) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=bool)
    table[np.frombuffer(signs, dtype=np.uint8)] = True
    return table


_KEY = re.compile(rb"(?=([\"'`])((?:[^\"'`\n\\]|\\.){2,260})\1)")
_KEY_NUMBERS = re.compile(
    rb"\[\s*(?:0x[0-9a-fA-F]{1,2}|\d{1,3})(?:\s*,\s*(?:0x\w{1,2}|\d{1,3})){1,63}\s*\]"
)
_MAX_KEYS = 24


def keys_in(before: bytes, after: bytes) -> list[bytes]:
    """What may be a key in the code before and after a form, the nearest first.

    Literals as they are and, where they can be, out of hexadecimal digits and base64; lists of
    numbers.
    """
    found: list[tuple[int, bytes]] = []
    for code, distance in ((before, lambda at: len(before) - at), (after, lambda at: at)):
        for literal in _KEY.finditer(code):
            text = literal[2]
            if b"\\" in text:
                text = transform.escapes(text) or text
            found.append((distance(literal.start()), text))
        found += [
            (distance(row.start()), transform.numbers(row[0]) or b"")
            for row in _KEY_NUMBERS.finditer(code)
        ]
    texts = [text for _, text in sorted(found, key=lambda one: one[0])]
    known = dict.fromkeys(text for text in texts[:_MAX_KEYS] if 2 <= len(text) <= 64)
    for text in list(known):
        size = len(text.rstrip(b"="))
        if size in (24, 32, 48, 64) or size in (16, 22, 43):
            for alphabet in (b"0123456789abcdefABCDEF", _BASE64):
                plain = transform.radix(text, alphabet)
                if plain is not None and len(plain) in (12, 16, 24, 32):
                    known[plain] = None
    return list(known)


_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_DIGITS = _set(b"0123456789abcdefABCDEF, ")
_WORD = _set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$")
_PREFIX = _set(b"bBrRuUfFne")
"""Letters that may stand before an opening quote: `b"`, `r"`, `return"`, `case"`."""
_FOLLOWS, _LEADS = _set(b")]},:;.?!&| =+"), _set(b"([{,:=+?!&|;<> ")
"""What code between two literals begins and ends with."""
_BEFORE, _AFTER = _set(b"[,({:? \n"), _set(b"],)};: \n")
"""What stands beside an element of a list or an argument."""
