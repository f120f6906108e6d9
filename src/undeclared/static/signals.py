"""Which signals a read counts for, by the rules of the catalogue."""

from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.loader import signals
from undeclared.catalogue.signal import SignalSpec

_WILD = "*{"


class Signals:
    """All signals' rules, for many questions."""

    def __init__(self, profile: AgentProfile | None) -> None:
        self._profile = profile
        self._known: dict[str, tuple[str, ...]] = {}
        self._exact: dict[str, list[SignalSpec]] = {}
        self._begins: list[tuple[str, SignalSpec]] = []
        for spec in signals().values():
            for pattern in spec.reads.what if spec.reads is not None else ():
                head = pattern[: min([pattern.find(sign) % (len(pattern) + 1) for sign in _WILD])]
                if head == pattern:
                    self._exact.setdefault(pattern, []).append(spec)
                elif profile is not None or "{" not in pattern:
                    self._begins.append((head, spec))

    def of(self, what: str) -> tuple[str, ...]:
        """Their ids; `what` as HookedRead.what says it."""
        found = self._known.get(what)
        if found is None:
            candidates = [*self._exact.get(what, ())]
            candidates += [spec for head, spec in self._begins if what.startswith(head)]
            kept = {
                spec.id
                for spec in candidates
                if spec.reads is not None and spec.reads.match(what, self._profile)
            }
            self._known[what] = found = tuple(sorted(kept))
        return found

    def patterns(self, form: str) -> list[str]:
        """All patterns of one form, such as `file`, without the word before the colon."""
        return [
            pattern.removeprefix(f"{form}:")
            for spec in signals().values()
            for pattern in (spec.reads.what if spec.reads is not None else ())
            if pattern.startswith(f"{form}:")
        ]
