"""Which signals a read counts for, by the rules of the catalogue."""

from collections.abc import Collection
from functools import cache, cached_property
from typing import NamedTuple

from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.loader import signals
from undeclared.catalogue.reads import fits


class _Table(NamedTuple):
    """All patterns, by what can be compared with them quickly."""

    exact: dict[str, list[str]]
    begins: list[tuple[str, str, str]]
    """What stands before the first wild card, the whole pattern, and the signal."""


class Signals:
    """All signals' rules, for many questions."""

    def __init__(self, profile: AgentProfile | None, only: Collection[str] | None = None) -> None:
        """`only`: ids of those signals that count; None for all."""
        self._profile = profile
        self._only = only
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, what: str) -> tuple[str, ...]:
        """Their ids; `what` as HookedRead.what says it."""
        found = self._known.get(what)
        if found is None:
            kept = set(self._table.exact.get(what, ()))
            kept |= {
                id_
                for head, whole, id_ in self._table.begins
                if what.startswith(head) and fits(whole, what)
            }
            if self._only is not None:
                kept.intersection_update(self._only)
            self._known[what] = found = tuple(sorted(kept))
        return found

    @cached_property
    def _table(self) -> _Table:
        return _common() if self._profile is None else _table(self._profile)


def _table(profile: AgentProfile | None) -> _Table:
    table = _Table({}, [])
    for id_, spec in signals().items():
        for what in spec.reads.patterns(profile) if spec.reads is not None else ():
            head, wild, _ = what.partition("*")
            if wild:
                table.begins.append((head, what, id_))
            else:
                table.exact.setdefault(what, []).append(id_)
    return table


@cache
def _common() -> _Table:
    """Without a profile it is the same for all files: a package may have thousands."""
    return _table(None)


@cache
def patterns(form: str) -> tuple[str, ...]:
    """All patterns of one form, such as `file`, without the word before the colon."""
    return tuple(
        what.removeprefix(f"{form}:")
        for spec in signals().values()
        for what in (spec.reads.what if spec.reads is not None else ())
        if what.startswith(f"{form}:")
    )
