"""From what discovery runs showed to comparisons that fresh runs can refute.

Four phases after Sunlight (Lecuyer et al., CCS 2015): form hypotheses on some runs, test them on
others, correct for their number. Nothing here is a claim yet.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from undeclared.experiment.causes import Cause, Causes
from undeclared.experiment.design import is_crossed, rank
from undeclared.experiment.table import MISSING, Classes, Pattern
from undeclared.model import Environment, Signal

SCREENING_PERMUTATIONS = 999
FIRST_PERMUTATIONS = ((19, 0.25), (99, 0.1))
"""Permutations that come first, with the p-value above which no more are made."""
SCREENING_LEVEL = 0.002
"""A pattern that also varies between equal environments becomes a hypothesis at this level, with
more than two signals at less. It is a filter against wasted runs, no claim, and so is not corrected
for the number of patterns."""

MOST_ALONE = 24
"""Hypotheses of a pattern that one signal decides …"""
MOST_OF_EACH = 4
"""… and for each signal where several do; where there are more, only the plainest are kept."""
PLAINEST = 3
"""Hypotheses that are kept then."""
MOST_RIVALS = 8
"""Other sets of signals that may explain a pattern as well when hypotheses are formed."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """With `signal` at one of `levels` it shows class `shows`, at one of `against` it does not.

    It is said of the environments that have, for the signals that matter besides, one of the
    combinations of levels in `rests`; the signals that do not matter may have any level.
    """

    pattern: int
    signal: str
    shows: int
    levels: frozenset[str]
    against: frozenset[str]
    rests: frozenset[Environment]
    beside: tuple[str, ...] = ()
    """The signals that `rests` is about."""
    always: bool = True
    """Said of every run; else only that more runs show it."""
    telling: float = 1.0
    """What one run is expected to tell, as a share of what it would if all runs showed the class
    in one arm and none in the other."""
    support: float = 0.0
    """By how much the discovery runs speak for what its pattern is explained with, in nats."""

    def rest(self, environment: Environment) -> Environment:
        """What the other signals that matter are at."""
        return projected(environment, self.beside)

    def arm(self, environment: Environment) -> int | None:
        """0 if the class is predicted, 1 if not, None if nothing is said of this environment."""
        if self.rest(environment) not in self.rests:
            return None
        level = environment[self.signal]
        return 0 if level in self.levels else 1 if level in self.against else None


@dataclass(frozen=True, slots=True)
class Effect:
    """What the discovery runs say about one pattern."""

    base: int
    """The class of the default environment; of the first in the design that has the place."""
    cause: tuple[str, ...]
    """The signals that decide; empty for a pattern that varies by itself."""
    predicted: dict[Environment, int]
    """The class by the levels of those signals; empty for a pattern that varies by itself."""
    hypotheses: tuple[Hypothesis, ...]

    def shows(self, environment: Environment) -> int | None:
        """The class that is predicted; None if none is."""
        return self.predicted.get(projected(environment, self.cause))

    def differs(self, environment: Environment) -> bool:
        """Whether another class than that of the default environment is predicted."""
        return self.shows(environment) not in (None, self.base)


Memory = dict[bytes, Effect | None]
"""Effects of patterns by their classes in the discovery runs."""


def projected(environment: Environment, signals: Sequence[str]) -> Environment:
    """The environment reduced to some signals."""
    return _projected(environment, tuple(signals))


@lru_cache(maxsize=65_536)
def _projected(environment: Environment, signals: tuple[str, ...]) -> Environment:
    wanted = set(signals)
    levels = tuple(pair for pair in environment.levels if pair[0] in wanted) if wanted else ()
    return Environment(levels=levels)


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
        self._screens: dict[bytes, _Screen] = {}

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
            found = [
                replace(own, support=support) for own in _deterministic(0, table, base, beside)
            ]
        else:
            names, table, found = (), {}, []
            base = int(np.bincount(shown).argmax())
        if cause is None or cause.far_fetched:
            mask = present.tobytes()
            if mask not in self._screens:
                own = [self._blocks[row] for row in np.flatnonzero(present).tolist()]
                self._screens[mask] = _Screen(runs, own, self._signals, self._seed)
            found += _noisy(0, shown, runs, self._signals, self._screens[mask])
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
        beside = tuple(own.id for own in signals if own != signal)
        strata: dict[Environment, dict[str, int]] = defaultdict(dict)
        for environment, shown in table.items():
            strata[projected(environment, beside)][environment[signal.id]] = shown
        splits: list[_Split] = []
        for other, by_level in strata.items():
            for shown in sorted(set(by_level.values()) - {base}):
                levels = {level for level, own in by_level.items() if own == shown}
                if len(levels) < len(by_level):
                    _join(splits, _Split(shown, levels, by_level.keys() - levels, {other}))
        found += [
            Hypothesis(
                number, signal.id, split.shown, frozenset(split.levels), frozenset(split.against),
                frozenset(split.rests), beside,
            )
            for split in splits
        ]  # fmt: skip
    most = MOST_ALONE if len(signals) == 1 else MOST_OF_EACH * len(signals)
    return found if len(found) <= most else _plainest(found, signals)


@dataclass(slots=True)
class _Split:
    """Levels at which a class is shown, and at which it is not, with some rests."""

    shown: int
    levels: set[str]
    against: set[str]
    rests: set[Environment]


def _join(splits: list[_Split], new: _Split) -> None:
    """Add to what is said already if it agrees: not every combination was run."""
    for split in splits:
        agrees = split.levels.isdisjoint(new.against) and split.against.isdisjoint(new.levels)
        if split.shown == new.shown and agrees and not split.levels.isdisjoint(new.levels):
            split.levels |= new.levels
            split.against |= new.against
            split.rests |= new.rests
            return
    splits.append(new)


def _plainest(found: Sequence[Hypothesis], signals: Sequence[Signal]) -> list[Hypothesis]:
    """What is said of the plainest surroundings alone, for each signal.

    A text that holds the levels of several signals is different for each combination; that each of
    them matters can be shown without showing every combination.
    """
    kept: list[Hypothesis] = []
    for signal in signals:
        order = rank([own for own in signals if own != signal])
        own = [hypothesis for hypothesis in found if hypothesis.signal == signal.id]
        if own:
            plainest = min((rest for one in own for rest in one.rests), key=order)
            there = [one for one in own if plainest in one.rests]
            kept += [replace(one, rests=frozenset([plainest])) for one in there[:PLAINEST]]
    return kept


class _Screen:
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


def _noisy(
    number: int,
    classes: Classes,
    own: Sequence[Environment],
    signals: Sequence[Signal],
    screen: _Screen,
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
        if screen.p_value(compact, signal.id) > level:
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
