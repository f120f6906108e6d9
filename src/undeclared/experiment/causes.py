"""Which signals a pattern is a function of.

The smallest set of signals such that equal levels always showed the same class. Pairs and triples
are all tried; larger sets are read off the runs in which few signals were unusual. Where the runs
leave several sets possible, all are named.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from undeclared.experiment.design import COMPANY, is_crossed
from undeclared.experiment.table import MISSING, Classes
from undeclared.model import Environment, Signal

MOST_TOGETHER = 3
"""Signals that are looked for together among all …"""
MOST_ADDED = 2
"""… and besides those that matter on a nearly plain machine."""
MOST_DECIDING = 5
"""Signals that decide together: what seems to take more is something else, such as the time."""
MOST_RIVALS = 500
"""Rival sets kept; where more explain a pattern, nearly nothing is known of its cause."""
_MOST_SORTED = 12
"""Sortings of the runs kept in memory, a few tens of megabytes each."""

Set = tuple[int, ...]
"""Indices of signals, ascending."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a pattern depends on, as far as the runs tell."""

    signals: Set
    rivals: tuple[Set, ...] = ()
    """Other sets of the same size that explain the runs as well."""
    crossed: bool = False
    """All combinations were run."""

    @property
    def far_fetched(self) -> bool:
        """Whether it may explain by chance what in truth varies by itself."""
        return bool(self.rivals) or (len(self.signals) > 2 and not self.crossed)


@dataclass(slots=True)
class Causes:
    """Finds the causes of one pattern after another over the same runs."""

    signals: Sequence[Signal]
    environments: Sequence[Environment]
    codes: NDArray[np.int64] = field(init=False)
    """Runs × signals: the index of the level."""
    _sorted: dict[tuple[bytes, int], "_Sorted"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Code the levels."""
        places = [{level: at for at, level in enumerate(own.levels)} for own in self.signals]
        self.codes = np.array(
            [
                [place[run[own.id]] for own, place in zip(self.signals, places, strict=True)]
                for run in self.environments
            ],
            dtype=np.int64,
        ).reshape(len(self.environments), len(self.signals))

    def of(self, classes: Classes) -> Cause | None:
        """The cause of a pattern; None if no set of signals within reach explains it.

        `classes` has one number for each run, `MISSING` for those that do not count.
        """
        suspects = self._suspects(classes)
        for size in range(1, MOST_TOGETHER + 1):
            if len(suspects) == size and self.explains(suspects, classes):
                return Cause(suspects)
            found = list(self._sort(classes != MISSING, size).explaining(classes))
            if found:
                return Cause(found[0], tuple(found[1 : MOST_RIVALS + 1]))
        others = [number for number in range(len(self.signals)) if number not in suspects]
        for more in range(min(MOST_ADDED, len(suspects)) + 1):
            for added in combinations(others, more):
                chosen = tuple(sorted((*suspects, *added)))
                within = MOST_TOGETHER < len(chosen) <= MOST_DECIDING
                if within and self.explains(chosen, classes):
                    return Cause(chosen)
        # Where all combinations were run, all signals together explain whatever is stable.
        everything = tuple(range(len(self.signals)))
        return Cause(everything, crossed=True) if is_crossed(self.signals) else None

    def _suspects(self, classes: Classes) -> Set:
        """A smallest set of signals to which changes on a nearly plain machine can be laid.

        A level in whose company nothing changed is innocent. Of the others, greedily the signal
        that accounts for most of the runs that changed, until each is accounted for (a hitting set,
        Johnson 1974).
        """
        present = classes != MISSING
        few = present & ((self.codes != 0).sum(axis=1) <= COMPANY)
        plain = few & (self.codes == 0).all(axis=1)
        if not plain.any():
            return ()
        same = classes == classes[plain][0]
        calm, stirred = np.flatnonzero(few & same), np.flatnonzero(few & ~same)
        innocent = {own for row in calm.tolist() for own in self._unusual(row)}
        changed = [
            {signal for signal, level in self._unusual(row) if (signal, level) not in innocent}
            for row in stirred.tolist()
        ]
        chosen: set[int] = set()
        while left := [own for own in changed if own and own.isdisjoint(chosen)]:
            counts = Counter(signal for own in left for signal in sorted(own))
            chosen.add(counts.most_common(1)[0][0])
        return tuple(sorted(chosen))

    def _unusual(self, row: int) -> list[tuple[int, int]]:
        levels = self.codes[row]
        return [(signal, int(levels[signal])) for signal in np.flatnonzero(levels).tolist()]

    def explains(self, chosen: Set, classes: Classes) -> bool:
        """Whether equal levels of the chosen signals always showed the same class."""
        present = classes != MISSING
        shown: dict[tuple[int, ...], int] = {}
        rows = self.codes[present][:, chosen].tolist()
        return all(
            shown.setdefault(tuple(row), own) == own
            for row, own in zip(rows, classes[present].tolist(), strict=True)
        )

    def _sort(self, present: NDArray[np.bool_], size: int) -> "_Sorted":
        key = (present.tobytes(), size)
        if key not in self._sorted:
            if len(self._sorted) >= _MOST_SORTED:
                self._sorted.pop(next(iter(self._sorted)))
            self._sorted[key] = _Sorted(self.codes, present, size)
        return self._sorted[key]


class _Sorted:
    """The runs sorted by every set of signals of one size: then a test is one comparison."""

    def __init__(self, codes: NDArray[np.int64], present: NDArray[np.bool_], size: int) -> None:
        self._sets = list(combinations(range(codes.shape[1]), size))
        rows = np.flatnonzero(present)
        own = codes[rows]
        base = int(codes.max(initial=0)) + 1
        # Sorting is by far the longest part, and several times as fast where numbers are short.
        kind = np.int16 if base**size <= np.iinfo(np.int16).max else np.int64
        own = own.astype(kind)
        keys = np.zeros((len(self._sets), len(rows)), dtype=kind)
        for place in range(size):
            keys = keys * base + own[:, [chosen[place] for chosen in self._sets]].T
        order = np.argsort(keys, axis=1, kind="stable")
        keys = np.take_along_axis(keys, order, axis=1)
        self._order = rows[order].astype(np.int32)
        self._same = keys[:, 1:] == keys[:, :-1]

    def explaining(self, classes: Classes) -> Iterator[Set]:
        shown = classes[self._order]
        wrong = ((shown[:, 1:] != shown[:, :-1]) & self._same).any(axis=1)
        for number in np.flatnonzero(~wrong).tolist():
            yield self._sets[number]
