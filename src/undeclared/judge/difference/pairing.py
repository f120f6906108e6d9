"""Which thing of one report is which of the other, and what differs between the two.

Ids come first. Where a build changed the shape of the code, or a day a text, what has no namesake
is the same as what behaves the same; and last, what is nearly alike has changed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from undeclared.model import (
    DifferenceEntry,
    DifferenceEvidence,
    DifferenceKind,
    DifferenceSection,
    Severity,
)

T = TypeVar("T")

Keys = Callable[[T], Iterable[Hashable]]
"""By what something is recognised: it is what has any of these keys too. None: by nothing."""
ALIKE = 0.5
"""From this share of common features on, two things are one that changed."""


class Told(NamedTuple):
    """One thing of one report, for a person."""

    id: str
    subject: str
    text: str
    notable: bool = False
    severity: Severity | None = None
    evidence: tuple[str, ...] = ()


class Parts(NamedTuple):
    """What differs within one thing that both have; nothing: it is alike."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    why: str = ""
    """Of those that are uncertain."""
    changed: bool = False
    """The whole of it reads otherwise."""
    notable: bool = True


class Matched(NamedTuple, Generic[T]):
    """Pairs, and what is left of either side."""

    pairs: list[tuple[T, T]]
    before: list[T]
    after: list[T]


def matched(
    before: Sequence[T],
    after: Sequence[T],
    same: Sequence[Keys[T]],
    near: Sequence[Keys[T]] = (),
    features: Keys[T] | None = None,
) -> Matched[T]:
    """Pair two lists, step by step.

    What is the `same` as something may be so several times: a second place that does what a first
    one did is nothing new. What is only `near`, or has most `features` in common, is one for one.
    """
    pairs: list[tuple[T, T]] = []
    left, right = list(before), list(after)
    for keys in same:
        ours, theirs = _by_key(before, keys), _by_key(after, keys)
        met: set[int] = set()
        for own in left:
            if (other := _partner(own, keys, theirs, met)) is not None:
                pairs.append((own, other))
                met |= {id(own), id(other)}
        for own in right:
            if id(own) not in met and (other := _partner(own, keys, ours, set())) is not None:
                pairs.append((other, own))
                met.add(id(own))
        left = [own for own in left if id(own) not in met]
        right = [own for own in right if id(own) not in met]
    for keys in near:
        theirs, met = _by_key(right, keys), set()
        for own in left:
            other = _partner(own, keys, theirs, met)
            if other is not None and id(other) not in met:
                pairs.append((own, other))
                met |= {id(own), id(other)}
        left = [own for own in left if id(own) not in met]
        right = [own for own in right if id(own) not in met]
    if features is not None:
        for i, j in _likest(
            [set(features(own)) for own in left], [set(features(own)) for own in right]
        ):
            pairs.append((left[i], right[j]))
        met = {id(own) for pair in pairs for own in pair}
        left = [own for own in left if id(own) not in met]
        right = [own for own in right if id(own) not in met]
    return Matched(pairs, left, right)


def _by_key(items: Iterable[T], keys: Keys[T]) -> dict[Hashable, list[T]]:
    found: dict[Hashable, list[T]] = defaultdict(list)
    for own in items:
        for key in keys(own):
            found[key].append(own)
    return found


def _partner(own: T, keys: Keys[T], others: dict[Hashable, list[T]], met: set[int]) -> T | None:
    """The first other with a key of this one; one that has no partner yet, if there is any."""
    found = [each for key in keys(own) for each in others.get(key, ())]
    return next((each for each in found if id(each) not in met), found[0] if found else None)


def _likest(
    ours: Sequence[set[Hashable]], theirs: Sequence[set[Hashable]]
) -> Iterator[tuple[int, int]]:
    """Pairs of indices, one for one, the most alike first.

    That is by the share of features that both have of those that either has (Jaccard 1901).
    """
    having: dict[Hashable, list[int]] = defaultdict(list)
    for j, features in enumerate(theirs):
        for feature in features:
            having[feature].append(j)
    scored = []
    for i, features in enumerate(ours):
        shared = Counter(j for feature in features for j in having.get(feature, ()))
        for j, both in shared.items():
            score = both / (len(features) + len(theirs[j]) - both)
            if score >= ALIKE:
                scored.append((-score, i + j, i, j))
    taken: tuple[set[int], set[int]] = set(), set()
    for *_, i, j in sorted(scored):
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            yield i, j


def section(
    name: str,
    title: str,
    found: Matched[T],
    told: tuple[Callable[[T], Told], Callable[[T], Told]],
    parts: Callable[[T, T], Parts],
    lacking: tuple[Callable[[T], str], Callable[[T], str]],
    limits: tuple[str, ...] = (),
) -> DifferenceSection:
    """All that differs of one subject.

    `told` says what either report says of a thing. `lacking` says of a thing that only the first,
    or only the second, has why the other may have it too; empty if it has not.
    """
    entries = []
    alike = 0
    for own, other in found.pairs:
        entry = _of_pair(told[0](own), told[1](other), parts(own, other))
        if entry is None:
            alike += 1
        else:
            entries.append(entry)
    entries += [_alone(told[0](own), lacking[0](own), "before") for own in found.before]
    entries += [_alone(told[1](own), lacking[1](own), "after") for own in found.after]
    return DifferenceSection(
        id=name, title=title, entries=tuple(sorted(entries, key=_rank)), alike=alike, limits=limits
    )


def _of_pair(before: Told, after: Told, parts: Parts) -> DifferenceEntry | None:
    changed = parts.added or parts.removed or parts.changed
    if not changed and not parts.uncertain:
        return None
    kind = DifferenceKind.CHANGED if changed else DifferenceKind.NOT_COMPARABLE
    return DifferenceEntry(
        id=min(before.id, after.id),
        subject=after.subject if after.subject == before.subject else
        f"{before.subject} → {after.subject}",
        kind=kind,
        before=before.text,
        after=after.text,
        added=parts.added,
        removed=parts.removed,
        uncertain=parts.uncertain,
        why="" if changed else parts.why,
        notable=bool(changed and parts.notable and (before.notable or after.notable)),
        severity=_worst(before.severity, after.severity),
        evidence=(*_evidence("before", before), *_evidence("after", after)),
    )  # fmt: skip


def _alone(told: Told, why: str, side: str) -> DifferenceEntry:
    gone = DifferenceKind.REMOVED if side == "before" else DifferenceKind.ADDED
    return DifferenceEntry(
        id=told.id,
        subject=told.subject,
        kind=DifferenceKind.NOT_COMPARABLE if why else gone,
        before=told.text if side == "before" else "",
        after=told.text if side == "after" else "",
        why=why,
        notable=told.notable,
        severity=told.severity,
        evidence=tuple(_evidence(side, told)),
    )


def _evidence(side: str, told: Told) -> tuple[DifferenceEvidence, ...]:
    return tuple(DifferenceEvidence(side=side, text=own) for own in told.evidence)


def _worst(*severities: Severity | None) -> Severity | None:
    known = [own for own in severities if own is not None]
    return max(known, key=list(Severity).index) if known else None


def _rank(entry: DifferenceEntry) -> tuple[bool, bool, int, str, str]:
    severe = list(Severity).index(entry.severity) if entry.severity else -1
    uncertain = entry.kind is DifferenceKind.NOT_COMPARABLE
    return not entry.notable, uncertain, -severe, entry.subject, entry.id
