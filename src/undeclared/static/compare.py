"""Two scans compared by what the code does: what one has and the other has not."""

from collections.abc import Hashable, Iterable
from typing import Generic, NamedTuple, TypeVar

from undeclared.model import (
    CodeCondition,
    CodeFlow,
    CodeRead,
    Component,
    Endpoint,
    HiddenConstants,
    Scan,
)

FactT = TypeVar("FactT")


class Change(NamedTuple, Generic[FactT]):
    """What came and what went, in the order of the scan that has it."""

    added: tuple[FactT, ...]
    removed: tuple[FactT, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


class Changes(NamedTuple):
    """The changes from one scan to another.

    Ids are made of shapes and literals, so a build that only renames variables or moves code has
    none. Something whose shape changed is one that went and one that came.
    """

    reads: Change[CodeRead]
    hidden: Change[HiddenConstants]
    conditions: Change[CodeCondition]
    flows: Change[CodeFlow]
    endpoints: Change[Endpoint]
    components: Change[Component]

    def __bool__(self) -> bool:
        return any(self)


def compare(before: Scan, after: Scan) -> Changes:
    """What is in one scan and not in the other; nothing of places or of how many there are."""
    return Changes(
        reads=_change(before.reads, after.reads),
        hidden=_change(before.hidden, after.hidden),
        conditions=_change(before.conditions, after.conditions),
        flows=_change(before.flows, after.flows),
        endpoints=_change(before.endpoints, after.endpoints),
        components=_change(before.components, after.components),
    )


def _change(before: Iterable[FactT], after: Iterable[FactT]) -> Change[FactT]:
    old = {_key(own): own for own in before}
    new = {_key(own): own for own in after}
    return Change(
        added=tuple(own for key, own in new.items() if key not in old),
        removed=tuple(own for key, own in old.items() if key not in new),
    )


def _key(fact: object) -> Hashable:
    match fact:
        case Endpoint():
            return fact.host, fact.hidden is not None
        case Component():
            return fact.name
        case CodeRead() | HiddenConstants() | CodeCondition() | CodeFlow():
            return fact.id
    raise TypeError(f"{type(fact).__name__} is nothing that a scan finds")
