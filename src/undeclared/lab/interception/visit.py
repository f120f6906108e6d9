"""One connection of an agent, and the layer of it that is being spoken."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from undeclared.lab.interception.line import Line
from undeclared.lab.recorder import Connection, Endpoint, Recording
from undeclared.lab.standin import Asked, Reply

Answer = Callable[[Asked], Reply]
Follow = Callable[["Visit"], Awaitable[None]]
"""Goes on with what is inside of TLS or of a tunnel."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One connection of an agent, and the layer of it that is being spoken."""

    line: Line
    connection: Connection
    endpoint: Endpoint
    began: float
    """Wall clock at the start of the TCP connection, or of the tunnel."""
    answer: Answer
    secure: bool = False
    """Within TLS."""
    sni: str | None = None
    """The name asked for in the TLS handshake."""
    patient: bool = False
    """The agent has a reason to speak first, so a silence is no sign of waiting for us."""

    def inside(self, target: Endpoint) -> "Visit":
        """What goes through a proxy to a target."""
        return replace(
            self, endpoint=target, began=time.time(), secure=False, sni=None, patient=False
        )

    @property
    def recording(self) -> Recording:
        """The recording of the run that it began in."""
        return self.connection.recording
