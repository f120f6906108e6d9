"""Outbound exchanges, as raw bytes.

Nothing here is parsed, decoded, sorted or normalised: a mark may sit in exactly what a parser
would fold. `views/` looks at these bytes through several views.
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
    """HTTP/2 pseudo-header fields (`:method` …) are among them, in the order sent."""
    body: bytes
    """The body as sent, content coding included; chunk framing is not kept."""
    trailers: Headers = ()
    """Fields sent after the body."""


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
    ended: float | None = None
    """When the last byte of the request had come in; None where it broke off."""
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
    transport: Literal["udp", "tcp", "https"]
    server: str | None = None
    """The address, or with `https` the host, of the server that was asked."""


class Http2Flow(Frozen):
    """How the agent opened an HTTP/2 connection: what clients differ in before their first request.

    The connection preface of RFC 9113, section 3.4, and the frames up to the first HEADERS.
    """

    kind: Literal["http2"] = "http2"
    started: float
    connection: int
    settings: tuple[tuple[int, int], ...]
    """Identifiers and values of the SETTINGS frame, in the order sent."""
    opening: bytes
    """The frames as sent, preface included, up to and without the first HEADERS; 4 KiB at most."""


class WebSocketMessage(Frozen):
    """One message of the agent."""

    at: float
    text: bool
    """A text message; else a binary one."""
    content: bytes


class WebSocketFlow(Frozen):
    """A WebSocket (RFC 6455) that the agent opened; its upgrade request is an `HttpFlow`."""

    kind: Literal["websocket"] = "websocket"
    started: float
    connection: int
    host: str
    port: int
    target: bytes
    """Path and query of the upgrade request."""
    messages: tuple[WebSocketMessage, ...]
    """What the agent sent, unmasked, in order."""
    close_code: int | None = None
    """The code with which the agent closed it; None if it did not."""


class ProxyFlow(Frozen):
    """One request to a proxy. What goes through it is recorded as flows of the same connection."""

    kind: Literal["proxy"] = "proxy"
    started: float
    connection: int
    protocol: Literal["http-connect", "http-forward", "socks5"]
    proxy: str
    """The proxy's host as the agent named it, if that is known; else its address."""
    port: int
    """The proxy's port."""
    target: str
    """`host:port` that the proxy was asked for."""
    opening: bytes
    """What the agent sent to the proxy: the head of the CONNECT request, or the SOCKS messages."""


class StreamFlow(Frozen):
    """A TCP or UDP exchange in a protocol that the lab does not speak.

    TCP is accepted, its first bytes are recorded, and it is closed. UDP is refused at once, so
    that a client falls back, and its first datagram is recorded. A loopback address stands for the
    agent's own machine: where none of its own processes listens, TCP is refused there too.
    """

    kind: Literal["stream"] = "stream"
    started: float
    transport: Literal["udp", "tcp", "icmp"]
    address: str
    """The address that the agent meant."""
    port: int
    """0 for ICMP."""
    host: str | None = None
    """The name that the agent looked up to get the address, if it did."""
    first_bytes: bytes
    """At most 4 KiB; empty if the agent waited for us to speak."""
    protocol: str | None = None
    """What the first bytes look like, if it is known: `quic`, `ssh` …"""


Flow = Annotated[
    HttpFlow | TlsFlow | DnsFlow | Http2Flow | WebSocketFlow | ProxyFlow | StreamFlow,
    Field(discriminator="kind"),
]
