"""Which key turns bytes into something that reads well: all at once, by how often bytes occur.

Undoing a key of one byte moves the histogram of a text; so for all keys and all candidates it is
one product of matrices. Keys of several bytes are found column by column once the length is known
(Friedman, The Index of Coincidence and Its Applications in Cryptography, 1922).
"""

from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from undeclared import catalogue
from undeclared.catalogue import Decoder, Method
from undeclared.static.hidden import likelihood
from undeclared.static.hidden.likelihood import Bools, Bytes, Floats

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
_SAME = 0.9
_ALIKE = 0.38
_RANGE = 96
_HEAD = 16
_BLOCK = 64
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
    possible = {how: np.flatnonzero(_of_one_text(table, how)) for how in ("", *_MOVES)}
    every = np.array(costs)
    found = []
    for decoder, weights in _tables():
        rows = possible[decoder.operation]
        if len(rows):
            fitting = _fitting(table[rows], every[rows], decoder, weights, only_text)
            found += [key._replace(value=int(rows[key.value])) for key in fitting]
    return _best_of(values, found)


_MOVES = ("xor", "add", "from")


def _of_one_text(table: Floats, operation: str) -> Bools:
    """Whether values may be text, or a form of one, before a byte was combined with each of theirs.

    Characters of a text have one highest bit, the most of them the same three, and lie within a
    range: a key keeps that, and noise has it seldom. `table`: (n, 256), histograms.
    """
    least = _SAME * table.sum(axis=1)
    match operation:
        case "xor":
            halves = table.reshape(-1, 2, 128).sum(axis=2).max(axis=1)
            eighths = table.reshape(-1, 8, 32).sum(axis=2).max(axis=1)
            possible: Bools = (halves >= least) & (eighths >= _ALIKE * table.sum(axis=1))
        case "add" | "from":
            around = np.concatenate([table, table[:, :_RANGE]], axis=1).cumsum(axis=1)
            possible = (around[:, _RANGE:] - around[:, :-_RANGE]).max(axis=1) >= least
        case _:
            possible = table[:, :128].sum(axis=1) >= least
    return possible


def _fitting(
    table: Floats, costs: NDArray[np.float64], decoder: Decoder, weights: Floats, only_text: bool
) -> Iterator[Key]:
    lengths = np.maximum(table.sum(axis=1), 1)
    varied = np.count_nonzero(table, axis=1) >= _VARIED
    keys = weights.shape[1] // likelihood.targets().shape[1]
    part = weights[:, :keys] if only_text else weights
    fits = (table @ part).reshape(len(table), -1, keys) / lengths[:, None, None]
    least = (costs + decoder.cost - SLACK) / lengths
    if decoder.method is Method.KEYED:
        least = np.maximum(least, table @ likelihood.singles() / lengths + _BETTER)
    first = decoder.operation != "from" and decoder.method is not Method.MIRROR
    # Letters moved are letters; of a form of a form only that key is likely which undoes itself.
    for form in range(fits.shape[1]):
        count = min(_BEST, keys)
        best = np.argpartition(-fits[:, form], count - 1, axis=1)[:, :count]
        if form and decoder.method is Method.ROTATE:
            best = np.full((len(table), 1), keys // 2)
        more = np.where(varied, _FORM / lengths, np.inf) if form else 0
        enough = np.maximum(least + more, _LEAST[form])[:, None]
        rows, places = np.nonzero(np.take_along_axis(fits[:, form], best, 1) > enough)
        for row, place in zip(rows.tolist(), places.tolist(), strict=True):
            key = int(best[row, place])
            fit = float(fits[row, form, key])
            yield Key(row, decoder, bytes([key + first]), fit, form == 0)


def _best_of(values: Sequence[Sequence[bytes]], found: list[Key]) -> list[Key]:
    """Of keys that give the same letters or such of the other case, the one that gives words."""
    kept = [one for one in found if not one.text or one.decoder.method is Method.ROTATE]
    several: dict[tuple[int, str], list[Key]] = {}
    for one in found:
        if one.text and one.decoder.method is not Method.ROTATE:
            several.setdefault((one.value, one.decoder.id), []).append(one)
    for (value, _), fitting in several.items():
        head = max(values[value], key=len)[:256]
        kept.append(max(fitting, key=partial(_wordlike, head)))
    return kept


def _wordlike(head: bytes, one: Key) -> float:
    return likelihood.bits(one.decoder.decode(head, one.key) or b"")


def counting(values: Sequence[Sequence[bytes]]) -> list[Key]:
    """Keys that change by one from byte to byte, and begin anew with every element."""
    firsts = [max(value, key=len)[:_HEAD] for value in values]
    sizes = np.array([len(first) for first in firsts])
    long = np.flatnonzero(sizes >= _SHORTEST_COUNTING)
    if not len(long):
        return []
    head = np.zeros((len(long), _HEAD), dtype=np.uint8)
    for row, number in enumerate(long.tolist()):
        head[row, : len(firsts[number])] = np.frombuffer(firsts[number], dtype=np.uint8)
    inside = np.arange(_HEAD) < sizes[long, None]
    found = []
    for decoder in catalogue.decoders().values():
        if decoder.stream in ("up", "down", "index"):
            for key in _counted(head, inside, decoder):
                number = int(long[key.value])
                text = decoder.decode(firsts[number], key.key) or b""
                if key.text or len(set(text)) >= _VARIED:
                    found.append(key._replace(value=number))
    return found


def _counted(head: Bytes, inside: Bools, decoder: Decoder) -> Iterator[Key]:
    every = np.arange(256, dtype=np.uint8)
    places = np.arange(_HEAD, dtype=np.uint8)
    match decoder.stream:
        case "up":
            streams = every[:, None] + places
        case "down":
            streams = every[:, None] - places
        case _:
            streams = every[:, None] ^ places
    rows, keys = _upper_bits_equal(head, inside, streams, decoder.operation)
    if not len(rows):
        return
    moved = head[rows] ^ streams[keys]
    if decoder.operation != "xor":
        moved = head[rows] + streams[keys]
    sizes = inside[rows].sum(axis=1)
    for form, target in enumerate(likelihood.targets().T):
        fits = (target[moved] * inside[rows]).sum(axis=1) / sizes
        least = np.maximum(_LEAST[form], _COUNTING / sizes)
        best: dict[int, int] = {}
        for place in np.flatnonzero(fits > least).tolist():
            row = int(rows[place])
            if row not in best or fits[place] > fits[best[row]]:
                best[row] = place
        for row, place in best.items():
            key = bytes([int(keys[place])])
            yield Key(row, decoder, key, float(fits[place]), form == 0)


def _upper_bits_equal(
    head: Bytes, inside: Bools, streams: Bytes, operation: str
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and keys that leave no byte above 127, of which noise has half."""
    weights = 1 << np.arange(_HEAD, dtype=np.uint32)
    if operation == "xor":
        own = ((head >> 7) & inside) @ weights
        mask = inside @ weights
        theirs = (streams >> 7) @ weights
        fit, key = np.nonzero(own[:, None] == theirs & mask[:, None])
        return fit, key
    found = []
    for low in range(0, len(head), _BLOCK):
        part = slice(low, low + _BLOCK)
        above = (head[part, None] + streams) >> 7 & inside[part, None]
        fit, key = np.nonzero(~above.any(axis=2))
        found.append((fit + low, key))
    rows, keys = ([pair[side] for pair in found] for side in (0, 1))
    return np.concatenate(rows), np.concatenate(keys)


_MAGIC = (b"\x1f\x8b", b"\x78\x9c", b"\x78\xda", b"\x78\x01", b"\x78\x5e", b"\x28\xb5")


def unpacking(value: bytes) -> list[Key]:
    """Keys that turn the first bytes into those of a compressed form."""
    found = []
    for decoder in catalogue.decoders().values():
        if decoder.stream in ("constant", "up") and decoder.operation in ("xor", "add"):
            step = decoder.stream == "up"
            for magic in _MAGIC:
                if decoder.operation == "xor":
                    first = magic[0] ^ value[0]
                    fits = value[1] ^ (first + step & 255) == magic[1]
                else:
                    first = magic[0] - value[0] & 255
                    fits = value[1] + first + step & 255 == magic[1]
                if fits:
                    found.append(Key(0, decoder, bytes([first]), 0.0, False))
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
    table: Floats = likelihood.singles()[moved]
    return table


def _primitive(key: bytes) -> bytes:
    """The shortest key that repeats to this one."""
    for length in range(1, len(key)):
        if len(key) % length == 0 and key[:length] * (len(key) // length) == key:
            return key[:length]
    return key
