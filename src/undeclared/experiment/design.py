"""Which environments are run, how often, and in which order.

A crossed design: every combination of levels, replicated, in random order within blocks. Real
marks are gated on two facts, and varying one at a time from the default cannot see them.
"""

import random
from collections.abc import Callable, Sequence
from itertools import product

from undeclared.model import Environment, Phase, Signal, Trial

OBSERVERS = "observers"
"""The signal that says how an agent is watched …"""
OBSERVING = ("tracer", "hooks")
"""… and its levels that see the agent's own side."""


def default(signals: Sequence[Signal]) -> Environment:
    """The environment of a plain machine: every signal at its first level."""
    return Environment.of({signal.id: signal.levels[0] for signal in signals})


def rank(signals: Sequence[Signal]) -> Callable[[Environment], tuple[int, ...]]:
    """A key that sorts environments as the design names them, the default one first."""
    return lambda own: tuple(signal.levels.index(own[signal.id]) for signal in signals)


def environments(signals: Sequence[Signal]) -> tuple[Environment, ...]:
    """Every combination of levels; the first is the default environment."""
    ids = [signal.id for signal in signals]
    return tuple(
        Environment.of(dict(zip(ids, levels, strict=True)))
        for levels in product(*(signal.levels for signal in signals))
    )


def discovery(signals: Sequence[Signal], replicates: int, seed: int) -> tuple[Trial, ...]:
    """A crossed design with `replicates` runs of each environment, one in each block.

    The order within a block is random, so that whatever drifts with time is spread over all
    environments. Equal arguments give equal trials.
    """
    everything = environments(signals)
    trials = []
    for block in range(replicates):
        order = list(everything)
        random.Random(f"discovery {seed} {block}").shuffle(order)  # noqa: S311 - not for secrets
        trials += numbered(Phase.DISCOVERY, block, order)
    return tuple(trials)


def preflight(signals: Sequence[Signal]) -> tuple[Trial, ...]:
    """Two runs of the default environment, to see whether the agent works here at all."""
    plain = default(signals)
    return tuple(numbered(Phase.PREFLIGHT, 0, (plain, plain)))


def install(signals: Sequence[Signal]) -> tuple[Trial, ...]:
    """One installation on a plain machine."""
    return tuple(numbered(Phase.INSTALL, 0, (default(signals),)))


def observation(signals: Sequence[Signal]) -> tuple[Trial, ...]:
    """One run on a plain machine with each observer that an agent could notice."""
    plain = default(signals).as_dict()
    watched = [Environment.of({**plain, OBSERVERS: level}) for level in OBSERVING]
    return tuple(numbered(Phase.OBSERVATION, 0, watched))


def numbered(phase: Phase, block: int, order: Sequence[Environment]) -> list[Trial]:
    """Trials of one block, in the given order."""
    return [
        Trial(
            id=f"{phase.value}-{block}-{position:03d}",
            phase=phase,
            block=block,
            environment=environment,
        )
        for position, environment in enumerate(order)
    ]
