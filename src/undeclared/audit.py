"""One audit: acquire, run, compare, judge, report; its stages in order, on one screen."""

import hashlib
import os
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from pydantic import Field, ValidationError

from undeclared import __version__
from undeclared.acquire import Acquired, acquire, default_cache, parse_reference
from undeclared.catalogue import (
    AgentProfile,
    Scenario,
    profile_from_file,
    scenarios,
    signals,
)
from undeclared.experiment import (
    Execute,
    Plan,
    Watch,
    carry_out,
    changes_tried,
    coverage,
    identifiers,
    identity,
    make_plan,
    opt_out_states,
    switches,
    tried,
    untried,
)
from undeclared.facts import (
    World,
    canary_facts,
    canary_places,
    contact_facts,
    content_facts,
    reads,
)
from undeclared.judge import (
    canary_findings,
    code_findings,
    contacts,
    contents,
    findings,
    hidden_in_code,
    opt_out_findings,
    opt_outs,
    opted_out_hosts,
    sought,
)
from undeclared.lab import Lab, Target, has_scripts, require_isolation
from undeclared.lab.prepare import prepare
from undeclared.model import (
    Artifact,
    ArtifactKind,
    Frozen,
    Hidden,
    Incomplete,
    LeftOut,
    Outcome,
    Report,
    Run,
    Scan,
    Trial,
    UsageError,
)
from undeclared.report import har
from undeclared.static import beside, held, scan
from undeclared.store import AuditRecord, default_store
from undeclared.unpack import OURS, source_files


class AuditRequest(Frozen):
    """What to audit, and how thoroughly."""

    agent: str
    """A profile name, a package URL, `npm:…`, or a path with `profile`."""
    profile: Path | None = None
    scenario: str = "command"
    signals: tuple[str, ...] = ()
    """Signals to vary; none: the default ones that the agent can be given."""
    extra_levels: tuple[tuple[str, str], ...] = ()
    """`(signal, level)` to try besides the catalogue's."""
    only_levels: tuple[tuple[str, str], ...] = ()
    """`(signal, level)` to try besides the default; of a signal named here no others are tried, and
    no words are sought in it."""
    sweeps: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """`(signal, levels)` of which very many are tried; no levels: all that its vocabulary has."""
    replicates: int = Field(default=2, ge=2)
    """Discovery runs of each environment; noise is what differs between them, so at least two."""
    jobs: int | None = None
    """Runs at the same time; None: one for each processor."""
    strength: int = Field(default=2, ge=2, le=3)
    """How many signals are tried in every combination, where all cannot be."""
    seed: int = 0
    scan: bool = True
    """Search the code for what it compares, and try that too."""
    code_alone: bool = False
    """Try none of the catalogue's levels but the defaults: only what the code compares."""
    install: bool = True
    """Run the package's lifecycle scripts in the lab first, if it has any."""
    observe: bool = True
    """Watch the agent from its own side too, in runs of their own."""
    opt_outs: bool = True
    """Try what its documented switches to opt out leave of the contacts, if it has any."""
    identifiers: bool = True
    """Try, in runs of their own, which identifiers stay the same over what."""
    har: Path | None = None
    """Folder for the traffic of every run, as an HTTP Archive."""
    fresh: bool = False
    """Do not go on with an interrupted audit of the same kind."""
    reuse: bool = False
    """Take the report of an audit that answers the same, if it is complete and younger than a day,
    unless it has to be `fresh` or its traffic is wanted."""


REUSED = timedelta(days=1)
"""Age up to which a report is taken for an audit that would be the same again."""
_OMISSIONS = 4
"""Parts of the code that were not searched which are named."""


def audit(request: AuditRequest, watch: Watch) -> Report:
    """Audit one agent.

    Raises UsageError, NotFound, Incomplete or LabUnavailable when nothing could be measured. What
    went wrong later is in the report's coverage. A KeyboardInterrupt during the runs leads to a
    report of what was measured; the same audit can be continued by asking for it again.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    given = profile_from_file(request.profile) if request.profile else None
    scenario = _scenario(request.scenario)
    reference = parse_reference(request.agent, profile=given)
    profile = reference.profile
    plan = _plan(request, profile)
    require_isolation()  # before a download that would be of no use
    cache = default_cache()
    acquired = acquire(reference, cache, watch.say)
    asked = _asked(request, profile, plan, acquired, scenario)
    if request.reuse and (answer := _answered(request, asked, started)):
        watch.say(f"audited already, {answer.started:%Y-%m-%d %H:%M} UTC; --fresh repeats it")
        return answer
    target = prepare(acquired, profile, cache, watch.say)
    root, without = target.root, OURS if acquired.runtime else ()
    code = scan(source_files(root, without=without), profile, watch) if request.scan else Scan()
    plan = _plan(request, profile, code)
    scripts = has_scripts(root) if request.install else ()
    plan = replace(
        plan,
        install=bool(scripts),
        observe=request.observe,
        switches=switches(profile) if request.opt_outs else None,
        identity=identity(profile) if request.identifiers else None,
    )
    jobs = request.jobs or os.cpu_count() or 1
    with default_store().open(_key(plan, acquired, profile, scenario)) as record:
        with Lab(target, scenario, plan.given, jobs=jobs) as lab:
            known = () if request.fresh else record.runs()
            conclusion = carry_out(plan, _kept(lab, record), _sound(known), watch)
        runs = conclusion.runs
        if request.har is not None:
            _archive(runs, request.har)
        seen = reads(runs, signals(), profile)
        world = World(profile, plan.given, scenario)
        # Two searches of all that was sent: one for each processor.
        with beside(own(runs, plan.moved) for own in (canary_facts,)) as ahead:
            inside = content_facts(runs, plan.moved, world, scenario)
            secrets = next(ahead)
        staying = identifiers(runs, plan.moved, world, partial(held, root))
        states = opt_out_states(plan.switches, plan.signals, runs, plan.moved)
        compared = tried(code, plan.specs, plan.every, conclusion.influences, seen, profile)
        statuses = {own.id: own.status for own in compared}
        report = Report(
            tool_version=__version__,
            agent=profile.id,
            started=started,
            seconds=round(time.monotonic() - began, 3),
            artifact=_artifact(acquired, target),
            coverage=coverage(
                conclusion,
                plan,
                scenario,
                _left_out(request, plan, scripts, code, profile),
                scanned=request.scan,
            ),
            contacts=contacts(
                contact_facts(runs, plan.moved),
                profile,
                conclusion.learned,
                opted_out_hosts(states),
            ),
            reads=seen,
            hidden=tuple(
                Hidden(decoder=own.decoder, entries=own.entries, evidence=own.evidence)
                for own in hidden_in_code(code.hidden)
            ),
            conditions=compared,
            planted=canary_places(runs),
            canaries=secrets,
            sought=sought(),
            contents=contents(inside, secrets, staying, profile),
            identifiers_tried=changes_tried(runs),
            identifiers=staying,
            opt_outs=opt_outs(states, profile),
            findings=(
                *findings(conclusion.influences, profile),
                *code_findings(code, profile, statuses),
                *canary_findings(secrets, profile),
                *opt_out_findings(states, profile),
            ),
            evidence_folder=record.place,
        )
        return _finished(record, report, asked) if conclusion.finished else report


def _plan(request: AuditRequest, profile: AgentProfile, code: Scan | None = None) -> Plan:
    """What to run; without the code, to see whether the request makes sense at all."""
    sweeps = {name: levels for name, levels in request.sweeps if levels or code or not request.scan}
    return make_plan(
        profile,
        names=request.signals,
        extra_levels=request.extra_levels,
        only_levels=request.only_levels,
        sweeps=sweeps,
        replicates=request.replicates,
        strength=request.strength,
        seed=request.seed,
        code=code,
        code_alone=request.code_alone and code is not None,
    )


def _archive(runs: Sequence[Run], folder: Path) -> None:
    """Write the traffic of every run as `<run>.har`; raises Incomplete where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for run in runs:
            (folder / f"{run.trial.id}.har").write_text(har.render(run), encoding="ascii")
    except OSError as error:
        raise Incomplete(
            f"the traffic could not be written to {folder}: {error.strerror}",
            means="the runs themselves are kept; nothing is lost",
            next_step="Make room or name another folder with --har, and ask for the audit again.",
        ) from error


def _left_out(
    request: AuditRequest,
    plan: Plan,
    scripts: Sequence[str],
    code: Scan,
    profile: AgentProfile,
) -> tuple[str, ...]:
    """What the user had left out of this audit, and what of the code could not be searched."""
    found = [f"{LeftOut.CODE}{own.what} ({own.path})" for own in code.omissions[:_OMISSIONS]]
    if len(code.omissions) > _OMISSIONS:
        found.append(f"{LeftOut.CODE}{len(code.omissions) - _OMISSIONS} further parts")
    if not request.scan:
        found.append("the code by itself: hidden constants, conditions")
    if not request.install:
        found.append(LeftOut.INSTALLATION.value)
    elif not scripts:
        found.append("an installation: the package has no lifecycle scripts")
    if not request.observe:
        found.append("what the agent reads, and its processes and files")
    found += [f"saying no to {own.to}: {own.by} agrees ({own.when})" for own in profile.agreed]
    if not request.identifiers:
        found.append("which identifiers stay the same")
    else:
        found.append("identifiers made of a network card's address: the lab has no card")
    if not request.opt_outs:
        found.append("opting out")
    elif plan.switches is None:
        found.append("opting out: the profile names no documented switch")
    else:
        found += [f"opting out with {level}" for level in untried(plan.switches)]
    return tuple(found)


def _asked(
    request: AuditRequest, profile: AgentProfile, plan: Plan, acquired: Acquired, scenario: Scenario
) -> str:
    """Digest of all that a report depends on: known before the code is searched, unlike `_key`."""
    aside = {"agent", "profile", "jobs", "har", "fresh", "reuse"}
    parts = [
        __version__, acquired.model_dump_json(), _told(profile),
        scenario.model_dump_json(), request.model_dump_json(exclude=aside),
        *(spec.model_dump_json() for spec in plan.specs),
    ]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _answered(request: AuditRequest, asked: str, now: datetime) -> Report | None:
    """The report of an earlier audit that is still good."""
    if request.fresh or request.har:
        return None
    text = default_store().finished(asked, since=now - REUSED)
    try:
        found = Report.model_validate_json(text) if text else None
    except ValidationError:  # of another state of this tool
        return None
    return found if found and found.coverage.complete else None


def _finished(record: AuditRecord, report: Report, asked: str) -> Report:
    """Keep the report; where that cannot be done, it is not lost, and says so itself."""
    try:
        record.finish(report.model_dump_json(), asked)
    except Incomplete as error:
        problems = (*report.coverage.problems, str(error))
        incomplete = report.coverage.model_copy(update={"problems": problems, "complete": False})
        return report.model_copy(update={"coverage": incomplete})
    return report


def _kept(lab: Lab, record: AuditRecord) -> Execute:
    """Carries out trials in the lab and keeps every run before anybody looks at it."""

    def execute(trials: Iterable[Trial]) -> Generator[Run, None, None]:
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


def _key(plan: Plan, acquired: Acquired, profile: AgentProfile, scenario: Scenario) -> str:
    """Digest of what is audited and how: an audit goes on only where all of it is the same."""
    parts = [
        __version__, acquired.purl, acquired.sha256, _told(profile),
        scenario.model_dump_json(), *(spec.model_dump_json() for spec in plan.specs),
        str(plan.replicates), str(plan.strength), str(plan.seed), str(sorted(plan.swept.items())),
    ]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _told(profile: AgentProfile) -> str:
    """The profile without what it says of earlier audits, which changes nothing."""
    return profile.model_dump_json(exclude={"checked"})


def _artifact(acquired: Acquired, target: Target) -> Artifact:
    return Artifact(
        purl=acquired.purl,
        name=acquired.name,
        version=acquired.version,
        published=acquired.published,
        sha256=acquired.sha256,
        size=acquired.size,
        kind=_kind(target),
        interpreter=_interpreter(target),
    )


def _interpreter(target: Target) -> str | None:
    """What it was run with, where that was chosen for it."""
    if target.runtime is not None:
        return f"Python {target.runtime.version}"
    return f"Node.js {target.node.version}" if target.node is not None else None


def _kind(target: Target) -> ArtifactKind:
    started = target.program or target.root / target.profile.command[0]
    if started.is_file():
        with started.open("rb") as file:
            if file.read(4) == b"\x7fELF":
                return ArtifactKind.EXECUTABLE
    return ArtifactKind.SCRIPT
