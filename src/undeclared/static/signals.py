"""Which signals a read counts for, by the rules of the catalogue."""

from functools import cache
from typing import NamedTuple

from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.loader import signals
from undeclared.catalogue.signal import SignalSpec

_WILD = "*{"


class _Table(NamedTuple):
    """All patterns, by what can be compared with them quickly."""

    exact: dict[str, list[SignalSpec]]
    begins: list[tuple[str, SignalSpec]]
    """With what stands before the first wild card or placeholder."""


class Signals:
    """All signals' rules, for many questions."""

    def __init__(self, profile: AgentProfile | None) -> None:
        self._profile = profile
        self._known: dict[str, tuple[str, ...]] = {}
        self._table = _table(filled=profile is not None)

    def of(self, what: str) -> tuple[str, ...]:
        """Their ids; `what` as HookedRead.what says it."""
        found = self._known.get(what)
        if found is None:
            candidates = [*self._table.exact.get(what, ())]
            candidates += [spec for head, spec in self._table.begins if what.startswith(head)]
            kept = {
                spec.id
                for spec in candidates
                if spec.reads is not None and spec.reads.match(what, self._profile)
            }
            self._known[what] = found = tuple(sorted(kept))
        return found

    def patterns(self, form: str) -> tuple[str, ...]:
        """All patterns of one form, such as `file`, without the word before the colon."""
        return _patterns(form)


@cache
def _table(*, filled: bool) -> _Table:
    """For all files: a package may have thousands. With `filled`, those with placeholders, too."""
    table = _Table({}, [])
    for spec in signals().values():
        for pattern in spec.reads.what if spec.reads is not None else ():
            head = pattern[: min([pattern.find(sign) % (len(pattern) + 1) for sign in _WILD])]
            if head == pattern:
                table.exact.setdefault(pattern, []).append(spec)
            elif filled or "{" not in pattern:
                table.begins.append((head, spec))
    return table


@cache
def _patterns(form: str) -> tuple[str, ...]:
    return tuple(
        pattern.removeprefix(f"{form}:")
        for spec in signals().values()
        for pattern in (spec.reads.what if spec.reads is not None else ())
        if pattern.startswith(f"{form}:")
    )
