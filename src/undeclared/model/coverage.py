"""What an audit exercised, and what it could not see."""

from enum import StrEnum

from pydantic import Field

from undeclared.model.base import Frozen
from undeclared.model.environment import Signal
from undeclared.model.locus import Locus


class Observer(StrEnum):
    """What watches an agent on its own side of the network."""

    HOOKS = "hooks in the runtime"
    """What is read within a program is seen by these alone."""
    TRACER = "the tracer"


class LeftOut(StrEnum):
    """How phrases of `Coverage.not_exercised` begin by which a program can tell them."""

    CODE = "in the code, "
    """A part of it was not searched."""
    INSTALLATION = "installation and its scripts"
    """All of the phrase: it was not asked for."""
    RUNTIME = "reads within the runtime: "
    """Hooks did not see all of them."""


class RunCounts(Frozen):
    """Runs by how they ended."""

    planned: int = Field(ge=0)
    completed: int = Field(ge=0)
    agent_failed: int = Field(ge=0)
    timed_out: int = Field(ge=0)
    lab_failed: int = Field(ge=0)


class Unconfirmed(Frozen):
    """Something that looked like an influence and was not established."""

    locus: Locus
    signals: tuple[Signal, ...]
    status: str
    p_value: float


class Coverage(Frozen):
    """What was exercised, what was not, and how small an effect would have been seen."""

    scenario: str
    signals: tuple[Signal, ...]
    sought: tuple[Signal, ...] = ()
    """Words that were looked for in a signal, many in one level; what they changed is a finding."""
    runs: RunCounts
    minimum_detectable_effect: float | None = Field(default=None, ge=0, le=1)
    """The smallest change in the share of runs that show a variant, between one level and the
    rest, which this many runs would have established with power 0.8; None without runs."""
    every_combination: bool = False
    """All combinations of levels were run; else two levels may have met in one run only."""
    family_wise_error_rate: float
    """The chance of even one false claim in this report is at most this."""
    loci: int = Field(ge=0)
    """Loci compared."""
    noisy: tuple[Locus, ...] = ()
    """Loci that vary by themselves between equal environments. They were tested as
    distributions, not dropped."""
    drifting: tuple[Locus, ...] = ()
    """Loci that changed as time went on, whatever the environment: the agent did not answer the
    same all the time. Levels are compared within short stretches of time, so no finding rests on
    it; but what was seen early may not hold later."""
    unconfirmed: tuple[Unconfirmed, ...] = ()
    not_exercised: tuple[str, ...]
    """What this audit did not look at, a phrase each."""
    problems: tuple[str, ...] = ()
    """What should have been done and could not be, a sentence each."""
    scanned: bool = False
    """The code was searched too."""
    observed: tuple[Observer, ...] = ()
    """By what the agent was watched on its own side, with success; empty where it was not."""
    interrupted: bool = False
    """The user ended it."""
    complete: bool
    """Everything planned was done."""
