"""Texts that say the same in another order: lines, sentences, listed items, words.

A text is taken as units in an order. Where units that occur once stand in another order than in the
reference, the order is a reading of its own, and the text is compared with its units put back: what
was only moved is not also found to be gone here and new there.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

_SENTENCE = re.compile(r"(?<=[.!?])(\s+)")
_ITEM = re.compile(
    r"(\s*[,;|&]\s*(?:(?:and|or)\s+)?|\s+(?:and|or)\s+|[.!?:]?\s*\n\s*|[.!?:](?:\s+|$))"
)
"""What stands between listed items, and what ends a list."""
_REMEMBERED = 16_384
"""Texts whose units are remembered."""
_GAP = re.compile(r"(\s+)")
_LONG_ENOUGH = 8
"""Characters of a unit told of as moved where others differ; shorter ones recur by chance."""
MOST = 2000
"""Units of a text up to which their order is looked at."""

Cut = Callable[[str], list[str]]
"""Splits a text into units and what stands between them: unit, gap, unit …"""


def _lines(text: str) -> list[str]:
    return re.split(r"(\r?\n)", text)


_CUTS: tuple[tuple[Cut, bool], ...] = (
    (_lines, True),
    (_SENTENCE.split, True),
    (_ITEM.split, True),
    (_GAP.split, False),
)
"""From coarse to fine, and whether other units may differ besides; of words, none may."""


def reordered(reference: str, texts: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Texts with their units as the reference orders them, and the order that each had.

    None where no text orders them otherwise.
    """
    for cut, partly in _CUTS:
        own = _units(cut, reference)
        if not 3 <= len(own) <= 2 * MOST:
            continue
        found = [_put_back(own, _units(cut, text), partly=partly) for text in texts]
        if any(order for _, order in found):
            usual = own[::2]
            moved = {unit for _, order in found for unit in _out_of_place(usual, order)}
            orders = ["\n".join(_restricted(order or usual, moved)) for _, order in found]
            return ["".join(pieces) for pieces, _ in found], orders
    return None


@lru_cache(maxsize=_REMEMBERED)
def _units(cut: Cut, text: str) -> list[str]:
    """The units of a text; the same texts are compared again whenever runs have been added."""
    return cut(text)


def _out_of_place(usual: Sequence[str], order: Sequence[str]) -> list[str]:
    there = set(order)
    kept = (unit for unit in usual if unit in there)
    return [own for pair in zip(kept, order, strict=True) if pair[0] != pair[1] for own in pair]


def _restricted(order: Sequence[str], moved: set[str]) -> list[str]:
    return [unit for unit in order if unit in moved]


def _put_back(own: list[str], other: list[str], *, partly: bool) -> tuple[list[str], list[str]]:
    """The pieces of the other text in the order of the reference, and the order they had.

    The order is empty where nothing has moved.
    """
    if own == other or not 3 <= len(other) <= 2 * MOST:
        return other, []
    before, after = own[::2], other[::2]
    same = Counter(before) == Counter(after)
    if not partly and not same:
        return other, []
    once = {unit for unit, times in Counter(before).items() if times == 1}
    twice = Counter(after)
    least = 1 if same else _LONG_ENOUGH
    common = {unit for unit in once if twice[unit] == 1 and len(unit.strip()) >= least}
    usual = [unit for unit in before if unit in common]
    order = [unit for unit in after if unit in common]
    if usual == order:
        return other, []
    moved = iter(usual)
    pieces = list(other)
    for position in range(0, len(other), 2):
        if other[position] in common:
            pieces[position] = next(moved)
    return pieces, order
