"""The two reports of a difference, and whether something that one lacks was looked for in it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from undeclared.judge.comparison.cells import number
from undeclared.model import (
    Content,
    Coverage,
    DifferenceSide,
    Finding,
    Identifier,
    LeftOut,
    Locus,
    Report,
    Role,
    ScanReport,
)

MISSED = 0.05
"""A thing that so many runs would miss with more than this chance may still be there."""
ALWAYS = 0.95
"""From this share of runs on, something does not depend on the environment of the run."""
GIVEN, _GIVEN_BY = "{base-url-host}", "base-url-host"
"""The host that the experiment gave to the agent for the model, and by which signal."""
MODEL = "the model's host"
"""What the host of the model is called where only one of two audits was given gateways."""


class AuditSide(NamedTuple):
    """One of two audits."""

    name: str
    report: Report

    @property
    def coverage(self) -> Coverage:
        """What the audit exercised."""
        return self.report.coverage

    @property
    def runs(self) -> int:
        """Completed ones."""
        return self.coverage.runs.completed

    @property
    def levels(self) -> dict[str, set[str]]:
        """By signal, the levels that were tried; of signals that were varied only."""
        return {own.id: set(own.levels) for own in self.coverage.signals if own.levels[1:]}


class ScanSide(NamedTuple):
    """One of two scans."""

    name: str
    report: ScanReport


Side = AuditSide | ScanSide


def names(before: Report | ScanReport, after: Report | ScanReport) -> tuple[str, str]:
    """What the two are called: as short as tells them apart."""
    one, other = before.artifact, after.artifact
    if before.agent == after.agent and one.version != other.version:
        return one.version, other.version
    told = [f"{own.agent or own.artifact.name} {own.artifact.version}" for own in (before, after)]
    return (told[0], told[1]) if told[0] != told[1] else (f"{told[0]} (A)", f"{told[1]} (B)")


def level(before: AuditSide, after: AuditSide) -> tuple[AuditSide, AuditSide]:
    """The two with one name for the host of the model, where only one was given gateways for it.

    Runs with gateways tell of the model by a name of its own, wherever it is; others by its host.
    """
    if (_GIVEN_BY in before.levels) == (_GIVEN_BY in after.levels):
        return before, after
    return before._replace(report=_renamed(before.report)), after._replace(
        report=_renamed(after.report)
    )


def _renamed(report: Report) -> Report:
    models = {GIVEN, *(own.host for own in report.contacts if own.role is Role.MODEL)}

    def host(name: str) -> str:
        return MODEL if name in models else name

    def locus(own: Locus) -> Locus:
        return own.model_copy(update={"host": host(own.host)})

    def finding(own: Finding) -> Finding:
        return own.model_copy(
            update={"locus": locus(own.locus), "also_at": tuple(map(locus, own.also_at))}
        )

    def content(own: Content) -> Content:
        return own.model_copy(update={"host": host(own.host)})

    def identifier(own: Identifier) -> Identifier:
        hosts = tuple(dict.fromkeys(map(host, own.hosts)))
        return own.model_copy(
            update={
                "hosts": hosts,
                "locus": locus(own.locus),
                "also_at": tuple(map(locus, own.also_at)),
            }
        )

    return report.model_copy(
        update={
            "findings": tuple(map(finding, report.findings)),
            "contents": tuple(map(content, report.contents)),
            "identifiers": tuple(map(identifier, report.identifiers)),
        }
    )


def described(side: Side) -> DifferenceSide:
    """A side as the report tells it."""
    report = side.report
    if isinstance(report, ScanReport):
        return DifferenceSide(
            name=side.name,
            agent=report.agent,
            artifact=report.artifact,
            source="scan",
            tool_version=report.tool_version,
            started=report.started,
            complete=report.complete,
            problems=tuple(f"{own.path}: {own.what}" for own in report.omissions),
        )
    coverage = report.coverage
    return DifferenceSide(
        name=side.name,
        agent=report.agent,
        artifact=report.artifact,
        source="audit",
        tool_version=report.tool_version,
        started=report.started,
        complete=coverage.complete,
        problems=coverage.problems,
        scenario=coverage.scenario,
        runs=coverage.runs.completed,
        signals=tuple(own.id for own in coverage.signals if own.levels[1:]),
        minimum_detectable_effect=coverage.minimum_detectable_effect,
        evidence_folder=report.evidence_folder,
    )


def unlike(before: Side, after: Side) -> Iterator[str]:
    """In what the two were not made alike, a sentence each."""
    pair = (before, after)
    yield from _other("version of this tool", [(own.name, own.report.tool_version) for own in pair])
    if not isinstance(before, AuditSide) or not isinstance(after, AuditSide):
        return
    scenarios = [(own.name, own.report.coverage.scenario) for own in (before, after)]
    yield from _other("scenario", scenarios)
    for has, lacks in ((before, after), (after, before)):
        signals = sorted(has.levels.keys() - lacks.levels.keys())
        if signals:
            yield f"Varied in {has.name} alone: {', '.join(signals)}."
        levels = {
            name: number(len(more), "level")
            for name, own in has.levels.items()
            if name in lacks.levels and (more := own - lacks.levels[name])
        }
        if levels:
            told = ", ".join(f"{count} of {name}" for name, count in sorted(levels.items()))
            yield f"Tried with {has.name} alone: {told}."


def _other(what: str, values: Sequence[tuple[str, str]]) -> Iterator[str]:
    if len({value for _, value in values}) > 1:
        each = "; ".join(f"{name}: {value}" for name, value in values)
        yield f"They did not have the same {what}: {each}."


def by_run(has: AuditSide, lacks: AuditSide) -> str:
    """Why nothing that runs showed can be said to have come or gone; empty if it can."""
    if not lacks.runs:
        return f"no run of {lacks.name} was completed"
    if has.coverage.scenario != lacks.coverage.scenario:
        return f"{lacks.name} had another scenario"
    return _made(has, lacks)


def seldom(has: AuditSide, lacks: AuditSide, runs: int, of: int, chances: int | None = None) -> str:
    """Why what was seen in `runs` of `of` runs may still be there; empty if it is not.

    The other audit had so many `chances` to show it; without them, all its runs.
    """
    chances = lacks.runs if chances is None else chances
    if why := by_run(has, lacks):
        return why
    rate = min(1.0, runs / max(of, 1))
    if rate < ALWAYS and not _covers(lacks, has):
        return f"seen in {runs} of {of} runs, and {lacks.name} did not try all that {has.name} did"
    missed = (1 - rate) ** chances
    if missed > MISSED:
        told = number(chances, "run")
        return f"seen in {runs} of {of} runs; {told} would miss it with a chance of {missed:.0%}"
    return ""


def _covers(one: AuditSide, other: AuditSide) -> bool:
    """Whether one tried every level that the other did."""
    return all(levels <= one.levels.get(name, set()) for name, levels in other.levels.items())


def in_code(has: Side, lacks: Side) -> str:
    """Why nothing that the code of one has can be said to have come or gone; empty if it can."""
    if isinstance(lacks, AuditSide) and not lacks.coverage.scanned:
        return f"the code of {lacks.name} was not searched"
    if not _unsearched(lacks) <= _unsearched(has):
        return f"a part of the code of {lacks.name} was not searched"
    tools = (has.report.tool_version, lacks.report.tool_version)
    return "" if len(set(tools)) == 1 else _of_tools(lacks)


def limits(before: Side, after: Side) -> tuple[str, ...]:
    """What was not searched in the code of either, a sentence each."""
    pair = (before, after)
    without = [own for own in pair if isinstance(own, AuditSide) and not own.coverage.scanned]
    partly = [own for own in pair if own not in without and _unsearched(own)]
    return (
        *lacking(without, "the code was not searched"),
        *lacking(partly, "a part of the code was not searched"),
    )


def lacking(sides: Sequence[Side], what: str) -> tuple[str, ...]:
    """What was not done with these, in a sentence; none where it was done with all."""
    return (f"Of {' and '.join(own.name for own in sides)}, {what}.",) if sides else ()


def _unsearched(side: Side) -> set[str]:
    """What was left out of the code, without numbers: versions differ in those."""
    if isinstance(side, ScanSide):
        told: Iterable[str] = (f"{own.path} {own.what}" for own in side.report.omissions)
    else:
        told = (own for own in side.coverage.not_exercised if own.startswith(LeftOut.CODE))
    return {re.sub(r"\d+", "#", own) for own in told}


def _made(has: AuditSide, lacks: AuditSide) -> str:
    if has.report.tool_version != lacks.report.tool_version:
        return _of_tools(lacks)
    return "" if lacks.coverage.complete else f"the audit of {lacks.name} is incomplete"


def _of_tools(lacks: Side) -> str:
    return f"{lacks.name} was looked at with another version of this tool"
