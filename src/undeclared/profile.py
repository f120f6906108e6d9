"""One profile, tried out: what is wrong with it, field by field, what matters most first."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from undeclared.acquire import Acquired, acquire, default_cache, parse_reference
from undeclared.catalogue import (
    AgentProfile,
    CatalogueError,
    Scenario,
    profile_from_file,
    scenarios,
    signals,
)
from undeclared.experiment.design import OBSERVERS
from undeclared.facts import contact_facts
from undeclared.facts.moved import MovedModel
from undeclared.facts.troubles import troubles
from undeclared.judge import contacts
from undeclared.lab import Lab, Target, require_isolation
from undeclared.lab.prepare import prepare
from undeclared.model import (
    Environment,
    Frozen,
    HttpFlow,
    Outcome,
    Phase,
    Role,
    Run,
    TlsFlow,
    Trial,
    UndeclaredError,
)

_HOSTS = 6
"""Hosts named in a line."""
_SAID = 200
"""Characters shown of how a run ended."""


class State(StrEnum):
    """How a step went."""

    OK = "ok"
    DOUBTFUL = "doubtful"
    """An audit works, and could say more."""
    WRONG = "wrong"
    """No audit is possible, or none that would mean much."""


class Step(Frozen):
    """One thing that a profile has to get right."""

    id: str
    state: State
    found: str
    """What was seen, in a line."""
    field: str | None = None
    """The field of the profile that it depends on; None if nothing is to be changed."""
    fix: str | None = None
    """What to change, as a sentence."""


class Watch(Protocol):
    """Is told how the work goes on."""

    def say(self, text: str) -> None:
        """Note the beginning of a stage."""


def examine(file: Path, agent: str | None, scenario: str, watch: Watch) -> Iterator[Step]:
    """Each step as soon as it is done; after one that is wrong, none that needs it.

    `agent` is what to run; None: the newest version of the profile's own package. Raises OSError
    if the file cannot be read, LabUnavailable if this machine cannot hold a lab.
    """
    try:
        profile = profile_from_file(file)
    except CatalogueError as error:
        said = str(error).removeprefix(f"{file}: ")
        field = said.partition(":")[0] if said.partition(":")[1] else None
        yield _wrong("profile", said, field, "Correct the file; docs/profiles.md has every field.")
        return
    yield _ok("profile", f"{profile.id}: {profile.title}")
    require_isolation()
    try:
        acquired = acquire(
            parse_reference(agent or profile.id, profile=profile), default_cache(), watch.say
        )
    except UndeclaredError as error:
        yield _wrong("package", f"{error.what}; {error.means}", _package(profile), error.next_step)
        return
    interpreter = f", with Python {acquired.runtime.version}" if acquired.runtime else ""
    yield _ok("package", f"{acquired.name} {acquired.version}{interpreter}")
    try:
        target = prepare(acquired, profile, default_cache(), watch.say)
        target.command(scenarios()[scenario].prompt)
    except UndeclaredError as error:
        yield _wrong("program", error.what, "programs", _where(acquired))
        return
    yield _ok("program", " ".join(target.command("…")))
    yield from _run(target, scenarios()[scenario], watch)


def _package(profile: AgentProfile) -> str:
    return "pypi" if profile.pypi else "npm"


def _where(acquired: Acquired) -> str:
    """Commands that the unpacked packages do have, since a name is soon misspelt."""
    return (
        "Name a command that the package declares (`bin`), or a glob below the unpacked packages"
        f" (`file`), as in `node_modules/{acquired.name}/*/program`."
    )


def _run(target: Target, scenario: Scenario, watch: Watch) -> Iterator[Step]:
    """Twice on a plain machine, once of them under the tracer."""
    observers = signals()[OBSERVERS]
    trials = [
        Trial(
            id=f"{phase.value}-0-000",
            phase=phase,
            block=0,
            environment=Environment.of({OBSERVERS: level}),
        )
        for phase, level in ((Phase.PREFLIGHT, observers.default), (Phase.OBSERVATION, "tracer"))
    ]
    watch.say(f"running it twice, at most {scenario.timeout:g} s each")
    lab = Lab(target, scenario, {OBSERVERS: observers}, jobs=2)
    with lab, closing(lab.run(trials)) as results:
        runs = sorted(results, key=lambda run: list(Phase).index(run.trial.phase))
    yield from judged(runs, target.profile, scenario)


def judged(runs: Sequence[Run], profile: AgentProfile, scenario: Scenario) -> Iterator[Step]:
    """What runs of an agent say of its profile; the first of them nobody watched."""
    first = runs[0]
    seen = troubles(runs)
    blocking = [
        own for own in seen if not own.trouble.even_so or first.outcome is not Outcome.COMPLETED
    ]
    yield from _model(first, profile)
    yield from _answer(first, profile, scenario)
    if first.outcome is Outcome.COMPLETED:
        yield _ok("end", f"by itself, after {first.seconds:.1f} s")
    else:
        how = first.outcome.value.replace("_", " ")
        yield Step(
            id="end",
            state=State.WRONG,
            found=f"{how}: {(first.reason or '')[:_SAID]}",
            field=None if blocking else "command",
            fix="What keeps it is told below."
            if blocking
            else "Try its command line by hand; what it said last is above.",
        )
    for own in seen:
        state = State.WRONG if own in blocking else State.DOUBTFUL
        sentence, _, fix = own.said.partition(". In its profile: ")
        yield Step(
            id=own.trouble.id,
            state=state,
            found=sentence,
            field=", ".join(own.trouble.fields),
            fix=fix,
        )
    yield from _trust(runs)
    yield from _hosts(runs, profile)


def _model(run: Run, profile: AgentProfile) -> Iterator[Step]:
    """Whether it asks the model, where, and in which wire."""
    asked = [flow for flow in run.flows if isinstance(flow, HttpFlow) and flow.step is not None]
    if not asked:
        others = [
            f"{flow.request.method.decode('latin-1')} {flow.request.host}"
            f"{flow.request.target.partition(b'?')[0].decode('latin-1')}"
            for flow in run.flows
            if isinstance(flow, HttpFlow)
        ]
        listed = "; ".join(dict.fromkeys(others[:_HOSTS]))
        said = f"it asked only: {listed}" if others else "it made no request at all"
        field = "base_url_env" if others else "command"
        yield _wrong(
            "model", f"no request to a model was seen; {said}", field,
            "Say how it learns the model's address (`base_url_env` with `base_url`, `default_host`,"
            " `files`) and key (`key_env`), and which `wire` it speaks.",
        )  # fmt: skip
        return
    hosts = ", ".join(dict.fromkeys(flow.request.host for flow in asked))
    yield _ok("model", f"{len(asked)} requests to {hosts}")
    wires = {flow.answered_by for flow in asked}
    if wires == {profile.wire.value}:
        yield _ok("wire", profile.wire.value)
    else:
        spoken = " and ".join(sorted(wires))
        yield _wrong("wire", f"it speaks {spoken}, and not {profile.wire.value}", "wire",
                     f"Set `wire: {sorted(wires - {profile.wire.value})[0]}`.")  # fmt: skip


def _answer(run: Run, profile: AgentProfile, scenario: Scenario) -> Iterator[Step]:
    """Whether it did what the model asked, and told the end of it."""
    steps = {flow.step for flow in run.flows if isinstance(flow, HttpFlow) and flow.step}
    last = f"turn-{len(scenario.turns)}"
    if not steps:
        return
    if last not in steps and profile.offers_tools and len(scenario.turns) > 1:
        reached = max((step for step in steps if step.startswith("turn-")), default="none")
        yield _wrong(
            "tools", f"the conversation ended at {reached} of {len(scenario.turns)}",
            "command",
            "Give the option that lets it use its tools without asking; or say"
            " `offers_tools: false` and `written` if it has none.",
        )  # fmt: skip
        return
    if len(scenario.turns) > 1:
        yield _ok("tools", "what the model asked for was done" if last in steps else "it has none")
    said = run.stdout.decode(errors="replace")
    if any(text in said for text in scenario.examples.match):
        yield _ok("answer", "the model's last words are in its output")
    else:
        yield Step(
            id="answer",
            state=State.DOUBTFUL,
            found="the model's last words are not in its output",
            field="command",
            fix="Have it print its answer, as its documents say for scripts; or leave it, if the"
            " conversation went to its end.",
        )


def _trust(runs: Sequence[Run]) -> Iterator[Step]:
    """Connections that it gave up since it did not trust the lab's authority."""
    refused = sorted(
        {
            flow.sni or "?"
            for run in runs
            for flow in run.flows
            if isinstance(flow, TlsFlow) and flow.error
        }
    )
    if refused:
        yield Step(
            id="trust",
            state=State.DOUBTFUL,
            found=f"TLS with {', '.join(refused[:_HOSTS])} came to nothing",
            field="ca_env",
            fix="Name the variable by which it takes further authorities.",
        )


def _hosts(runs: Sequence[Run], profile: AgentProfile) -> Iterator[Step]:
    """Whom it contacts that the profile says nothing of."""
    found = contacts(contact_facts(runs, MovedModel(None, profile.default_host)), profile)
    if not found:
        return
    named = ", ".join(dict.fromkeys(own.host for own in found[:_HOSTS]))
    unknown = list(
        dict.fromkeys(
            own.host
            for own in found
            if own.role is Role.OTHER
            and not any(fnmatchcase(own.host, known.host) for known in profile.hosts)
        )
    )
    if unknown:
        yield Step(
            id="hosts",
            state=State.DOUBTFUL,
            found=f"the profile does not say what these are for: {', '.join(unknown[:_HOSTS])}",
            field="hosts",
            fix="Give each a role; and in `declarations` what the vendor says of it.",
        )
    else:
        yield _ok("hosts", named)
    if not profile.declarations:
        yield Step(
            id="declarations",
            state=State.DOUBTFUL,
            found="the profile holds nothing of what the vendor declares",
            field="declarations",
            fix="Add a host, what the vendor says it is for, the document and the date; else"
            " every contact is `unknown`.",
        )


def _ok(name: str, found: str) -> Step:
    return Step(id=name, state=State.OK, found=found)


def _wrong(name: str, found: str, field: str | None, fix: str) -> Step:
    return Step(id=name, state=State.WRONG, found=found, field=field, fix=fix)
