"""Hidden constants and comparisons: what the code of one version has, and not that of the other."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from undeclared.judge.comparison.cells import number, some
from undeclared.judge.difference.pairing import Parts, Told, matched, section
from undeclared.judge.difference.sides import AuditSide, Side, in_code, limits
from undeclared.judge.sites import evidence
from undeclared.model import (
    CodeCondition,
    ConditionStatus,
    ConditionTried,
    DifferenceSection,
    Finding,
    FindingKind,
    Hidden,
    Report,
    ScanReport,
    Severity,
)

NAMED = 6
"""Constants that are named of many."""


def hidden(before: Side, after: Side) -> DifferenceSection:
    """Constants that the code keeps in a form which no search for their text finds."""
    found = matched(
        before.report.hidden,
        after.report.hidden,
        same=(lambda own: [(frozenset(own.entries), own.decoder)],),
        near=(lambda own: [frozenset(own.entries)],),
        features=lambda own: own.entries,
    )
    told = (partial(_hidden_told, before.report), partial(_hidden_told, after.report))
    lacking = (lambda _: in_code(before, after), lambda _: in_code(after, before))
    return section(
        "hidden", "Hidden constants", found, told, _hidden_parts, lacking, limits(before, after)
    )


def _hidden_told(report: Report | ScanReport, own: Hidden) -> Told:
    finding = _about(report, own)
    count = number(len(own.entries), "hidden constant")
    return Told(
        id=finding.id if finding else f"{own.decoder}: {some(own.entries, 2)}",
        subject=f"{count} such as {some_of(own.entries, 3)}" if own.entries[1:] else
        f"the hidden constant {some_of(own.entries, 1)}",
        text=f"{count}, kept as {own.decoder}: {some(own.entries, NAMED)}",
        notable=finding is None or finding.severity is not Severity.LOW,
        severity=finding.severity if finding else None,
        evidence=(own.evidence,),
    )  # fmt: skip


def some_of(entries: Sequence[str], most: int) -> str:
    """The first few entries, each cut."""
    return ", ".join(own if len(own) <= 40 else f"{own[:40]}…" for own in entries[:most])


def _about(report: Report | ScanReport, own: Hidden) -> Finding | None:
    """The finding on hidden constants, by where they lie."""
    for finding in report.findings:
        if finding.kind is FindingKind.HIDDEN_CONSTANTS and finding.regions:
            region = finding.regions[0]
            if own.evidence.startswith(f"{region.path} bytes {region.start}-{region.end}"):
                return finding
    return None


def _hidden_parts(one: Hidden, other: Hidden) -> Parts:
    ours, theirs = set(one.entries), set(other.entries)
    return Parts(
        added=tuple(own for own in dict.fromkeys(other.entries) if own not in ours),
        removed=tuple(own for own in dict.fromkeys(one.entries) if own not in theirs),
        changed=one.decoder != other.decoder,
    )


class _Condition(NamedTuple):
    """A comparison, from an audit or a scan."""

    id: str
    signals: tuple[str, ...]
    says: str
    values: tuple[str, ...]
    status: str
    evidence: str
    finding: Finding | None

    @property
    def test(self) -> str:
        """What it says, without the constants."""
        return self.says.partition("{")[0] if "{" in self.says else self.says


def conditions(before: Side, after: Side) -> DifferenceSection:
    """Comparisons of a fact of the machine with constants."""
    found = matched(
        _conditions(before.report),
        _conditions(after.report),
        same=(lambda own: [own.id], _behaviour),
        features=_features,
    )
    lacking = (partial(_lacking, before, after), partial(_lacking, after, before))
    return section(
        "conditions", "Comparisons in the code", found, (_told, _told), _parts, lacking,
        limits(before, after),
    )  # fmt: skip


def _conditions(report: Report | ScanReport) -> list[_Condition]:
    judged = {
        about: own
        for own in report.findings
        if own.kind is FindingKind.CONDITION
        for about in own.about
    }
    own: Iterable[ConditionTried | CodeCondition] = report.conditions
    return [_condition(each, judged.get(each.id)) for each in own]


def _condition(own: ConditionTried | CodeCondition, finding: Finding | None) -> _Condition:
    status = own.status.value if isinstance(own, ConditionTried) else ""
    where = own.evidence if isinstance(own, ConditionTried) else evidence(own)
    says = own.says if isinstance(own, ConditionTried) else str(own)
    return _Condition(own.id, own.signals, says, own.values, status, where, finding)


def _behaviour(own: _Condition) -> list[object]:
    return [
        (own.signals, own.test, frozenset(own.values)) if own.values else (own.signals, own.says)
    ]


def _features(own: _Condition) -> list[object]:
    """The constants, of the same fact that is compared in the same way."""
    return [(own.signals, _verb(own), value) for value in own.values]


def _verb(own: _Condition) -> str:
    """What it says, without any constant."""
    return own.says.partition(" {")[0] if own.values[1:] else own.says.rpartition(" ")[0]


def _told(own: _Condition) -> Told:
    severity = own.finding.severity if own.finding else None
    return Told(
        id=own.id,
        subject=own.says,
        text=own.finding.title if own.finding else f"The code tests whether {own.says}",
        notable=severity not in (None, Severity.LOW),
        severity=severity,
        evidence=(own.evidence,),
    )


def _parts(one: _Condition, other: _Condition) -> Parts:
    """Ids are of the shape of the code: what is the same by id may have other constants."""
    ours, theirs = set(one.values), set(other.values)
    if not ours or not theirs:  # reports of before the constants were kept
        return Parts(changed=not ours and not theirs and one.says != other.says)
    return Parts(
        added=tuple(own for own in dict.fromkeys(other.values) if own not in ours),
        removed=tuple(own for own in dict.fromkeys(one.values) if own not in theirs),
    )


def _lacking(has: Side, lacks: Side, own: _Condition) -> str:
    if why := in_code(has, lacks):
        return why
    # An audit tells of comparisons with facts that it varied, and of no others.
    if isinstance(lacks, AuditSide) and lacks.levels.keys().isdisjoint(own.signals):
        return f"{' and '.join(own.signals)} was not varied in {lacks.name}"
    return ""


def outlived(has: AuditSide, lacks: AuditSide, finding: Finding) -> bool | None:
    """Whether what the code compares for a finding of runs is in the other code as well.

    That are the comparisons that the runs confirmed and that hold at its levels; None if there are
    none, or if one of the two was not searched.
    """
    if in_code(has, lacks) or not has.coverage.scanned:
        return None
    levels = {level for own in finding.signals for level in own.levels}
    names = {own.id for own in finding.signals}
    behind = {
        own.id
        for own in has.report.conditions
        if own.status is ConditionStatus.CONFIRMED
        and names.issuperset(own.signals)
        and not levels.isdisjoint(own.levels)
    }
    if not behind:
        return None
    found = matched(
        [own for own in _conditions(has.report) if own.id in behind],
        _conditions(lacks.report),
        same=(lambda own: [own.id], _behaviour),
        features=_features,
    )
    return bool(found.pairs)
