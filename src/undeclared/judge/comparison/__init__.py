"""Several audits side by side: from reports to one page. Pure, as all of judging is."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from undeclared.judge.comparison import (
    contacts,
    contents,
    findings,
    glance,
    inside,
    optouts,
    tried,
)
from undeclared.judge.comparison.cells import Column
from undeclared.model import (
    AuditState,
    ComparedAgent,
    ComparisonReport,
    Report,
    Severity,
    Unaudited,
)

__all__ = ["Column", "compared"]

_SECTIONS = (
    glance.section,
    contacts.section,
    contents.contents,
    contents.identifiers,
    findings.marks,
    optouts.section,
    inside.code,
    findings.influences,
    inside.reads,
    tried.section,
)


def compared(columns: Sequence[Column], *, tool_version: str, made: datetime) -> ComparisonReport:
    """Put audits side by side, in the order given; of those without a report only why not.

    Nothing is concluded here that no report says: cells quote it, and say where it is silent.
    """
    return ComparisonReport(
        tool_version=tool_version,
        made=made,
        agents=tuple(_agent(own, name) for own, name in zip(columns, _names(columns), strict=True)),
        unlike=tuple(tried.unlike(columns)),
        sections=tuple(section(columns) for section in _SECTIONS),
    )


def _names(columns: Sequence[Column]) -> list[str]:
    """A name for each column: with the version where an agent is there twice, then a number."""
    plain = Counter(own.agent for own in columns)
    names = [
        f"{own.agent} {_version(own)}".rstrip() if plain[own.agent] > 1 else own.agent
        for own in columns
    ]
    times: Counter[str] = Counter()
    found = []
    for name in names:
        times[name] += 1
        found.append(f"{name} ({times[name]})" if names.count(name) > 1 else name)
    return found


def _version(column: Column) -> str:
    return column.version if isinstance(column, Unaudited) else column.artifact.version


def _agent(column: Column, name: str) -> ComparedAgent:
    if isinstance(column, Unaudited):
        return ComparedAgent(
            name=name,
            state=AuditState.NOT_AUDITED,
            problems=(column.problem,),
            version=column.version,
        )
    return ComparedAgent(
        name=name,
        state=_state(column),
        problems=column.coverage.problems,
        version=column.artifact.version,
        artifact=column.artifact,
        scenario=column.coverage.scenario,
        tool_version=column.tool_version,
        started=column.started,
        seconds=column.seconds,
        severities=tuple(
            sorted((own.severity for own in column.findings), key=list(Severity).index,
                   reverse=True)
        ),
        evidence_folder=column.evidence_folder,
    )  # fmt: skip


def _state(report: Report) -> AuditState:
    if report.coverage.complete:
        return AuditState.COMPLETE
    if not report.coverage.runs.completed:
        return AuditState.NOT_AUDITED
    return AuditState.INCOMPLETE
