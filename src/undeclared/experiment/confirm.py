"""Tests hypotheses on fresh runs, exactly, and corrects for their number."""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from undeclared.experiment.design import Repair, as_it_is
from undeclared.experiment.hypothesis import Hypothesis
from undeclared.experiment.table import MISSING, Pattern
from undeclared.model import Environment, Signal

FAMILY_WISE_ERROR = 0.05
"""Chance of even one false claim in a report, at most."""

_MARGIN = 5.0
"""Fresh runs are chosen so that a perfect result would be this many times better than needed …"""
CLEAR = 20.0
"""Nats by which discovery must speak for a pattern's explanation to come first."""
NEXT = -1
"""Number of the block that runs are chosen for."""
_ENOUGH = 6
"""Runs in either arm after which a tendency that does not show is given up."""
_UNSURE, _MOST_UNSURE = 2.0, 4.0
"""… and its logarithm so many times what is needed, at least and at most, where no perfect result
is to be expected: the less a single run tells, the more."""


@dataclass(frozen=True, slots=True)
class Test:
    """How a hypothesis fared on fresh runs."""

    hypothesis: Hypothesis
    counts: tuple[tuple[int, int], tuple[int, int]]
    """`((first arm with the class, without), (second arm with, without))`."""
    p_value: float
    p_best: float
    """The p-value of a perfect result with these runs: if it is too large, there were too few."""

    @property
    def refuted(self) -> bool:
        """Whether the runs speak so clearly against it that more of them would be wasted."""
        (hit, miss), (other_hit, other_miss) = self.counts
        if self.hypothesis.always:
            return bool(miss or other_hit)
        first, second = hit + miss, other_hit + other_miss
        return min(first, second) >= _ENOUGH and hit * second <= other_hit * first


def choose(
    hypotheses: Sequence[Hypothesis],
    signals: Sequence[Signal],
    *,
    most: int,
    seed: str,
    claims_in_all: int = 0,
    done: Sequence[tuple[int, Environment]] = (),
    repair: Repair = as_it_is,
) -> list[Environment]:
    """Environments for fresh runs, few, so that every hypothesis could be established.

    Each next run is drawn for the pattern of which all hypotheses together lack least, of those
    first for which discovery speaks clearly: so where runs are few some have all that they need,
    and not all of them nearly, and chance does not use them up. It is drawn in the arm that the
    hypothesis lacks, and with a random level for every signal that it is not about, so that no
    other signal can stand in for the one that it names. The run counts for all hypotheses that say
    something of it. At most `most` runs; what cannot be reached with them is later reported as not
    enough data. The order is random.

    `done` are the blocks and environments of fresh runs that there are already; these are for a
    block of their own. `claims_in_all` is for how many hypotheses the tests will be corrected, if
    for more than these.
    """
    generator = random.Random(seed)  # noqa: S311 - not for secrets
    correction = max(1, len(hypotheses), claims_in_all)
    least = math.log(_MARGIN * correction / FAMILY_WISE_ERROR)
    ledgers: dict[Hypothesis, _Ledger] = {}
    for hypothesis in hypotheses:
        ledger = ledgers.setdefault(_claim(hypothesis), _Ledger(hypothesis))
        ledger.lacks = max(ledger.lacks, least * _unsure(hypothesis))
    for ledger in ledgers.values():
        for block, environment in done:
            ledger.add(environment, block)
    patterns = _patterns(hypotheses, ledgers)
    chosen: list[Environment] = []
    while len(chosen) < most:
        unmet = [(own.urgency, own) for own in patterns if own.lacks > 0]
        if not unmet:
            break
        lacking = min(unmet, key=lambda pair: pair[0])[1].next
        anything = {signal.id: generator.choice(signal.levels) for signal in signals}
        wanted = lacking.wants(generator)
        chosen.append(repair(Environment.of({**anything, **wanted}), frozenset(wanted)))
        for ledger in ledgers.values():
            ledger.add(chosen[-1])
    generator.shuffle(chosen)
    return chosen


def _claim(hypothesis: Hypothesis) -> Hypothesis:
    """What runs a hypothesis asks for: patterns with equal conditions ask for the same."""
    return replace(hypothesis, pattern=0, shows=0, telling=1.0, support=0.0)


def _patterns(
    hypotheses: Sequence[Hypothesis], ledgers: Mapping[Hypothesis, "_Ledger"]
) -> list["_Unproven"]:
    """The patterns that ask for different runs."""
    asked: dict[int, dict[Hypothesis, None]] = {}
    support: dict[int, float] = {}
    for own in hypotheses:
        asked.setdefault(own.pattern, {})[_claim(own)] = None
        support[own.pattern] = own.support
    found: dict[frozenset[Hypothesis], _Unproven] = {}
    for pattern, claims in asked.items():
        mine = [ledgers[claim] for claim in claims]
        unproven = found.setdefault(frozenset(claims), _Unproven(mine, clear=False))
        clear = support[pattern] >= CLEAR and all(claim.always for claim in claims)
        unproven.clear = unproven.clear or clear
    return list(found.values())


@dataclass(slots=True)
class _Unproven:
    """What is to be established of one pattern."""

    ledgers: list["_Ledger"]
    clear: bool
    """Whether discovery speaks clearly for it."""

    @property
    def lacks(self) -> float:
        """What all of it lacks together."""
        return sum(max(0.0, ledger.lacks) for ledger in self.ledgers)

    @property
    def urgency(self) -> tuple[bool, float]:
        """The least comes first."""
        return not self.clear, self.lacks

    @property
    def next(self) -> "_Ledger":
        """The hypothesis that lacks least, of those that lack something."""
        unmet = (ledger for ledger in self.ledgers if ledger.lacks > 0)
        return min(unmet, key=lambda ledger: ledger.lacks)


def _unsure(hypothesis: Hypothesis) -> float:
    """How many times the runs of a perfect result it takes."""
    if hypothesis.always:
        return 1.0
    return min(_MOST_UNSURE, max(_UNSURE, 1 / max(hypothesis.telling, 1e-3)))


class _Ledger:
    """What the chosen runs could tell of one hypothesis."""

    def __init__(self, claim: Hypothesis) -> None:
        self.claim = claim
        self._rests = sorted(claim.rests, key=str)
        self._arms = (sorted(claim.levels), sorted(claim.against))
        self._counts: Counter[tuple[int, Environment, int]] = Counter()
        self.lacks = 0.0
        """By how much the logarithm of the best possible p-value is still too large."""

    def add(self, environment: Environment, block: int = NEXT) -> None:
        """Count a run."""
        arm = self.claim.arm(environment)
        if arm is not None:
            rest = self.claim.rest(environment)
            self.lacks -= self._information(rest, arm, block)
            self._counts[block, rest, arm] += 1

    def wants(self, generator: random.Random) -> dict[str, str]:
        """Levels of a run that would tell most."""
        options = [(rest, arm) for rest in self._rests for arm in (0, 1)]
        generator.shuffle(options)
        rest, arm = max(options, key=lambda option: self._gain(*option))
        return {**rest.as_dict(), self.claim.signal: generator.choice(self._arms[arm])}

    def _information(self, rest: Environment, arm: int, block: int = NEXT) -> float:
        """By how much one more run shrinks the logarithm of the best possible p-value.

        A perfect stratum of `n` runs, `k` of them in the first arm, has probability `1 / C(n, k)`.
        """
        same, other = self._counts[block, rest, arm], self._counts[block, rest, 1 - arm]
        return math.log((same + other + 1) / (same + 1))

    def _gain(self, rest: Environment, arm: int) -> float:
        # The first run of an arm tells nothing by itself but lets the next ones tell something.
        opening = 0.2 if not self._counts[NEXT, rest, arm] else 0.0
        return self._information(rest, arm) + opening


def test(
    hypotheses: Sequence[Hypothesis],
    patterns: Sequence[Pattern],
    environments: Sequence[Environment],
    blocks: Sequence[int],
    rows: Sequence[int],
) -> list[Test]:
    """Test each hypothesis on the runs `rows`, which must not have helped to form it.

    `blocks` numbers the block of every run.

    Exact and conditional on how often the class was seen among equal rests of a block: its runs
    were assigned to environments at random, so that without an effect every split was as likely
    (Fisher 1935; stratified as by Mantel and Haenszel 1959, but exact).
    """
    return [
        _test(hypothesis, patterns[hypothesis.pattern], environments, blocks, rows)
        for hypothesis in hypotheses
    ]


def _test(
    hypothesis: Hypothesis,
    pattern: Pattern,
    environments: Sequence[Environment],
    blocks: Sequence[int],
    rows: Sequence[int],
) -> Test:
    counts: Counter[tuple[tuple[int, Environment], int, bool]] = Counter()
    for row in rows:
        arm = hypothesis.arm(environments[row])
        if arm is not None and pattern.classes[row] != MISSING:
            hit = bool(pattern.classes[row] == hypothesis.shows)
            counts[(blocks[row], hypothesis.rest(environments[row])), arm, hit] += 1
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


def _sum(
    counts: Counter[tuple[tuple[int, Environment], int, bool]], arm: int, *, shown: bool
) -> int:
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
