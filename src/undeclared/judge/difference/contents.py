"""Which kinds of data are sent to whom, and by what one can be recognised again."""

from collections.abc import Sequence
from functools import partial

from undeclared.judge.comparison.cells import named, place, some
from undeclared.judge.comparison.contents import LASTING
from undeclared.judge.contents import what_of
from undeclared.judge.difference.pairing import Parts, Told, matched, section
from undeclared.judge.difference.places import spot
from undeclared.judge.difference.sides import GIVEN, AuditSide, by_run, lacking, seldom
from undeclared.model import (
    AskedFor,
    Change,
    Content,
    DifferenceSection,
    FindingKind,
    Identifier,
    Severity,
)

_ASKED = {
    AskedFor.NOBODY: "unasked",
    AskedFor.PROMPT: "as the prompt has it",
    AskedFor.TOOL: "as a tool call gave it",
}
_OVER = {
    Change.RUNS: "a second run",
    Change.REPOSITORIES: "another repository",
    Change.ACCOUNTS: "another key",
    Change.REINSTALLS: "a reinstall",
    Change.MACHINES: "another machine",
}


def contents(before: AuditSide, after: AuditSide) -> DifferenceSection:
    """Kinds of data by host, and by who asked for them; identifiers are told by themselves."""
    found = matched(
        _without_identifiers(before),
        _without_identifiers(after),
        same=(lambda own: [(own.category, own.host, own.asked_for)],),
    )
    told = (partial(_told, before), partial(_told, after))
    gone = (partial(_lacking, before, after), partial(_lacking, after, before))
    parts = partial(_parts, before, after)
    return section("contents", "Kinds of data", found, told, parts, gone)


def _without_identifiers(side: AuditSide) -> list[Content]:
    apart = {what_of(own) for own in side.report.identifiers if own.origin != "fact"}
    found: dict[object, Content] = {}
    for own in side.report.contents:
        left = [each for each in own.what if each not in apart]
        if not left:
            continue
        key = own.category, own.host, own.asked_for
        known = found.get(key, own)  # two where the host of the model goes by two names
        what = dict.fromkeys((*(known.what if key in found else ()), *left))
        most = max(known, own, key=lambda each: each.runs)
        examples = (*known.examples, *own.examples) if key in found else own.examples
        found[key] = most.model_copy(update={"what": tuple(what), "examples": examples})
    return list(found.values())


def _told(side: AuditSide, own: Content) -> Told:
    severities = [
        each.severity
        for each in side.report.findings
        if each.kind is FindingKind.CANARY
        and each.locus.host == own.host
        and any(example.locus == each.locus for example in own.examples)
    ]
    declared = {True: ", declared", False: ", against what is declared", None: ""}[own.declared]
    asked = _ASKED[own.asked_for]
    where = [f"{each.what} ({each.form}) at {place(each.locus)}, run {each.evidence.run}"
             for each in own.examples]  # fmt: skip
    return Told(
        id=f"{own.category}, {own.host}, {own.asked_for.value}",
        subject=f"{own.title} to {named(own.host)}, {asked}",
        text=f"{some(own.what, 6)}{declared}",
        notable=own.asked_for is AskedFor.NOBODY or own.declared is False,
        severity=max(severities, key=list(Severity).index, default=None),
        evidence=(f"in {own.runs} of {own.of} runs", *where),
    )


def _lacking(has: AuditSide, lacks: AuditSide, own: Content) -> str:
    if own.category not in {each.category for each in lacks.report.sought}:
        return f"{own.title} were not looked for in {lacks.name}"
    return seldom(has, lacks, own.runs, own.of)


def _parts(before: AuditSide, after: AuditSide, one: Content, other: Content) -> Parts:
    added = [own for own in other.what if own not in one.what]
    removed = [own for own in one.what if own not in other.what]
    perhaps = []
    reasons = []
    for has, lacks, own, things in (
        (after, before, other, added), (before, after, one, removed),
    ):  # fmt: skip
        for thing in list(things):
            seen = next((each.runs for each in own.examples if each.what == thing), own.runs)
            if why := seldom(has, lacks, seen, own.of):
                things.remove(thing)
                perhaps.append(thing)
                reasons.append(why)
    return Parts(
        added=tuple(added),
        removed=tuple(removed),
        uncertain=tuple(sorted(perhaps)),
        why="; ".join(sorted(set(reasons))),
        changed=one.declared is not other.declared,
    )


def identifiers(before: AuditSide, after: AuditSide) -> DifferenceSection:
    """Values by which a receiver can tell that two runs are of one user or one machine."""
    found = matched(
        before.report.identifiers,
        after.report.identifiers,
        same=(lambda own: [own.id], _source),
        near=(lambda own: [spot(each) for each in (own.locus, *own.also_at)],),
    )
    gone = (partial(_unstaying, before, after), partial(_unstaying, after, before))
    without = [own for own in (before, after) if not own.report.identifiers_tried]
    untried = lacking(without, "it was not tried which identifiers stay the same")
    return section(
        "identifiers", "Identifiers", found, (_identifier, _identifier), _stays, gone, untried
    )


def _source(own: Identifier) -> Sequence[object]:
    return [(own.origin, own.source, host) for host in own.hosts] if own.source else []


def _identifier(own: Identifier) -> Told:
    stays = [_OVER[each.change] for each in own.stays if each.stays]
    to = some([named(each) for each in own.hosts])
    lasting = any(own.over(each) for each in LASTING)
    return Told(
        id=own.id,
        subject=f"{what_of(own)}, to {to}",
        text=f"{what_of(own)}, to {to}; the same after {', '.join(stays) or 'nothing'}",
        notable=own.origin != "fact" or lasting,
        evidence=(f"in {own.runs} of {own.of} runs, {place(own.locus)}",),
    )


def _unstaying(has: AuditSide, lacks: AuditSide, own: Identifier) -> str:
    if not lacks.report.identifiers_tried:
        return f"which identifiers stay the same was not tried in {lacks.name}"
    return by_run(has, lacks)


def _stays(one: Identifier, other: Identifier) -> Parts:
    came: list[str] = []
    went: list[str] = []
    for change, said in _OVER.items():
        ours, theirs = one.over(change), other.over(change)
        if ours is not None and theirs is not None and ours is not theirs:
            (came if theirs else went).append(f"the same after {said}")
    hosts = [(f"to {named(own)}", own in one.hosts) for own in
             sorted({*one.hosts} ^ {*other.hosts}) if own != GIVEN]  # fmt: skip
    return Parts(
        added=(*came, *(told for told, before in hosts if not before)),
        removed=(*went, *(told for told, before in hosts if before)),
    )
