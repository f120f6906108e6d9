"""Where the code and the experiment meet: what the code compares becomes levels, and is looked up.

A mark that needs one host name of hundreds is found by no list of ours; the program has the list.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from undeclared.catalogue import AgentProfile, SignalSpec
from undeclared.model import (
    UNSET,
    CodeCondition,
    Comparison,
    ConditionStatus,
    ConditionTried,
    Influence,
    Read,
    Scan,
    Signal,
    Status,
)

MOST_OF_SIGNAL = 4
"""Levels that are taken from the code for one signal …"""
MOST = 12
"""… and in all: each is run a few times."""
MANY = 8
"""Constants from which on two of a comparison are tried: they may not be all alike."""

NEAR = 200
"""Bytes between comparisons that decide together: `host === x || host.endsWith("." + x)`."""

_KEEPING = {
    "new URL", "URL", "urlparse", "urlsplit", "String", "str", "trim", "strip", "toString",
    ".timeZone", "resolvedOptions", ".resolvedOptions", "text", ".href", "os.environ", "|| \"\"",
}  # fmt: skip
"""What leaves a value as it is, as far as a comparison goes."""
_LOWERING = {"toLowerCase", "lower", "casefold", "toLocaleLowerCase"}
_OF_A_HOST = {".hostname", ".host", ".netloc"}


def suggested(
    scan: Scan,
    specs: Sequence[SignalSpec],
    profile: AgentProfile,
) -> tuple[tuple[str, str], ...]:
    """`(signal, level)` to try because the code compares them, the most telling first.

    Only comparisons that the present levels do not tell apart, and of those only with constants
    that are hidden or that choose something: programs compare facts of the machine all day.
    """
    chosen = {flow.condition for flow in scan.flows if flow.by == "choice" and flow.sink != "other"}
    telling = [own for own in scan.conditions if own.values and (own.hidden or own.id in chosen)]
    found: dict[tuple[str, str], None] = {}
    for condition in sorted(telling, key=lambda own: own.hidden is None):
        for spec in specs:
            if spec.id not in condition.signals:
                continue
            mine = [level for name, level in found if name == spec.id]
            tried = [*(level.value for level in spec.levels), *mine]
            if True in (holds(condition, spec, level, profile) for level in tried):
                continue
            most = min(2 if len(condition.values) >= MANY else 1, MOST_OF_SIGNAL - len(mine))
            for level in fulfilling(condition, spec, profile, most):
                found.setdefault((spec.id, level))
    return tuple(found)[:MOST]


def listed(scan: Scan, spec: SignalSpec, profile: AgentProfile) -> tuple[str, ...]:
    """Every level of a signal that fulfils some comparison of the code, for a sweep."""
    found: dict[str, None] = {}
    for condition in scan.conditions:
        if spec.id in condition.signals:
            most = len(condition.values)
            found.update(dict.fromkeys(fulfilling(condition, spec, profile, most)))
    return tuple(found)


def fulfilling(
    condition: CodeCondition, spec: SignalSpec, profile: AgentProfile, most: int
) -> list[str]:
    """Levels with which a comparison holds, from constants spread over all that it has."""
    spread = condition.values[:: max(1, len(condition.values) // most)] if most > 0 else ()
    found: list[str] = []
    for value in (*spread, *condition.values):
        level = next(
            (
                own
                for own in _forms(value)
                if spec.accepts(own)
                and spec.setting(own).hindrance(profile) is None
                and holds(condition, spec, own, profile)
            ),
            None,
        )
        if level is not None and level not in found:
            found.append(level)
        if len(found) >= most:
            break
    return found[: max(0, most)]


def _forms(value: str) -> tuple[str, ...]:
    """How a constant may occur in a level: as it is, or as a part of a host name."""
    name = value.strip(".").lower()
    return (
        value,
        f"gateway.{name}",
        f"gateway.example.{name}",
        f"{name}.example.com",
        f"gateway-{name}.example.com",
    )


def holds(
    condition: CodeCondition, spec: SignalSpec, level: str, profile: AgentProfile
) -> bool | None:
    """Whether a comparison, before any negation, holds at a level; None if that cannot be said."""
    value = _read(condition, spec, level, profile)
    if value is None or condition.test in (Comparison.MATCHES, Comparison.COMPARES):
        return None
    if condition.test is Comparison.PRESENT:
        return value != ""
    if value == "":
        return False
    compare: dict[Comparison, Callable[[str], bool]] = {
        Comparison.EQUALS: value.__eq__,
        Comparison.PREFIX: value.startswith,
        Comparison.SUFFIX: value.endswith,
        Comparison.CONTAINS: value.__contains__,
    }
    return any(compare[condition.test](constant) for constant in condition.values if constant)


def _read(
    condition: CodeCondition, spec: SignalSpec, level: str, profile: AgentProfile
) -> str | None:
    """What the code compares at a level; empty if there is nothing; None if that is not known."""
    setting = spec.setting(level)
    variable = condition.what.removeprefix("env:")
    if condition.what.startswith("env:") and setting.base_url_host is None:
        if variable not in setting.env and level != UNSET:
            return None
        value = setting.env.get(variable) or ""
    elif level == UNSET:
        value = ""
    elif setting.base_url_host is not None:
        value = f"https://{setting.base_url_host}"
    else:
        value = level
    if "{" in value:
        return None
    for step in condition.via:
        if step in _OF_A_HOST:
            value = value.rpartition("://")[2].partition("/")[0].partition(":")[0]
        elif step in _LOWERING:
            value = value.lower()
        elif step not in _KEEPING:
            return None
    return value


def tried(
    scan: Scan,
    specs: Sequence[SignalSpec],
    signals: Sequence[Signal],
    influences: Sequence[Influence],
    reads: Collection[Read],
    profile: AgentProfile,
) -> tuple[ConditionTried, ...]:
    """What the runs say of every comparison with constants of a signal that was varied."""
    varied = {spec.id: spec for spec in specs}
    return tuple(
        ConditionTried(
            id=own.id,
            signals=own.signals,
            says=str(own),
            values=own.values,
            levels=levels,
            status=status,
            evidence=f"{own.region.path} {own.region.start}-{own.region.end}",
        )
        for own in scan.conditions
        if own.values and not varied.keys().isdisjoint(own.signals)
        for status, levels in [
            _status(own, _beside(own, scan.conditions), varied, signals, influences, reads, profile)
        ]
    )


def _status(
    condition: CodeCondition,
    beside: Sequence[CodeCondition],
    specs: Mapping[str, SignalSpec],
    signals: Iterable[Signal],
    influences: Iterable[Influence],
    reads: Collection[Read],
    profile: AgentProfile,
) -> tuple[ConditionStatus, tuple[str, ...]]:
    """What the runs say of a comparison in the code, and the levels tried at which it holds.

    Confirmed: what is sent falls apart as the comparison says, between levels at which it holds and
    levels at which neither it nor another `beside` it does. Contradicted: both were tried, the fact
    was seen to be read, and nothing that was sent differs so. Else the runs say nothing.
    """
    fulfilling: dict[str, None] = {}
    known = [own for own in influences if own.status is Status.ESTABLISHED]
    both = False
    for signal in signals:
        if signal.id not in condition.signals or signal.id not in specs:
            continue
        spec = specs[signal.id]
        told = {
            level: [holds(own, spec, level, profile) for own in (condition, *beside)]
            for level in signal.levels
        }
        yes = {level for level, answers in told.items() if answers[0]}
        no = {level for level, answers in told.items() if set(answers) == {False}}
        fulfilling.update(dict.fromkeys(sorted(yes)))
        both = both or bool(yes and no)
        if any(_falls_apart(own, signal.id, yes, no) for own in known):
            return ConditionStatus.CONFIRMED, tuple(fulfilling)
    seen = any(own.signal in condition.signals for own in reads)
    end = ConditionStatus.CONTRADICTED if both and seen else ConditionStatus.NOT_EXERCISED
    return end, tuple(fulfilling)


def _beside(condition: CodeCondition, conditions: Sequence[CodeCondition]) -> list[CodeCondition]:
    """Comparisons that decide together with another: of one fact, at one place or with one list."""

    def near(own: CodeCondition) -> bool:
        apart = abs(own.region.start - condition.region.start)
        return own.region.path == condition.region.path and apart < NEAR

    return [
        own
        for own in conditions
        if own.id != condition.id
        and own.what == condition.what
        and ((own.hidden is not None and own.hidden == condition.hidden) or near(own))
    ]


def _falls_apart(influence: Influence, signal: str, yes: set[str], no: set[str]) -> bool:
    """Whether levels on the two sides never show the same, and not because each shows itself."""
    shows: dict[str, set[int]] = {}
    for number, variant in enumerate(influence.variants):
        for own in variant.conditions:
            if own.id == signal:
                for level in own.levels:
                    shows.setdefault(level, set()).add(number)
                if len(own.levels) == 1 and own.levels[0] in variant.text:
                    return False
    ours = [frozenset(shows[level]) for level in yes if level in shows]
    theirs = [frozenset(shows[level]) for level in no if level in shows]
    if not ours or not theirs or not set(ours).isdisjoint(theirs):
        return False
    levels = len(ours) + len(theirs)
    return levels == 2 or len({*ours, *theirs}) < levels
