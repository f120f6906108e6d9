"""Literals of a program that may be an encoded form, found without parsing it.

A bundle is one line of many megabytes with a hundred thousand literals; only those that do not read
like text are handed on. All positions are byte offsets.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from undeclared.catalogue import transform
from undeclared.static.hidden import likelihood
from undeclared.static.hidden.candidate import MAX_LITERAL, Candidate
from undeclared.static.hidden.likelihood import Bools, Bytes
from undeclared.static.hidden.names import signs
from undeclared.static.hidden.numbers import numbers

MAX_CANDIDATES = 20_000
_SHORTEST = 5
_SAMPLE = 32
"""Bytes of a literal that are looked at to tell text from noise."""
_TEXT = 1.9
"""Bits a character: what reads better than this is text, …"""
_LONG_TEXT = 16
"""… of so many characters; …"""
_SHORT_TEXT = 1.0
"""… of fewer, without code beside that decodes, …"""
_SIGNS = 0.0
"""… and with signs as no name or list has them, as code between two literals: …"""
_SHORTEST_SIGNS = 12
"""… so many characters at least."""
_NEVER = 1e6
_BACKWARDS = 0.25
"""Bits a character that a text must read better from its end, …"""
_LEAST_BACKWARDS = 6.0
"""… and in all."""
_LINK = 64
"""Bytes between two literals of one list, at most: a comma and the indentation."""
_PIECE = 6.0
"""Characters of a piece of a text put together of pieces, at most, on average."""

_PIECES_OPEN = 0.25
"""How much of a text lies open that is in pieces."""
_LINKS = re.compile(rb"\s*([,+]?)\s*\\?\s*[bru]{0,2}")
_NAME = re.compile(rb"[$_]{0,2}[A-Z]{0,4}[a-z]{2,}+(?:[A-Z]{1,4}[a-z]{2,}+|[._-][a-z]{2,}+|\d++)*+")
"""Names in camel case, which are most of what a bundle's literals hold."""
_CODE = re.compile(
    rb"\)\{|=>|[!=]==|\)\.|\(\)|\(\?[:!=]|&&|\|\||\[\^|\\[dswb]|\)[;,?]|[;{}(]\w+[=(.]|,\w+[=(]|return|function"
)
"""What lies between two literals, and regular expressions."""
_DISTINCT = 4
_DECODES = [
    np.uint32(int.from_bytes(end, "little"))
    for end in (b"tob(", b"ode(", b"ify(", b"hex(", b"ape(", b"ent(", b"URI(", b"rom(")
]
"""The last four bytes of `atob(`, `b64decode(`, `unhexlify(`, `fromhex(`, `unescape(`,
`decodeURIComponent(`, `decodeURI(`, `Buffer.from(`."""


def candidates(data: bytes | memoryview) -> tuple[list[Candidate], bool]:
    """All literals, lists of literals and lists of numbers that do not read like text.

    And whether there were more than MAX_CANDIDATES.
    """
    code = np.frombuffer(data, dtype=np.uint8)
    if len(code) < _SHORTEST:
        return [], False
    spans = _Spans(code, data)
    found = [*spans.lists(), *spans.alone(), *numbers(data, code)]
    return found[:MAX_CANDIDATES], len(found) > MAX_CANDIDATES


class _Spans:
    """Pairs of quotes with what is between them, taken for literals."""

    def __init__(self, code: Bytes, data: bytes | memoryview) -> None:
        self.code, self.data = code, data
        quotes = np.flatnonzero((code == 0x22) | (code == 0x27) | (code == 0x60))
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
        self.wordy = np.zeros(len(self.start), dtype=bool)
        self.fit, self.back = self._fits()
        self.hinted = self._hinted()
        self.slashes = self._numbered()

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
            self.wordy[part] = (_WORDY[window] | (offsets >= length)).all(axis=1)
            self.digits[part] = (_DIGITS[window[:, 1:]] | ~inside).all(axis=1)
            one, other = window[:, :-1], window[:, 1:]
            result[0, part] = np.einsum("ij,ij->i", table[one << 8 | other], inside)
            result[1, part] = np.einsum("ij,ij->i", table[other << 8 | one], inside)
        return result

    def alone(self) -> Iterator[Candidate]:
        """Single literals."""
        escaped = np.searchsorted(self.slashes, self.end)
        escaped -= np.searchsorted(self.slashes, self.start)
        odd = (self.length >= _SHORTEST) & (
            (escaped * 8 >= self.length)
            | ((self.length >= 8) & (self.digits | self._strange_alone()))
        )
        for index in np.flatnonzero(odd | self._decoded()).tolist():
            yield from self._candidate(slice(index, index + 1), [])

    def _strange_alone(self) -> Bools:
        seen = np.minimum(self.length, _SAMPLE) - 1
        signs = np.where(self.length >= _SHORTEST_SIGNS, _SIGNS, -_NEVER)
        words = np.where(self.length >= _LONG_TEXT, _TEXT, _SHORT_TEXT)
        text = np.where(self.hinted, _TEXT, np.where(self.wordy, words, signs))
        strange: Bools = _strange(self.fit, self.back, seen, text)
        return strange

    def _hinted(self) -> Bools:
        """Those with code beside that decodes."""
        found = [np.array([hit.start() for hit in one.finditer(self.data)]) for one in _HINTS]
        places = np.sort(np.concatenate(found).astype(np.intp))
        low = np.searchsorted(places, self.start - _HINTED)
        result: Bools = np.searchsorted(places, self.end + _HINTED) > low
        return result

    def _numbered(self) -> NDArray[np.intp]:
        """Where escapes by number are."""
        slashes = np.flatnonzero(self.code[:-1] == 0x5C)
        single = self.code[slashes - 1] != 0x5C
        places: NDArray[np.intp] = slashes[single & _NUMBERED[self.code[slashes + 1]]]
        return places

    def _decoded(self) -> Bools:
        """Those that are given to a function that decodes."""
        at = np.maximum(self.start, 4)
        at = at - (self.code[at - 1] == 0x62)  # b"..." of Python
        before = sum(self.code[at - 4 + byte].astype(np.uint32) << 8 * byte for byte in range(4))
        result: Bools = np.zeros(len(at), dtype=bool)
        for name in _DECODES:
            result |= before == name
        result &= self.length >= 4
        return result

    def lists(self) -> Iterator[Candidate]:
        """Literals in a row: elements of a list, pieces of a text."""
        if len(self.start) < 2:
            return
        gap = self.start[1:] - self.end[:-1] - 1
        near = np.flatnonzero((gap >= 0) & (gap <= _LINK))
        kinds = np.zeros(len(gap), dtype=np.uint8)
        after = self.code[np.minimum(self.end[near] + 1, len(self.code) - 1)]
        kinds[near] = np.where((gap[near] == 1) & _LINKING[after], after, 0)
        for index in near[(gap[near] != 1) & (_LINKS_BEGIN[after] | (gap[near] == 0))].tolist():
            between = bytes(self.data[self.end[index] + 1 : self.start[index + 1]])
            if found := _LINKS.fullmatch(between):
                kinds[index] = ord(found[1] or " ")
        seen = (np.minimum(self.length, _SAMPLE) - 1).clip(0)
        digits = self.digits & (self.length >= _SHORTEST)
        sums = np.zeros((5, len(self.start) + 1))
        np.cumsum([self.length, seen, self.fit, self.back, digits], axis=1, out=sums[:, 1:])
        for linked, joined in (
            (kinds == 0x2C, False),
            ((kinds == 0x2B) | (kinds == 0x20), True),
            (kinds > 0, True),
        ):
            edges = np.flatnonzero(np.diff(np.concatenate(([0], linked.view(np.int8), [0]))))
            lows, highs = edges[::2], edges[1::2] + 1
            size, looked, fit, back, digits = sums[:, highs] - sums[:, lows]
            odd = (size >= 8) & _strange(fit, back, looked, _TEXT)
            odd |= (size >= 8) & (digits * 4 > highs - lows)
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
        if len(raw) == 1 and (_NAME.fullmatch(raw[0]) or len(_CODE.findall(raw[0][:256])) > 1):
            return
        if any(b"${" in text for text in raw):
            return
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
        if not _says_something(said):
            return
        start, end = int(self.start[whole.start]), int(self.end[whole.stop - 1]) + 1
        # Digits follow each other like those of any number, but say nothing.
        legible = b"" if self.digits[whole].all() else b" ".join(raw)[:512]
        plain_bits = likelihood.openly(legible) * (_PIECES_OPEN if "join" in steps else 1)
        yield Candidate(start, end, tuple(said), tuple(steps), plain_bits)


def _strange(fit: Any, back: Any, seen: Any, text: Any) -> Any:  # noqa: ANN401 - arrays
    backwards = np.maximum(_LEAST_BACKWARDS, _BACKWARDS * seen)
    return (fit < text * seen) | (back - fit > backwards)


def _joined(parts: list[bytes], joins: list[bool]) -> list[bytes]:
    """Pieces put together where a sign between them says so."""
    whole = [parts[0]]
    for part, join in zip(parts[1:], joins, strict=True):
        if join:
            whole[-1] += part
        else:
            whole.append(part)
    return whole


def _says_something(said: list[bytes]) -> bool:
    """Not one sign again and again, nor half a character of UTF-16, nor text in other scripts.

    Encoded bytes are written as characters up to U+00FF: what is beyond, no step can undo.
    """
    joined = b"".join(said[:64])[:256]
    if joined.isascii():
        return len(set(joined)) >= _DISTINCT
    if len(set(joined)) < _DISTINCT or _HALF.search(joined) is not None:
        return False
    return not any(_is_beyond(text) for text in said)


def _is_beyond(text: bytes) -> bool:
    try:
        return max(text.decode(), default="") > "\xff"
    except UnicodeDecodeError:
        return False


def _even(code: Bytes, quotes: NDArray[np.intp]) -> Bools:
    """Whether the backslash before a quote is itself escaped."""
    second = (code[quotes - 1] == 0x5C) & (code[quotes - 2] == 0x5C)
    even: Bools = second & (code[quotes - 3] != 0x5C)
    return even


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


_NUMBERED = signs(b"xu01234567")
_LINKS_BEGIN = signs(b" \t\r\n\v\f,+\\bru")
_LINKING = signs(b",+")
_DIGITS = signs(b"0123456789abcdefABCDEF, ")
_HALF = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_WORDY = signs(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,/:_|;@+=\n-")
"""What names, lists of them and base64 are made of."""
_HINTS = [
    re.compile(re.escape(name))
    for name in (b"harCode", b"odePoint", b"atob(", b"b64decode", b"Buffer.from(", b"chr(")
]
_HINTED = 400
"""Bytes between such code and a literal."""
_WORD = signs(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$")
_PREFIX = signs(b"bBrRuUfFne")
"""Letters that may stand before an opening quote: `b"`, `r"`, `return"`, `case"`."""
_FOLLOWS, _LEADS = signs(b")]},:;.?!&| =+"), signs(b"([{,:=+?!&|;<> ")
"""What code between two literals begins and ends with."""
_BEFORE, _AFTER = signs(b"[,({:?= \n"), signs(b"],)};: \n")
"""What stands beside an element of a list or an argument."""
