"""Tests hypotheses on fresh runs, exactly, and corrects for their number."""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from undeclared.experiment.hypotheses import Hypothesis, rest
from undeclared.experiment.table import MISSING, Pattern
from undeclared.model import Environment

FAMILY_WISE_ERROR = 0.05
"""Chance of even one false claim in a report, at most."""

_MARGIN = 20.0
"""Fresh runs are chosen so that a perfect result would be this many times better than needed …"""
_UNSURE = 2.0
"""… and its logarithm so many times what is needed where no perfect result is to be expected."""


@dataclass(frozen=True, slots=True)
class Test:
    """How a hypothesis fared on fresh runs."""

    hypothesis: Hypothesis
    counts: tuple[tuple[int, int], tuple[int, int]]
    """`((first arm with the class, without), (second arm with, without))`."""
    p_value: float
    p_best: float
    """The p-value of a perfect result with these runs: if it is too large, there were too few."""


def choose(
    hypotheses: Sequence[Hypothesis], environments: Sequence[Environment], *, most: int, seed: int
) -> list[Environment]:
    """Environments for fresh runs, few, so that every hypothesis could be established.

    Greedy: each next run is the one that brings the hypotheses nearest to significance. At most
    `most` runs; what cannot be reached with them is later reported as not enough data. The order
    is random.
    """
    generator = random.Random(f"confirmation {seed}")  # noqa: S311 - not for secrets
    if not hypotheses:
        return []
    least = math.log(_MARGIN * len(hypotheses) / FAMILY_WISE_ERROR)
    needed = [least if hypothesis.always else least * _UNSURE for hypothesis in hypotheses]
    arms = [
        [
            (hypothesis.arm(environment), rest(environment, hypothesis.signal))
            for environment in environments
        ]
        for hypothesis in hypotheses
    ]
    counts: list[Counter[tuple[Environment, int]]] = [Counter() for _ in hypotheses]
    reached = [0.0] * len(hypotheses)
    chosen: list[Environment] = []
    while len(chosen) < most:
        unmet = [number for number, value in enumerate(reached) if value < needed[number]]
        if not unmet:
            break
        order = list(range(len(environments)))
        generator.shuffle(order)
        best = max(order, key=lambda at: sum(_gain(counts[n], *arms[n][at]) for n in unmet))
        chosen.append(environments[best])
        for number, own in enumerate(arms):
            arm, stratum = own[best]
            if arm is not None:
                reached[number] += _information(counts[number], arm, stratum)
                counts[number][stratum, arm] += 1
    generator.shuffle(chosen)
    return chosen


def _information(counts: Counter[tuple[Environment, int]], arm: int, stratum: Environment) -> float:
    """By how much one more run shrinks the logarithm of the best possible p-value.

    A perfect stratum of `n` runs, `k` of them in the first arm, has probability `1 / C(n, k)`.
    """
    first, second = counts[stratum, 0], counts[stratum, 1]
    before = math.log(math.comb(first + second, first))
    return math.log(math.comb(first + second + 1, first + (arm == 0))) - before


def _gain(counts: Counter[tuple[Environment, int]], arm: int | None, stratum: Environment) -> float:
    if arm is None:
        return 0.0
    # The first run of an arm tells nothing by itself but lets the next ones tell something.
    opening = 0.2 if not counts[stratum, arm] else 0.0
    return _information(counts, arm, stratum) + opening


def test(
    hypotheses: Sequence[Hypothesis],
    patterns: Sequence[Pattern],
    environments: Sequence[Environment],
    rows: Sequence[int],
) -> list[Test]:
    """Test each hypothesis on the runs `rows`, which must not have helped to form it.

    Exact and conditional on how often the class was seen among equal rests: runs were assigned to
    environments at random, so that without an effect every split of a stratum was as likely
    (Fisher 1935; stratified as by Mantel and Haenszel 1959, but exact).
    """
    return [
        _test(hypothesis, patterns[hypothesis.pattern], environments, rows)
        for hypothesis in hypotheses
    ]


def _test(
    hypothesis: Hypothesis,
    pattern: Pattern,
    environments: Sequence[Environment],
    rows: Sequence[int],
) -> Test:
    counts: Counter[tuple[Environment, int, bool]] = Counter()
    for row in rows:
        arm = hypothesis.arm(environments[row])
        if arm is not None and pattern.classes[row] != MISSING:
            hit = bool(pattern.classes[row] == hypothesis.shows)
            counts[rest(environments[row], hypothesis.signal), arm, hit] += 1
    strata = {stratum for stratum, _, _ in counts}
    null: NDArray[np.float64] = np.ones(1)
    best = 1.0
    for stratum in strata:
        first = counts[stratum, 0, True] + counts[stratum, 0, False]
        second = counts[stratum, 1, True] + counts[stratum, 1, False]
        shown = counts[stratum, 0, True] + counts[stratum, 1, True]
        support = np.arange(0, min(first, shown) + 1)
        null = np.convolve(null, hypergeom.pmf(support, first + second, shown, first))
        best /= math.comb(first + second, first)
    table = (
        (_sum(counts, 0, shown=True), _sum(counts, 0, shown=False)),
        (_sum(counts, 1, shown=True), _sum(counts, 1, shown=False)),
    )
    p_value = min(1.0, float(null[table[0][0] :].sum())) if strata else 1.0
    return Test(hypothesis, table, p_value, best)


def _sum(counts: Counter[tuple[Environment, int, bool]], arm: int, *, shown: bool) -> int:
    return sum(number for (_, own, seen), number in counts.items() if own == arm and seen == shown)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that control the family-wise error rate (Holm 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for position, at in enumerate(order):
        running = max(running, min(1.0, p_values[at] * (len(p_values) - position)))
        adjusted[at] = running
    return adjusted


def detectable(first: int, second: int, tests: int, *, power: float = 0.8) -> float | None:
    """The smallest effect that two arms could have established.

    It is the share of runs that show a class in an arm of `first` runs, while none of `second`
    others does, with which a one-sided exact test at the level corrected for `tests` establishes it
    with `power`. None if even a share of 1 would not do.
    """
    level = FAMILY_WISE_ERROR / max(1, tests)
    needed = next(
        (
            hits
            for hits in range(1, first + 1)
            if math.comb(first, hits) / math.comb(first + second, hits) <= level
        ),
        None,
    )
    if needed is None:
        return None
    low, high = 0.0, 1.0
    for _ in range(40):
        share = (low + high) / 2
        reached = sum(
            math.comb(first, hits) * share**hits * (1 - share) ** (first - hits)
            for hits in range(needed, first + 1)
        )
        low, high = (low, share) if reached >= power else (share, high)
    return round(high, 4)
