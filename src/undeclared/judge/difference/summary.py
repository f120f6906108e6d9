"""The few sentences of a difference that matter."""

from collections.abc import Iterator, Sequence

from undeclared.judge.comparison.cells import number
from undeclared.model import DifferenceEntry, DifferenceKind, DifferenceSection, DifferenceSide

_NOUNS = {
    "marks": ("mark", "marks"),
    "contacts": ("contact", "contacts"),
    "contents": ("kind of data that is sent", "kinds of data that are sent"),
    "identifiers": ("identifier", "identifiers"),
    "opt-outs": ("switch to opt out", "switches to opt out"),
    "hidden": ("list of hidden constants", "lists of hidden constants"),
    "conditions": ("comparison in the code", "comparisons in the code"),
    "influences": ("open influence", "open influences"),
    "reads": ("fact of the machine read", "facts of the machine read"),
    "flows": ("way to what leaves", "ways to what leaves"),
    "endpoints": ("host in the code", "hosts in the code"),
    "components": ("library that sends", "libraries that send"),
}
_MARKS = 4
"""Marks that are told in full."""


def summary(
    before: DifferenceSide, after: DifferenceSide, sections: Sequence[DifferenceSection]
) -> Iterator[str]:
    """What came, went and changed; then what cannot be said."""
    told = "; ".join(_counts(sections)) or _nothing(sections)
    yield f"From {before.name} to {after.name}: {told}."
    marks = [own for section in sections if section.id == "marks" for own in section.entries]
    for own in marks[:_MARKS]:
        yield _mark(own)
    same = sum(section.alike for section in sections if section.id == "marks")
    if same:
        yield f"{number(same, 'mark is', 'marks are')} the same in both."
    unsure = list(_unsure(sections))
    if unsure:
        yield f"It cannot be said whether these differ: {', '.join(unsure)}."
    lacking = [own.name for own in (before, after) if not own.complete]
    if lacking:
        yield (
            f"The report of {' and that of '.join(lacking)} is incomplete: what it does not have"
            " may be there all the same."
        )


def _counts(sections: Sequence[DifferenceSection]) -> Iterator[str]:
    small = 0
    for section in sections:
        one, many = _NOUNS[section.id]
        told = []
        for kind in (DifferenceKind.ADDED, DifferenceKind.REMOVED, DifferenceKind.CHANGED):
            own = [each for each in section.entries if each.kind is kind]
            big = sum(each.notable for each in own)
            small += len(own) - big
            if big:
                told.append((big, kind.value))
        if told:
            first, *rest = told
            yield ", ".join(
                [f"{number(first[0], one, many)} {first[1]}", *(f"{n} {how}" for n, how in rest)]
            )
    if small:
        yield number(small, "smaller difference")


def _nothing(sections: Sequence[DifferenceSection]) -> str:
    alike = sum(section.alike for section in sections)
    unsure = sum(
        own.kind is DifferenceKind.NOT_COMPARABLE for each in sections for own in each.entries
    )
    if unsure:
        told = number(unsure, "thing is not comparable", "things are not comparable")
        return f"{told}; in {number(alike, 'other')} no difference was found"
    return f"no difference in behaviour was found ({number(alike, 'thing')} compared)"


def _mark(entry: DifferenceEntry) -> str:
    parts = ", ".join(
        f"{len(own)} {what}"
        for own, what in ((entry.added, "added"), (entry.removed, "removed"))
        if own
    )
    more = f" ({parts})" if parts else f" ({entry.why})" if entry.why else ""
    return f"Mark {entry.kind.value}{more}: {entry.subject}."


def _unsure(sections: Sequence[DifferenceSection]) -> Iterator[str]:
    for section in sections:
        count = sum(own.kind is DifferenceKind.NOT_COMPARABLE for own in section.entries)
        if count:
            yield number(count, *_NOUNS[section.id])
