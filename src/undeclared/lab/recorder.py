"""Collects the flows of one run at a time."""

import time
from dataclasses import dataclass, field

from undeclared.model import Flow


@dataclass(slots=True)
class Connection:
    """A TCP connection of the agent, numbered within its run."""

    recording: "Recording"
    number: int


@dataclass(slots=True)
class Recording:
    """What is recorded of one run. Flows that come in after its end belong to nobody."""

    began: float = field(default_factory=time.time)
    flows: list[Flow] = field(default_factory=list)
    open: int = 0
    """TCP connections that are not closed yet."""
    _connections: int = 0

    def restart(self) -> None:
        """Now the agent starts: moments are counted from here."""
        self.began = time.time()

    def connect(self) -> Connection:
        """Number a new connection."""
        self._connections += 1
        self.open += 1
        return Connection(self, self._connections - 1)

    def disconnect(self) -> None:
        """A connection has ended, and all that came over it has been recorded."""
        self.open -= 1

    def since(self, moment: float) -> float:
        """Seconds from the start of the run to a moment of the wall clock."""
        return round(moment - self.began, 6)

    def now(self) -> float:
        """Seconds since the start of the run."""
        return self.since(time.time())

    def in_order(self) -> tuple[Flow, ...]:
        """All flows, in the order in which they began."""
        return tuple(sorted(self.flows, key=lambda flow: flow.started))
