"""Long runs of text in bytes of unknown form: a last resort that needs no format."""

import re
from collections.abc import Iterator

_NOT_TEXT = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WINDOW = 1 << 20


def text_runs(data: memoryview, least: int = 50_000) -> Iterator[tuple[int, int]]:
    """Start and end of each run of at least `least` bytes without control characters.

    Only some places are looked at: a run that long cannot pass between two looks.
    """
    step, probe = least // 2, min(256, least // 2)
    at = 0
    while at < len(data):
        if _NOT_TEXT.search(data[at : at + probe]):
            at += step
            continue
        start = _back(data, at)
        end = _forth(data, at)
        if end - start >= least:
            yield start, end
        at = max(at + step, end + 1)


def _back(data: memoryview, at: int) -> int:
    window = 512
    while at > 0:
        floor = max(0, at - window)
        ends = [found.end() for found in _NOT_TEXT.finditer(data[floor:at])]
        if ends:
            return floor + ends[-1]
        at = floor
        window = min(_WINDOW, window * 4)
    return 0


def _forth(data: memoryview, at: int) -> int:
    while at < len(data):
        found = _NOT_TEXT.search(data[at : at + _WINDOW])
        if found:
            return at + found.start()
        at += _WINDOW
    return len(data)
