"""Patterns that signals decide: every way in which one of them makes the difference."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from undeclared.experiment.design import rank
from undeclared.experiment.hypothesis import Hypothesis, projected
from undeclared.model import Environment, Signal

MOST_ALONE = 24
"""Hypotheses of a pattern that one signal decides …"""
MOST_OF_EACH = 4
"""… and for each signal where several do; where there are more, only the plainest are kept."""
PLAINEST = 3
"""Hypotheses that are kept then."""


def decided(
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
