"""What is read of the machine: seen in runs, or in the code."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from undeclared.judge.comparison.cells import some
from undeclared.judge.difference.pairing import Parts, Told, matched, section
from undeclared.judge.difference.places import named
from undeclared.judge.difference.sides import (
    AuditSide,
    ScanSide,
    Side,
    by_run,
    in_code,
    lacking,
    limits,
)
from undeclared.judge.sites import phrase
from undeclared.model import DifferenceSection, LeftOut, Observer, ReadInCode

_SEEN_BY = ", seen by "


class _Reads(NamedTuple):
    """All reads of one fact of the machine."""

    signal: str
    by: Mapping[str, frozenset[Observer]]
    """What is read, and which observers saw it; none: it is in the code."""
    evidence: tuple[str, ...]


def reads(before: Side, after: Side) -> DifferenceSection:
    """By fact of the machine: through what else it is read, or no longer."""
    found = matched(_by_signal(before), _by_signal(after), same=(lambda own: [own.signal],))
    gone = (partial(_lacking, before, after), partial(_lacking, after, before))
    code = limits(before, after) if isinstance(before, ScanSide) else _unobserved(before, after)
    return section(
        "reads", "Reads", found, (_told, _told), partial(_parts, before, after), gone, code
    )


def _by_signal(side: Side) -> list[_Reads]:
    found: dict[str, dict[str, frozenset[Observer]]] = {}
    places: dict[str, list[str]] = {}
    for own in side.report.reads:
        if isinstance(own, ReadInCode):
            what, observers = named(phrase(own.what)), frozenset[Observer]()
        else:
            what, _, seen = own.how.partition(_SEEN_BY)
            what = named(what)
            observers = frozenset(each for each in Observer if each.value in seen)
        known = found.setdefault(own.signal, {})
        known[what] = known.get(what, frozenset()) | observers
        places.setdefault(own.signal, []).append(f"{what}: {own.evidence}")
    return [_Reads(name, by, tuple(places[name][:3])) for name, by in found.items()]


def _unobserved(before: Side, after: Side) -> tuple[str, ...]:
    pair = [own for own in (before, after) if isinstance(own, AuditSide)]
    return tuple(
        said
        for observer in Observer
        for said in lacking(
            [own for own in pair if observer not in own.coverage.observed],
            f"nothing was seen by {observer.value}",
        )
    )


def _told(own: _Reads) -> Told:
    return Told(
        id=own.signal,
        subject=own.signal,
        text=f"{own.signal} is read: {some(sorted(own.by), 6)}",
        evidence=own.evidence,
        notable=True,
    )


def _lacking(has: Side, lacks: Side, own: _Reads) -> str:
    unseen = [_unseen(has, lacks, observers) for observers in own.by.values()]
    return next(filter(None, unseen), "") if all(unseen) else ""


def _unseen(has: Side, lacks: Side, observers: frozenset[Observer]) -> str:
    """Why a read of one may be there in the other as well; empty if it is not."""
    if not isinstance(has, AuditSide) or not isinstance(lacks, AuditSide):
        return in_code(has, lacks)
    if why := by_run(has, lacks):
        return why
    if Observer.HOOKS in observers and len(observers) == 1 and _blind(lacks) - _blind(has):
        return f"the hooks in the runtime did not see all in {lacks.name}"
    if observers.isdisjoint(lacks.coverage.observed):
        watched = " or ".join(own.value for own in Observer if own in observers)
        return f"{lacks.name} was not watched" + (f" by {watched}" if watched else "")
    return ""


def _blind(side: AuditSide) -> set[str]:
    """What hooks did not see."""
    return {own for own in side.coverage.not_exercised if own.startswith(LeftOut.RUNTIME)}


def _parts(before: Side, after: Side, one: _Reads, other: _Reads) -> Parts:
    why: set[str] = set()
    perhaps: list[str] = []
    added: list[str] = []
    removed: list[str] = []
    for has, lacks, own, known, sure in (
        (after, before, other, one, added), (before, after, one, other, removed),
    ):  # fmt: skip
        for what in sorted(own.by.keys() - known.by.keys()):
            if reason := _unseen(has, lacks, own.by[what]):
                why.add(reason)
                perhaps.append(what)
            else:
                sure.append(what)
    # Another file or variable for a fact that was read before tells little, and is folded away.
    return Parts(
        added=tuple(added),
        removed=tuple(removed),
        uncertain=tuple(sorted(perhaps)),
        why="; ".join(sorted(why)),
        notable=False,
    )
