"""Encoded forms in files that are no program text: long runs of the characters that they use."""

import numpy as np

from undeclared.static.hidden import likelihood
from undeclared.static.hidden.candidate import Candidate

_SHORTEST = 32
_STEP = 15
"""A run of 32 bytes holds at least two neighbours of every fifteenth byte."""
_CHUNK = 16 << 20
MAX_RUNS = 1500
_MAX_RUN = 256 << 10
_TEXT = 1.0
"""Bits a character: what reads better is text, names, or paths."""

_CLASS = np.zeros(256, dtype=bool)
_CLASS[
    np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-", np.uint8)
] = True


def candidates(data: bytes | memoryview) -> tuple[list[Candidate], bool]:
    """Runs that do not read like text, and whether there were more than MAX_RUNS of them.

    Of a file of any size only every fifteenth byte is looked at, and what lies around a hit.
    """
    code = np.frombuffer(data, dtype=np.uint8)
    found: list[Candidate] = []
    done = 0
    for low in range(0, len(code), _CHUNK):
        sampled = _CLASS[code[low : low + _CHUNK : _STEP]]
        hits = np.flatnonzero(sampled[:-1] & sampled[1:]) * _STEP + low
        if not len(hits):
            continue
        # All bytes between two hits must be of the class too, which machine code seldom is.
        between = np.minimum(hits[:, None] + np.arange(1, _STEP), len(code) - 1)
        whole = np.ones(len(hits), dtype=bool)
        for column in between.T:
            whole[whole] = _CLASS[code[column[whole]]]
        for at in hits[whole].tolist():
            if at < done:
                continue
            start, end = _around(data, at)
            done = end
            if end - start < _SHORTEST or not _strange(code[start:end]):
                continue
            if len(found) >= MAX_RUNS:
                return found, True
            found.append(Candidate(start, end, (bytes(data[start:end]),)))
    return found, False


def _around(data: bytes | memoryview, at: int) -> tuple[int, int]:
    low = max(0, at - _MAX_RUN)
    before = np.flatnonzero(~_CLASS[np.frombuffer(data[max(low, at - 512) : at], np.uint8)])
    start = at - min(512, at) + int(before[-1]) + 1 if len(before) else low
    end = at
    while end < len(data) and end - at < _MAX_RUN:
        window = _CLASS[np.frombuffer(data[end : end + 512], np.uint8)]
        if not window.all():
            return start, end + int(np.argmin(window))
        end += len(window)
    return start, end


def _strange(run: likelihood.Bytes) -> bool:
    head = run[:64].astype(np.int32)
    return float(likelihood.written()[head[:-1] << 8 | head[1:]].sum()) < _TEXT * (len(head) - 1)
