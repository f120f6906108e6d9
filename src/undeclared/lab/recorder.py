"""Collects the flows of one run at a time."""

import ipaddress
import time
from dataclasses import dataclass, field
from typing import Any, Self

from undeclared.model import Flow, StreamFlow

FIRST_BYTES = 4096
"""Bytes that are kept of a stream in a protocol that the lab does not speak."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where something goes: what the agent asked the network, or a proxy, for."""

    address: str
    """An IP address; a name where a proxy was given no more."""
    port: int
    name: str | None = None
    """The host name that the agent looked up to get the address, or gave to a proxy."""

    @classmethod
    def named(cls, host: str, port: int) -> Self:
        """What a proxy is asked for, by name or by address."""
        try:
            return cls(str(ipaddress.ip_address(host)), port)
        except ValueError:
            return cls(host, port, host)

    @property
    def host(self) -> str:
        """Its name if that is known, else its address."""
        return self.name or self.address

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


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
    names: dict[str, str] = field(default_factory=dict)
    """The name for which each address was given."""
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

    def endpoint(self, address: str, port: int) -> Endpoint:
        """An address that the agent uses, with the name behind it."""
        return Endpoint(address, port, self.names.get(address))

    def add(self, flow: Flow) -> int:
        """Record a flow; returns its index, by which it can be amended."""
        self.flows.append(flow)
        return len(self.flows) - 1

    def amend(self, index: int, **changes: Any) -> None:  # noqa: ANN401 - the fields of any flow
        """Add what came out of a flow later."""
        self.flows[index] = self.flows[index].model_copy(update=changes)

    def stream(
        self, endpoint: Endpoint, moment: float, first_bytes: bytes, protocol: str | None
    ) -> None:
        """Record a TCP connection in a protocol that the lab does not speak."""
        self.flows.append(
            StreamFlow(
                started=self.since(moment),
                transport="tcp",
                address=endpoint.address,
                port=endpoint.port,
                host=endpoint.name,
                first_bytes=first_bytes[:FIRST_BYTES],
                protocol=protocol,
            )
        )

    def since(self, moment: float) -> float:
        """Seconds from the start of the run to a moment of the wall clock."""
        return round(moment - self.began, 6)

    def now(self) -> float:
        """Seconds since the start of the run."""
        return self.since(time.time())

    def in_order(self) -> tuple[Flow, ...]:
        """All flows, in the order in which they began."""
        return tuple(sorted(self.flows, key=lambda flow: flow.started))
