"""Whether decoded bytes are constants: entries, what they look like, and how telling they are."""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from undeclared import catalogue
from undeclared.catalogue.constant import ConstantKind
from undeclared.static.hidden import likelihood

MAX_ENTRIES = 20_000
MAX_TEXT = 1 << 20
_SEPARATORS = (
    ",",
    "\n",
    "|",
    ";",
    "\0",
    "\t",
    " ",
    ":",
    "~",
    "#",
    "/",
    ".",
    "-",
    "_",
    "&",
    "$",
    "^",
)
_LIST_ONLY = frozenset("/.-_:~#&$^ ")
"""Signs that separate words only where every part is a word: hosts and paths hold them too."""
_BETWEEN_LINES = str.maketrans("", "", "\n\t\r\0")
_LONGEST = 300
"""Characters of an entry."""
_LEAST_LETTERS = 1.2
"""Bits a character that a word must have, by its letters."""


class Reading(NamedTuple):
    """Decoded bytes, taken for constants."""

    entries: tuple[str, ...]
    looks: tuple[str, ...]
    """Kinds of the entries, the most frequent first."""
    steps: tuple[str, ...]
    """How the entries come out of the text: `split ,`, `JSON list`; empty for one entry."""
    bits: float
    """How much more likely as constants than as random bytes."""
    specific: float
    """Share of the entries whose form alone tells what they are."""
    words: int
    """How many more are words."""


def read(elements: Sequence[bytes]) -> Reading | None:
    """The best reading of one text or of several; None if they do not read as constants."""
    texts = []
    for element in elements:
        try:
            text = element.decode()
        except UnicodeDecodeError:
            return None
        if len(text) > MAX_TEXT or not _printable(text):
            return None
        texts.append(text)
    bits = likelihood.total(elements)
    readings = (_reading(entries, steps, bits) for entries, steps in _splits(texts))
    return max(
        (reading for reading in readings if reading is not None),
        key=lambda reading: (reading.specific > 0, reading.bits),
        default=None,
    )


def _printable(text: str) -> bool:
    return text.isprintable() or text.translate(_BETWEEN_LINES).isprintable()


def _splits(texts: list[str]) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    if len(texts) > 1:
        yield texts, ()
    elif texts[0].lstrip()[:1] in ("[", "{", '"'):
        said = list(_leaves(texts[0]))
        if said:
            yield said, ("JSON",)
    else:
        yield texts, ()
    for sign in _SEPARATORS:
        if any(sign in text for text in texts):
            parts = [part.strip() for text in texts for part in text.split(sign)]
            shown = {"\n": r"\n", "\0": r"\0", "\t": r"\t", " ": "space"}.get(sign, sign)
            filled = [part for part in parts if part]
            if 1 < len(filled) <= MAX_ENTRIES:
                yield filled, (f"split {shown}",)


def _leaves(text: str) -> Iterator[str]:
    try:
        root = json.loads(text)
    except (ValueError, RecursionError):
        return
    stack, count = [root], 0
    while stack and count < MAX_ENTRIES:
        node = stack.pop()
        count += 1
        match node:
            case str():
                yield node
            case list():
                stack.extend(reversed(node))
            case dict():
                stack.extend(reversed([part for pair in node.items() for part in pair]))


def _reading(entries: list[str], steps: tuple[str, ...], bits: float) -> Reading | None:
    found: dict[str, int] = {}
    specific = words = odd = 0
    for entry in entries:
        kind = _kind(entry)
        if kind is None:
            odd += 1
            if odd * 4 > len(entries):
                return None
            continue
        found[kind.says] = found.get(kind.says, 0) + 1
        specific += kind.specific
        words += not kind.specific
        bits += kind.bits
    if steps and steps[0][-1] in _LIST_ONLY | {"e"} and steps[0] != "JSON" and odd:
        return None
    looks = tuple(sorted(found, key=lambda says: -found[says]))
    return Reading(tuple(entries), looks, steps, bits - 6 * odd, specific / len(entries), words)


@lru_cache(maxsize=1 << 16)
def _kind(entry: str) -> ConstantKind | None:
    """The first kind of constants that an entry may be one of."""
    for kind in catalogue.constant_kinds().values():
        if len(entry) <= _LONGEST and kind.fits(entry) and (kind.specific or _a_word(entry)):
            return kind
    return None


def _a_word(entry: str) -> bool:
    return likelihood.bits(entry.lower().encode()) >= _LEAST_LETTERS * len(entry)
