"""What a receiver learns of the environment from everything that reaches it together."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from undeclared.experiment.hypothesis import Effect
from undeclared.experiment.table import Pattern
from undeclared.model import Environment, Signal

MOST_ENUMERATED = 50_000
"""Combinations of levels up to which all are counted; beyond, only those that were run."""


def joint_bits(
    patterns: Sequence[Pattern],
    effects: Mapping[int, Effect],
    established: Iterable[int],
    signals: Sequence[Signal],
    environments: Sequence[Environment],
) -> dict[str, float]:
    """By host: log2 of the classes of environment that all its loci together tell apart.

    A lower bound, exact among the levels tried where everything is deterministic (min-entropy
    leakage of a deterministic channel, Smith 2009). Signals that no locus mixes add up. What only
    shows in more runs is left out. `established` are indices of patterns.
    """
    at: dict[str, list[Effect]] = defaultdict(list)
    for number in established:
        effect = effects[number]
        if effect.predicted:
            for host in {column.locus.host for column in patterns[number].columns}:
                at[host].append(effect)
    levels = {signal.id: signal.levels for signal in signals}
    return {
        host: round(sum(_bits(own, levels, environments) for own in _mixed(effects_there)), 4)
        for host, effects_there in sorted(at.items())
    }


def _mixed(effects: Sequence[Effect]) -> list[list[Effect]]:
    """Effects in groups that share no signal with each other."""
    groups: list[tuple[set[str], list[Effect]]] = []
    for effect in effects:
        mine, own = set(effect.cause), [effect]
        apart = []
        for names, members in groups:
            if names.isdisjoint(mine):
                apart.append((names, members))
            else:
                mine |= names
                own += members
        groups = [*apart, (mine, own)]
    return [own for _, own in groups]


def _bits(
    effects: Sequence[Effect],
    levels: Mapping[str, Sequence[str]],
    environments: Sequence[Environment],
) -> float:
    names = sorted({name for effect in effects for name in effect.cause})
    if math.prod(len(levels[name]) for name in names) <= MOST_ENUMERATED:
        combined: Iterable[Environment] = (
            Environment(levels=tuple(zip(names, own, strict=True)))
            for own in product(*(levels[name] for name in names))
        )
    else:
        combined = set(environments)
    seen = {tuple(effect.shows(own) for effect in effects) for own in combined}
    return math.log2(max(1, len({row for row in seen if None not in row})))
