"""Where certain names stand in a program of any size, without a search for each of them."""

import numpy as np
from numpy.typing import NDArray

from undeclared.static.hidden.likelihood import Bools, Bytes

_SEEN = 4
"""Letters by which names are ordered: their last ones."""


def signs(those: bytes) -> Bools:
    """(256,): which bytes are among those."""
    table = np.zeros(256, dtype=bool)
    table[np.frombuffer(those, dtype=np.uint8)] = True
    return table


LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$"
DIGITS = b"0123456789"
_OF_NAMES = signs(LETTERS + DIGITS)
_NO_START = signs(LETTERS + DIGITS + b".")
"""What stands before something that is no name of its own."""


class Names:
    """Names that end at given places, in the order of their ends: found by bisection."""

    def __init__(self, code: Bytes, ends: NDArray[np.intp]) -> None:
        """`code`: the program; `ends`: byte offsets behind the names, ascending."""
        ends = ends[ends >= _SEEN]
        keys = np.zeros(len(ends), dtype=np.uint32)
        for back in range(_SEEN):
            keys |= code[ends - 1 - back].astype(np.uint32) << np.uint32(24 - 8 * back)
        order = np.argsort(keys, kind="stable")
        self._code, self._keys, self._ends = code, keys[order], ends[order]

    def places(self, name: bytes, low: int, high: int) -> list[int]:
        """Where a name begins, between two places, in their order."""
        last = name[: -_SEEN - 1 : -1]
        first = np.uint32(int.from_bytes(last.ljust(_SEEN, b"\0"), "big"))
        final = np.uint32(int.from_bytes(last.ljust(_SEEN, b"\xff"), "big"))
        ends = self._ends[
            np.searchsorted(self._keys, first) : np.searchsorted(self._keys, final, "right")
        ]
        starts = np.sort(ends[(ends <= high) & (ends - len(name) >= max(low, 1))]) - len(name)
        starts = starts[~_NO_START[self._code[starts - 1]]]
        for place, sign in enumerate(name[:-_SEEN]):
            starts = starts[self._code[starts + place] == sign]
        found: list[int] = starts.tolist()
        return found


def called(code: Bytes) -> Names:
    """Names of functions that are given a literal or a variable first."""
    opened = np.flatnonzero(code[:-1] == 0x28)
    opened = opened[_GIVEN[code[opened + 1]]]
    return Names(code, opened[_OF_NAMES[code[opened - 1]]])


def holding(code: Bytes) -> Names:
    """Names of variables that hold a literal text or a list."""
    equals = np.flatnonzero(code[:-2] == 0x3D)
    after = equals + 1 + (code[equals + 1] == 0x20)
    equals = equals[_LITERAL[code[after]]]
    ends = equals - (code[equals - 1] == 0x20)
    return Names(code, ends[_OF_NAMES[code[ends - 1]]])


_LITERAL = signs(b"\"'`[")
_GIVEN = signs(b"\"'`[-" + DIGITS + LETTERS)
