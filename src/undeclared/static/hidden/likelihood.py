"""How much bytes look like the constants of a program, in bits above random ones."""

import math
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from undeclared import catalogue

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]

_RARE = -8.0
"""A byte that texts of constants do not hold."""
_NON_ASCII = -2.0
"""A byte above 127: names in other scripts exist."""
_CAP = 4.5
"""No single character is worth more: a row of the same one is no evidence."""


def _encoded(alphabet: bytes, share: float) -> Floats:
    """As `singles`, of a form of which each character is about as likely as any other."""
    table = np.full(256, _RARE, dtype=np.float32)
    table[np.frombuffer(alphabet, dtype=np.uint8)] = np.log2(256 * share / len(alphabet))
    return table


@cache
def singles() -> Floats:
    """(256,): bits of one byte."""
    model = catalogue.text_model()
    table = np.full(256, _RARE, dtype=np.float32)
    table[128:] = _NON_ASCII * 2
    table[_positions()] = np.minimum(model.bits(model.single), _CAP)
    return table


@cache
def pairs() -> Floats:
    """(65536,): bits of one byte (low) after another (high), in constants."""
    return _square(catalogue.text_model().pairs)


@cache
def written() -> Floats:
    """(65536,): the same in everything that programs hold openly."""
    table = _square(catalogue.text_model().written).reshape(256, 256)
    # Texts in other scripts; what begins with C2 or C3 is as often a byte written as a character.
    table[128:, 128:] = 3.0
    table[0xC2:0xC4, 128:] = _NON_ASCII
    return table.reshape(-1)


def _square(rows: tuple[str, ...]) -> Floats:
    table = np.full((256, 256), _RARE, dtype=np.float32)
    table[128:, 128:] = _NON_ASCII
    places = _positions()
    bits = catalogue.text_model().bits
    table[np.ix_(places, places)] = np.minimum([bits(row) for row in rows], _CAP)
    return table.reshape(-1)


def _positions() -> NDArray[np.intp]:
    return np.array([ord(sign) for sign in catalogue.text_model().characters], dtype=np.intp)


@cache
def targets() -> Floats:
    """(256, n): bits of one byte of a text, of base64, of hexadecimal digits, of lists of numbers.

    What undoing a key can lead to.
    """
    decoders = catalogue.decoders()
    forms = [
        singles(),
        _encoded(decoders["base64"].alphabet.encode(), 1.0),
        _encoded(b"0123456789abcdef", 1.0),
        _encoded(b"0123456789,", 1.0),
        _encoded(b"%0123456789abcdef", 1.0),
    ]
    return np.stack(forms, axis=1).astype(np.float32)


def bits(data: bytes) -> float:
    """Of a whole text: the sum over its characters, each after the one before."""
    if not data:
        return 0.0
    codes = np.frombuffer(data, dtype=np.uint8).astype(np.intp)
    return float(singles()[codes[0]] + pairs()[codes[:-1] << 8 | codes[1:]].sum())


def openly(data: bytes) -> float:
    """How much a text reads like anything that programs hold openly; at least 0."""
    if not data:
        return 0.0
    codes = np.frombuffer(data, dtype=np.uint8).astype(np.intp)
    following = codes[:-1] << 8 | codes[1:]
    return max(0.0, float(written()[following].sum()), float(pairs()[following].sum()))


def total(elements: Sequence[bytes]) -> float:
    """Of several texts."""
    return bits(b"\n".join(elements))


def histograms(values: Sequence[Sequence[bytes]]) -> Floats:
    """(n, 256): how often each byte is in each value; a value is one text or several."""
    table = np.zeros((len(values), 256), dtype=np.float32)
    for row, elements in zip(table, values, strict=True):
        joined = elements[0] if len(elements) == 1 else b"".join(elements)
        row += np.bincount(np.frombuffer(joined, dtype=np.uint8), minlength=256)
    return table


_ORDER = 2
"""Characters before one that may foretell it."""


def owed(locked: Sequence[bytes], elements: Sequence[bytes], step: int = 1) -> float:
    """Bits of a text under a key that a table of numbers would have as well.

    What repeats in the form repeats in what a key makes of it, and few numbers become few letters:
    so each character counts only for what it is worth more than foretelling it from those before.
    `locked`: the form, as long as `elements`; `step`: -1 if the text reads from its end.
    """
    table, first = pairs(), singles()
    gained = 0.0
    for text, known in zip(elements, _foretold(locked), strict=True):
        codes = np.frombuffer(text[::step], dtype=np.uint8).astype(np.intp)
        worth = np.concatenate([first[codes[:1]], table[codes[:-1] << 8 | codes[1:]]])[::step]
        gained += float(np.maximum(worth - known, 0).sum())
    return total([text[::step] for text in elements]) - gained


def _foretold(elements: Sequence[bytes]) -> Iterator[Floats]:
    """Bits that each byte saves, foretold from those before: n for an element of n.

    Prediction by partial matching, method C (Moffat, IEEE Trans. Commun. 38, 1990); what was not
    seen yet may be any number between the lowest and the highest.
    """
    every = b"".join(elements)
    unseen = math.log2(max(every) - min(every) + 1)
    seen: dict[bytes, dict[int, int]] = {}
    for element in elements:
        saved = np.empty(len(element), dtype=np.float32)
        for place, sign in enumerate(element):
            spent, found = 0.0, False
            for order in range(min(_ORDER, place), -1, -1):
                counts = seen.setdefault(element[place - order : place], {})
                if counts and not found:
                    found = sign in counts
                    all_ = sum(counts.values()) + len(counts)
                    spent += math.log2(all_ / counts.get(sign, len(counts)))
                counts[sign] = counts.get(sign, 0) + 1
            saved[place] = 8 - spent - (0 if found else unseen)
        yield saved
