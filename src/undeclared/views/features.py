"""Features of what varies by itself: bits of identifiers, lengths, who comes first, how late.

Where nearly every run shows something else, no single value can be frequent anywhere, and yet one
bit of it may depend on a signal. Each place that varies so gives a few features of few values,
which are then patterns like any other. They are chosen on the discovery runs alone, and only where
those suggest that a signal matters, since every hypothesis costs fresh runs.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from undeclared.model import Environment, View
from undeclared.views import timing
from undeclared.views.place import Key, Place, Reading

FEATURES_ONLY = {View.DELAY, View.SEQUENCE}
"""Views that a clock has a part in: nothing else is compared of them."""
FEWEST_VALUES = 6
"""Different values from which a place that varies by itself is looked at through features."""
FEWEST_RUNS = 10
"""Runs below which no feature could be told from chance."""
LEAST_DELAY = 50
"""Milliseconds by which two groups of delays must differ: what is below is lost in a network."""
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
    yield "first digit", digits[0].lower()
    yield "last digit", digits[-1].lower()
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


def of_sequences(
    values: Sequence[Reading | None],
) -> Iterator[tuple[Key, str, list[Reading | None]]]:
    """For each pair of requests that are seen in both orders, which of them began first.

    Only pairs that follow one another in some run: others follow from these. `(key of one of them,
    what, values)`.
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
        first, second = timing.told(one), timing.told(other)
        shown: list[Reading | None] = [
            (first if own[one] < own[other] else second) if one in own and other in own else None
            for own in ranks
        ]
        if len(set(shown) - {None}) > 1:
            yield timing.key(other), f"first of {first} and {second}", shown


def of_numbers(
    values: Sequence[float | None], known: Sequence[int], unit: str = "", least: float = 0.0
) -> Iterator[tuple[str, list[Reading | None]]]:
    """Whether each number is above a bound: where they part best, and the middle one.

    `known` are the rows by which the bounds are chosen. `least`: the means of the numbers above
    and below a bound differ by that much, or it is left out.
    """
    own = np.sort(np.array([value for row in known if (value := values[row]) is not None]))
    if len(own) < FEWEST_RUNS or own[0] == own[-1]:
        return
    cuts = {"": _parting(own), ", in halves": int(np.searchsorted(own, np.median(own)))}
    for what, at in cuts.items():
        if not 0 < at < len(own) or own[at - 1] == own[at]:
            at = int(np.searchsorted(own, own[min(at, len(own) - 1)], side="right"))
        if not 0 < at < len(own):
            continue
        bound = _round_between(float(own[at - 1]), float(own[at]))
        if own[at:].mean() - own[:at].mean() >= least:
            below, above = f"up to {_plain(bound)}{unit}", f"over {_plain(bound)}{unit}"
            yield (
                what,
                [None if value is None else above if value > bound else below for value in values],
            )


def _parting(ordered: NDArray[np.float64]) -> int:
    """How many numbers are in the lower of two groups with the least variance (Otsu 1979)."""
    count = np.arange(1, len(ordered))
    total = ordered.cumsum()
    left = total[:-1] / count
    right = (total[-1] - total[:-1]) / (len(ordered) - count)
    between = count * (len(ordered) - count) * (left - right) ** 2
    return int(between.argmax()) + 1


def _round_between(low: float, high: float) -> float:
    """A number from `low` to below `high` with few digits, about in the middle."""
    middle = (low + high) / 2
    rounded = (float(f"{middle:.{digits}g}") for digits in range(2, 17))
    return next((own for own in rounded if low <= own < high), low)


def _plain(number: float) -> str:
    """A number as a person writes it."""
    if number == int(number) and abs(number) < 1e15:
        return f"{int(number):,}"
    return f"{number:.6g}"


Memory = dict[tuple[str, Reading], tuple[tuple[str, str], ...]]
"""Features of values that were looked at before."""


def features(
    place: Place, values: Sequence[Reading | None], known: Sequence[int], memory: Memory
) -> Iterator[Feature]:
    """The features of a place that shows something else in nearly every run of `known`."""

    def told(what: str, view: View, shown: Sequence[Reading | None]) -> Feature:
        return Feature(place, what, view, tuple(shown))

    if place.view is View.SEQUENCE:
        for key, what, shown in of_sequences(values):
            later = Place(*key, "request", "", View.SEQUENCE)
            yield Feature(later, what, View.SEQUENCE, tuple(shown))
        return
    if place.view is View.DELAY:
        delays = [None if value is None else float(value) for value in values]
        for what, shown in of_numbers(delays, known, " ms", LEAST_DELAY):
            yield told(f"delay{what}", View.DELAY, shown)
        return
    values = [None if value is None else value[:LONGEST] for value in values]
    ordered = place.view in (View.ORDER, View.KEY_ORDER)
    rule = of_order if ordered else _rule(values)
    found: dict[str, list[Reading | None]] = {}
    for row, value in enumerate(values):
        if value:
            known_as = (rule.__name__, value)
            if known_as not in memory:
                memory[known_as] = tuple(rule(value))
            for what, shown_as in memory[known_as]:
                found.setdefault(what, [None] * len(values))[row] = shown_as
    for what, shown in found.items():
        yield told(what, place.view if ordered else View.BITS, shown)
    if ordered:
        return
    if rule is of_number:
        numbers = [None if value is None else float(value) for value in values]
        for what, shown in of_numbers(numbers, known):
            yield told(f"number{what}", View.VALUE, shown)
        if place.view is View.VALUE:
            return  # how many digits it has says how large it is, which nobody overlooks
    lengths = [None if value is None else float(len(value)) for value in values]
    if len({lengths[row] for row in known} - {None}) < FEWEST_VALUES:
        shown = [None if length is None else f"{length:.0f} characters" for length in lengths]
        yield told("exact length", View.LENGTH, shown)
    for what, shown in of_numbers(lengths, known, " characters"):
        yield told(f"length{what}", View.LENGTH, shown)


def is_drawn(values: Sequence[Reading]) -> bool:
    """Whether values are numbers or identifiers, nearly every one another: no text with parts."""
    return (
        len(values) >= FEWEST_RUNS
        and len(set(values)) > len(values) // 2
        and _rule(values) is not of_text
    )


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
