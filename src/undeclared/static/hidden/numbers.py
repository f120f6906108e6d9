"""Lists of numbers of a program that can be bytes, or characters moved away from theirs."""

import re
from collections.abc import Iterator

import numpy as np

from undeclared.static.hidden.candidate import CODES, MAX_LITERAL, Candidate
from undeclared.static.hidden.likelihood import Bytes

_NUMBER = rb"-?(?:0[xX][0-9A-Fa-f]++|\d++)"
_NUMBERS = re.compile(
    rb"[\[({]\s*+" + _NUMBER + rb"(?:\s*+,\s*+" + _NUMBER + rb")++\s*+,?+\s*+[\])}]"
)
_CODES = re.compile(rb"-?(?:0[xX][0-9A-Fa-f]+|[1-9]\d*|0)")
_ALONE = 5
_DISTINCT = 4
_LINK = 64
"""Bytes between two lists of one row, at most."""
_LIST = re.compile(rb"\s*,\s*(?:new\s+)?[\w.]{0,40}\s*")
_RANGE = 96
"""Texts have characters that differ by less; tables differ by more."""


def numbers(data: bytes | memoryview, code: Bytes) -> Iterator[Candidate]:
    """Lists of numbers, and several in a row as one more candidate.

    `code`: the same bytes.
    """
    row: list[tuple[int, int, list[int]]] = []
    done = 0
    for at in _opened(code):
        if at < done:
            continue
        found = _NUMBERS.match(data, at, at + MAX_LITERAL // 8)
        if found is None:
            continue
        done = found.end()
        codes = [int(one, 0) for one in _CODES.findall(found[0])]
        if row and not _LIST.fullmatch(data[row[-1][1] : found.start()][:_LINK]):
            yield from _row(row)
            row = []
        row.append((found.start(), found.end(), codes))
        if len(codes) >= _ALONE:
            yield from _candidates(row[-1:])
    yield from _row(row)


def _opened(code: Bytes) -> list[int]:
    """Where a bracket is followed by what a number begins with, or by white space."""
    if len(code) < 2:
        return []
    brackets = np.flatnonzero((code[:-1] == 0x5B) | (code[:-1] == 0x28) | (code[:-1] == 0x7B))
    after = code[brackets + 1]
    digits = (after - np.uint8(0x30)) < 10
    places: list[int] = brackets[digits | (after == 0x2D) | (after <= 0x20)].tolist()
    return places


def _row(row: list[tuple[int, int, list[int]]]) -> Iterator[Candidate]:
    if len(row) > 1:
        yield from _candidates(row)


def _candidates(row: list[tuple[int, int, list[int]]]) -> Iterator[Candidate]:
    every = [code for _, _, codes in row for code in codes]
    low, high = min(every), max(every)
    as_is = low >= 0 and high < 256
    if len(set(every)) < _DISTINCT or (not as_is and (len(row) > 1 or high - low >= _RANGE)):
        return
    if len(row) > 1 and len(every) < 4 * len(row):
        return
    step = CODES if as_is else f"{CODES}, add {-low:+d}"
    texts = tuple(bytes(code - (0 if as_is else low) for code in codes) for _, _, codes in row)
    yield Candidate(row[0][0], row[-1][1], texts, (step,))
