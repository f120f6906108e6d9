"""What only a scan tells: ways to what leaves, hosts in the code, libraries that send."""

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from undeclared.judge.comparison.cells import host
from undeclared.judge.difference.pairing import Parts, Told, matched, section
from undeclared.judge.difference.sides import ScanSide, in_code, limits
from undeclared.judge.sites import evidence
from undeclared.model import DifferenceSection


class _Thing(NamedTuple):
    """One thing in the code, with all that it says."""

    id: str
    text: str
    facts: tuple[str, ...]
    notable: bool
    evidence: str


def beyond(before: ScanSide, after: ScanSide) -> tuple[DifferenceSection, ...]:
    """Flows, endpoints and components."""
    return (
        _section("flows", "Ways to what leaves", before, after, _flows(before), _flows(after)),
        _section("endpoints", "Hosts in the code", before, after, _hosts(before), _hosts(after)),
        _section(
            "components", "Libraries that send", before, after, _libraries(before),
            _libraries(after),
        ),
    )  # fmt: skip


def _section(
    name: str,
    title: str,
    before: ScanSide,
    after: ScanSide,
    ours: Iterable[_Thing],
    theirs: Iterable[_Thing],
) -> DifferenceSection:
    found = matched(_once(ours), _once(theirs), same=(lambda own: [own.id],))
    lacking = (lambda _: in_code(before, after), lambda _: in_code(after, before))
    parts = partial(_parts)
    return section(
        name, title, found, (_told, _told), parts, lacking, limits(before, after)
    )  # fmt: skip


def _once(things: Iterable[_Thing]) -> list[_Thing]:
    """One for each id, with what is said of any of them; notable if one is."""
    found: dict[str, _Thing] = {}
    for own in things:
        known = found.get(own.id, own)
        facts = tuple(sorted({*known.facts, *own.facts}))
        found[own.id] = known._replace(facts=facts, notable=known.notable or own.notable)
    return list(found.values())


def _told(own: _Thing) -> Told:
    facts = f": {', '.join(own.facts)}" if own.facts else ""
    return Told(own.id, own.text, f"{own.text}{facts}", own.notable, None, (own.evidence,))


def _parts(one: _Thing, other: _Thing) -> Parts:
    ours, theirs = set(one.facts), set(other.facts)
    return Parts(
        added=tuple(own for own in other.facts if own not in ours),
        removed=tuple(own for own in one.facts if own not in theirs),
    )


def _flows(side: ScanSide) -> Iterable[_Thing]:
    for own in side.report.flows:
        subject = " or ".join(own.signals) or own.what
        verb = "chooses what is in" if own.by == "choice" else "goes into"
        sink = "something that leaves" if own.sink == "other" else own.sink
        region = own.steps[0].region
        where = f"{region.path} bytes {region.start}-{region.end}"
        text = f"{subject} {verb}: {sink}"
        yield _Thing(text, text, (), own.sink != "other" and own.by == "choice", where)


def _hosts(side: ScanSide) -> Iterable[_Thing]:
    for own in side.report.endpoints:
        facts = (*(("a request is made",) if own.called else ()),
                 *(("kept hidden",) if own.hidden else ()))  # fmt: skip
        name = host(own.host)
        yield _Thing(name, name, facts, own.called or own.hidden is not None, evidence(own))


def _libraries(side: ScanSide) -> Iterable[_Thing]:
    for own in side.report.components:
        yield _Thing(own.name, f"{own.name} ({own.role})", (), True, evidence(own))
