"""From what discovery runs showed to comparisons that fresh runs can refute.

Four phases after Sunlight (Lecuyer et al., CCS 2015): form hypotheses on some runs, test them on
others, correct for their number. Nothing here is a claim yet.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from undeclared.experiment.causes import Cause, Causes
from undeclared.experiment.decided import decided
from undeclared.experiment.design import rank
from undeclared.experiment.frequent import Permutations, frequent
from undeclared.experiment.hypothesis import Effect, Memory, projected
from undeclared.experiment.table import MISSING, Classes, Pattern
from undeclared.model import Environment, Signal

MOST_RIVALS = 8
"""Other sets of signals that may explain a pattern as well when hypotheses are formed."""


def form(
    patterns: Sequence[Pattern],
    environments: Sequence[Environment],
    blocks: Sequence[int],
    rows: Sequence[int],
    signals: Sequence[Signal],
    seed: int,
    memory: Memory | None = None,
) -> dict[int, Effect]:
    """Hypotheses about every pattern that may depend on a signal, by the pattern's index.

    `rows` are the discovery runs; nothing else is looked at. `blocks` numbers the block of every
    run: only within one were levels assigned at random. Patterns that are as well explained by
    chance have no entry. What `memory` holds is not worked out again: it may only be given again
    with the same discovery runs in the same order.
    """
    memory = {} if memory is None else memory
    index = np.asarray(rows)
    former = _Former([environments[row] for row in rows], [blocks[row] for row in rows], signals,
                     seed)  # fmt: skip
    effects: dict[int, Effect] = {}
    for number, pattern in enumerate(patterns):
        classes = pattern.classes[index]
        key = classes.tobytes()
        if key not in memory:
            memory[key] = former.effect(classes)
        effect = memory[key]
        if effect is not None:
            own = tuple(replace(one, pattern=number) for one in effect.hypotheses)
            effects[number] = replace(effect, hypotheses=own)
    return effects


class _Former:
    """Forms what the discovery runs say of one pattern after another."""

    def __init__(
        self,
        environments: Sequence[Environment],
        blocks: Sequence[int],
        signals: Sequence[Signal],
        seed: int,
    ) -> None:
        self._causes = Causes(signals, environments)
        self._blocks = blocks
        self._signals = signals
        self._seed = seed
        order = rank(signals)
        self._plainest_first = sorted(
            range(len(environments)), key=[order(own) for own in environments].__getitem__
        )
        self._permutations: dict[bytes, Permutations] = {}

    def effect(self, classes: Classes) -> Effect | None:
        """The effect of a pattern of no number yet; None if it is as well explained by chance."""
        present = classes != MISSING
        shown = classes[present]
        if not len(shown) or (shown == shown[0]).all():
            return None
        environments = self._causes.environments
        runs = [environments[row] for row in np.flatnonzero(present).tolist()]
        cause = self._causes.of(classes) if is_stable(shown, runs) else None
        if cause is not None and len(cause.rivals) > MOST_RIVALS:
            cause = None  # so many explain it that none does: a coincidence would look the same
        if cause is not None:
            beside = [self._signals[at] for at in cause.signals]
            names = tuple(signal.id for signal in beside)
            table: dict[Environment, int] = {}
            for row in self._plainest_first:
                if present[row]:
                    table.setdefault(projected(environments[row], names), int(classes[row]))
            base = next(iter(table.values()))
            support = _support(shown.tolist(), list(table.values()))
            found = [replace(own, support=support) for own in decided(0, table, base, beside)]
        else:
            names, table, found = (), {}, []
            base = int(np.bincount(shown).argmax())
        if cause is None or cause.far_fetched:
            mask = present.tobytes()
            if mask not in self._permutations:
                own = [self._blocks[row] for row in np.flatnonzero(present).tolist()]
                self._permutations[mask] = Permutations(runs, own, self._signals, self._seed)
            found += frequent(0, shown, runs, self._signals, self._permutations[mask])
        return Effect(base, names, table, tuple(found)) if found else None


def _support(shown: Sequence[int], cells: Sequence[int]) -> float:
    """How much fewer ways there are to show so many of each class by combinations than by runs.

    `shown` are the classes of the runs, `cells` those of the combinations of levels that decide. A
    logarithm: what explains many runs by few combinations is no chance; where every run has a
    combination of its own, anything is explained.
    """
    return _ways(shown) - _ways(cells)


def _ways(classes: Sequence[int]) -> float:
    """The logarithm of the number of orders of classes (a multinomial coefficient)."""
    counts = Counter(classes).values()
    return math.lgamma(len(classes) + 1) - sum(math.lgamma(count + 1) for count in counts)


def unclear(
    patterns: Sequence[Pattern],
    environments: Sequence[Environment],
    rows: Sequence[int],
    signals: Sequence[Signal],
) -> tuple[Causes, dict[int, Cause]]:
    """Patterns of which several sets of signals could be the cause, by their index."""
    index = np.asarray(rows)
    causes = Causes(signals, [environments[row] for row in rows])
    found = {}
    for number, pattern in enumerate(patterns):
        classes = pattern.classes[index]
        present = classes != MISSING
        runs = [causes.environments[row] for row in np.flatnonzero(present).tolist()]
        if len(set(classes[present].tolist())) > 1 and is_stable(classes[present], runs):
            cause = causes.of(classes)
            if cause is not None and cause.rivals:
                found[number] = cause
    return causes, found


def is_stable(classes: Classes, own: Sequence[Environment]) -> bool:
    """Whether equal environments always showed the same, and some were seen twice."""
    if len(set(own)) == len(own):
        return False
    shown: dict[Environment, int] = {}
    return all(
        shown.setdefault(run, number) == number
        for run, number in zip(own, classes.tolist(), strict=True)
    )
