"""Chooses further runs that tell rival causes of a pattern apart.

Delta debugging (Zeller and Hildebrandt 2002) by group testing (Dorfman 1943): an environment that
showed a class is run again with a random half of its unusual levels put back to the default. What
is shown then speaks for or against every rival at once, and for every pattern at once.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from undeclared.experiment.causes import Cause, Causes
from undeclared.experiment.design import changed, default
from undeclared.experiment.table import MISSING, Classes
from undeclared.model import Environment, Signal

ROUNDS = 2
"""Times that further runs are chosen; each halves the rivals several times."""
EACH_ROUND = 12
"""Runs of one round."""
_DRAWN = 24
"""Environments looked at for each witness."""


def probes(
    causes: Causes, unclear: Mapping[int, Cause], classes: Sequence[Classes], seed: str
) -> list[Environment]:
    """Up to `EACH_ROUND` environments, the most telling first.

    `unclear` are the causes with rivals, by the index of their pattern in `classes`.
    """
    generator = random.Random(seed)  # noqa: S311 - not for secrets
    signals = causes.signals
    drawn: dict[Environment, None] = {}
    suspects: list[tuple[Environment, NDArray[np.bool_]]] = []
    for number, cause in unclear.items():
        witness = _witness(causes, classes[number])
        if witness is None:
            continue
        rivals = np.zeros((1 + len(cause.rivals), len(signals)), dtype=np.bool_)
        for row, chosen in enumerate((cause.signals, *cause.rivals)):
            rivals[row, list(chosen)] = True
        suspects.append((witness, rivals))
        if sum(own == witness for own, _ in suspects) == 1:
            drawn.update(dict.fromkeys(_halves(witness, signals, generator)))
    known = set(causes.environments)
    candidates = [own for own in drawn if own not in known]
    scores = {own: _score(own, suspects, signals) for own in candidates}
    best = sorted(candidates, key=lambda own: -scores[own])
    return best[:EACH_ROUND]


def _witness(causes: Causes, classes: Classes) -> Environment | None:
    """The plainest environment that showed something rare."""
    counts = Counter(shown for shown in classes.tolist() if shown != MISSING)
    if len(counts) < 2:
        return None
    rarest = min(counts, key=lambda shown: (counts[shown], -shown))
    rows = [row for row, shown in enumerate(classes.tolist()) if shown == rarest]
    unusual = (causes.codes != 0).sum(axis=1)
    return causes.environments[min(rows, key=lambda row: int(unusual[row]))]


def _halves(
    witness: Environment, signals: Sequence[Signal], generator: random.Random
) -> list[Environment]:
    plain = default(signals)
    unusual = [own.id for own in signals if witness[own.id] != plain[own.id]]
    found = []
    for _ in range(_DRAWN):
        back = generator.sample(unusual, len(unusual) // 2)
        found.append(changed(witness, {signal: plain[signal] for signal in back}))
    return found


def _score(
    environment: Environment,
    suspects: Sequence[tuple[Environment, NDArray[np.bool_]]],
    signals: Sequence[Signal],
) -> float:
    """How evenly the rivals fall into those that predict the class and those that do not.

    Rivals are given as rows, with the signals of each.
    """
    back: dict[Environment, NDArray[np.bool_]] = {}
    total = 0.0
    for witness, rivals in suspects:
        if witness not in back:
            back[witness] = np.array([environment[own.id] != witness[own.id] for own in signals])
        predicting = 1 - float((rivals & back[witness]).any(axis=1).mean())
        total += predicting * (1 - predicting)
    return total
