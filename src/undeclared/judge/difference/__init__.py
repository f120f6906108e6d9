"""Two audits, or two scans: what behaves otherwise. Pure, as all of judging is.

Text, bytes and places of code are never a difference. What one report has and the other does not is
said to be added or removed only where the other was looked at for it well enough.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import overload

from undeclared.judge.difference import (
    code,
    contacts,
    contents,
    findings,
    optouts,
    reads,
    scans,
)
from undeclared.judge.difference.sides import AuditSide, ScanSide, described, level, names, unlike
from undeclared.judge.difference.summary import summary
from undeclared.model import DifferenceReport, DifferenceSection, Report, ScanReport

__all__ = ["difference"]


@overload
def difference(
    before: Report, after: Report, *, tool_version: str, made: datetime
) -> DifferenceReport: ...
@overload
def difference(
    before: ScanReport, after: ScanReport, *, tool_version: str, made: datetime
) -> DifferenceReport: ...
def difference(
    before: Report | ScanReport,
    after: Report | ScanReport,
    *,
    tool_version: str,
    made: datetime,
) -> DifferenceReport:
    """What changed from one report to the other: of two audits, or of two scans.

    Raises TypeError for an audit with a scan: neither has what the other tells.
    """
    one, other = names(before, after)
    if isinstance(before, Report) and isinstance(after, Report):
        audits = level(AuditSide(one, before), AuditSide(other, after))
        sections = tuple(_of_audits(*audits))
        sides = tuple(map(described, audits))
        apart = tuple(unlike(*audits))
    elif isinstance(before, ScanReport) and isinstance(after, ScanReport):
        scanned = ScanSide(one, before), ScanSide(other, after)
        sections = tuple(_of_scans(*scanned))
        sides = tuple(map(described, scanned))
        apart = tuple(unlike(*scanned))
    else:
        raise TypeError("an audit is compared with an audit, and a scan with a scan")
    return DifferenceReport(
        tool_version=tool_version,
        made=made,
        before=sides[0],
        after=sides[1],
        summary=tuple(summary(sides[0], sides[1], sections)),
        unlike=apart,
        sections=sections,
    )


def _of_audits(before: AuditSide, after: AuditSide) -> Iterator[DifferenceSection]:
    marks, influences = findings.marks_and_influences(before, after)
    yield marks
    yield contacts.contacts(before, after)
    yield contents.contents(before, after)
    yield contents.identifiers(before, after)
    yield optouts.opt_outs(before, after)
    yield code.hidden(before, after)
    yield code.conditions(before, after)
    yield influences
    yield reads.reads(before, after)


def _of_scans(before: ScanSide, after: ScanSide) -> Iterator[DifferenceSection]:
    yield code.hidden(before, after)
    yield code.conditions(before, after)
    yield from scans.beyond(before, after)
    yield reads.reads(before, after)
