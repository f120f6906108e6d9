"""Whether an agent can be given an environment, and whether this machine can show it."""

import platform
from collections.abc import Mapping

from undeclared.catalogue import AgentProfile, ClashError, SignalSpec, applicable, combine
from undeclared.lab import clock, facade
from undeclared.lab.facts import gather
from undeclared.model import Environment, LabUnavailable, UsageError


def require_signal(profile: AgentProfile, spec: SignalSpec) -> None:
    """Raise UsageError if an agent cannot be given any level of a signal but one."""
    if not applicable(profile, spec):
        hindrances = (spec.setting(level.value).hindrance(profile) for level in spec.levels)
        why = next(filter(None, hindrances))
        raise UsageError(
            f"the signal {spec.id} cannot be given to {profile.id}: {why}",
            means="nothing was run",
            next_step="Leave the signal out, or complete the profile.",
        )


def require_environment(
    profile: AgentProfile, signals: Mapping[str, SignalSpec], environment: Environment
) -> None:
    """Raise UsageError if an agent cannot be given an environment.

    Raises LabUnavailable if this machine lacks what the environment needs.
    """
    for signal, level in environment.levels:
        spec = signals.get(signal)
        if spec is None or not spec.accepts(level):
            raise UsageError(
                f"{level!r} is no level of the signal {signal}",
                means="this run was not started",
                next_step="`undeclared signals` lists the signals and their levels.",
            )
        if why := spec.setting(level).hindrance(profile):
            raise UsageError(
                f"{profile.id} cannot be given {signal}={level}: {why}",
                means="this run was not started",
                next_step="Leave the level out, or complete the profile.",
            )
    try:
        setting = combine(signals, environment.as_dict())
    except ClashError as error:
        raise UsageError(
            f"these levels exclude each other: {error}",
            means="this run was not started",
            next_step="Vary one of the two signals at a time.",
        ) from error
    if setting.clock is not None and clock.library() is None:
        raise LabUnavailable(
            "the library libfaketime is not installed, and the signal clock needs it",
            means="this run was not started",
            next_step="Install it (apt-get install libfaketime), or leave the signal out.",
        )
    if gather(profile, setting).calls and not facade.known():
        raise LabUnavailable(
            f"system calls cannot be answered on {platform.machine()}",
            means="this run was not started",
            next_step="Leave out the signals kernel, wsl, cpu-count and memory.",
        )
