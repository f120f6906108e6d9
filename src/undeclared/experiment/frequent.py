"""Patterns that vary by themselves, with classes more frequent at some levels than at others."""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from undeclared.experiment.design import is_crossed
from undeclared.experiment.hypothesis import Hypothesis, projected
from undeclared.experiment.table import Classes
from undeclared.model import Environment, Signal

SCREENING_PERMUTATIONS = 999
FIRST_PERMUTATIONS = ((19, 0.25), (99, 0.1))
"""Permutations that come first, with the p-value above which no more are made."""
SCREENING_LEVEL = 0.002
"""A pattern that also varies between equal environments becomes a hypothesis at this level, with
more than two signals at less. It is a filter against wasted runs, no claim, and so is not corrected
for the number of patterns."""


class Permutations:
    """Permutation tests of one pattern after another, on the same permutations.

    Where signals are crossed, the levels of one are permuted among runs that are equal in all
    others, which leaves the effects of the others alone; else among all. In any case only within
    a block: what drifts with time must not be laid to levels that another block has more of.
    """

    def __init__(
        self,
        own: Sequence[Environment],
        blocks: Sequence[int],
        signals: Sequence[Signal],
        seed: int,
    ) -> None:
        self._seed = seed
        apart = is_crossed(signals)
        self._own: dict[str, NDArray[np.bool_]] = {}
        self._codes: dict[str, NDArray[np.int64]] = {}
        self._strata: dict[str, list[list[int]]] = {}
        self._permuted: dict[tuple[str, int], NDArray[np.int64]] = {}
        for signal in signals:
            place = {level: at for at, level in enumerate(signal.levels)}
            strata: dict[tuple[int, Environment], list[int]] = defaultdict(list)
            others = _others(signal, signals) if apart else ()
            for row, (block, run) in enumerate(zip(blocks, own, strict=True)):
                strata[block, projected(run, others)].append(row)
            codes = np.array([place[run[signal.id]] for run in own])
            self._codes[signal.id] = codes
            self._own[signal.id] = codes[:, None] == np.unique(codes)
            self._strata[signal.id] = list(strata.values())

    def p_value(self, classes: Classes, signal: str) -> float:
        """Monte-Carlo p of `classes` being independent of the signal given the other signals.

        `(b + 1) / (m + 1)`, never zero (Phipson and Smyth 2010). The statistic is the sum over
        levels of squared class counts by the level's size: how pure the levels are. Where a few
        permutations show that there is nothing, no more are made (Besag and Clifford 1991).
        """
        if self._purity(classes, signal) <= self._expected(classes, signal):
            return 1.0
        for permutations, nothing in FIRST_PERMUTATIONS:
            if (first := self._share(classes, signal, permutations)) > nothing:
                return first
        return self._share(classes, signal, SCREENING_PERMUTATIONS)

    def _purity(self, classes: Classes, signal: str) -> float:
        kinds = classes[:, None] == np.arange(int(classes.max()) + 1)
        own = self._own[signal].astype(np.float64)
        counts = own.T @ kinds
        return float((counts**2 / own.sum(axis=0)[:, None]).sum())

    def _expected(self, classes: Classes, signal: str) -> float:
        """What purity is expected by chance, from the moments of the hypergeometric distribution.

        What does not reach it would not pass any permutation test worth the time.
        """
        runs = len(classes)
        kinds = np.bincount(classes).astype(np.float64)
        sizes = self._own[signal].sum(axis=0)
        mean = (sizes[:, None] * (kinds / runs) ** 2).sum()
        spread = (kinds * (runs - kinds)).sum() * (runs - sizes).sum() / (runs**2 * (runs - 1))
        return float(mean + spread)

    def _share(self, classes: Classes, signal: str, permutations: int) -> float:
        codes = self._shuffled(signal, permutations)
        levels, kinds = int(self._codes[signal].max()) + 1, int(classes.max()) + 1
        sets = np.arange(len(codes))[:, None] * levels
        cells = (sets + codes) * kinds + classes
        counts = np.bincount(cells.ravel(), minlength=len(codes) * levels * kinds)
        counts = counts.reshape(len(codes), levels, kinds)
        sizes = np.maximum(counts.sum(axis=2, keepdims=True), 1)
        purity = (counts**2 / sizes).sum(axis=(1, 2))
        return float((purity[1:] >= purity[0] - 1e-9).sum() + 1) / len(purity)

    def _shuffled(self, signal: str, permutations: int) -> NDArray[np.int64]:
        """The levels of a signal by run, as they are in row 0, and permuted in the others."""
        key = (signal, permutations)
        if key not in self._permuted:
            generator = np.random.default_rng(self._seed)
            shuffled = np.tile(self._codes[signal], (permutations + 1, 1))
            for members in self._strata[signal]:
                shuffled[1:, members] = generator.permuted(shuffled[1:, members], axis=1)
            self._permuted[key] = shuffled
        return self._permuted[key]


def _others(signal: Signal, signals: Sequence[Signal]) -> tuple[str, ...]:
    return tuple(own.id for own in signals if own != signal)


def frequent(
    number: int,
    classes: Classes,
    own: Sequence[Environment],
    signals: Sequence[Signal],
    permutations: Permutations,
) -> list[Hypothesis]:
    """Main effects on a pattern that also varies by itself.

    A class is more frequent at some levels than at others; the levels, in the order of its share,
    are split where the two sides differ most, by the chi-square of the fourfold table.
    """
    compact = np.unique(classes, return_inverse=True)[1]
    if int(compact.max()) + 1 > len(classes) // 2:
        return []  # nearly every run shows something else: no class can be frequent anywhere
    apart = is_crossed(signals)
    found = []
    level = max(2 * SCREENING_LEVEL / max(2, len(signals)), 1 / SCREENING_PERMUTATIONS)
    for signal in signals:
        if permutations.p_value(compact, signal.id) > level:
            continue
        at = np.array([signal.levels.index(run[signal.id]) for run in own])
        best: tuple[float, int, frozenset[str]] | None = None
        for shown in np.unique(classes).tolist():
            sides = sorted(
                (
                    (int((classes[at == level] == shown).sum()), int((at == level).sum()), name)
                    for level, name in enumerate(signal.levels)
                    if (at == level).any()
                ),
                key=lambda side: -side[0] / side[1],
            )
            for cut in range(1, len(sides)):
                difference = _difference(sides[:cut], sides[cut:])
                if best is None or difference > best[0]:
                    best = (difference, shown, frozenset(name for *_, name in sides[:cut]))
        if best is not None and best[0] > 0:
            beside = _others(signal, signals) if apart else ()
            rests = frozenset(projected(run, beside) for run in (own if beside else own[:1]))
            against = frozenset(signal.levels) - best[2]
            inside = np.array([run[signal.id] in best[2] for run in own])
            telling = _telling(classes[inside] == best[1], classes[~inside] == best[1])
            looked_at = len(signal.levels) * (int(compact.max()) + 1)
            found.append(
                Hypothesis(
                    number, signal.id, best[1], best[2], against, rests, beside,
                    always=False, telling=telling,
                    support=max(0.0, best[0] / 2 - math.log(looked_at)),
                )
            )  # fmt: skip
    return found


def _difference(
    one: Sequence[tuple[int, int, str]], other: Sequence[tuple[int, int, str]]
) -> float:
    """Chi-square of hits and runs on two sides, without the factor that all cuts have in common."""
    (a, m), (b, n) = ((sum(s[0] for s in side), sum(s[1] for s in side)) for side in (one, other))
    shown = (a + b) / (m + n)
    spread = shown * (1 - shown)
    return 0.0 if not spread else (a / m - b / n) ** 2 * m * n / ((m + n) * spread)


def _telling(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Mutual information of arm and class in bits, were the arms of equal size."""

    def entropy(share: float) -> float:
        return sum(-own * math.log2(own) for own in (share, 1 - share) if own > 0)

    shares = float(one.mean()), float(other.mean())
    return entropy(sum(shares) / 2) - sum(map(entropy, shares)) / 2
