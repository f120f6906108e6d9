"""Readings of all runs side by side, reduced to what differs.

Places at which nothing differs are counted and dropped. Places that split the runs in the same way
share one `Pattern`: they have one cause, and are tested once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undeclared.experiment.readings import MODEL_HOST, Place, Reading, readings
from undeclared.experiment.segments import slots
from undeclared.model import Environment, Locus, Run, View

Classes = NDArray[np.int64]
"""For every run the number of what it showed; numbers count from 0 in order of appearance."""

ABSENT = "\0absent"
"""Reading of a place that a run did not have; no reading of ours begins with NUL."""

CONTEXT = 40
"""Characters of surroundings kept on either side of a difference."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What one run showed at a column."""

    changed: str
    """The differing part; for a whole reading, the reading."""
    text: str
    """The differing part in its surroundings."""
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One locus that differs between runs."""

    locus: Locus
    view: View
    showings: tuple[Showing, ...]
    """One for every class of the pattern, in the order of their numbers."""
    offset: int = 0
    """Of a slot: where it starts in the reference text, for joining slots of one text …"""
    length: int = 0
    """… and how many characters of it the slot takes."""
    reference: str = ""
    """Of a slot: the reference text that it was cut from."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way in which the runs fall into classes, with every column that shows it."""

    classes: Classes
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All differences between runs."""

    runs: tuple[Run, ...]
    """In the order of the classes of a pattern."""
    model_hosts: Mapping[Environment, str | None]
    """The host that each environment gave the model."""
    patterns: tuple[Pattern, ...]
    loci: int
    """Places compared, those that never differ included."""

    @property
    def environments(self) -> tuple[Environment, ...]:
        """The environment of every run."""
        return tuple(run.environment for run in self.runs)


def tabulate(runs: Sequence[Run], model_hosts: Mapping[Environment, str | None]) -> Table:
    """Compare runs; the first is the reference, and should be one of the default environment.

    `model_hosts` names the host that each environment gave the model.
    """
    common = set(model_hosts.values()) - {None}
    rows = [readings(run, _names(model_hosts[run.environment], len(common))) for run in runs]
    places = dict.fromkeys(place for row in rows for place in row)
    found: dict[bytes, tuple[Classes, list[Column]]] = {}
    for place in places:
        values = [row.get(place, ABSENT) for row in rows]
        if all(value == values[0] for value in values):
            continue
        if place.view in (View.ORDER, View.KEY_ORDER):
            values = _common_order(values)
        for classes, column in _columns(place, values):
            found.setdefault(classes.tobytes(), (classes, []))[1].append(column)
    patterns = tuple(Pattern(classes, tuple(columns)) for classes, columns in found.values())
    return Table(tuple(runs), model_hosts, patterns, len(places))


def _names(host: str | None, hosts: int) -> dict[str, str]:
    """How the host of the model is named in loci: by itself where there is only one."""
    return {host: MODEL_HOST} if host is not None and hosts > 1 else {}


def _columns(place: Place, values: Sequence[Reading]) -> Iterator[tuple[Classes, Column]]:
    if place.view is View.TEXT:
        yield from _slot_columns(place, values)
        return
    classes, distinct = number(values)
    own_view = place.view in (View.PRESENCE, View.COUNT)
    if len(distinct) > 1 and (own_view or sum(value != ABSENT for value in distinct) > 1):
        shown = tuple(_whole(value) for value in distinct)
        yield classes, Column(place.locus(), place.view, shown)


def _slot_columns(place: Place, values: Sequence[Reading]) -> Iterator[tuple[Classes, Column]]:
    """One column for every slot of a text; runs without the text are absent at all of them."""
    texts = list(dict.fromkeys(value for value in values if value != ABSENT))
    reference = texts[0]
    index = {text: position for position, text in enumerate(texts)}
    for slot in slots(reference, texts):
        cut = [text[a:b] for text, (a, b) in zip(texts, slot.spans, strict=True)]
        own = [ABSENT if value == ABSENT else cut[index[value]] for value in values]
        classes, distinct = number(own)
        shown = []
        for value in distinct:
            if value == ABSENT:
                shown.append(_whole(ABSENT))
                continue
            at = cut.index(value)
            shown.append(Showing(value, excerpt(texts[at], *slot.spans[at])))
        before = reference[max(0, slot.start - 16) : slot.start].rpartition("\n")[2]
        after = reference[slot.end : slot.end + 16].partition("\n")[0]
        locus = place.locus(segment=f"{before}⟨…⟩{after}")
        length = slot.end - slot.start
        yield classes, Column(locus, View.TEXT, tuple(shown), slot.start, length, reference)


def _whole(value: Reading) -> Showing:
    if value == ABSENT:
        return Showing("", "", absent=True)
    return Showing(value, value)


def excerpt(text: str, start: int, end: int) -> str:
    """A span of a text with its surroundings, on its own lines."""
    first = max(text.rfind("\n", 0, start) + 1, start - CONTEXT)
    last = text.find("\n", end)
    last = min(len(text) if last < 0 else last, end + CONTEXT)
    return text[first:last]


def number(values: Sequence[str]) -> tuple[Classes, list[str]]:
    """Number values in order of appearance; also the distinct values in that order."""
    numbers: dict[str, int] = {}
    classes = np.fromiter(
        (numbers.setdefault(value, len(numbers)) for value in values), np.int64, len(values)
    )
    return classes, list(numbers)


def _common_order(values: Sequence[Reading]) -> list[Reading]:
    """Orders restricted to the names that all of them have: presence is another view."""
    lists = {value: value.split("\n") for value in set(values) if value != ABSENT}
    common = set.intersection(*(set(names) for names in lists.values()))
    kept = {
        value: "\n".join(name for name in names if name in common) for value, names in lists.items()
    }
    return [kept.get(value, ABSENT) for value in values]
