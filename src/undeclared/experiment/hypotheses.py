"""From what discovery runs showed to comparisons that fresh runs can refute.

Four phases after Sunlight (Lecuyer et al., CCS 2015): form hypotheses on some runs, test them on
others, correct for their number. Nothing here is a claim yet.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undeclared.experiment.design import rank
from undeclared.experiment.table import MISSING, Classes, Pattern
from undeclared.model import Environment, Signal

SCREENING_PERMUTATIONS = 999
SCREENING_LEVEL = 0.002
"""A pattern that also varies between equal environments becomes a hypothesis at this level. It is
a filter against wasted runs, no claim, and so is not corrected for the number of patterns."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """With `signal` at one of `levels` the agent shows class `shows`, with the others it does not.

    It is said of the environments `rests`, which are whole environments but for `signal`.
    """

    pattern: int
    signal: str
    shows: int
    levels: frozenset[str]
    rests: frozenset[Environment]
    always: bool = True
    """Said of every run; else only that more runs show it."""

    def arm(self, environment: Environment) -> int | None:
        """0 if the class is predicted, 1 if not, None if nothing is said of this environment."""
        if rest(environment, self.signal) not in self.rests:
            return None
        return 0 if environment[self.signal] in self.levels else 1


@dataclass(frozen=True, slots=True)
class Effect:
    """What the discovery runs say about one pattern."""

    base: int
    """The class of the default environment; of the first in the design that has the place."""
    predicted: dict[Environment, int]
    """The class of each environment; empty for a pattern that varies by itself."""
    hypotheses: tuple[Hypothesis, ...]


def rest(environment: Environment, signal: str) -> Environment:
    """The environment without one signal."""
    return Environment(levels=tuple(pair for pair in environment.levels if pair[0] != signal))


def form(
    patterns: Sequence[Pattern],
    environments: Sequence[Environment],
    rows: Sequence[int],
    signals: Sequence[Signal],
    seed: int,
) -> dict[int, Effect]:
    """Hypotheses about every pattern that may depend on a signal, by the pattern's index.

    `rows` are the discovery runs; nothing else is looked at. Patterns that are as well explained
    by chance have no entry.
    """
    index = np.asarray(rows)
    own = [environments[row] for row in rows]
    order = rank(signals)
    screens: dict[bytes, _Screen] = {}
    effects: dict[int, Effect] = {}
    for number, pattern in enumerate(patterns):
        present = pattern.classes[index] != MISSING
        classes = pattern.classes[index][present]
        if not len(classes) or (classes == classes[0]).all():
            continue
        runs = [run for run, there in zip(own, present.tolist(), strict=True) if there]
        table = _stable(classes, runs)
        if table is not None:
            base = table[min(table, key=order)]
            found = _deterministic(number, table, base, signals)
        else:
            mask = present.tobytes()
            if mask not in screens:
                screens[mask] = _Screen(runs, signals, seed)
            found = _noisy(number, classes, runs, signals, screens[mask])
            base = int(np.bincount(classes).argmax())
        if found:
            effects[number] = Effect(base, table or {}, tuple(found))
    return effects


def _stable(classes: Classes, own: Sequence[Environment]) -> dict[Environment, int] | None:
    """The class of each environment; None if equal environments differ, or none was seen twice."""
    if len(set(own)) == len(own):
        return None
    table: dict[Environment, int] = {}
    for environment, shown in zip(own, classes.tolist(), strict=True):
        if table.setdefault(environment, shown) != shown:
            return None
    return table


def _deterministic(
    number: int, table: dict[Environment, int], base: int, signals: Sequence[Signal]
) -> list[Hypothesis]:
    """Every way in which one signal, the others fixed, decides between a class and the rest.

    Two signals that matter only together give one hypothesis each, about those environments in
    which the other one opens the gate; an exclusive or gives two for each. That the class of the
    default environment is shown everywhere else follows from the others.
    """
    found = []
    for signal in signals:
        strata: dict[Environment, dict[str, int]] = defaultdict(dict)
        for environment, shown in table.items():
            strata[rest(environment, signal.id)][environment[signal.id]] = shown
        decided: dict[tuple[int, frozenset[str]], set[Environment]] = defaultdict(set)
        for other, by_level in strata.items():
            for shown in set(by_level.values()) - {base}:
                levels = frozenset(level for level, own in by_level.items() if own == shown)
                if len(levels) < len(by_level):
                    decided[shown, levels].add(other)
        found += [
            Hypothesis(number, signal.id, shown, levels, frozenset(others))
            for (shown, levels), others in decided.items()
        ]
    return found


class _Screen:
    """Permutation tests of one pattern after another, on the same permutations.

    The levels of one signal are permuted among runs that are equal in all others, which leaves
    the effects of the others alone.
    """

    def __init__(self, own: Sequence[Environment], signals: Sequence[Signal], seed: int) -> None:
        generator = np.random.default_rng(seed)
        self._levels: dict[str, NDArray[np.int64]] = {}
        self._permuted: dict[str, NDArray[np.float64]] = {}
        for signal in signals:
            codes = np.array([signal.levels.index(run[signal.id]) for run in own])
            strata: dict[Environment, list[int]] = defaultdict(list)
            for row, run in enumerate(own):
                strata[rest(run, signal.id)].append(row)
            shuffled = np.tile(codes, (SCREENING_PERMUTATIONS + 1, 1))
            for members in strata.values():
                block = shuffled[1:, members]
                shuffled[1:, members] = generator.permuted(block, axis=1)
            self._levels[signal.id] = codes
            # One-hot over levels, with the unpermuted assignment in row 0.
            self._permuted[signal.id] = np.eye(len(signal.levels))[shuffled].transpose(0, 2, 1)

    def p_value(self, classes: Classes, signal: str) -> float:
        """Monte-Carlo p of `classes` being independent of the signal given the other signals.

        `(b + 1) / (m + 1)`, never zero (Phipson and Smyth 2010). The statistic is the sum over
        levels of squared class counts by the level's size: how pure the levels are.
        """
        shown = np.eye(int(classes.max()) + 1)[classes]
        assignment = self._permuted[signal]
        counts = assignment @ shown
        sizes = assignment.sum(axis=2, keepdims=True)
        purity = (counts**2 / np.maximum(sizes, 1)).sum(axis=(1, 2))
        return float((purity[1:] >= purity[0] - 1e-9).sum() + 1) / len(purity)


def _noisy(
    number: int,
    classes: Classes,
    own: Sequence[Environment],
    signals: Sequence[Signal],
    screen: _Screen,
) -> list[Hypothesis]:
    """Main effects on a pattern that also varies by itself.

    A class is more frequent at some levels than at others; the levels are split at the widest gap
    between their shares.
    """
    compact = np.unique(classes, return_inverse=True)[1]
    if int(compact.max()) + 1 > len(classes) // 2:
        return []  # nearly every run shows something else: no class can be frequent anywhere
    rests = {signal.id: frozenset(rest(run, signal.id) for run in own) for signal in signals}
    found = []
    for signal in signals:
        if screen.p_value(compact, signal.id) > SCREENING_LEVEL:
            continue
        at = np.array([signal.levels.index(run[signal.id]) for run in own])
        best: tuple[float, int, frozenset[str]] | None = None
        for shown in np.unique(classes).tolist():
            shares = [
                (float((classes[at == level] == shown).mean()), name)
                for level, name in enumerate(signal.levels)
                if (at == level).any()
            ]
            shares.sort(reverse=True)
            for cut in range(1, len(shares)):
                gap = shares[cut - 1][0] - shares[cut][0]
                if best is None or gap > best[0]:
                    best = (gap, shown, frozenset(name for _, name in shares[:cut]))
        if best is not None and best[0] > 0:
            found.append(
                Hypothesis(number, signal.id, best[1], best[2], rests[signal.id], always=False)
            )
    return found
