"""One audit: acquire, run, compare, judge, report; its stages in order, on one screen."""

import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from undeclared import __version__
from undeclared.acquire import Acquired, acquire, default_cache, find_program, parse_reference
from undeclared.catalogue import (
    AgentProfile,
    Level,
    Scenario,
    SignalSpec,
    profile_from_file,
    scenarios,
    signals,
)
from undeclared.experiment import (
    FAMILY_WISE_ERROR,
    Conclusion,
    Execute,
    Plan,
    Watch,
    carry_out,
    contact_facts,
    environments,
)
from undeclared.judge import contacts, findings
from undeclared.lab import Lab, Target
from undeclared.model import (
    UNSET,
    Artifact,
    ArtifactKind,
    Coverage,
    Environment,
    Frozen,
    Outcome,
    Report,
    Run,
    RunCounts,
    Signal,
    Status,
    Trial,
    Unconfirmed,
    UsageError,
)
from undeclared.store import AuditRecord, default_store
from undeclared.unpack import tree

DEFAULT_SIGNALS = ("base-url-host", "timezone")

NOT_EXERCISED = (
    "other signals than those listed",
    "other scenarios than the one listed",
    "the code by itself: reads, hidden constants, conditions",
    "installation and its scripts",
    "opt-outs of telemetry",
    "feature flags that a server may turn on",
    "channels of timing, size and biased identifiers",
    "protocols other than HTTP, TLS and DNS on their usual ports",
)


class AuditRequest(Frozen):
    """What to audit, and how thoroughly."""

    agent: str
    """A profile name, a package URL, `npm:…`, or a path with `profile`."""
    profile: Path | None = None
    scenario: str = "command"
    signals: tuple[str, ...] = ()
    """Signals to vary; none: those of `DEFAULT_SIGNALS` that the agent can be given."""
    extra_levels: tuple[tuple[str, str], ...] = ()
    """`(signal, level)` to try besides the catalogue's."""
    replicates: int = 2
    """Discovery runs of each environment."""
    jobs: int | None = None
    """Runs at the same time; None: one for each processor."""
    seed: int = 0
    fresh: bool = False
    """Do not go on with an interrupted audit of the same kind."""


def audit(request: AuditRequest, watch: Watch) -> Report:
    """Audit one agent.

    Raises UsageError, NotFound, Incomplete or LabUnavailable when nothing could be measured. What
    went wrong later is in the report's coverage. A KeyboardInterrupt during the runs leads to a
    report of what was measured; the same audit can be continued by asking for it again.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    profile = profile_from_file(request.profile) if request.profile else None
    scenario = _scenario(request.scenario)
    reference = parse_reference(request.agent, profile=profile)
    specs = _specs(request, reference.profile)
    varied = tuple(
        Signal(id=spec.id, levels=tuple(level.value for level in spec.levels)) for spec in specs
    )
    plan = Plan(
        signals=varied,
        replicates=request.replicates,
        seed=request.seed,
        moved_hosts=_moved_hosts(varied, specs, reference.profile),
    )
    cache = default_cache()
    acquired = acquire(reference, cache, watch.say)
    root = acquired.root or tree(
        [(part, cache.path(part.sha256)) for part in acquired.parts],
        cache.root / "trees",
        watch.say,
    )
    program = find_program(root, reference.profile, acquired.name)
    target = Target(profile=reference.profile, root=root, program=program)
    key = _key(request, acquired, reference.profile, scenario, varied)
    jobs = request.jobs or os.cpu_count() or 1
    with default_store().open(key) as record:
        with Lab(target, scenario, {spec.id: spec for spec in specs}, jobs=jobs) as lab:
            known = () if request.fresh else record.runs()
            conclusion = carry_out(plan, _kept(lab, record), _sound(known), watch)
        report = Report(
            tool_version=__version__,
            agent=reference.profile.id,
            started=started,
            seconds=round(time.monotonic() - began, 3),
            artifact=_artifact(acquired, target),
            coverage=_coverage(conclusion, scenario, plan),
            contacts=contacts(contact_facts(conclusion.runs, plan.moved_hosts), reference.profile),
            findings=findings(conclusion.influences, reference.profile),
            evidence_folder=str(record.folder),
        )
        if conclusion.finished:
            record.finish(report.model_dump_json())
    return report


def _kept(lab: Lab, record: AuditRecord) -> Execute:
    """Carries out trials in the lab and keeps every run before anybody looks at it."""

    def execute(trials: Sequence[Trial]) -> Iterator[Run]:
        with closing(lab.run(trials)) as runs:
            for run in runs:
                record.add(run)
                yield run

    return execute


def _sound(known: Sequence[Run]) -> list[Run]:
    """Runs of an earlier attempt that need not be repeated."""
    return [run for run in known if run.outcome is Outcome.COMPLETED]


def _scenario(name: str) -> Scenario:
    known = scenarios()
    if name not in known:
        raise UsageError(
            f"there is no scenario {name!r}",
            means="nothing was audited",
            next_step=f"Known scenarios: {', '.join(known)}.",
        )
    return known[name]


def _specs(request: AuditRequest, profile: AgentProfile) -> tuple[SignalSpec, ...]:
    """The signals to vary, with the levels that the user added."""
    known = signals()
    named = request.signals or tuple(
        name
        for name in DEFAULT_SIGNALS
        if profile.base_url_env is not None or known[name].set.base_url_host is None
    )
    for name in (*named, *(signal for signal, _ in request.extra_levels)):
        if name not in known or name not in named:
            raise UsageError(
                f"there is no signal {name!r}" if name not in known
                else f"a level was given for {name}, which is not among the signals to vary",
                means="nothing was audited",
                next_step="`undeclared signals` lists them; choose with --signals.",
            )  # fmt: skip
    found = []
    for name in dict.fromkeys(named):
        spec = known[name]
        for _, level in (own for own in request.extra_levels if own[0] == name):
            if not spec.accepts(level):
                raise UsageError(
                    f"{level!r} cannot be a level of {name}",
                    means="nothing was audited",
                    next_step=f"Levels look like {spec.examples.match[0]!r}: {spec.how}.",
                )
            if level not in {own.value for own in spec.levels}:
                more = (*spec.levels, Level(value=level, group="given by the user"))
                spec = spec.model_copy(update={"levels": more})
        found.append(spec)
    return tuple(found)


def _moved_hosts(
    varied: Sequence[Signal], specs: Sequence[SignalSpec], profile: AgentProfile
) -> dict[Environment, str | None]:
    """Where each environment moves the model: see `Plan`."""
    moving = next((spec.id for spec in specs if spec.set.base_url_host is not None), None)
    if moving is None:
        return dict.fromkeys(environments(varied))
    return {
        environment: "" if level in (UNSET, profile.default_host) else level
        for environment in environments(varied)
        for level in (environment[moving],)
    }


def _key(
    request: AuditRequest,
    acquired: Acquired,
    profile: AgentProfile,
    scenario: Scenario,
    varied: Sequence[Signal],
) -> str:
    """Digest of what is audited and how: an audit goes on only where all of it is the same."""
    parts = [
        __version__, acquired.purl, acquired.sha256, profile.model_dump_json(),
        scenario.model_dump_json(), *(signal.model_dump_json() for signal in varied),
        str(request.replicates), str(request.seed),
    ]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _artifact(acquired: Acquired, target: Target) -> Artifact:
    return Artifact(
        purl=acquired.purl,
        name=acquired.name,
        version=acquired.version,
        published=acquired.published,
        sha256=acquired.sha256,
        size=acquired.size,
        kind=_kind(target),
    )


def _kind(target: Target) -> ArtifactKind:
    started = target.program or target.root / target.profile.command[0]
    if started.is_file():
        with started.open("rb") as file:
            if file.read(4) == b"\x7fELF":
                return ArtifactKind.EXECUTABLE
    return ArtifactKind.SCRIPT


def _coverage(conclusion: Conclusion, scenario: Scenario, plan: Plan) -> Coverage:
    outcomes = Counter(run.outcome for run in conclusion.runs)
    counts = RunCounts(
        planned=conclusion.planned,
        completed=outcomes[Outcome.COMPLETED],
        agent_failed=outcomes[Outcome.AGENT_FAILED],
        timed_out=outcomes[Outcome.TIMED_OUT],
        lab_failed=outcomes[Outcome.LAB_FAILED],
    )
    problems = [*conclusion.problems, *_failures(conclusion.runs)]
    return Coverage(
        scenario=scenario.id,
        signals=plan.signals,
        runs=counts,
        minimum_detectable_effect=conclusion.detectable,
        family_wise_error_rate=FAMILY_WISE_ERROR,
        loci=conclusion.loci,
        noisy=conclusion.noisy,
        unconfirmed=tuple(
            Unconfirmed(
                locus=influence.locus,
                signals=influence.signals,
                status=influence.status.value,
                p_value=influence.p_value,
            )
            for influence in conclusion.influences
            if influence.status is not Status.ESTABLISHED
        ),
        not_exercised=NOT_EXERCISED,
        problems=tuple(problems),
        complete=not problems and counts.completed == counts.planned,
    )


def _failures(runs: Sequence[Run]) -> list[str]:
    """One sentence for every way in which runs failed, with where."""
    failed: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.outcome is not Outcome.COMPLETED:
            how = (run.outcome.value.replace("_", " "), run.reason or "no reason known")
            failed.setdefault(how, []).append(run)
    return [
        f"{len(own)} of {len(runs)} runs: {outcome}, {reason} (such as with {own[0].environment})."
        for (outcome, reason), own in failed.items()
    ]
