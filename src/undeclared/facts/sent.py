"""What of a flow its sender chose: the bytes in which a secret may lie, place by place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from undeclared.model import (
    DnsFlow,
    Flow,
    HttpFlow,
    ProxyFlow,
    StreamFlow,
    TlsFlow,
    WebSocketFlow,
)
from undeclared.views.payload import decoded


@dataclass(frozen=True, slots=True)
class Sent:
    """Some bytes of one flow."""

    flow: int
    """Index among the run's flows."""
    host: str
    method: str
    path: str
    part: str
    """As in `Locus`."""
    pointer: str
    data: bytes


def sent(flows: Sequence[Flow]) -> Iterator[Sent]:
    """Everything that the flows carry, each place once, in the order of the flows.

    Questions for names below one domain are also taken together, their labels in one piece: that
    is how more than a label holds leaves by DNS.
    """
    for index, flow in enumerate(flows):
        match flow:
            case HttpFlow():
                yield from _http(index, flow)
            case WebSocketFlow():
                path = _path(flow.target)
                for message in flow.messages:
                    yield Sent(
                        index, flow.host, "WS", path, "message", "", message.content
                    )  # its upgrade request is a flow of its own
            case ProxyFlow():
                yield Sent(index, flow.proxy, "PROXY", "", "opening", "", flow.opening)
            case StreamFlow():
                host = flow.host or flow.address
                port = f"{flow.transport}/{flow.port}"
                yield Sent(index, host, port, "", "request", "", flow.first_bytes)
            case DnsFlow():
                name = flow.name.encode("utf-8", "surrogateescape")
                yield Sent(index, domain(flow.name), "DNS", "", "question", flow.type, name)
            case TlsFlow():
                if flow.sni:
                    name = flow.sni.encode("utf-8", "surrogateescape")
                    yield Sent(index, flow.sni, "TLS", "", "client-hello", "server-name", name)
            case _:
                pass  # how a connection was opened; nothing that is sent with it is of the agent
    yield from _tunnels(flows)


def domain(name: str) -> str:
    """The last two labels: what stands before them may be a message."""
    return ".".join(name.lower().split(".")[-2:])


def _http(index: int, flow: HttpFlow) -> Iterator[Sent]:
    request = flow.request
    method, path = request.method.decode("latin-1"), _path(request.target)

    def at(part: str, pointer: str, data: bytes) -> Sent:
        return Sent(index, request.host, method, path, part, pointer, data)

    where, _, query = request.target.partition(b"?")
    yield at("line", "path", where)
    if query:
        yield at("query", "", query)
    for name, value in (*request.headers, *request.trailers):
        if not name.startswith(b":"):  # of HTTP/2: the parts of the request line once more
            yield at("header", name.decode("latin-1").lower(), value)
    if request.body:
        plain = decoded(request.headers, request.body)
        yield at("body", "", request.body if plain is None else plain)


def _path(target: bytes) -> str:
    return target.partition(b"?")[0].decode("latin-1")


def _tunnels(flows: Sequence[Flow]) -> Iterator[Sent]:
    """For every domain of two labels, what was asked below it, in order and without dots."""
    below: dict[str, tuple[int, list[str]]] = {}
    for index, flow in enumerate(flows):
        if not isinstance(flow, DnsFlow):
            continue
        labels = flow.name.split(".")
        if len(labels) <= 2:
            continue
        _, asked = below.setdefault(domain(flow.name), (index, []))
        own = "".join(labels[:-2])
        if own not in asked[-1:]:  # the same name is asked for both kinds of address
            asked.append(own)
    for name, (index, asked) in below.items():
        data = "".join(asked).encode("utf-8", "surrogateescape")
        yield Sent(index, name, "DNS", "", "question", "labels", data)
