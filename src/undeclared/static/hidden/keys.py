"""Which key turns bytes into something that reads well: all at once, by how often bytes occur.

Undoing a key of one byte moves the histogram of a text; so for all keys and all candidates it is
one product of matrices. Keys of several bytes are found column by column once the length is known
(Friedman, The Index of Coincidence and Its Applications in Cryptography, 1922).
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from undeclared import catalogue
from undeclared.catalogue import Decoder, Method
from undeclared.static.hidden import likelihood
from undeclared.static.hidden.likelihood import Floats

_BEST = 4
"""Keys of one decoder that are looked at closely."""
_LEAST = (1.2, 1.75, 3.7, 4.0, 3.6)
"""Bits a byte that a key must reach, for each of `likelihood.targets()`, …"""
_BETTER = 0.4
"""… so many more than the value has as it is, …"""
_FORM = 12.0
"""… and more where a form comes out, of which any few characters are one; …"""
_VARIED = 8
"""Different bytes that such a form has; …"""
SLACK = 6.0
"""… and in all what it costs, less this: what an entry of a specific form adds later."""
_HEAD = 16
_SHORTEST_COUNTING = 7
_COUNTING = 20.0
"""Bits that the beginning must have for a key that counts."""
_LONGEST_KEY = 32
_SHORTEST_TEXT = 24
"""Bytes of a text, for a key of unknown length."""


class Key(NamedTuple):
    """A key of a decoder for one of the values asked about."""

    value: int
    """Which value."""
    decoder: Decoder
    key: bytes
    fit: float
    """Bits a byte."""
    text: bool
    """Whether text comes out; else a form that has to be decoded further."""


@cache
def _tables() -> tuple[tuple[Decoder, Floats], ...]:
    """Decoders with a key of one byte, and (256, keys * targets): what each byte then counts."""
    targets = likelihood.targets()
    every = np.arange(256, dtype=np.uint8)
    found = []
    for decoder in catalogue.decoders().values():
        if decoder.method is Method.MIRROR:
            keys = [b"\x00"]
        elif decoder.method is Method.ROTATE:
            keys = [bytes([key]) for key in range(1, len(decoder.alphabets[0]))]
        elif decoder.method is Method.KEYED and decoder.stream == "constant":
            keys = [bytes([key]) for key in range(decoder.operation != "from", 256)]
        else:
            continue
        rows = [decoder.decode(every.tobytes(), key) or b"" for key in keys]
        places = np.array([np.frombuffer(row, dtype=np.uint8) for row in rows])
        table = targets[places].transpose(1, 2, 0).reshape(256, -1)
        found.append((decoder, np.ascontiguousarray(table)))
    return tuple(found)


def constant(
    values: Sequence[Sequence[bytes]], costs: Sequence[float], only_text: bool
) -> list[Key]:
    """Keys of one byte that fit a value well; of each decoder the best few.

    `costs`: bits that each value must be worth besides the key.
    """
    if not values:
        return []
    table = likelihood.histograms(values)
    lengths = np.maximum(table.sum(axis=1), 1)
    varied = np.count_nonzero(table, axis=1) >= _VARIED
    as_is = table @ likelihood.singles() / lengths
    forms = likelihood.targets().shape[1]
    found = []
    for decoder, weights in _tables():
        keys = weights.shape[1] // forms
        part = weights[:, :keys] if only_text else weights
        fits = (table @ part).reshape(len(values), -1, keys) / lengths[:, None, None]
        least = (np.array(costs) + decoder.cost - SLACK) / lengths
        if decoder.method is Method.KEYED:
            least = np.maximum(least, as_is + _BETTER)
        first = decoder.operation != "from" and decoder.method is not Method.MIRROR
        for form in range(fits.shape[1]):
            count = min(_BEST, keys)
            best = np.argpartition(-fits[:, form], count - 1, axis=1)[:, :count]
            more = np.where(varied, _FORM / lengths, np.inf) if form else 0
            enough = np.maximum(least + more, _LEAST[form])[:, None]
            rows, places = np.nonzero(np.take_along_axis(fits[:, form], best, 1) > enough)
            several: dict[int, list[Key]] = {}
            for row, place in zip(rows.tolist(), places.tolist(), strict=True):
                key = int(best[row, place])
                one = Key(
                    row, decoder, bytes([key + first]), float(fits[row, form, key]), form == 0
                )
                several.setdefault(row, []).append(one)
            for row, fitting in several.items():
                close = form > 0 or decoder.method is Method.ROTATE
                found += fitting if close else [_best(values[row], fitting)]
    return found


def _best(value: Sequence[bytes], found: list[Key]) -> Key:
    """Of keys that give the same letters or such of the other case, the one that gives words."""
    if len(found) == 1:
        return found[0]
    head = max(value, key=len)[:256]
    return max(found, key=lambda one: likelihood.bits(one.decoder.decode(head, one.key) or b""))


def counting(values: Sequence[Sequence[bytes]]) -> list[Key]:
    """Keys that change by one from byte to byte, and begin anew with every element."""
    found = []
    firsts = [max(value, key=len) for value in values]
    long = [number for number, first in enumerate(firsts) if len(first) >= _SHORTEST_COUNTING]
    if not long:
        return []
    head = np.zeros((len(long), _HEAD), dtype=np.uint8)
    inside = np.zeros((len(long), _HEAD), dtype=bool)
    for row, number in enumerate(long):
        part = np.frombuffer(firsts[number][:_HEAD], dtype=np.uint8)
        head[row, : len(part)] = part
        inside[row, : len(part)] = True
    sizes = inside.sum(axis=1)[:, None]
    every = np.arange(256, dtype=np.uint8)
    places = np.arange(_HEAD, dtype=np.uint8)
    for decoder in catalogue.decoders().values():
        match decoder.stream:
            case "up":
                streams = every[:, None] + places
            case "down":
                streams = every[:, None] - places
            case "index":
                streams = every[:, None] ^ places
            case _:
                continue
        rows = head[:, None, :]
        moved = rows ^ streams if decoder.operation == "xor" else rows + streams
        for form, target in enumerate(likelihood.targets().T):
            fits = np.einsum("ikj,ij->ik", target[moved], inside) / sizes
            least = np.maximum(_LEAST[form], _COUNTING / sizes[:, 0])
            best = fits.argmax(axis=1)
            fit = fits[np.arange(len(long)), best]
            for row in np.flatnonzero(fit > least).tolist():
                key = bytes([int(best[row])])
                text = decoder.decode(firsts[long[row]][:_HEAD], key) or b""
                if form == 0 or len(set(text)) >= _VARIED:
                    found.append(Key(long[row], decoder, key, float(fit[row]), form == 0))
    return found


def unpacking(value: bytes) -> list[Key]:
    """Keys that turn the first bytes into those of a compressed form."""
    found = []
    for magic in (b"\x1f\x8b", b"\x78\x9c", b"\x78\xda", b"\x78\x01", b"\x78\x5e", b"\x28\xb5"):
        for decoder in catalogue.decoders().values():
            if decoder.stream in ("constant", "up") and decoder.operation in ("xor", "add"):
                first = magic[0] ^ value[0] if decoder.operation == "xor" else magic[0] - value[0]
                key = bytes([first & 255])
                if decoder.decode(value[:2], key) == magic:
                    found.append(Key(0, decoder, key, 0.0, False))
    return found


def repeating(value: bytes) -> list[Key]:
    """Keys of two bytes and more for a text that is long enough to show their length."""
    data = np.frombuffer(value[:1024], dtype=np.uint8)
    if len(data) < _SHORTEST_TEXT:
        return []
    lengths = np.arange(2, min(_LONGEST_KEY, len(data) // 4) + 1)
    earlier = np.arange(len(data)) - lengths[:, None]
    same = ((data[earlier] == data) & (earlier >= 0)).sum(axis=1)
    chance = (len(data) - lengths) / 256
    excess = np.where(same >= 2, (same - chance) / np.sqrt(chance + 0.05), 0)
    found = []
    for place in np.argsort(-excess)[:2]:
        length = int(lengths[place])
        if excess[place] <= 3:
            break
        places = (np.arange(len(data)) % length) * 256 + data
        columns = np.bincount(places, minlength=length * 256).reshape(length, 256)
        columns = columns.astype(np.float32)
        for decoder in catalogue.decoders().values():
            if decoder.stream == "repeating":
                table = _column_table(decoder.operation)
                fits = columns @ table
                best = fits.argmax(axis=1)
                fit = float(fits.max(axis=1).sum()) / len(data)
                if fit > _LEAST[0]:
                    found.append(Key(0, decoder, _primitive(bytes(best.tolist())), fit, True))
    return found


@cache
def _column_table(operation: str) -> Floats:
    every = np.arange(256, dtype=np.uint8)
    moved = every[:, None] ^ every if operation == "xor" else every[:, None] + every
    return likelihood.singles()[moved]


def _primitive(key: bytes) -> bytes:
    """The shortest key that repeats to this one."""
    for length in range(1, len(key)):
        if len(key) % length == 0 and key[:length] * (len(key) // length) == key:
            return key[:length]
    return key
