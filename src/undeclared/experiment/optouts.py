"""Opting out: few runs with the documented switches set, and who was contacted all the same.

Each switch is set as its document says, alone and with all others; then all variables together in
the spellings that people use for yes and no, since grammars differ. Every run is on a plain
machine, so those without a switch are to be compared with them.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from undeclared.catalogue import AgentProfile, Examples, Level, Setting, SignalSpec
from undeclared.experiment.design import changed, default, numbered
from undeclared.facts.contacts import contact_facts
from undeclared.facts.moved import MovedModel
from undeclared.model import (
    UNSET,
    HttpFlow,
    OptOutState,
    Outcome,
    Phase,
    Reached,
    Run,
    Signal,
    Trial,
)

SWITCHES = "opt-out-switches"
"""The signal that these runs vary, and no others."""
ALL = "all"
"""Its level with every documented switch set as documented."""
CUSTOMARY = "customary"
"""Its level with what no document of the vendor names and people set all the same."""
CUSTOMS = {"DO_NOT_TRACK": "1", "DISABLE_TELEMETRY": "1", "OTEL_SDK_DISABLED": "true"}
"""Console Do Not Track, a habit, and the specification of OpenTelemetry's variables."""
SPELLINGS = ("true", "1", "0", "", "yes", "false")
"""What all variables are set to together; those that tell most come first."""
MOST = 12
"""Runs in all."""
PLAIN, TOGETHER = 1, 2
"""Runs without a switch, besides those of other phases, and with all of them."""
_ROOM = MOST - PLAIN - TOGETHER
PATHS = 200
"""Paths of one host that are told apart; an agent could put anything into them."""


def switches(profile: AgentProfile) -> SignalSpec | None:
    """The switches of an agent as a signal; None if its vendor documents none."""
    if not profile.opt_outs:
        return None
    levels = [Level(value=UNSET, group="default")]
    known: set[frozenset[object]] = set()
    for value, setting in chain(_documented(profile), _customary(profile), _spelled(profile)):
        content = frozenset(setting.items().items())
        if content not in known:
            known.add(content)
            levels.append(Level(value=value, group="opting out", set=setting))
    return SignalSpec(
        id=SWITCHES,
        title="Documented switches to opt out",
        how="each as its document says, alone and together, and in other spellings",
        levels=tuple(levels),
        pattern=".+",
        examples=Examples(match=(ALL,), reject=("",)),
    )


def _documented(profile: AgentProfile) -> Iterator[tuple[str, Setting]]:
    single = [(own.id, {own.id: own.value}) for own in profile.opt_outs]
    for name, values in ((ALL, {name: value for _, own in single for name, value in own.items()}),
                         *single):  # fmt: skip
        yield name, _setting(profile, values)


def _setting(profile: AgentProfile, values: Mapping[str, str]) -> Setting:
    """Some switches set: those that are variables to these values."""
    own = [switch for switch in profile.opt_outs if switch.id in values]
    variables = {switch.variable: values[switch.id] for switch in own if switch.variable}
    files = {f"~/{path}": text for switch in own for path, text in switch.files.items()}
    given = {"env": variables, "files": files}
    return Setting.model_validate({name: value for name, value in given.items() if value})


def _customary(profile: AgentProfile) -> Iterator[tuple[str, Setting]]:
    documented = {own.variable for own in profile.opt_outs}
    others = {name: value for name, value in CUSTOMS.items() if name not in documented}
    if others:
        yield CUSTOMARY, Setting(env=others)


def _spelled(profile: AgentProfile) -> Iterator[tuple[str, Setting]]:
    names = [own.variable for own in profile.opt_outs if own.variable]
    for spelling in SPELLINGS if names else ():
        yield f"{ALL}={spelling}", Setting(env=dict.fromkeys(names, spelling))


def trials(spec: SignalSpec, signals: Sequence[Signal], seed: int) -> tuple[Trial, ...]:
    """At most `MOST` runs on a plain machine, in random order. Equal arguments, equal trials."""
    wanted = [*[UNSET] * PLAIN, *[ALL] * TOGETHER, *_others(spec)[:_ROOM]]
    random.Random(f"opt-outs {seed}").shuffle(wanted)  # noqa: S311 - not for secrets
    plain = default(signals)
    return tuple(
        numbered(Phase.OPT_OUT, 0, [changed(plain, {SWITCHES: level}) for level in wanted])
    )


def untried(spec: SignalSpec) -> tuple[str, ...]:
    """What there are not enough runs for, a phrase each."""
    left = (level.partition("=") for level in _others(spec)[_ROOM:])
    return tuple(
        f"every documented variable as {value or 'nothing'}" if equals else name
        for name, equals, value in left
    )


def _others(spec: SignalSpec) -> list[str]:
    return [level.value for level in spec.levels[1:] if level.value != ALL]


def opt_out_states(
    spec: SignalSpec | None, signals: Sequence[Signal], runs: Sequence[Run], moved: MovedModel
) -> tuple[OptOutState, ...]:
    """Who was contacted with which switches set; first the state without any.

    Runs of other phases on a plain machine are runs without a switch, as long as nobody watched
    the agent. Empty where no switch was tried.
    """
    if spec is None or not any(run.trial.phase is Phase.OPT_OUT for run in runs):
        return ()
    plain = default(signals)
    by_level: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if run.trial.phase is Phase.OPT_OUT:
            by_level[run.environment.get(SWITCHES)].append(run)
        elif run.trial.phase.compared and run.environment == plain:
            by_level[UNSET].append(run)
    return tuple(
        _state(level.value, spec.setting(level.value), by_level[level.value], moved)
        for level in spec.levels
        if level.value in by_level
    )


def _state(level: str, setting: Setting, runs: Sequence[Run], moved: MovedModel) -> OptOutState:
    completed = [run for run in runs if run.outcome is Outcome.COMPLETED]
    failed = [run for run in runs if run.outcome is not Outcome.COMPLETED]
    found: dict[tuple[str, int, str], list[tuple[str, int | None]]] = defaultdict(list)
    paths: dict[str, set[str]] = defaultdict(set)
    for run in completed:
        for host, port, path, index in _contacts(run, moved):
            known = paths[host]
            kept = path if path in known or len(known) < PATHS else "…"
            known.add(kept)
            found[host, port, kept].append((run.trial.id, index))
    return OptOutState(
        level=level,
        set={name: value or "" for (_, name), value in setting.items().items()},
        runs=len(completed),
        failed=len(failed),
        reason=next((run.reason or run.outcome.value for run in failed), None),
        reached=tuple(
            Reached(
                host=host,
                port=port,
                path=path,
                runs=tuple(dict.fromkeys(run for run, _ in own)),
                requests=sum(index is not None for _, index in own),
                flow=own[0][1],
            )
            for (host, port, path), own in sorted(found.items())
        ),
    )


def _contacts(run: Run, moved: MovedModel) -> Iterator[tuple[str, int, str, int | None]]:
    """Host, port, path and flow of what a run reached, but for what it asked the model."""
    requests: dict[tuple[str, int], list[tuple[int, HttpFlow]]] = defaultdict(list)
    for index, flow in enumerate(run.flows):
        if isinstance(flow, HttpFlow):
            requests[flow.request.host.lower(), flow.request.port].append((index, flow))
    for fact in contact_facts([run], moved):
        own = requests[fact.host, fact.port]
        for index, flow in own:
            if flow.step is None:
                path = flow.request.target.partition(b"?")[0].decode(errors="replace")
                yield fact.host, fact.port, path, index
        if not own:
            yield fact.host, fact.port, "", None
