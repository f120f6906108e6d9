"""What changes as time goes on, whatever the environment: an agent that answers differently later.

Environments come in random order within a block, so what they decide comes in random order too.
What comes in long runs of the same instead has changed with time.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from scipy.stats import norm

from undeclared.experiment.table import MISSING, Table
from undeclared.model import Locus

MOST_KINDS = 4
"""Different things that a place may show, any part of it: what shows more is a clock or a count."""
ERROR = 0.01
"""Chance of calling anything a drift in an experiment in which nothing drifts."""


def drifting(table: Table) -> tuple[Locus, ...]:
    """Loci that changed with time, each once.

    The Wald-Wolfowitz runs test for several kinds (Barton and David, Biometrika 1957), one-sided,
    over the blocks together, corrected for the number of patterns (Bonferroni). It says nothing of
    the environment, and nothing said of the environment rests on it: levels are compared within
    blocks, over which a drift is spread evenly.
    """
    blocks: dict[tuple[object, int], list[int]] = defaultdict(list)
    for number, run in sorted(enumerate(table.runs), key=lambda pair: pair[1].started):
        blocks[run.trial.phase, run.trial.block].append(number)
    orders = list(blocks.values())
    clocks = {
        _whole(column.locus)
        for pattern in table.patterns
        if int(pattern.classes.max(initial=0)) >= MOST_KINDS
        for column in pattern.columns
    }
    found: dict[Locus, None] = {}
    for pattern in table.patterns:
        shown = [
            [kind for kind in pattern.classes[order].tolist() if kind != MISSING]
            for order in orders
        ]
        if _clustered(shown) * len(table.patterns) < ERROR:
            found.update(dict.fromkeys(_whole(column.locus) for column in pattern.columns))
    return tuple(own for own in found if own not in clocks)


def _whole(locus: Locus) -> Locus:
    return locus.model_copy(update={"segment": ""})


def _clustered(sequences: Sequence[Sequence[int]]) -> float:
    """How likely so few changes of kind are if the order within every sequence is random."""
    changes, expected, variance = 0, 0.0, 0.0
    for kinds in sequences:
        n = len(kinds)
        if n < 2:
            continue
        counts = Counter(kinds).values()
        squares, cubes = sum(c**2 for c in counts), sum(c**3 for c in counts)
        changes += sum(one != other for one, other in pairwise(kinds))
        expected += n - squares / n
        variance += (squares * (squares + n * (n + 1)) - 2 * n * cubes - n**3) / (n**2 * (n - 1))
    if variance < 1:
        return 1.0
    return float(norm.cdf((changes + 0.5 - expected) / math.sqrt(variance)))
