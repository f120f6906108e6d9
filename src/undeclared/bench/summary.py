"""Rates over many specimens, with intervals."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from undeclared.bench.score import Answer, Score
from undeclared.model import Frozen

SCHEMA_VERSION = 1
BY_CONTENT = "text, JSON and HTTP"
BELOW_CONTENT = "TLS, DNS, ids and time"
CONTROLS = "controls"
_BELOW = ("A4", "C10", "E", "F")
"""Families of what no content shows: bits that look random, and what lies around requests."""


class Rate(Frozen):
    """A share, with the Wilson interval of 95 % (Wilson 1927)."""

    hits: int
    of: int
    value: float | None
    """None where there is nothing to count."""
    low: float | None
    high: float | None


class Figures(Frozen):
    """What is counted over some specimens."""

    specimens: int
    true_positives: int
    false_positives: int
    """Specimens with a claim that is not true: benign ones, and others with a wrong claim too."""
    true_negatives: int
    false_negatives: int
    incomplete: int
    precision: Rate
    recall: Rate
    found_as_other_kind: int
    """Of those missed: found as an influence in place of a mark, or the other way."""
    signals_exact: Rate
    levels_exact: Rate
    channel_exact: Rate
    locus_exact: Rate
    bits_exact: Rate
    bits_error_mean: float | None
    """Mean of the absolute error."""
    runs_median: float
    seconds_median: float


class BaselineFigures(Frozen):
    """A simpler method on the same runs: whether it says anything, true or not."""

    name: str
    says: str
    """What it does, in a sentence."""
    true_positives: int
    false_positives: int
    true_negatives: int
    false_negatives: int
    precision: Rate
    recall: Rate


class Summary(Frozen):
    """A whole benchmark."""

    schema_version: int = SCHEMA_VERSION
    tool_version: str
    signals: tuple[str, ...]
    """Those that were varied."""
    complete: bool
    """Every specimen that was asked for has a result."""
    total: Figures
    families: dict[str, Figures]
    variants: dict[str, Figures]
    groups: dict[str, Figures]
    """Families by their letter."""
    reaches: dict[str, Figures]
    """Families by how far one must look: content, below it, and controls."""
    baselines: tuple[BaselineFigures, ...]
    scores: tuple[Score, ...]


def wilson(hits: int, of: int, z: float = 1.959964) -> Rate:
    """A share with its interval.

    >>> wilson(9, 10).low < 0.9 < wilson(9, 10).high
    True
    """
    if of == 0:
        return Rate(hits=hits, of=of, value=None, low=None, high=None)
    share = hits / of
    centre = share + z * z / (2 * of)
    margin = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    low, high = (centre - margin) / scale, (centre + margin) / scale
    return Rate(
        hits=hits, of=of, value=round(share, 4),
        low=round(max(0.0, low), 4), high=round(min(1.0, high), 4),
    )  # fmt: skip


def figures(scores: Sequence[Score]) -> Figures:
    """Count."""
    found = [own for own in scores if own.answer is Answer.FOUND]
    missed = [own for own in scores if own.answer is Answer.MISSED]
    wrong = [own for own in scores if own.spurious]
    clear = [own for own in scores if own.answer is Answer.CLEAR]
    errors = [abs(own.bits_error) for own in found if own.bits_error is not None]
    done = [own for own in scores if own.answer is not Answer.INCOMPLETE]

    def exact(values: Iterable[bool | None]) -> Rate:
        listed = [value for value in values if value is not None]
        return wilson(sum(listed), len(listed))

    return Figures(
        specimens=len(scores),
        true_positives=len(found),
        false_positives=len(wrong),
        true_negatives=len(clear),
        false_negatives=len(missed),
        incomplete=len(scores) - len(done),
        precision=wilson(len(found), len(found) + len(wrong)),
        recall=wilson(len(found), len(found) + len(missed)),
        found_as_other_kind=sum(own.other_kind for own in missed),
        signals_exact=exact(own.signals_exact for own in found),
        levels_exact=exact(own.levels_exact for own in found),
        channel_exact=exact(own.channel_exact for own in found),
        locus_exact=exact(own.locus_exact for own in found),
        bits_exact=exact(error < 1e-6 for error in errors),
        bits_error_mean=round(sum(errors) / len(errors), 4) if errors else None,
        runs_median=median([own.runs for own in done]) if done else 0,
        seconds_median=median([own.seconds for own in done]) if done else 0,
    )


def by(scores: Iterable[Score], key: str) -> dict[str, list[Score]]:
    """Scores by one of their fields; `group` is the letter of the family, `reach` see `reach`."""
    found: dict[str, list[Score]] = defaultdict(list)
    for own in scores:
        name = own.family[0] if key == "group" else reach(own.family) if key == "reach" else ""
        found[name or str(getattr(own, key))].append(own)
    return {name: found[name] for name in sorted(found, key=_natural)}


def reach(family: str) -> str:
    """How far one must look to find what a family hides."""
    if family.startswith("N"):
        return CONTROLS
    return BELOW_CONTENT if family in _BELOW or family[0] in _BELOW else BY_CONTENT


def _natural(name: str) -> tuple[str, int]:
    digits = "".join(c for c in name if c.isdigit())
    return name[:1], int(digits or 0)
