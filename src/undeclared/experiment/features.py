"""Features of what varies by itself: bits of identifiers, lengths, who comes first, how late.

Where nearly every run shows something else, no single value can be frequent anywhere, and yet one
bit of it may depend on a signal. Each place that varies so gives a few features of few values,
which are then patterns like any other. They are chosen on the discovery runs alone, and only where
those suggest that a signal matters, since every hypothesis costs fresh runs.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from undeclared.experiment.place import Place, Reading
from undeclared.model import Environment, Signal, View

FEATURES_ONLY = {View.DELAY, View.SEQUENCE}
"""Views that a clock has a part in: nothing else is compared of them."""
FEWEST_VALUES = 6
"""Different values from which a place that varies by itself is looked at through features."""
FEWEST_RUNS = 16
"""Runs below which no feature could be told from chance."""
CHANCE = 1.0
"""Features that are taken up by chance in a whole experiment, on average: at most."""
LEAST_SURE = 0.01
"""The level of the filter where there are few features."""
BEST = 4
"""Features of one kind of view that are taken up for one signal: the strongest."""
LEAST_DELAY = 25
"""Milliseconds by which two groups of delays must differ: what is below is lost in a network."""
MOST_SHOWN = 16
"""Values of a feature; one with more is none."""
LONGEST = 4096
"""Characters of a value that are looked at."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-fA-F]{8,}")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a place, in all runs."""

    place: Place
    what: str
    view: View
    values: tuple[Reading | None, ...]
    """None for runs without the place."""


def of_identifier(value: str) -> Iterator[tuple[str, str]]:
    """`(what, value)` of features of a UUID or another number in hexadecimal."""
    digits = value.replace("-", "")
    number = int(digits, 16)
    yield "last bit", str(number & 1)
    yield "second last bit", str(number >> 1 & 1)
    yield "first bit of the last digit", str(int(digits[-1], 16) >> 3)
    yield "first bit", str(int(digits[0], 16) >> 3)
    yield "last bit of the first byte", str(int(digits[:2], 16) & 1)
    yield "parity of all bits", str(number.bit_count() & 1)
    yield "first digit is a letter", _yes(digits[0].isalpha())
    yield "last digit is a letter", _yes(digits[-1].isalpha())
    if digits != value:
        yield "version (RFC 9562)", value[14]
        yield "variant (RFC 9562)", value[19]
    if digits.lower() != digits.upper():
        case = {digits.lower(): "lower", digits.upper(): "upper"}
        yield "letter case", case.get(digits, "mixed")


def of_number(value: str) -> Iterator[tuple[str, str]]:
    """Features of a number's last digits; how large it is, is another matter."""
    digits = [int(digit) for digit in value.partition("e")[0] if digit.isdigit()]
    yield "last digit is odd", str(digits[-1] & 1)
    yield "last digit is 0", _yes(digits[-1] == 0)
    yield "last digit is 5 or more", _yes(digits[-1] >= 5)
    yield "sum of the digits is odd", str(sum(digits) & 1)


def of_text(value: str) -> Iterator[tuple[str, str]]:
    """Features of a text that is none of these."""
    first, last = value[0], value[-1]
    yield "first character", _kind(first)
    yield "last character", _kind(last)
    yield "last bit of the first character", str(ord(first) & 1)
    yield "last bit of the last character", str(ord(last) & 1)
    yield "sum of all characters is odd", str(sum(map(ord, value)) & 1)


def _rule(values: Sequence[Reading | None]) -> Callable[[str], Iterator[tuple[str, str]]]:
    """Whether all values of a place are identifiers, numbers or something else."""
    own = [value for value in values if value]
    if all(map(_UUID.fullmatch, own)):
        return of_identifier
    if all(map(_NUMBER.fullmatch, own)):
        return of_number
    return of_identifier if all(map(_HEX.fullmatch, own)) else of_text


def of_order(value: str) -> Iterator[tuple[str, str]]:
    """Features of an order that is another in every run."""
    names = value.split("\n")
    if len(names) < 2:
        return
    first, last = min(names), max(names)
    yield "first", names[0]
    yield "last", names[-1]
    yield f"{first} before {last}", _yes(names.index(first) < names.index(last))
    yield "even permutation", _yes(_even(names))


def of_sequences(values: Sequence[Reading | None]) -> Iterator[tuple[str, list[Reading | None]]]:
    """For each pair of requests that are seen in both orders, which of them began first.

    Only pairs that follow one another in some run: others follow from these.
    """
    ranks = [
        {name: at for at, name in enumerate(value.split("\n"))} if value else {} for value in values
    ]
    pairs: dict[tuple[str, str], None] = {}
    for own in ranks:
        names = list(own)
        for one, other in pairwise(names):
            pairs[min(one, other), max(one, other)] = None
    for one, other in pairs:
        shown: list[Reading | None] = [
            (one if own[one] < own[other] else other) if one in own and other in own else None
            for own in ranks
        ]
        if len(set(shown) - {None}) > 1:
            yield f"first of {one} and {other}", shown


def of_numbers(
    values: Sequence[float | None], known: Sequence[int], least: float = 0.0
) -> Iterator[tuple[str, list[Reading | None]]]:
    """Whether each number is above a bound: where they part best, and the middle one.

    `known` are the rows by which the bounds are chosen. `least`: the means of the numbers above
    and below a bound differ by that much, or it is left out.
    """
    own = np.sort(np.array([value for row in known if (value := values[row]) is not None]))
    if len(own) < FEWEST_RUNS or own[0] == own[-1]:
        return
    bounds = {"where they part": _parting(own)}
    bounds["the middle one"] = float(np.median(own))
    for what, bound in bounds.items():
        above, below = own[own > bound], own[own <= bound]
        if len(above) and len(below) and above.mean() - below.mean() >= least:
            yield (
                f"above {bound:.6g} ({what})",
                [None if value is None else _yes(value > bound) for value in values],
            )


def _parting(ordered: NDArray[np.float64]) -> float:
    """The bound with the least variance within both sides (Otsu 1979, for single values)."""
    count = np.arange(1, len(ordered))
    total = ordered.cumsum()
    left = total[:-1] / count
    right = (total[-1] - total[:-1]) / (len(ordered) - count)
    between = count * (len(ordered) - count) * (left - right) ** 2
    at = int(between.argmax())
    return float((ordered[at] + ordered[at + 1]) / 2)


Memory = dict[tuple[str, Reading], tuple[tuple[str, str], ...]]
"""Features of values that were looked at before."""


def features(
    place: Place, values: Sequence[Reading | None], known: Sequence[int], memory: Memory
) -> Iterator[Feature]:
    """The features of a place that shows something else in nearly every run of `known`."""

    def told(what: str, view: View, shown: Sequence[Reading | None]) -> Feature:
        return Feature(place, what, view, tuple(shown))

    if place.view is View.SEQUENCE:
        for what, shown in of_sequences(values):
            yield told(what, View.SEQUENCE, shown)
        return
    if place.view is View.DELAY:
        delays = [None if value is None else float(value) for value in values]
        for what, shown in of_numbers(delays, known, LEAST_DELAY):
            yield told(what, View.DELAY, shown)
        return
    values = [None if value is None else value[:LONGEST] for value in values]
    ordered = place.view in (View.ORDER, View.KEY_ORDER)
    rule = of_order if ordered else _rule(values)
    found: dict[str, list[Reading | None]] = {}
    for row, value in enumerate(values):
        if value:
            key = (rule.__name__, value)
            if key not in memory:
                memory[key] = tuple(rule(value))
            for what, shown_as in memory[key]:
                found.setdefault(what, [None] * len(values))[row] = shown_as
    for what, shown in found.items():
        yield told(what, place.view if ordered else View.BITS, shown)
    if ordered:
        return
    lengths = [None if value is None else float(len(value)) for value in values]
    if len({lengths[row] for row in known} - {None}) < FEWEST_VALUES:
        shown = [None if length is None else f"{length:.0f}" for length in lengths]
        yield told("length", View.LENGTH, shown)
    for what, shown in of_numbers(lengths, known):
        yield told(f"length {what}", View.LENGTH, shown)
    if rule is of_number:
        numbers = [None if value is None else float(value) for value in values]
        for what, shown in of_numbers(numbers, known):
            yield told(what, View.VALUE, shown)


class Screen:
    """Tells which features depend on a signal, as far as the discovery runs say.

    A filter and no claim: the better of a chi-square test over all levels and an exact test of each
    level against the rest, at a level at which one feature in all gets through by chance.
    """

    def __init__(self, environments: Sequence[Environment], signals: Sequence[Signal]) -> None:
        self._environments = list(environments)
        self._signals = [own for own in signals if len(own.levels) > 1]
        blocks = []
        for signal in self._signals:
            place: dict[str, int] = {}
            codes = [place.setdefault(run[signal.id], len(place)) for run in environments]
            blocks.append(np.eye(len(place))[codes])
        self._levels = np.hstack(blocks) if blocks else np.zeros((len(self._environments), 0))
        self._sizes = [block.shape[1] for block in blocks]

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
        level = min(LEAST_SURE, CHANCE / (len(coded) * len(self._signals)))
        ranked: dict[tuple[View, int], list[tuple[float, int]]] = {}
        kept: dict[int, None] = {}
        for number, (own, codes, shown) in enumerate(coded):
            if self._is_stable(codes, level):
                kept[number] = None
                continue
            for at, p_value in enumerate(self._p_values(codes, shown)):
                if p_value <= level:
                    ranked.setdefault((own.view, at), []).append((p_value, number))
        for best in ranked.values():
            places: dict[Place, int] = {}
            for _, number in sorted(best):
                places.setdefault(coded[number][0].place, number)
            kept |= dict.fromkeys(list(places.values())[:BEST])
        return [own for number in sorted(kept) for own in distinct[coded[number][1].tobytes()]]

    def _is_stable(self, codes: NDArray[np.int64], level: float) -> bool:
        """Whether equal environments always showed the same, more often than chance would have."""
        shown: dict[Environment, int] = {}
        again = 0
        present = [(run, code) for run, code in zip(self._environments, codes.tolist(), strict=True)
                   if code >= 0]  # fmt: skip
        for run, code in present:
            if run in shown:
                if shown[run] != code:
                    return False
                again += 1
            shown[run] = code
        # By chance two runs agree with the probability that two of all runs do.
        counts = np.bincount([code for _, code in present]) / max(1, len(present))
        agree = float((counts**2).sum())
        return agree < 1 and again * math.log(agree) <= math.log(level)

    def _p_values(self, codes: NDArray[np.int64], shown: int) -> Iterator[float]:
        present = codes >= 0
        counts = np.eye(shown)[codes[present]].T @ self._levels[present]
        totals = counts[:, : self._sizes[0]].sum(axis=1)
        everything = totals.sum()
        start = 0
        for size in self._sizes:
            own = counts[:, start : start + size]
            start += size
            runs = own.sum(axis=0)
            own, runs = own[:, runs > 0], runs[runs > 0]
            if len(runs) < 2:
                yield 1.0
                continue
            expected = np.outer(totals, runs) / everything
            overall = 1.0
            if expected.min() >= 1:
                statistic = float(((own - expected) ** 2 / expected).sum())
                overall = float(chdtrc((len(totals) - 1) * (len(runs) - 1), statistic))
            surplus = (own - expected) / np.sqrt(expected)
            at, level = np.unravel_index(int(surplus.argmax()), own.shape)
            single = 1.0
            if surplus[at, level] > _WORTH_A_LOOK:
                single = own.size * _tail(
                    int(own[at, level]), int(everything), int(totals[at]), int(runs[level])
                )
            yield min(1.0, 2 * overall, 2 * single)


_WORTH_A_LOOK = 1.5
"""Standard deviations of a cell from which its exact probability is worked out."""


def _tail(hits: int, runs: int, shown: int, drawn: int) -> float:
    """The probability of at least `hits` of `drawn` runs, of `runs` of which `shown` show it."""
    ways = sum(
        math.comb(shown, own) * math.comb(runs - shown, drawn - own)
        for own in range(hits, min(shown, drawn) + 1)
    )
    return ways / math.comb(runs, drawn)


def is_drawn(values: Sequence[Reading]) -> bool:
    """Whether values are numbers or identifiers, nearly every one another: no text with parts."""
    return (
        len(values) >= FEWEST_RUNS
        and len(set(values)) > len(values) // 2
        and _rule(values) is not of_text
    )


def _coded(feature: Feature, rows: Sequence[int]) -> tuple[NDArray[np.int64], int]:
    """The values of some rows by number, -1 where there is none, and how many there are."""
    numbers: dict[Reading, int] = {}
    codes = [
        -1 if (value := feature.values[row]) is None else numbers.setdefault(value, len(numbers))
        for row in rows
    ]
    return np.array(codes, dtype=np.int64), len(numbers)


def is_noisy(
    values: Sequence[Reading | None], environments: Sequence[Environment], known: Sequence[int]
) -> bool:
    """Whether equal environments show different things among the runs of `known`, and many."""
    if len({values[row] for row in known} - {None}) < FEWEST_VALUES:
        return False
    first: dict[Environment, Reading] = {}
    for row in known:
        value = values[row]
        if value is not None and first.setdefault(environments[row], value) != value:
            return True
    return False


def _even(names: Sequence[str]) -> bool:
    order = {name: at for at, name in enumerate(sorted(names))}
    ranks = [order[name] for name in names]
    swaps = 0
    seen = [False] * len(ranks)
    for start in range(len(ranks)):
        at, length = start, 0
        while not seen[at]:
            seen[at] = True
            at, length = ranks[at], length + 1
        swaps += max(0, length - 1)
    return swaps % 2 == 0


def _kind(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.isalpha():
        return "upper case" if character.isupper() else "lower case"
    return character


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
