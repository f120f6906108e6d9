"""The same finding in several versions, though a rebuild moved and renamed it."""

from collections.abc import Iterator, Mapping, Sequence

from undeclared.model import Severity, Trait

_ALIKE = 0.5
"""Share of all constants of two lists that both have, from which on they are the same list …"""
_WITHIN = 0.8
"""… or of the shorter one that the longer has, where that is no chance:"""
_FEW = 4


def identified(versions: Mapping[int, Sequence[Trait]]) -> dict[int, dict[str, Trait]]:
    """The traits of each version by a name that is the same in all versions.

    Two are the same by their id, else by what they do: what leaves in the same part of a request,
    by the same signals; or the code that compares or hides mostly the same constants in the same
    way. Of several in one version that are the same, the most severe stands for all.
    """
    known: list[_Known] = []
    found: dict[int, dict[str, Trait]] = {}
    for number in sorted(versions):
        own: dict[str, Trait] = {}
        for trait in sorted(versions[number], key=_order):
            match = next(_matching(known, trait), None)
            if match is None:
                match = _Known(trait)
                known.append(match)
            match.add(trait)
            own.setdefault(match.name, trait)
        found[number] = own
    return found


class _Known:
    """All of one finding so far."""

    def __init__(self, trait: Trait) -> None:
        self.name = f"{trait.kind.value} {trait.id}"
        self.last = trait
        self.ids: set[str] = set()

    def add(self, trait: Trait) -> None:
        self.ids.add(trait.id)
        self.last = trait


def _matching(known: Sequence[_Known], trait: Trait) -> Iterator[_Known]:
    yield from (own for own in known if trait.id in own.ids)
    yield from (own for own in known if _alike(own.last, trait))


def _alike(one: Trait, other: Trait) -> bool:
    if (one.kind, one.channel, one.place) != (other.kind, other.channel, other.place):
        return False
    if set(one.signals) != set(other.signals):
        return False
    if not (one.constants or other.constants):
        return bool(one.channel)
    return _shared(set(one.constants), set(other.constants))


def _shared(one: set[str], other: set[str]) -> bool:
    both, fewer = len(one & other), min(len(one), len(other))
    return both >= _ALIKE * len(one | other) or (fewer >= _FEW and both >= _WITHIN * fewer)


def weight(trait: Trait) -> int:
    """How much it is worth to know the exact first and last version of a finding; 0 for a low one.

    Programs change in small things with every release.
    """
    return list(Severity).index(trait.severity)


def _order(trait: Trait) -> tuple[int, str]:
    return -weight(trait), trait.id
