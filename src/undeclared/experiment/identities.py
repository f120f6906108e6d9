"""Runs that tell what stays the same: a home is kept, and one thing at a time is another.

home        machine, user   repository   key
first       first           first        first     a new home
first       first           first        first     the same once more: what stays over runs
first       first           second       first     … over repositories
first       first           first        second    … over accounts
reinstalled first           first        first     a new home on the same machine, twice
moved       second          first        first     … over machines
moved       second          second       second    nothing in common with the first

What is the same even in the last of them has the program from its maker, or from the lab.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from undeclared.catalogue import (
    AgentProfile,
    Examples,
    Level,
    Setting,
    SignalSpec,
    identities,
)
from undeclared.experiment.design import changed, default
from undeclared.model import UNSET, Change, Environment, Phase, Run, Signal, Trial

IDENTITY = "identity"
"""The signal that these runs vary, and no others."""


class State(NamedTuple):
    """What one run has of each kind."""

    machine: int
    repository: int
    account: int

    @property
    def level(self) -> str:
        """As a level of the signal."""
        return " ".join(
            f"{kind}-{number + 1}" for kind, number in zip(self._fields, self, strict=True)
        )


HOMES: dict[str, tuple[State, ...]] = {
    "first": (State(0, 0, 0), State(0, 0, 0), State(0, 1, 0), State(0, 0, 1)),
    "reinstalled": (State(0, 0, 0), State(0, 0, 0)),
    "moved": (State(1, 0, 0), State(1, 1, 1)),
}
"""By home, the runs in it, in order."""


def identity(profile: AgentProfile) -> SignalSpec:
    """Machines, repositories and accounts as a signal; an agent without a key has one account."""
    found = identities()
    states = dict.fromkeys(state for states in HOMES.values() for state in states)
    keys = (profile.key, _another(profile.key))
    levels = [Level(value=UNSET, group="default")]
    for state in states:
        if not profile.key_env and state.account and state._replace(account=0) in states:
            continue  # it would be the same as with the other account
        setting = found.machines[state.machine].over(found.repositories[state.repository])
        if profile.key_env:
            setting = Setting(key=keys[state.account]).over(setting)
        levels.append(Level(value=state.level, group="identities", set=setting))
    return SignalSpec(
        id=IDENTITY,
        title="Who and what somebody could be recognised by",
        how="all at once: names, identifiers, addresses, the key",
        levels=tuple(levels),
        pattern="[a-z0-9 -]+",
        examples=Examples(match=(UNSET, levels[1].value), reject=("",)),
    )


def _another(key: str) -> str:
    """A key of the same shape that looks as fake."""
    body = key.rstrip("0")
    return body + "7" * (len(key) - len(body)) if body != key else f"{key}7"


def trials(spec: SignalSpec, signals: Sequence[Signal]) -> tuple[Trial, ...]:
    """The runs, on an otherwise plain machine; those in one home follow each other."""
    plain = default(signals)
    known = {level.value for level in spec.levels}
    own = [
        (home, changed(plain, {IDENTITY: state.level}))
        for home, states in HOMES.items()
        for state in states
        if state.level in known
    ]
    return tuple(
        Trial(
            id=f"{Phase.IDENTITY.value}-0-{number:03d}",
            phase=Phase.IDENTITY,
            block=0,
            environment=environment,
            home=home,
        )
        for number, (home, environment) in enumerate(own)
    )


class Compared(NamedTuple):
    """Two runs between which one thing changed."""

    change: Change
    one: Run
    other: Run


def compared(runs: Sequence[Run]) -> list[Compared]:
    """All pairs of runs that tell what one change does."""
    found = []
    for one, other in combinations(runs, 2):
        change = _change(one, other)
        if change is not None:
            found.append(Compared(change, one, other))
    return found


def _change(one: Run, other: Run) -> Change | None:
    before, after = state_of(one.environment), state_of(other.environment)
    differing = [kind for kind in State._fields if getattr(before, kind) != getattr(after, kind)]
    same_home = one.trial.home == other.trial.home
    if not differing:
        return Change.RUNS if same_home else Change.REINSTALLS
    if len(differing) > 1:
        return None
    return {
        ("repository", True): Change.REPOSITORIES,
        ("account", True): Change.ACCOUNTS,
        ("machine", False): Change.MACHINES,
    }.get((differing[0], same_home))


def state_of(environment: Environment) -> State:
    """What a run had, from the level of the signal; raises KeyError for another run."""
    numbers = dict(word.rsplit("-", 1) for word in environment[IDENTITY].split(" "))
    return State(*(int(numbers[kind]) - 1 for kind in State._fields))


def strangers(runs: Sequence[Run]) -> tuple[list[Run], list[Run]]:
    """Runs that have nothing in common: those of the first of everything, and of the second."""
    first, second = State(0, 0, 0), State(1, 1, 1)
    states = [(run, state_of(run.environment)) for run in runs]
    return (
        [run for run, state in states if state == first],
        [run for run, state in states if state == second],
    )
