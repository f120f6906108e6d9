"""Which features of what varies by itself are worth a hypothesis. A filter, and no claim."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from undeclared.model import Environment, Signal, View
from undeclared.views.features import Feature
from undeclared.views.place import Place, Reading

CHANCE = 1.0
"""Features that are taken up by chance in a whole experiment, on average: at most …"""
STABLE_CHANCE = 1.0
"""… and so many that happened to be the same whenever the environment was."""
RARE = 0.1
"""The probability of that, for one feature, from which its being stable says nothing."""
LEAST_SURE = 0.01
"""The level of the filter where there are few features."""
BEST = 4
"""Features of one kind of view that are taken up for one signal: the strongest."""
MOST_SHOWN = 16
"""Values of a feature; one with more is none."""


class Screen:
    """Tells which features depend on a signal, as far as the discovery runs say.

    The better of a chi-square test over all levels and an exact test of each level against the
    rest, at a level at which one feature in all gets through by chance; or that equal environments
    always showed the same.
    """

    def __init__(self, environments: Sequence[Environment], signals: Sequence[Signal]) -> None:
        number: dict[Environment, int] = {}
        self._groups = np.array([number.setdefault(run, len(number)) for run in environments])
        self._signals = [own for own in signals if len(own.levels) > 1]
        blocks = []
        for signal in self._signals:
            place: dict[str, int] = {}
            codes = [place.setdefault(run[signal.id], len(place)) for run in environments]
            blocks.append(np.eye(len(place))[codes])
        self._levels = np.hstack(blocks) if blocks else np.zeros((len(environments), 0))
        self._sizes = [block.shape[1] for block in blocks]
        self._starts = np.cumsum([0, *self._sizes])[:-1]

    def passed(self, found: Sequence[Feature], rows: Sequence[int]) -> list[Feature]:
        """The features that are worth a hypothesis: of each place and signal only the strongest."""
        distinct: dict[bytes, list[Feature]] = {}
        coded: list[tuple[Feature, NDArray[np.int64], int]] = []
        for own in found:
            codes, shown = _coded(own, rows)
            if not 1 < shown <= MOST_SHOWN:
                continue
            same = distinct.setdefault(codes.tobytes(), [])
            same.append(own)
            if len(same) == 1:
                coded.append((own, codes, shown))
        if not coded or not self._signals:
            return []
        kept: dict[int, None] = dict.fromkeys(self._stable([codes for _, codes, _ in coded]))
        level = min(LEAST_SURE, CHANCE / (len(coded) * len(self._signals)))
        ranked: dict[tuple[View, int], list[tuple[float, int]]] = {}
        for number, (own, codes, shown) in enumerate(coded):
            if number in kept:
                continue
            for at, p_value in enumerate(self._p_values(codes, shown).tolist()):
                if p_value <= level:
                    ranked.setdefault((own.view, at), []).append((p_value, number))
        for best in ranked.values():
            places: dict[Place, int] = {}
            for _, number in sorted(best):
                places.setdefault(coded[number][0].place, number)
            kept |= dict.fromkeys(list(places.values())[:BEST])
        chosen: list[Feature] = []
        for number in sorted(kept):
            once: dict[Place, Feature] = {}  # what says the same of a place is said once
            for own in distinct[coded[number][1].tobytes()]:
                once.setdefault(own.place, own)
            chosen += once.values()
        return chosen

    def _stable(self, features: Sequence[NDArray[np.int64]]) -> list[int]:
        """The features that equal environments showed alike, of those that rarely do by chance.

        Each has one probability of being stable by chance, given how often it showed what. In the
        order of these, features are looked at as long as few of all are expected to pass.
        """
        chances = [self._chance(codes) for codes in features]
        expected, found = 0.0, []
        for number in sorted(range(len(features)), key=lambda own: chances[own][0]):
            chance, stable = chances[number]
            expected += chance
            if expected > STABLE_CHANCE or chance > RARE:
                break
            if stable:
                found.append(number)
        return found

    def _chance(self, codes: NDArray[np.int64]) -> tuple[float, bool]:
        """The probability that equal environments always show the same, and whether they did.

        Of all ways to spread what was shown over the runs, the share that never splits the runs of
        one environment; for more than two values a bound from above, each against all others.
        """
        present = codes >= 0
        groups, own = self._groups[present], codes[present]
        sizes = np.bincount(groups)
        ways = _unions(tuple(sorted(sizes[sizes > 0].tolist())))
        counts = np.bincount(own).tolist()
        chance = min(ways[count] / math.comb(len(own), count) for count in counts if count)
        cells = np.unique(groups * (int(own.max()) + 1) + own)
        return chance, len(cells) == int((sizes > 0).sum())

    def _p_values(self, codes: NDArray[np.int64], shown: int) -> NDArray[np.float64]:
        """For each signal, the better of the two tests; of signals with one level left, one."""
        present = codes >= 0
        counts = np.eye(shown)[codes[present]].T @ self._levels[present]
        totals = counts[:, : self._sizes[0]].sum(axis=1)
        everything = totals.sum()
        runs = counts.sum(axis=0)
        expected = np.outer(totals, runs) / everything
        there = np.where(expected > 0, expected, 1.0)
        apart = np.where(expected > 0, counts - expected, 0.0)
        statistics = np.add.reduceat((apart**2 / there).sum(axis=0), self._starts)
        usual = np.where(runs > 0, expected.min(axis=0), np.inf)
        levels = np.add.reduceat((runs > 0).astype(np.int64), self._starts)
        freedom = np.maximum(1, (len(totals) - 1) * (levels - 1))
        overall = np.where(
            np.minimum.reduceat(usual, self._starts) >= 1, chdtrc(freedom, statistics), 1.0
        )
        surplus = apart / np.sqrt(there)
        kinds = surplus.argmax(axis=0)
        most = surplus[kinds, np.arange(len(runs))]
        found = np.minimum(1.0, 2 * overall)
        for number, (start, size) in enumerate(zip(self._starts, self._sizes, strict=True)):
            level = start + int(most[start : start + size].argmax())
            if most[level] > _WORTH_A_LOOK and levels[number] > 1:
                kind = kinds[level]
                tail = _tail(
                    int(counts[kind, level]), int(everything), int(totals[kind]), int(runs[level])
                )
                single = len(totals) * int(levels[number]) * tail
                found[number] = min(found[number], 2 * single)
        return np.where(levels > 1, found, 1.0)


_WORTH_A_LOOK = 1.5
"""Standard deviations of a cell from which its exact probability is worked out."""


def _tail(hits: int, runs: int, shown: int, drawn: int) -> float:
    """The probability of at least `hits` of `drawn` runs, of `runs` of which `shown` show it."""
    ways = sum(
        math.comb(shown, own) * math.comb(runs - shown, drawn - own)
        for own in range(hits, min(shown, drawn) + 1)
    )
    return ways / math.comb(runs, drawn)


@lru_cache(maxsize=256)
def _unions(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """For every number of runs, how many unions of groups of these sizes have so many."""
    ways = [1]
    for size in sizes:
        longer = [*ways, *[0] * size]
        for at, own in enumerate(ways):
            longer[at + size] += own
        ways = longer
    return tuple(ways)


def _coded(feature: Feature, rows: Sequence[int]) -> tuple[NDArray[np.int64], int]:
    """The values of some rows by number, -1 where there is none, and how many there are."""
    numbers: dict[Reading, int] = {}
    codes = [
        -1 if (value := feature.values[row]) is None else numbers.setdefault(value, len(numbers))
        for row in rows
    ]
    return np.array(codes, dtype=np.int64), len(numbers)
