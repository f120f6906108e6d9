"""The few levels that a reduced audit tries: enough to see what the code makes of a fact."""

from collections.abc import Iterator, Sequence

from undeclared.catalogue import AgentProfile, SignalSpec, signals, usable_levels
from undeclared.experiment.suggested import fulfilling, holds
from undeclared.model import CodeCondition

_HOLDING = 2
"""Levels of one signal at which something that the code compares holds."""


def reduced_levels(
    conditions: Sequence[CodeCondition], names: Sequence[str], profile: AgentProfile
) -> tuple[tuple[str, str], ...]:
    """`(signal, level)` to try besides the defaults: few, and the same for every version.

    For each signal of `names` that `conditions` compare, levels at which as many of them as
    possible hold, and an ordinary one, at which none does; only of those with hidden constants
    where there are any. A signal that none compares gets no level here, and keeps all that the
    catalogue has.
    """
    return tuple(
        (name, level)
        for name in names
        for level in dict.fromkeys(_levels(conditions, signals()[name], profile))
    )


def _levels(
    conditions: Sequence[CodeCondition], spec: SignalSpec, profile: AgentProfile
) -> Iterator[str]:
    lists = _together([own for own in conditions if spec.id in own.signals and own.values])
    if not lists:
        return
    usual = [own.value for own in usable_levels(profile, spec)]
    others = [level for level in usual if level != spec.default]
    left = [own for own in lists if not _held(own, spec, spec.default, profile)]
    for _ in range(_HOLDING):
        found = {level: _number(left, spec, level, profile) for level in others}
        best = max(others, key=lambda level, counts=found: counts[level], default=None)  # type: ignore[misc]
        if best is None or not found[best]:
            break
        yield best
        left = [own for own in left if not _held(own, spec, best, profile)]
    for own in left[:1]:
        yield from fulfilling(own[0], spec, profile, 1)
    plain = (level for level in others if not _number(lists, spec, level, profile))
    yield from [level for level, _ in zip(plain, range(1), strict=False)]


def _together(conditions: Sequence[CodeCondition]) -> list[list[CodeCondition]]:
    """Those that compare with one hidden list decide together; where none does, each by itself."""
    hidden = [own for own in conditions if own.hidden]
    found: dict[str, list[CodeCondition]] = {}
    for own in sorted(hidden or conditions, key=lambda own: own.id):
        found.setdefault(own.hidden or own.id, []).append(own)
    return list(found.values())


def _number(
    lists: Sequence[Sequence[CodeCondition]], spec: SignalSpec, level: str, profile: AgentProfile
) -> int:
    return sum(_held(own, spec, level, profile) for own in lists)


def _held(
    together: Sequence[CodeCondition], spec: SignalSpec, level: str, profile: AgentProfile
) -> bool:
    return any(holds(own, spec, level, profile) for own in together)
