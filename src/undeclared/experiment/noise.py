"""Loci that vary by themselves, between runs of equal environments."""

from collections import defaultdict
from collections.abc import Sequence

from undeclared.experiment.table import MISSING, Table
from undeclared.model import Environment, Locus, Run


def noisy(table: Table, rows: Sequence[Run]) -> tuple[Locus, ...]:
    """Loci at which equal environments showed different things, each once.

    They are listed in the report, and are not dropped: what they show is tested as a distribution.
    """
    equal: dict[Environment, list[int]] = defaultdict(list)
    for number, run in enumerate(rows):
        equal[run.environment].append(number)
    found: dict[Locus, None] = {}
    for pattern in table.patterns:
        seen = (set(pattern.classes[own].tolist()) - {MISSING} for own in equal.values())
        if all(len(classes) <= 1 for classes in seen):
            continue
        for column in pattern.columns:
            # The segments of a text that vary by themselves are many; the text is named once.
            found.setdefault(column.locus.model_copy(update={"segment": ""}))
    return tuple(found)
