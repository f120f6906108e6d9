"""One execution of an agent."""

from datetime import datetime
from enum import StrEnum

from undeclared.model.base import Frozen
from undeclared.model.environment import Environment
from undeclared.model.flow import Flow
from undeclared.model.watched import Canary, HomeFile, Hooks, Trace


class Outcome(StrEnum):
    """How a run ended. The three failures are never mixed: each blames someone else."""

    COMPLETED = "completed"
    AGENT_FAILED = "agent_failed"
    """The agent ended by itself without doing its task: it crashed, or never asked the model."""
    TIMED_OUT = "timed_out"
    """The agent was still running at the time limit, and was ended."""
    LAB_FAILED = "lab_failed"
    """Our own fault or the machine's: nothing can be said of the agent."""


class Phase(StrEnum):
    """What a run is for. Confirmation runs are fresh: no hypothesis was formed on them."""

    INSTALL = "install"
    """The package's lifecycle scripts, as its installation starts them; no agent, no scenario."""
    PREFLIGHT = "preflight"
    DISCOVERY = "discovery"
    CONFIRMATION = "confirmation"
    OBSERVATION = "observation"
    """The agent under a tracer or with hooks in its runtime, which it could notice: never compared
    with other runs."""
    OPT_OUT = "opt-out"
    """The agent with switches set that its vendor documents; only whom it contacts is compared."""

    IDENTITY = "identity"
    """The agent in a home that is kept, with one thing changed at a time: which values stay."""

    @property
    def compared(self) -> bool:
        """Whether its runs are compared with others."""
        return self not in (Phase.INSTALL, Phase.OBSERVATION, Phase.OPT_OUT, Phase.IDENTITY)


class Trial(Frozen):
    """One run that a design asks for."""

    id: str
    """`discovery-0-017`: phase, block, position; unique within an audit."""
    phase: Phase
    block: int
    """Trials of one block are close in time; comparisons respect it."""
    environment: Environment
    home: str | None = None
    """Name of the home that it takes place in, which is kept as the last trial with that name left
    it; None: a new one, which is not kept."""


class Run(Frozen):
    """What happened when a trial was carried out."""

    trial: Trial
    scenario: str
    started: datetime
    """When the agent was started (UTC)."""
    seconds: float
    """From the agent's start to its end."""
    outcome: Outcome
    reason: str | None = None
    """One line for a person; None for a completed run."""
    exit_status: int | None = None
    """The agent's exit status; negative for a signal; None if it was ended or never started."""
    stdout: bytes = b""
    """The end of what it wrote, at most 64 KiB."""
    stderr: bytes = b""
    flows: tuple[Flow, ...] = ()
    """In the order in which they began."""
    canaries: tuple[Canary, ...] = ()
    """The secrets that were planted for this run alone."""
    trace: Trace | None = None
    """What the tracer saw; None if there was none."""
    hooks: Hooks | None = None
    """What the hooks in the agent's runtime saw; None if there were none."""

    home: tuple[HomeFile, ...] = ()
    """What its home held at the end that was not laid out for it, where that home is kept."""
    left_running: tuple[str, ...] = ()
    """Command lines of processes that were still there when the agent had ended, and after the time
    that its last messages were given."""

    @property
    def environment(self) -> Environment:
        """The environment of its trial."""
        return self.trial.environment
