"""Outbound exchanges, as raw bytes.

Nothing here is parsed, decoded, sorted or normalised: a mark may sit in exactly what a parser
would fold. `experiment/` looks at these bytes through several views.
"""

from typing import Annotated, Literal

from pydantic import Field

from undeclared.model.base import Frozen

Headers = tuple[tuple[bytes, bytes], ...]
"""Header fields in the order and letter case in which they were sent."""


class HttpRequest(Frozen):
    """A request as the agent sent it."""

    method: bytes
    scheme: Literal["http", "https"]
    host: str
    """The host that the agent meant (SNI, Host or `:authority`), without port."""
    port: int
    target: bytes
    """Path and query as sent (RFC 9112 origin form); for HTTP/2 the `:path`."""
    version: str
    """`HTTP/1.1` or `HTTP/2.0`."""
    headers: Headers
    body: bytes
    """The body as sent, content coding included; chunk framing is not kept."""


class HttpResponse(Frozen):
    """What the lab answered."""

    status: int
    headers: Headers
    body: bytes


class HttpFlow(Frozen):
    """One HTTP exchange."""

    kind: Literal["http"] = "http"
    started: float
    """Seconds since the agent was started."""
    connection: int
    """Number of the TCP connection within the run, from 0; shared by reused connections."""
    request: HttpRequest
    response: HttpResponse | None = None
    """None where the exchange broke off before an answer."""
    answered_by: str
    """Who answered: a wire (`anthropic-messages`) or `generic`."""
    step: str | None = None
    """The step of the scenario that this request reached (`turn-1`, `turn-2`, `side`); None for
    requests that are not part of a conversation with the model."""
    error: str | None = None


class TlsFlow(Frozen):
    """One TLS handshake that the agent began."""

    kind: Literal["tls"] = "tls"
    started: float
    connection: int
    sni: str | None = None
    """The server name asked for; None where the agent sent none."""
    port: int
    client_hello: bytes
    """The ClientHello handshake message (RFC 8446, section 4.1.2), raw."""
    error: str | None = None
    """Why the handshake failed, such as a certificate that the agent refused; None if none."""


class DnsFlow(Frozen):
    """One DNS question."""

    kind: Literal["dns"] = "dns"
    started: float
    name: str
    """The name asked for, in the letter case sent, without the final dot."""
    type: str
    """`A`, `AAAA`, `HTTPS` …"""
    transport: Literal["udp", "tcp"]


class StreamFlow(Frozen):
    """A TCP or UDP exchange in a protocol that the lab does not speak."""

    kind: Literal["stream"] = "stream"
    started: float
    transport: Literal["udp", "tcp"]
    address: str
    port: int
    first_bytes: bytes


Flow = Annotated[HttpFlow | TlsFlow | DnsFlow | StreamFlow, Field(discriminator="kind")]
