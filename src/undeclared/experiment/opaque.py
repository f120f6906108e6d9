"""What stays the same in bytes that vary: a value under a key that is drawn anew and sent along.

Each message is another, and no byte of it depends on anything; but two bytes under the same byte of
a key keep their difference (Kasiski 1863). So all differences between bytes at the same distance
are compared, of one value and of two in the same request. A difference that is the same whenever
the environment is, and is another elsewhere, cannot be chance: a random byte agrees once in 256
times, and many do not all agree.
"""

import base64
import binascii
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from undeclared.model import Environment, Signal, View
from undeclared.views.features import Feature
from undeclared.views.place import Place, Reading

FEWEST, MOST = 8, 512
"""Bytes of a value that is looked at."""
MOST_TOGETHER = 12
"""Values of one request of which each is compared with each."""
SURE = 40.0
"""Bits of evidence from which a difference is taken for no chance."""
FEW = 3
"""Pairs of runs that are looked at first."""
SHOWN = 16
"""Bytes of differences that are shown where they are no text."""

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
Bytes = NDArray[np.uint8]
"""Runs × bytes."""


def relations(
    columns: Mapping[Place, Sequence[Reading | None]],
    environments: Sequence[Environment],
    known: Sequence[int],
    signals: Sequence[Signal],
) -> Iterator[Feature]:
    """Features of the values of places that vary by themselves; only `known` rows are judged by.

    At most one for each place, and one for each two places of a request.
    """
    groupings = list(_groupings(environments, known, signals))
    if not groupings:
        return
    requests: dict[tuple[str, ...], dict[Place, Bytes]] = defaultdict(dict)
    for place, values in columns.items():
        content = _content(values)
        if content is not None:
            requests[place[:4]][place] = content
            yield from _first(_within(place, content), groupings)
    for own in requests.values():
        if 1 < len(own) <= MOST_TOGETHER:
            for one, other in permutations(own, 2):
                yield from _first(_between(one, own[one], other, own[other]), groupings)


Candidate = tuple[Place, str, Bytes]


def _first(
    candidates: Iterator[Candidate], groupings: Sequence[NDArray[np.int64]]
) -> Iterator[Feature]:
    """The candidate of which most bytes depend on the environment and on nothing else."""
    best: tuple[int, Candidate, NDArray[np.bool_]] | None = None
    for candidate in candidates:
        telling = _telling(candidate[2], groupings)
        count = int(telling.sum())
        if count and (best is None or count > best[0]):
            best = count, candidate, telling
    if best is not None:
        _, (place, what, differences), telling = best
        yield Feature(place, what, View.ENCODED, tuple(_shown(differences, telling)))


def _groupings(
    environments: Sequence[Environment], known: Sequence[int], signals: Sequence[Signal]
) -> Iterator[NDArray[np.int64]]:
    """Pairs of runs that are equal in everything, and in one signal; where there are enough."""
    alike: list[Sequence[object]] = [environments]
    if len(signals) > 1:
        alike += [[run[own.id] for run in environments] for own in signals]
    for keys in alike:
        first: dict[object, int] = {}
        pairs = [(first.setdefault(keys[row], row), row) for row in known]
        found = [pair for pair in pairs if pair[0] != pair[1]]
        # By chance a byte agrees once in 256 times; any of all bytes and distances might.
        if 8 * len(found) - 2 * math.log2(MOST) >= SURE:
            yield np.array(found)


def _telling(own: Bytes, groupings: Sequence[NDArray[np.int64]]) -> NDArray[np.bool_]:
    """The columns that equal runs show alike and others do not."""
    found = np.zeros(own.shape[1], dtype=bool)
    heads = np.array([pairs[:FEW] for pairs in groupings])
    alike = (own[heads[..., 0]] == own[heads[..., 1]]).all(axis=1).any(axis=1)
    if alike.any():  # else it is over at once, as it is nearly everywhere
        varied = (own != own[0]).any(axis=0)
        for pairs, some in zip(groupings, alike, strict=True):
            if some:
                found |= varied & (own[pairs[:, 0]] == own[pairs[:, 1]]).all(axis=0)
    return found


def _within(place: Place, own: Bytes) -> Iterator[Candidate]:
    """Differences within a value, without what precedes it at each distance."""
    size = own.shape[1]
    for distance in range(1, size // 2 + 1):
        key, rest = own[:, :distance], own[:, distance:]
        times = -(-rest.shape[1] // distance)
        opened = rest ^ np.tile(key, times)[:, : rest.shape[1]]
        if _is_text(opened):
            yield place, f"under its first {distance} bytes (exclusive or)", opened
            return
    for distance in range(1, size):
        for what, differences in _differences(own[:, :-distance], own[:, distance:]):
            yield place, f"bytes {distance} apart ({what})", differences


def _between(one: Place, key: Bytes, other: Place, own: Bytes) -> Iterator[Candidate]:
    """Differences between a value and another of the same request, which may be repeated."""
    if key.shape[1] > own.shape[1]:
        return
    times = -(-own.shape[1] // key.shape[1])
    repeated = np.tile(key, times)[:, : own.shape[1]]
    for what, differences in _differences(repeated, own):
        yield other, f"under {one.part} {one.pointer} ({what})", differences


def _differences(left: Bytes, right: Bytes) -> Iterator[tuple[str, Bytes]]:
    yield "exclusive or", left ^ right
    yield "difference", right - left


def _is_text(own: Bytes) -> bool:
    return bool(((own >= 0x20) & (own < 0x7F)).all())


def _shown(differences: Bytes, telling: NDArray[np.bool_]) -> Iterator[Reading]:
    if _is_text(differences):
        for row in differences:
            yield row.tobytes().decode("ascii").strip()
    else:
        for row in differences[:, telling]:
            yield row[:SHOWN].tobytes().hex()


def _content(values: Sequence[Reading | None]) -> Bytes | None:
    """What all values encode, if it is as many bytes in each of them, and neither few nor many."""
    texts = [value.replace("-", "") for value in values if value is not None]
    if len(texts) < len(values) or not texts or len(texts[0]) > 2 * MOST + 8:
        return None
    if all(map(_HEX.fullmatch, texts)):
        decoded = [bytes.fromhex(text) for text in texts]
    elif all(value and _BASE64.fullmatch(value) for value in values):
        try:
            decoded = [_unbased(value) for value in values if value]
        except binascii.Error:
            return None
    else:
        return None
    sizes = {len(own) for own in decoded}
    if len(sizes) != 1 or not FEWEST <= sizes.pop() <= MOST:
        return None
    return np.array([list(own) for own in decoded], dtype=np.uint8)


def _unbased(text: str) -> bytes:
    bare = text.rstrip("=").translate(_SAFE)
    return base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_", validate=True)


_SAFE = str.maketrans("+/", "-_")
