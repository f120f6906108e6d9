"""Influences that only repeat another one: a length, a digest or a count of what that one changes.

One cause is one finding; a body's digest tells a receiver nothing that the body does not.
"""

import re
from collections.abc import Iterator, Sequence

from undeclared.experiment.table import Column, Pattern, Table
from undeclared.model import HttpFlow, Influence, Locus, Status, View
from undeclared.views.derived import digest_of
from undeclared.views.place import Place, Readings

_OF_EACH_CLASS = 2
"""Runs of each class in which a function must give the value."""
_VALUE = re.compile(r"[0-9]{1,9}|[A-Za-z0-9+/_=:-]{8,140}")

Shown = tuple[Influence, Pattern, Column]
Derivation = tuple[Place, str]
"""The place that a value is a function of, and the function."""


def linked(table: Table, found: Sequence[Shown]) -> list[Influence]:
    """The influences, those that follow from others told so."""
    influences = [influence for influence, _, _ in found]
    told = []
    for influence, pattern, column in found:
        derivation = None
        if influence.status is Status.ESTABLISHED and influence.view in (View.TEXT, View.VALUE):
            derivation = derived(table, pattern, column)
        if derivation is not None:
            place, function = derivation
            causes = {
                own.cause: None
                for own in influences
                if own is not influence
                and own.status is Status.ESTABLISHED
                and any(_is_at(locus, place) for locus in (own.locus, *own.also_at))
            }
            influence = influence.model_copy(
                update={"follows": tuple(causes), "function": function if causes else ""}
            )
        told.append(influence)
    return told


def derived(table: Table, pattern: Pattern, column: Column) -> Derivation | None:
    """What a column's values are a function of, in all runs looked at; None if of nothing.

    Looked at are other places of the same request and places of the conversation that differ too.
    """
    seen: dict[int, int] = {}
    candidates: dict[Derivation, None] | None = None
    for row, own in enumerate(pattern.classes.tolist()):
        if own < 0 or seen.get(own, 0) == _OF_EACH_CLASS:
            continue
        seen[own] = seen.get(own, 0) + 1
        value = column.showings[own].changed
        if not _VALUE.fullmatch(value):
            return None
        if candidates is None:
            candidates = dict.fromkeys(_candidates(table, row, column.locus, value))
        else:
            candidates = {
                own: None for own in candidates if _holds(table, row, column.locus, value, own)
            }
        if not candidates:
            return None
    return next(iter(candidates), None) if candidates and len(seen) > 1 else None


def _holds(table: Table, row: int, locus: Locus, value: str, derivation: Derivation) -> bool:
    """Whether a run shows what a candidate says."""
    place, told = derivation
    reading = table.readings[row].get(place)
    if reading is not None and _told(_function(value, place, reading), place) == told:
        return True
    own = (locus.host, locus.method, locus.path, locus.step)
    return value.isdigit() and derivation in _whole_bodies(table, row, own, int(value))


def _told(function: str | None, place: Place) -> str:
    return f"{function} of {place.part} {place.pointer}".rstrip() if function else ""


def _candidates(table: Table, row: int, locus: Locus, value: str) -> Iterator[Derivation]:
    own = (locus.host, locus.method, locus.path, locus.step)
    readings = table.readings[row]
    for place in _near(readings, own):
        if place.part == locus.part and place.pointer == locus.pointer:
            continue
        told = _told(_function(value, place, readings[place]), place)
        if told:
            yield place, told
    if value.isdigit():
        yield from _whole_bodies(table, row, own, int(value))


def _near(readings: Readings, own: tuple[str, str, str, str]) -> Iterator[Place]:
    """Places of the same request first, then those of the conversation."""
    yield from (place for place in readings if place[:4] == own)
    yield from (place for place in readings if place.step.startswith("turn") and place[:4] != own)


def _function(value: str, place: Place, reading: str) -> str | None:
    if value.isdigit():
        number = int(value)
        if place.view in (View.ORDER, View.KEY_ORDER):
            return "number of elements" if reading and reading.count("\n") + 1 == number else None
        if place.view is View.TEXT and number > 1:
            if len(reading) == number:
                return "length"
            if len(reading.encode("utf-8", "surrogateescape")) == number:
                return "length in bytes"
    if place.view in (View.TEXT, View.VALUE) and len(reading) > 1:
        return digest_of(value, reading.encode("utf-8", "surrogateescape"))
    return None


def _whole_bodies(
    table: Table, row: int, own: tuple[str, str, str, str], number: int
) -> Iterator[Derivation]:
    for index, key in table.keys(row):
        flow = table.runs[row].flows[index]
        near = key == own or key[3].startswith("turn")
        if near and isinstance(flow, HttpFlow) and len(flow.request.body) == number > 0:
            yield Place(*key, "body", "", View.VALUE), "length of body"


def _is_at(locus: Locus, place: Place) -> bool:
    """Whether a locus is at a place or within it."""
    same = (locus.host, locus.method, locus.path, locus.step, locus.part) == place[:5]
    inside = locus.pointer == place.pointer or locus.pointer.startswith(
        (f"{place.pointer}/", f"{place.pointer}#")
    )
    return same and inside
