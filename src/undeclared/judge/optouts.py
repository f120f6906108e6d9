"""Opting out: what the documents say would stop, against who was contacted all the same."""

import hashlib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from undeclared.catalogue import AgentProfile, OptOut
from undeclared.judge.contacts import role
from undeclared.model import (
    UNSET,
    Confidence,
    Evidence,
    Finding,
    FindingKind,
    Locus,
    OptOutEffect,
    OptOutState,
    OptOutTried,
    Reached,
    Role,
    Severity,
)

_GRAVE = {Role.TELEMETRY, Role.ERRORS}
"""What people opt out of so that nothing is told of them."""
_SHOWN = 4
"""Runs that a finding points to."""
EVERY = "every documented switch, as documented"
CUSTOMARY = "variables that are customary and not documented"
_SAID = {"all": EVERY, "customary": CUSTOMARY}


def opted_out_hosts(states: Sequence[OptOutState]) -> Mapping[str, bool]:
    """By host besides the model's, whether it is contacted with every documented switch set.

    Empty where no such run was completed.
    """
    every = next((own for own in states if own.level == "all" and own.runs), None)
    if every is None:
        return {}
    remaining = set(_hosts(every))
    return {host: host in remaining for own in states for host in _hosts(own)}


def opt_outs(states: Sequence[OptOutState], profile: AgentProfile) -> tuple[OptOutTried, ...]:
    """What became of the traffic with each set of switches, in the order given."""
    plain = _plain(states)
    return tuple(_tried(own, plain, profile) for own in states if own.level != UNSET)


def _tried(state: OptOutState, plain: OptOutState | None, profile: AgentProfile) -> OptOutTried:
    switches = [own for own in profile.opt_outs if _is_named(own, state)]
    # Whether they do what the documented ones should is worth knowing of the customary ones too.
    about = switches or profile.opt_outs
    before, after = _targets(plain, about, profile), _targets(state, about, profile)
    there, remains = _named(plain, profile), _named(state, profile)
    always = [name for name, runs in there.items() if plain and len(runs) == plain.runs]
    stopped = [name for name in always if name not in remains] if state.runs else []
    reached = plain.reached if plain else ()
    said = {_name(own, profile) for own in reached if _covered(own, switches, profile)}
    ended = f"in {state.failed} of {state.runs + state.failed} runs it failed: {state.reason}"
    return OptOutTried(
        setting=_said(state, profile),
        documented=bool(switches) and all(_is_set(own, state) for own in switches),
        runs=state.runs,
        effect=_effect(before, after) if state.runs else OptOutEffect.UNKNOWN,
        remains=tuple(remains),
        covered=tuple(sorted(after)),
        stopped=tuple(stopped),
        unsaid=tuple(name for name in stopped if name not in said),
        note=ended if state.failed else "",
    )


def _effect(before: set[str], after: set[str]) -> OptOutEffect:
    if not before | after:
        return OptOutEffect.IDLE
    if not after:
        return OptOutEffect.ALL
    return OptOutEffect.NOTHING if before <= after else OptOutEffect.PART


def opt_out_findings(states: Sequence[OptOutState], profile: AgentProfile) -> tuple[Finding, ...]:
    """One finding for each thing that was contacted though a switch that was set should stop it.

    Only what the documents say counts: a switch with another value than theirs may do nothing.
    """
    found = []
    for target, switches in _by_target(states, profile).items():
        about = [own for own in states if own.runs and any(_is_set(each, own) for each in switches)]
        if any(_runs_to(target, own, switches, profile) for own in about):
            found.append(_finding(target, switches, about, _plain(states), profile))
    order = list(Severity)
    return tuple(sorted(found, key=lambda own: (-order.index(own.severity), own.title, own.id)))


def _finding(
    target: str,
    switches: Sequence[OptOut],
    about: Sequence[OptOutState],
    plain: OptOutState | None,
    profile: AgentProfile,
) -> Finding:
    """`about` are the states in which one of the `switches`, that should stop it, is set."""
    runs = {own.level: _runs_to(target, own, switches, profile) for own in about}
    hits = [
        own
        for state in about
        for own in state.reached
        if target in _covered(own, switches, profile)
    ]
    before = len(_runs_to(target, plain, switches, profile)) if plain else 0
    ignoring = [own for own in about if runs[own.level]]
    counts = ", ".join(
        f"with {_said(own, profile)} in {len(runs[own.level])} of {own.runs}" for own in ignoring
    )
    obeying = sum(own.runs for own in about if own not in ignoring)
    others = f", in none of {obeying} others with such a switch" if obeying else ""
    ignored = [own for own in switches if any(_is_set(own, state) for state in ignoring)]
    what = role(hits[0].host, profile)
    looked_up = all(own.port == 0 for own in hits)
    grave = Severity.HIGH if what in _GRAVE else Severity.MEDIUM
    always = not obeying and all(len(runs[own.level]) == own.runs for own in ignoring)
    return Finding(
        id=f"opt-out-{hashlib.sha256(target.encode()).hexdigest()[:12]}",
        kind=FindingKind.OPT_OUT_IGNORED,
        severity=Severity.LOW if looked_up else grave,
        confidence=Confidence.HIGH if always and len(hits) > 1 else Confidence.MEDIUM,
        title=(
            f"{target} ({what.value}) is {'looked up' if looked_up else 'contacted'} {counts} runs"
            f"{others}; without a switch in {before} of {plain.runs if plain else 0}"
        ),
        condition="; ".join(
            f"{_as_documented(own)}, of which the document says: {own.says}" for own in ignored
        ),
        # It is the vendor's own statement that does not hold.
        declared=False,
        covert=False,
        signals=(),
        channel="host.contact",
        locus=Locus(host=hits[0].host, method="", path=hits[0].path, part="request"),
        bits=0.0,
        evidence=tuple(
            Evidence(run=own.runs[0], flow=own.flow, sha256="", note="with a switch set")
            for own in hits[:_SHOWN]
        ),
    )


def _by_target(states: Sequence[OptOutState], profile: AgentProfile) -> dict[str, list[OptOut]]:
    """What was contacted and a switch should stop, in order, with the switches that should."""
    found: dict[str, list[OptOut]] = {}
    for switch in profile.opt_outs:
        for target in set().union(*(_targets(own, [switch], profile) for own in states)):
            found.setdefault(target, []).append(switch)
    return dict(sorted(found.items()))


def _runs_to(
    target: str, state: OptOutState, switches: Sequence[OptOut], profile: AgentProfile
) -> set[str]:
    return {
        run
        for own in state.reached
        if target in _covered(own, switches, profile)
        for run in own.runs
    }


def _plain(states: Sequence[OptOutState]) -> OptOutState | None:
    return next((own for own in states if own.level == UNSET and own.runs), None)


def _covered(own: Reached, switches: Sequence[OptOut], profile: AgentProfile) -> set[str]:
    """What of it the switches should stop: the host, or the host with a path."""
    what = role(own.host, profile)
    address = f"{own.host}{own.path}"
    found = set()
    for switch in switches:
        by_host = [pattern for pattern in switch.requests if "/" not in pattern]
        by_path = [pattern for pattern in switch.requests if "/" in pattern]
        by_role = what is not Role.MODEL and what.value in switch.stops
        if by_role or any(fnmatchcase(own.host, pattern) for pattern in by_host):
            found.add(own.host)
        elif any(fnmatchcase(address, pattern) for pattern in by_path):
            found.add(address)
    return found


def _targets(
    state: OptOutState | None, switches: Sequence[OptOut], profile: AgentProfile
) -> set[str]:
    reached = state.reached if state else ()
    return {target for own in reached for target in _covered(own, switches, profile)}


def _hosts(state: OptOutState | None) -> list[str]:
    return list(dict.fromkeys(own.host for own in state.reached)) if state else []


def _named(state: OptOutState | None, profile: AgentProfile) -> dict[str, set[str]]:
    """What was reached, as it is named to a person, with the runs in which it was."""
    found: dict[str, set[str]] = {}
    for own in state.reached if state else ():
        found.setdefault(_name(own, profile), set()).update(own.runs)
    return found


def _name(own: Reached, profile: AgentProfile) -> str:
    """The host; with the path where it is the model's, which is asked for other ends too."""
    return f"{own.host}{own.path}" if role(own.host, profile) is Role.MODEL else own.host


def _is_named(switch: OptOut, state: OptOutState) -> bool:
    """Whether a switch is set at all, a variable to whatever value."""
    return switch.variable in state.set if switch.variable else _is_set(switch, state)


def _is_set(switch: OptOut, state: OptOutState) -> bool:
    """Whether a switch is set as its document says."""
    if switch.variable:
        return state.set.get(switch.variable) == switch.value
    return all(state.set.get(f"~/{path}") == text for path, text in switch.files.items())


def _as_documented(switch: OptOut) -> str:
    return f"{switch.variable}={switch.value}" if switch.variable else f"the switch in {switch.id}"


def _said(state: OptOutState, profile: AgentProfile) -> str:
    """What was set, for a person."""
    if state.level in _SAID:
        return _SAID[state.level]
    single = next((own for own in profile.opt_outs if own.id == state.level), None)
    if single:
        return _as_documented(single)
    spelling = state.level.removeprefix("all=") or "nothing"
    return f"every documented variable, as {spelling}"
