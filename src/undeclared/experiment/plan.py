"""What an experiment varies, for one agent and the wishes of its user."""

from collections.abc import Sequence
from dataclasses import dataclass

from undeclared.catalogue import AgentProfile, Level, SignalSpec, signals
from undeclared.experiment.design import Repair, as_it_is
from undeclared.experiment.moved import MovedModel
from undeclared.model import UNSET, Signal, UsageError

DEFAULT_SIGNALS = ("base-url-host", "timezone")


@dataclass(frozen=True, slots=True)
class Plan:
    """One experiment: what it varies, and how thoroughly."""

    specs: tuple[SignalSpec, ...]
    """The signals that are varied, with all levels that are tried."""
    replicates: int
    """Discovery runs of each environment."""
    seed: int
    """Equal plans with equal seeds carry out equal trials."""
    signals: tuple[Signal, ...]
    """The same as ids and levels; the first level of each is its default."""
    moved: MovedModel
    """Where it puts the model."""
    install: bool = False
    """Whether the package has lifecycle scripts to run first."""
    repair: Repair = as_it_is
    """Takes away levels that cannot be given together."""
    strength: int = 2
    """How many signals are tried in every combination where all cannot be."""
    observe: bool = False
    """Whether the agent is watched from its own side too, in runs of their own."""


def make_plan(
    profile: AgentProfile,
    *,
    names: Sequence[str] = (),
    extra_levels: Sequence[tuple[str, str]] = (),
    replicates: int = 2,
    seed: int = 0,
) -> Plan:
    """Plan an experiment on an agent.

    `names` are the signals to vary, by default those of `DEFAULT_SIGNALS` that the agent can be
    given; `extra_levels` are `(signal, level)` to try besides the catalogue's. Raises UsageError.
    """
    specs = _specs(profile, names, extra_levels)
    varied = tuple(
        Signal(id=spec.id, levels=tuple(level.value for level in spec.levels)) for spec in specs
    )
    moving = next((spec.id for spec in specs if spec.set.base_url_host is not None), None)
    return Plan(specs, replicates, seed, varied, MovedModel(moving, profile.default_host))


def _specs(
    profile: AgentProfile, names: Sequence[str], extra_levels: Sequence[tuple[str, str]]
) -> tuple[SignalSpec, ...]:
    known = signals()
    named = names or tuple(
        name
        for name in DEFAULT_SIGNALS
        if profile.base_url_env is not None or known[name].set.base_url_host is None
    )
    for name in (*named, *(signal for signal, _ in extra_levels)):
        if name not in known or name not in named:
            raise UsageError(
                f"there is no signal {name!r}" if name not in known
                else f"a level was given for {name}, which is not among the signals to vary",
                means="nothing was audited",
                next_step="`undeclared signals` lists them; choose with --signals.",
            )  # fmt: skip
    found = []
    for name in dict.fromkeys(named):
        spec = known[name]
        for _, level in (own for own in extra_levels if own[0] == name):
            if not spec.accepts(level):
                raise UsageError(
                    f"{level!r} cannot be a level of {name}",
                    means="nothing was audited",
                    next_step=f"Levels look like {_example(spec)!r}: {spec.how}.",
                )
            if level not in {own.value for own in spec.levels}:
                more = (*spec.levels, Level(value=level, group="given by the user"))
                spec = spec.model_copy(update={"levels": more})
        found.append(spec)
    return tuple(found)


def _example(spec: SignalSpec) -> str:
    return next((level for level in spec.examples.match if level != UNSET), UNSET)
