"""Columns of one pattern that are one difference: one cause is told once, with its consequences."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from undeclared.experiment.table import CONTEXT, Column, Showing
from undeclared.model import Locus, View


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of one pattern that are one difference, seen in one or several places."""

    first: Column
    showings: tuple[Showing, ...]
    isolated: tuple[str, ...]
    """Per class: the surroundings in the reference run, with only this difference put in."""
    also: tuple[Locus, ...]


def groups(columns: Sequence[Column]) -> list[Group]:
    """Join the columns of one pattern that are one difference.

    Slots of one word (`2026-11-22` with both separators changed) are one; so are equal changes in
    several places. Presence is told once, at the uppermost place that is absent.
    """
    words: list[list[Column]] = []
    for column in _uppermost(columns):
        if words and _same_word(words[-1][-1], column):
            words[-1].append(column)
        else:
            words.append([column])
    alike: dict[object, list[list[Column]]] = defaultdict(list)
    for word in words:
        changed = tuple(tuple(shown.changed for shown in column.showings) for column in word)
        alike[word[0].view, changed].append(word)
    return [_group(own) for own in alike.values()]


def _group(words: Sequence[Sequence[Column]]) -> Group:
    first = min(words, key=lambda word: _rank(word[0].locus))
    others = [column.locus for word in words if word is not first for column in word[:1]]
    lead = first[0]
    classes = range(len(lead.showings))
    showings = tuple(
        Showing(
            "".join(dict.fromkeys(column.showings[shown].changed for column in first)),
            lead.showings[shown].text,
            lead.showings[shown].absent,
        )
        for shown in classes
    )
    isolated = tuple(_isolated(first, shown) for shown in classes)
    return Group(lead, showings, isolated, tuple(dict.fromkeys(others)))


def _isolated(word: Sequence[Column], shown: int) -> str:
    """The surroundings as in the reference, with the slots of one word as `shown` has them."""
    lead = word[0]
    if lead.view is not View.TEXT or lead.showings[shown].absent:
        return lead.showings[shown].text
    reference, start = lead.reference, lead.offset
    left = max(reference.rfind("\n", 0, start) + 1, start - CONTEXT)
    text, at = reference[left:start], start
    for column in word:
        text += reference[at : column.offset] + column.showings[shown].changed
        at = column.offset + column.length
    stop = reference.find("\n", at)
    return text + reference[at : min(len(reference) if stop < 0 else stop, at + CONTEXT)]


def _same_word(left: Column, right: Column) -> bool:
    """Whether two slots lie in one text with no white space between them."""
    if left.view is not View.TEXT or right.view is not View.TEXT:
        return False
    same = (left.reference is right.reference or left.reference == right.reference) and (
        left.locus.model_copy(update={"segment": ""})
        == right.locus.model_copy(update={"segment": ""})
    )
    between = left.reference[left.offset + left.length : right.offset]
    return same and right.offset >= left.offset and not any(map(str.isspace, between))


def _uppermost(columns: Sequence[Column]) -> list[Column]:
    """Leave out what follows from another column of the same pattern.

    That is presence below a place whose presence varies in the same way, and how a text is escaped
    where the text itself varies so.
    """
    texts = {_above(column.locus) for column in columns if column.view is View.TEXT}
    gone = {_above(column.locus) for column in columns if column.view is View.PRESENCE}
    kept = []
    for column in columns:
        own = _above(column.locus)
        parents = {(*own[:5], pointer) for pointer in _parents(own[5])}
        whole = (*own[:4], "request", "")
        absent = any(showing.absent for showing in column.showings)
        covered = (parents & gone) or (own != whole and whole in gone)
        follows = column.view is View.ESCAPE and own in texts
        if not (absent and covered) and not follows:
            kept.append(column)
    return kept


def _above(locus: Locus) -> tuple[str, str, str, str, str, str]:
    return locus.host, locus.method, locus.path, locus.step, locus.part, locus.pointer


def _parents(pointer: str) -> list[str]:
    steps = pointer.split("/")
    return ["/".join(steps[:length]) for length in range(2, len(steps))]


_PARTS = ("body", "header", "headers", "query", "line", "request", "client-hello", "question")


def _rank(locus: Locus) -> tuple[bool, bool, int]:
    """The most telling place first: the conversation, then what belongs to no step of it."""
    part = _PARTS.index(locus.part) if locus.part in _PARTS else len(_PARTS)
    return not locus.step.startswith("turn"), not locus.step, part
