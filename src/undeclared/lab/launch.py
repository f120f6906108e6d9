"""How an agent is started: each part of the lab adds to it what it must."""

from collections.abc import Callable
from dataclasses import dataclass

from undeclared.lab.world import Folders


@dataclass(slots=True)
class Launch:
    """One start of one agent, before it happens."""

    folders: Folders
    """What the run may write, and its own /etc."""
    sandbox: list[str]
    """Arguments of bubblewrap, without environment and command."""
    variables: dict[str, str]
    """The whole environment of the agent."""
    command: list[str]
    """The agent's command line, as its own world sees it."""
    stdin: bytes | None
    """None: standard input is empty."""
    wrapper: tuple[str, ...] = ()
    """A program in front of bubblewrap, outside the agent's world: a tracer."""
    before: Callable[[], None] | None = None
    """What the process does last before it becomes the wrapper or bubblewrap."""
