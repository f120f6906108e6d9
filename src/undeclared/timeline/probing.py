"""One probe of one version: what its code has, or what an audit of it shows.

Both are made in processes of their own, which find them here by their names.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from undeclared.acquire import acquire, default_cache, parse_subject
from undeclared.audit import AuditRequest, audit
from undeclared.catalogue import AgentProfile, profile_from_file
from undeclared.experiment import Watch
from undeclared.judge import code_findings
from undeclared.judge.difference.places import spot
from undeclared.model import (
    CodeCondition,
    Finding,
    FindingKind,
    Frozen,
    HiddenConstants,
    Incomplete,
    Locus,
    Probe,
    ProbedBy,
    Report,
    Scan,
    Severity,
    Trait,
)
from undeclared.static import fingerprint
from undeclared.store import default_store
from undeclared.unpack import OURS, source_files, tree

KEPT = "probe"
"""The kind under which the store keeps them."""


OMISSIONS = 4
"""Parts that were not searched which are named."""


class CodeRequest(Frozen):
    """Look into the code of one version."""

    package: str
    """Package URL with its version."""
    version: str
    about: tuple[str, ...]
    """Signals: what is compared with them is looked for, besides all that is hidden."""
    profile: Path | None = None
    key: str
    """Under which the probe is kept."""


class RunRequest(Frozen):
    """Audit one version."""

    version: str
    audit: AuditRequest
    key: str


def by_code(request: CodeRequest, watch: Watch) -> Probe:
    """What the code of a version hides, and what it lets choose what is sent; nothing is run.

    The probe is in the store on return. Raises NotFound and Incomplete as `acquire` and `tree` do.
    """
    began = time.monotonic()
    given = profile_from_file(request.profile) if request.profile else None
    subject = parse_subject(request.package, profile=given)
    cache = default_cache()
    acquired = acquire(subject, cache, watch.say)
    parts = [(part, cache.path(part.sha256)) for part in acquired.parts]
    root = tree(parts, cache.root / "trees", watch.say, runtime=acquired.runtime)
    without = OURS if acquired.runtime else ()
    files = source_files(root, without=without)
    found = fingerprint(files, subject.profile, watch, request.about).scan
    traits = code_traits(found, subject.profile)
    about = {own.id for own in traits}
    conditions = {
        condition.id: condition
        for finding in code_findings(found, subject.profile)
        if finding.id in about
        for condition in found.conditions
        if condition.id in finding.about
    }
    probe = Probe(
        version=request.version,
        by=ProbedBy.CODE,
        traits=traits,
        conditions=tuple(conditions.values()),
        omissions=tuple(f"{own.path}: {own.what}" for own in found.omissions[:OMISSIONS]),
        sha256=acquired.sha256,
        size=sum(part.size for part in acquired.parts),
        downloaded=cache.added,
        seconds=round(time.monotonic() - began, 3),
    )
    return _kept(probe, request.key, request.package)


def by_run(request: RunRequest, watch: Watch) -> Probe:
    """What an audit of a version shows.

    The probe is in the store on return. Raises Incomplete for an audit that is not: that something
    was not seen in it says nothing.
    """
    began = time.monotonic()
    report = audit(request.audit, watch)
    if report.coverage.interrupted:
        raise KeyboardInterrupt
    if not report.coverage.complete:
        raise Incomplete(
            f"the audit of {request.version} is not complete: "
            + (next(iter(report.coverage.problems), "some runs failed")),
            means="it says nothing of what was not seen",
            next_step=f"See `undeclared audit {request.audit.agent}`.",
        )
    probe = Probe(
        version=request.version,
        by=ProbedBy.RUN,
        traits=run_traits(report),
        unsure=tuple(
            dict.fromkeys(
                _spot(own.locus, signal.id)
                for own in report.coverage.unconfirmed
                for signal in own.signals
            )
        ),
        detectable=report.coverage.minimum_detectable_effect,
        runs=report.coverage.runs.completed,
        varied=report.coverage.signals,
        sha256=report.artifact.sha256,
        size=report.artifact.size,
        kind=report.artifact.kind,
        seconds=round(time.monotonic() - began, 3),
        evidence=report.evidence_folder,
    )
    return _kept(probe, request.key, request.audit.agent)


def _kept(probe: Probe, key: str, package: str) -> Probe:
    default_store().keep(KEPT, key, probe.model_dump_json(), package)
    return probe


def code_traits(found: Scan, profile: AgentProfile | None) -> tuple[Trait, ...]:
    """The findings of code that matter: what is hidden, and what is worse than low."""
    hidden = {own.id: own for own in found.hidden}
    conditions = {own.id: own for own in found.conditions}
    return tuple(
        _of_code(own, hidden, conditions)
        for own in code_findings(found, profile)
        if own.severity is not Severity.LOW or own.kind is FindingKind.HIDDEN_CONSTANTS
    )


def _of_code(
    finding: Finding,
    hidden: dict[str, HiddenConstants],
    conditions: dict[str, CodeCondition],
) -> Trait:
    condition = next((conditions[own] for own in finding.about if own in conditions), None)
    constants = next((hidden[own] for own in finding.about if own in hidden), None)
    values = condition.values if condition else constants.entries if constants else ()
    return _trait(finding, place=condition.test.value if condition else "", constants=values)


def run_traits(report: Report) -> tuple[Trait, ...]:
    """The findings of an audit that rest on runs."""
    return tuple(_of_runs(report.findings))


def _of_runs(findings: tuple[Finding, ...]) -> Iterator[Trait]:
    for own in findings:
        if own.kind not in (FindingKind.CONDITION, FindingKind.HIDDEN_CONSTANTS):
            place = f"{own.locus.host} {own.locus.part}".strip()
            spots = (
                _spot(locus, signal.id)
                for locus in (own.locus, *own.also_at)
                for signal in own.signals
            )
            yield _trait(own, place=place, spots=tuple(dict.fromkeys(spots)))


def _spot(locus: Locus, signal: str) -> str:
    return f"{' '.join(spot(locus))} by {signal}"


def _trait(
    finding: Finding,
    *,
    place: str,
    constants: tuple[str, ...] = (),
    spots: tuple[str, ...] = (),
) -> Trait:
    return Trait(
        id=finding.id,
        kind=finding.kind,
        severity=finding.severity,
        title=finding.title,
        condition=finding.condition,
        channel=finding.channel,
        signals=tuple(sorted(own.id for own in finding.signals)),
        place=place,
        constants=constants,
        spots=spots,
        p_value=finding.p_value,
        bits=finding.bits,
    )
