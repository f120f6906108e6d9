"""Readings of all runs side by side, reduced to what differs.

Places at which nothing differs are counted and dropped. Places that split the runs in the same way
share one `Pattern`: they have one cause, and are tested once.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undeclared.experiment.design import rank
from undeclared.experiment.opaque import relations
from undeclared.experiment.screening import Screen
from undeclared.facts.moved import MovedModel
from undeclared.model import Environment, Locus, Phase, Run, Signal, View
from undeclared.views.escapes import plain
from undeclared.views.features import (
    FEATURES_ONLY,
    Feature,
    Memory,
    features,
    is_drawn,
    is_noisy,
)
from undeclared.views.headers import CONNECTION_FIELDS
from undeclared.views.place import PROXY, Key, Place, Reading, Readings
from undeclared.views.readings import Reader, keys
from undeclared.views.rewritten import reordered
from undeclared.views.segments import slots

Classes = NDArray[np.int64]
"""For every run the number of what it showed, from 0 in order of appearance; `MISSING` if the run
did not have the place. Whether it had it is another pattern: presence and content are not mixed."""

MISSING = -1

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
    moved: MovedModel
    """Where the experiment put the model."""
    patterns: tuple[Pattern, ...]
    loci: int
    """Places compared, those that never differ included."""
    readings: tuple[Readings, ...]
    """Everything that each run showed."""

    def keys(self, row: int) -> Iterator[tuple[int, Key]]:
        """The HTTP flows of a run by index, with their keys."""
        run = self.runs[row]
        return keys(run, self.moved.host(run.environment))

    @property
    def environments(self) -> tuple[Environment, ...]:
        """The environment of every run."""
        return tuple(run.environment for run in self.runs)

    @property
    def blocks(self) -> tuple[int, ...]:
        """The block of every run, of whatever phase."""
        return tuple(run.trial.block for run in self.runs)


class Tabulator:
    """Makes tables of growing sets of runs; what was read once is not read again."""

    def __init__(self, moved: MovedModel, signals: Sequence[Signal]) -> None:
        self._moved = moved
        self._rank = rank(signals)
        self._signals = signals
        self._reader = Reader(moved.default_host)
        self._read: dict[str, Readings] = {}
        self._features: Memory = {}
        self._screened: Screened = {}
        self._first: Readings = {}
        """What each place showed in the first run that had it …"""
        self._times: dict[Place, int] = {}
        """… in how many runs it was there …"""
        self._varying: set[Place] = set()
        """… and where it was not always the same: most places never differ."""

    def table(self, runs: Sequence[Run], *, of_noise: bool = True) -> Table:
        """Compare runs; the first is the reference, and must be the first in every call.

        `of_noise`: look at features of what varies by itself too, which takes as long as the rest.
        """
        with _without_collection():
            return self._table(runs, of_noise)

    def _table(self, runs: Sequence[Run], of_noise: bool) -> Table:
        rows = [self.read(run) for run in runs]
        for gone, new in self._reader.reopened(self._read.values()):
            self._forget(gone)
            for place, reading in new.items():
                self._note(place, reading)
        order = sorted(range(len(runs)), key=lambda row: self._rank(runs[row].environment))
        constant = {
            place
            for place, times in self._times.items()
            if times == len(self._read) and place not in self._varying
        }
        found: dict[bytes, tuple[Classes, list[Column]]] = {}
        environments = [run.environment for run in runs]
        known = [row for row, run in enumerate(runs) if run.trial.phase is not Phase.CONFIRMATION]
        noise = _Noise(self._features, self._screened, runs, known)
        drawn: dict[Place, list[Reading | None]] = {}
        for place in sorted(self._first.keys() - constant):
            values = [row.get(place, ABSENT) for row in rows]
            if all(value == values[0] for value in values):
                continue
            if place.view is View.ESCAPE:
                values = _with_plain(place, values, rows)
            own = [None if value == ABSENT else value for value in values] if of_noise else []
            if of_noise and (
                place.view in FEATURES_ONLY
                or (place.view in _FEATURES_OF and is_noisy(own, environments, known))
            ):
                noise.look(place, own)
                if place.view in (View.TEXT, View.VALUE):
                    drawn[place] = own
            if place.view in FEATURES_ONLY:
                continue
            forbidden = _forbidden(place, rows)
            for classes, column in _columns(place, values, order, forbidden):
                found.setdefault(classes.tobytes(), (classes, []))[1].append(column)
        related = relations(drawn, environments, known, self._signals)
        worth = noise.worth(self._signals) if of_noise else []
        for feature in (*worth, *related):
            classes, column = _feature_column(feature)
            found.setdefault(classes.tobytes(), (classes, []))[1].append(column)
        patterns = tuple(Pattern(classes, tuple(columns)) for classes, columns in found.values())
        return Table(tuple(runs), self._moved, patterns, len(self._first), tuple(rows))

    def read(self, run: Run) -> Readings:
        """Read a run as soon as it is there, to save the time later; the reference run first."""
        known = self._read.get(run.trial.id)
        if known is None:
            with _without_collection():
                known = self._reader.readings(run, self._moved.host(run.environment))
            self._read[run.trial.id] = known
            for place, reading in known.items():
                self._note(place, reading)
        return known

    def _note(self, place: Place, reading: Reading) -> None:
        first = self._first.setdefault(place, reading)
        self._times[place] = self._times.get(place, 0) + 1
        if first != reading:
            self._varying.add(place)

    def _forget(self, place: Place) -> None:
        self._times[place] -= 1
        if not self._times[place]:
            del self._first[place], self._times[place]
            self._varying.discard(place)


Screened = dict[tuple[str, ...], dict[Place, list[tuple[Place, str]]]]
"""Which features are worth a hypothesis, by place; by the runs that say so."""


class _Noise:
    """Features of what varies by itself, and which of them are worth a hypothesis.

    The same runs say the same of that, so it is worked out once for them.
    """

    def __init__(
        self, memory: Memory, screened: Screened, runs: Sequence[Run], known: Sequence[int]
    ) -> None:
        self._memory = memory
        self._screened = screened
        self._known = known
        self._environments = [runs[row].environment for row in known]
        self._key = tuple(runs[row].trial.id for row in known)
        self._found: dict[tuple[Place, str], tuple[Place, Feature]] = {}

    def look(self, place: Place, values: Sequence[Reading | None]) -> None:
        """Take up the features of a place, but for those that are known to be worth nothing."""
        chosen = self._screened.get(self._key)
        if chosen is not None and place not in chosen:
            return
        for feature in features(place, values, self._known, self._memory):
            told = feature.place, feature.what
            if chosen is None or told in chosen[place]:
                self._found[told] = place, feature

    def worth(self, signals: Sequence[Signal]) -> list[Feature]:
        """The features that are worth a hypothesis."""
        if self._key in self._screened:
            return [feature for _, feature in self._found.values()]
        screen = Screen(self._environments, signals)
        passed = screen.passed([own for _, own in self._found.values()], self._known)
        chosen: dict[Place, list[tuple[Place, str]]] = {}
        for own in passed:
            told = own.place, own.what
            chosen.setdefault(self._found[told][0], []).append(told)
        self._screened[self._key] = chosen
        return passed


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep the cyclic garbage collector still.

    Readings are millions of small objects that all stay and hold no cycles; looking through them
    again and again takes as long as everything else together.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_TELLS_PRESENCE = {View.PRESENCE, View.VALUE, View.TEXT, View.ORDER, View.KEY_ORDER}
"""Views of which every place has exactly one, but for those that are about its flow. A handshake
says what it offers itself, and whether there was one depends on which connections are reused; a
proxy is where the experiment put it."""


_FEATURES_OF = {View.VALUE, View.TEXT, View.ORDER, View.KEY_ORDER, View.CASE}
"""Views that may be another in nearly every run."""

_SAY_NOTHING_BY_ABSENCE = {"client-hello", "h2-opening"}


def _tells_presence(place: Place) -> bool:
    return (
        place.view in _TELLS_PRESENCE
        and place.part not in _SAY_NOTHING_BY_ABSENCE
        and place.host != PROXY
        and (place.part, place.pointer) != ("line", "method")
    )


def _with_plain(place: Place, values: Sequence[Reading], rows: Sequence[Readings]) -> list[Reading]:
    """What strings without a reading of their own show of how they are escaped."""
    pointer, _, choice = place.pointer.rpartition("#escape/")
    text = place._replace(pointer=pointer, view=View.TEXT)
    told = []
    for value, row in zip(values, rows, strict=True):
        own = row.get(text) if value == ABSENT else None
        told.append(value if own is None else plain(choice, own) or ABSENT)
    return told


def _forbidden(place: Place, rows: Sequence[Readings]) -> list[bool]:
    """The runs in which the place cannot be, by the version of HTTP."""
    if place.part != "header" or place.pointer not in CONNECTION_FIELDS:
        return []
    version = Place(*place[:4], "line", "version", View.VALUE)
    return [not row.get(version, "HTTP/1").startswith("HTTP/1") for row in rows]


def _columns(
    place: Place, values: Sequence[Reading], order: Sequence[int], forbidden: Sequence[bool] = ()
) -> Iterator[tuple[Classes, Column]]:
    """The columns of a place; `order` are the rows in the order of the design.

    `forbidden` are the runs of which its absence says nothing; none are all.
    """
    if ABSENT in values and _tells_presence(place):
        classes, column = _presence(place, values)
        yield np.where(forbidden, MISSING, classes) if forbidden else classes, column
    if place.view is View.TEXT and not is_drawn([own for own in values if own != ABSENT]):
        yield from _slot_columns(place, values, order)
    else:
        ordered = place.view in (View.ORDER, View.KEY_ORDER)
        if ordered:
            values = _common_order(values)
        classes, distinct = number_present(values)
        if len(distinct) > 1:
            shown = [value.replace("\n", " ") for value in distinct] if ordered else distinct
            yield classes, Column(place.locus(), place.view, tuple(map(_whole, shown)))


def _presence(place: Place, values: Sequence[Reading]) -> tuple[Classes, Column]:
    present = next(value for value in values if value != ABSENT)
    classes, distinct = number([value if value == ABSENT else present for value in values])
    shown = tuple(Showing("", "", absent=True) if v == ABSENT else _whole(v) for v in distinct)
    return classes, Column(place.locus(), View.PRESENCE, shown)


def _slot_columns(
    place: Place, values: Sequence[Reading], order: Sequence[int]
) -> Iterator[tuple[Classes, Column]]:
    """One column for every slot of a text; each variant is shown as the first in `order` has it."""
    texts = list(dict.fromkeys(values[row] for row in order if values[row] != ABSENT))
    index = {text: position for position, text in enumerate(texts)}
    moved = reordered(texts[0], texts) if len(texts) > 1 else None
    if moved is not None:
        texts, orders = moved
        own = [ABSENT if value == ABSENT else orders[index[value]] for value in values]
        classes, distinct = number_present(own)
        told = tuple(_whole(value.replace("\n", " ⏎ ")) for value in distinct)
        yield classes, Column(place.locus(), View.TEXT_ORDER, told)
    reference = texts[0]
    for slot in slots(reference, texts):
        cut = [text[a:b] for text, (a, b) in zip(texts, slot.spans, strict=True)]
        own = [ABSENT if value == ABSENT else cut[index[value]] for value in values]
        classes, distinct = number_present(own)
        shown = []
        for value in distinct:
            at = cut.index(value)
            shown.append(Showing(value, excerpt(texts[at], *slot.spans[at])))
        before = reference[max(0, slot.start - 16) : slot.start].rpartition("\n")[2]
        after = reference[slot.end : slot.end + 16].partition("\n")[0]
        locus = place.locus(segment=f"{before}⟨…⟩{after}")
        length = slot.end - slot.start
        yield classes, Column(locus, View.TEXT, tuple(shown), slot.start, length, reference)


def _feature_column(feature: Feature) -> tuple[Classes, Column]:
    values = [ABSENT if value is None else value for value in feature.values]
    classes, distinct = number_present(values)
    shown = tuple(Showing(value, f"{feature.what}: {value}") for value in distinct)
    return classes, Column(feature.place.locus(segment=feature.what), feature.view, shown)


def _whole(value: Reading) -> Showing:
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


def number_present(values: Sequence[Reading]) -> tuple[Classes, list[Reading]]:
    """Number values as `number` does, with `MISSING` where there is none."""
    numbers: dict[str, int] = {ABSENT: MISSING}
    classes = np.fromiter(
        (numbers.setdefault(value, len(numbers) - 1) for value in values), np.int64, len(values)
    )
    return classes, [value for value in numbers if value != ABSENT]


def _common_order(values: Sequence[Reading]) -> list[Reading]:
    """Orders restricted to the names that all of them have: presence is another view."""
    lists = {value: value.split("\n") for value in set(values) if value != ABSENT}
    common = set.intersection(*(set(names) for names in lists.values()))
    kept = {
        value: "\n".join(name for name in names if name in common) for value, names in lists.items()
    }
    return [kept.get(value, ABSENT) for value in values]
