"""Which version to look into next, and what is known of all of them.

Versions are numbered from 0 in their order. Of some it is known which facts they have; others were
tried in vain (`None`): they are passed over to their neighbours. A fact may come and go, so looking
at two ends is not enough; but where two versions that were looked into differ, bisecting finds the
exact version in which the difference arose, one of them if there are several.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

Facts = frozenset[str]
Seen = Mapping[int, Facts | None]


class Span(NamedTuple):
    """A fact, from the first to the last version that was seen to have it."""

    fact: str
    first: int
    last: int
    before: int | None
    """The nearest version before the first that was looked into; it lacks the fact."""
    after: int | None
    """The same after the last."""


def evenly(count: int, number: int) -> tuple[int, ...]:
    """At most `number` of `count` versions, the ends among them, evenly spread."""
    if number >= count:
        return tuple(range(count))
    if number < 2:
        return tuple(range(min(count, number)))
    return tuple(dict.fromkeys(round(step * (count - 1) / (number - 1)) for step in range(number)))


def wanted(
    count: int,
    seen: Seen,
    start: Collection[int],
    *,
    hints: Collection[int] = (),
    weight: Callable[[str], int] = lambda fact: 1,
) -> tuple[int, ...]:
    """The versions to look into now, the most telling first; independent of each other.

    First those of `start`, each or a neighbour. Then one or two within every stretch between two
    versions that differ in a fact with a `weight` above 0: both sides of a hint (`n`: something is
    known to change between n - 1 and n), or the middle. Empty when every edge is exact, or has only
    versions around it that were tried in vain.
    """
    first = list(dict.fromkeys(_starting(count, seen, start)))
    if first:
        return tuple(first)
    known = _known(seen)
    stretches = []
    for one, other in pairwise(known):
        told, free = seen[one], _free(one, other, seen)
        differing = [weight(fact) for fact in (told or Facts()) ^ (seen[other] or Facts())]
        if free and max(differing, default=0) > 0:
            stretches.append((max(differing), one, other))
    found: dict[int, None] = {}
    for _, one, other in sorted(stretches, reverse=True):
        found.update(dict.fromkeys(_within(one, other, seen, hints)))
    return tuple(found)


def widest(count: int, seen: Seen, longest: int) -> tuple[int, ...]:
    """The middles of all stretches of more than `longest` versions that were not looked into."""
    stretches = sorted(((other - one, one, other) for one, other in pairwise(_known(seen))))
    return tuple(
        _middle(one, other, free)
        for length, one, other in reversed(stretches)
        if length - 1 > longest and (free := _free(one, other, seen))
    )


def boundaries(seen: Seen, weight: Callable[[str], int] = lambda fact: 1) -> tuple[int, ...]:
    """Where facts with a weight change, as the number of the first version after the change.

    The heaviest first. Of a change that is not exact, the first version that shows it.
    """
    found = []
    for one, other in pairwise(_known(seen)):
        changed = [weight(fact) for fact in (seen[one] or Facts()) ^ (seen[other] or Facts())]
        if max(changed, default=0) > 0:
            found.append((-max(changed), other))
    return tuple(other for _, other in sorted(found))


def spans(seen: Seen) -> tuple[Span, ...]:
    """Every fact as the stretches that have it; by the first version, then by name."""
    known = _known(seen)
    facts = sorted({fact for own in seen.values() for fact in own or ()})
    return tuple(sorted((own for fact in facts for own in _of(fact, known, seen)), key=_place))


def _place(span: Span) -> tuple[int, int, str]:
    return span.first, span.last, span.fact


def _of(fact: str, known: Sequence[int], seen: Seen) -> Iterator[Span]:
    held: list[int] = []
    before: int | None = None
    for number in known:
        if fact in (seen[number] or ()):
            held.append(number)
            continue
        if held:
            yield Span(fact, held[0], held[-1], before, number)
            held = []
        before = number
    if held:
        yield Span(fact, held[0], held[-1], before, None)


def _starting(count: int, seen: Seen, start: Collection[int]) -> Iterator[int]:
    """Those to start with; for one that was tried in vain, the nearest that was not tried yet."""
    for number in sorted(start):
        if number not in seen:
            yield number
        elif seen[number] is None:
            near = sorted(range(count), key=lambda own, to=number: (abs(own - to), own))  # type: ignore[misc]
            nearest = next((own for own in near if seen.get(own, Facts()) is not None), None)
            if nearest is not None and nearest not in seen:
                yield nearest


def _within(one: int, other: int, seen: Seen, hints: Collection[int]) -> Iterator[int]:
    free = _free(one, other, seen)
    sides = [
        side for hint in hints if one < hint <= other for side in (hint - 1, hint) if side in free
    ]
    yield from sides or [_middle(one, other, free)]


def _middle(one: int, other: int, free: Sequence[int]) -> int:
    return min(free, key=lambda own: (abs(2 * own - one - other), own))


def _free(one: int, other: int, seen: Seen) -> list[int]:
    return [own for own in range(one + 1, other) if own not in seen]


def _known(seen: Seen) -> list[int]:
    return sorted(number for number, facts in seen.items() if facts is not None)
