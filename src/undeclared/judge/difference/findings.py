"""Marks and influences: what a fact of the machine changes, in one version and not in the other."""

from collections.abc import Iterator
from functools import partial
from math import ceil

from undeclared.judge.comparison.cells import place
from undeclared.judge.difference.code import outlived
from undeclared.judge.difference.pairing import Matched, Parts, Told, matched, section
from undeclared.judge.difference.places import around, spot
from undeclared.judge.difference.sides import AuditSide, by_run
from undeclared.model import (
    DifferenceSection,
    Finding,
    FindingKind,
    FindingVariant,
    Locus,
    Severity,
)

SURELY = 2.0
"""So many times the smallest effect that is found with power 0.8 is found with more than 0.99: the
power is Φ(d·√n − z) of the effect d, and doubling it moves the argument from 0.84 to 1.68 + z."""


def marks_and_influences(before: AuditSide, after: AuditSide) -> tuple[DifferenceSection, ...]:
    """Two sections: what has to do with a mark in either version, and the open influences."""
    found = matched(
        list(_of_runs(before)),
        list(_of_runs(after)),
        same=(lambda own: [own.id], _behaviour),
        near=(_by_channel_there, _mark_there, _by_signals),
    )
    sections = []
    for name, title, marks in (("marks", "Marks", True), ("influences", "Influences", False)):
        chosen = Matched(
            [own for own in found.pairs if any(map(_is_mark, own)) is marks],
            [own for own in found.before if _is_mark(own) is marks],
            [own for own in found.after if _is_mark(own) is marks],
        )
        told = (partial(_told, before), partial(_told, after))
        lacking = (partial(_lacking, before, after), partial(_lacking, after, before))
        parts = partial(_parts, before, after)
        sections.append(section(name, title, chosen, told, parts, lacking))
    return tuple(sections)


def _of_runs(side: AuditSide) -> Iterator[Finding]:
    for own in side.report.findings:
        if own.kind in (FindingKind.MARK, FindingKind.INFLUENCE):
            yield own


def _is_mark(finding: Finding) -> bool:
    return finding.kind is FindingKind.MARK


def _signals(finding: Finding) -> tuple[str, ...]:
    return tuple(sorted(own.id for own in finding.signals))


def _loci(finding: Finding) -> tuple[Locus, ...]:
    return (finding.locus, *finding.also_at)


def _behaviour(finding: Finding) -> list[object]:
    return [(finding.kind, finding.channel, _signals(finding), spot(own)) for own in _loci(finding)]


def _by_channel_there(finding: Finding) -> list[object]:
    """A text may be worded otherwise around it; and a mark may have become open, or the reverse."""
    return [(finding.channel, _signals(finding), around(own)) for own in _loci(finding)]


def _mark_there(finding: Finding) -> list[object]:
    """A mark at the same place by the same channel, whatever it depends on."""
    if not _is_mark(finding):
        return []
    return [(finding.channel, around(own)) for own in _loci(finding)]


def _by_signals(finding: Finding) -> list[object]:
    """All open differences by the same signals are one finding, at the most telling place."""
    return [] if _is_mark(finding) else [(_signals(finding), finding.severity)]


def _told(side: AuditSide, finding: Finding) -> Told:
    when = f", when {finding.condition}" if finding.condition else ""
    runs = (f"run {own.run}" + ("" if own.flow is None else f", flow {own.flow}") for own in
            finding.evidence)  # fmt: skip
    p = "" if finding.p_value is None else f"; p at most {finding.p_value:.2g}"
    where = f"{finding.kind.value} at {place(finding.locus)}{p}"
    return Told(
        id=finding.id,
        subject=finding.title,
        text=f"{finding.title}{when}",
        notable=_is_mark(finding) or finding.severity is not Severity.LOW,
        severity=finding.severity,
        evidence=(where, *runs),
    )


def _lacking(has: AuditSide, lacks: AuditSide, finding: Finding) -> str:
    """Why the other version may do so too; empty if it does not.

    That nothing was established is no proof of absence. It counts as one where the other audit
    would hardly have missed such an effect, or where what the code compares is gone as well.
    """
    if why := by_run(has, lacks):
        return why
    if untried := list(_untried(lacks, finding)):
        return f"not tried in {lacks.name}: {'; '.join(untried)}"
    shaky = [own for own in lacks.coverage.unconfirmed
             if spot(own.locus) in set(map(spot, _loci(finding)))
             and {each.id for each in own.signals} & set(_signals(finding))]  # fmt: skip
    if shaky:
        status = shaky[0].status.replace("_", " ")
        return f"not established in {lacks.name}: it looked so at first, and was {status}"
    other = _elsewhere(lacks, finding)
    if other:
        by = " and ".join(_signals(other))
        return f"not established in {lacks.name}, where the same place depends on {by} otherwise"
    if _would_show(lacks, finding) or outlived(has, lacks, finding) is False:
        return ""
    return f"not established in {lacks.name}, {_power(lacks, finding)}"


def _untried(side: AuditSide, finding: Finding) -> Iterator[str]:
    for own in finding.signals:
        tried = side.levels.get(own.id)
        if tried is None:
            yield f"{own.id} was not varied"
        elif tried.isdisjoint(own.levels):
            yield f"none of the levels of {own.id} with which it shows"


def _elsewhere(side: AuditSide, finding: Finding) -> Finding | None:
    """What the other audit lays the same place to, if it has a signal in common."""
    here = set(map(spot, _loci(finding)))
    for own in _of_runs(side):
        places = (*_loci(own), *(each.locus for each in own.consequences))
        if set(_signals(own)) & set(_signals(finding)) and not here.isdisjoint(map(spot, places)):
            return own
    return None


def _would_show(side: AuditSide, finding: Finding) -> bool:
    smallest = side.coverage.minimum_detectable_effect
    if smallest is None or (len(finding.signals) > 1 and not side.coverage.every_combination):
        return False
    return _effect(finding) >= SURELY * smallest


def _effect(finding: Finding) -> float:
    """The change in the share of runs that show a variant, of the weakest comparison."""

    def share(arm: tuple[int, int]) -> float:
        return arm[0] / sum(arm) if sum(arm) else 0.0

    return min(
        (abs(share(own.counts[0]) - share(own.counts[1])) for own in finding.contrasts), default=0.0
    )  # fmt: skip


def _power(side: AuditSide, finding: Finding) -> str:
    smallest = side.coverage.minimum_detectable_effect
    if smallest is None:
        return "of which too few runs were made to say how small an effect would have been found"
    told = f"where a change in {ceil(smallest * 100)}% of the runs or more would have been found"
    if len(finding.signals) > 1 and not side.coverage.every_combination:
        told += ", and not every combination of levels was run"
    return told


def _parts(before: AuditSide, after: AuditSide, one: Finding, other: Finding) -> Parts:
    if one.kind is not other.kind:  # an order or a length is covert where nothing open goes with it
        why = "covert or open by what else was established with it"
        return Parts(uncertain=("whether it is covert",), why=why)
    if not _is_mark(one):  # how many levels of it are established is a matter of chance
        return Parts(changed=one.declared is not other.declared)
    if _signals(one) != _signals(other):
        return Parts(changed=True)
    gone, unsure_of_gone = _shown(one, other, after)
    came, unsure_of_come = _shown(other, one, before)
    uncertain = tuple(sorted({*unsure_of_gone, *unsure_of_come}))
    return Parts(
        added=came,
        removed=gone,
        uncertain=uncertain,
        why="not tried in both, or in too few combinations" if uncertain else "",
        changed=one.channel != other.channel,
    )


def _shown(one: Finding, other: Finding, side: AuditSide) -> tuple[tuple[str, ...], list[str]]:
    """What one shows and the other does not: surely, and perhaps (not tried in `side`)."""
    sure: list[str] = []
    perhaps: list[str] = []
    theirs = {own.id: set(own.levels) for own in other.signals}
    for own in one.signals:
        for level in own.levels:
            if level in theirs.get(own.id, ()):
                continue
            tried = level in side.levels.get(own.id, ())
            (sure if tried and _is_clear(other) else perhaps).append(f"{own.id}={level}")
    known = {own.changed for own in other.variants}
    for variant in one.variants:
        if variant.changed in known:
            continue
        tried = all(set(own.levels) & side.levels.get(own.id, set()) for own in variant.conditions)
        (sure if tried and _is_clear(other) else perhaps).append(_points(variant))
    return tuple(dict.fromkeys(sure)), perhaps


def _is_clear(finding: Finding) -> bool:
    """Every run showed what its environment says, so that a level left out does not show it."""
    return _effect(finding) == 1.0


def _points(variant: FindingVariant) -> str:
    if variant.absent:
        return "nothing there"
    points = " ".join(variant.codepoints[:8]) + (" …" if variant.codepoints[8:] else "")
    return f"variant {points}" if points else f"variant “{variant.changed[:60]}”"
