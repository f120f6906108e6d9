"""Splits texts that differ between runs into what is constant and the slots that vary.

The same sentence with another apostrophe, another separator and another day is one constant text
with three kinds of slot; each slot is then a locus of its own. Nothing is folded: tokens are
compared as they are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

_TOKEN = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)
"""Words and numbers; every other character by itself, so that a look-alike stands alone."""

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_LETTER = _WORD - frozenset("0123456789")

MAX_TOKENS = 4000
"""A changed block with more tokens than this stays one slot: aligning it costs quadratic time."""

SHORT = 400
"""Characters (of both texts, or tokens) up to which texts of one build are aligned sign by sign:
identifiers and times are of this kind, and there are many of them."""

_REMEMBERED = 32_768
"""Pairs of texts of which the edits are remembered."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the reference text where some text differs."""

    start: int
    end: int
    """Characters of the reference, half open; equal for a pure insertion."""
    spans: tuple[tuple[int, int], ...]
    """Where the slot lies in each of the texts, in their order."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """Characters `[a, b)` of the reference became `[c, d)` of the other text."""

    a: int
    b: int
    c: int
    d: int


def slots(reference: str, texts: Sequence[str]) -> list[Slot]:
    """The slots of `texts` against `reference`, in order; none overlaps another.

    Putting `text[c:d]` of every slot into the reference gives back `text`.
    """
    edits = [_edits(reference, text) for text in texts]
    places = _merge(sorted({(edit.a, edit.b) for text in edits for edit in text}))
    spans: list[list[tuple[int, int]]] = [[] for _ in places]
    for own in edits:
        shift = 0  # offset of the other text against the reference, after the edits passed so far
        index = 0
        for place, (start, end) in enumerate(places):
            begin = start + shift
            while index < len(own) and _within(own[index], start, end):
                edit = own[index]
                shift += (edit.d - edit.c) - (edit.b - edit.a)
                index += 1
            spans[place].append((begin, end + shift))
    found = [Slot(*place, tuple(own)) for place, own in zip(places, spans, strict=True)]
    return _joined(found, reference, texts)


def _joined(found: Sequence[Slot], reference: str, texts: Sequence[str]) -> list[Slot]:
    """Join slots of one name: `gateway` and `com` in a host, the groups of an identifier.

    Slots that hold letters and are not parted by white space are one. Signs and numbers stay apart:
    a separator and a day may have different causes.
    """
    joined: list[Slot] = []
    for slot in found:
        last = joined[-1] if joined else None
        if (
            last is not None
            and not any(map(str.isspace, reference[last.end : slot.start]))
            and _has_letters(last, texts)
            and _has_letters(slot, texts)
        ):
            spans = tuple((a, d) for (a, _), (_, d) in zip(last.spans, slot.spans, strict=True))
            joined[-1] = Slot(last.start, slot.end, spans)
        else:
            joined.append(slot)
    return joined


def _has_letters(slot: Slot, texts: Sequence[str]) -> bool:
    return any(
        not _LETTER.isdisjoint(text[a:b]) and text[a:b].isascii()
        for text, (a, b) in zip(texts, slot.spans, strict=True)
    )


def _within(edit: _Edit, start: int, end: int) -> bool:
    """Whether an edit belongs to a place; an insertion at its border does only if it is one."""
    if edit.a == edit.b and start < end:
        return start < edit.a < end
    return start <= edit.a and edit.b <= end


def _merge(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join places that share a character; touching ones stay apart."""
    merged: list[tuple[int, int]] = []
    for start, end in places:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif not merged or merged[-1] != (start, end):
            merged.append((start, end))
    return merged


@lru_cache(maxsize=_REMEMBERED)
def _edits(reference: str, text: str) -> Sequence[_Edit]:
    """Edits from the reference to a text, line by line first and then by token.

    The same texts are compared again whenever runs have been added.
    """
    if reference == text:
        return []
    if len(reference) + len(text) <= SHORT:
        found: list[_Edit] = []
        _token_edits(reference, text, _Position(0, 0), found)
        return found
    head = _common(reference, text)
    tail = _common(reference[head:][::-1], text[head:][::-1])
    # Back to the borders of tokens, so that `2026` against `2027` is one number.
    while head and (_inside_word(reference, head) or _inside_word(text, head)):
        head -= 1
    while tail and (
        _inside_word(reference, len(reference) - tail) or _inside_word(text, len(text) - tail)
    ):
        tail -= 1
    before = reference[head : len(reference) - tail]
    after = text[head : len(text) - tail]
    lines_before = before.splitlines(keepends=True)
    lines_after = after.splitlines(keepends=True)
    found = []
    position = _Position(head, head)
    if min(len(lines_before), len(lines_after)) <= 1:
        _token_edits(before, after, position, found)
        return found
    matcher = SequenceMatcher(None, lines_before, lines_after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        block_before, block_after = "".join(lines_before[a:b]), "".join(lines_after[c:d])
        if tag != "equal":
            _token_edits(block_before, block_after, position, found)
        position.advance(block_before, block_after)
    return found


@dataclass(slots=True)
class _Position:
    before: int
    after: int

    def advance(self, before: str, after: str) -> None:
        self.before += len(before)
        self.after += len(after)


def _common(left: str, right: str) -> int:
    """Length of the common prefix, by bisection over slices, which compare at memory speed."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _inside_word(text: str, at: int) -> bool:
    """Whether a cut would go through a word."""
    return 0 < at < len(text) and text[at - 1] in _WORD and text[at] in _WORD


def _token_edits(before: str, after: str, origin: _Position, found: list[_Edit]) -> None:
    left, right = _TOKEN.findall(before), _TOKEN.findall(after)
    starts_left, starts_right = _starts(left, origin.before), _starts(right, origin.after)
    if len(left) > MAX_TOKENS or len(right) > MAX_TOKENS:
        found.append(_Edit(starts_left[0], starts_left[-1], starts_right[0], starts_right[-1]))
        return
    alike = len(left) + len(right) <= SHORT and _alike(left, right)
    whole = [("replace", 0, len(left), 0, len(right))]
    for tag, a, b, c, d in (
        whole if alike else SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    ):
        if tag == "equal":
            continue
        if alike or _alike(left[a:b], right[c:d]):
            # Token for token: `-22` against `/23` is a separator and a day, not one thing.
            pairs = [(a + k, a + k + 1, c + k, c + k + 1) for k in range(b - a)]
        else:
            pairs = [(a, b, c, d)]
        for i, j, m, n in pairs:
            if left[i:j] != right[m:n]:
                found.append(
                    _Edit(starts_left[i], starts_left[j], starts_right[m], starts_right[n])
                )


def _alike(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether words stand where words stand, and signs where signs do."""
    return len(left) == len(right) and all(
        (one[0] in _WORD) == (other[0] in _WORD) for one, other in zip(left, right, strict=True)
    )


def _starts(tokens: Sequence[str], origin: int) -> list[int]:
    """Where each token starts, and where the last one ends."""
    found = [origin]
    for token in tokens:
        found.append(found[-1] + len(token))
    return found
