"""One HTTP exchange, of either version: asks for the answer, and records it."""

from dataclasses import dataclass, field

from mitmproxy.net.http import url

from undeclared.lab import doh
from undeclared.lab.interception.coding import decoded
from undeclared.lab.interception.visit import Visit
from undeclared.lab.standin import Asked, Reply
from undeclared.model import Headers, HttpFlow, HttpRequest, HttpResponse


@dataclass(slots=True)
class Request:
    """A request as far as it has come in."""

    method: bytes
    target: bytes
    version: str
    headers: Headers
    named: str
    """Host, with or without port, that the request itself names; empty if none."""
    began: float
    """Wall clock at its first byte."""
    ended: float | None = None
    """Wall clock at its last byte; None if that has not come."""
    body: bytearray = field(default_factory=bytearray)
    trailers: Headers = ()

    def value(self, name: bytes) -> bytes:
        """The values of a header field, joined (RFC 9110, section 5.3); empty if there is none."""
        return b", ".join(value for key, value in self.headers if key.lower() == name)


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer as it goes out."""

    status: int
    headers: Headers
    body: bytes
    """What is sent of it."""
    cut: bool = False
    """The connection breaks off after it."""


def host_of(visit: Visit, named: str) -> str:
    """The host that a request means.

    That in `:authority` or `Host`, else that of the handshake, else that of the connection.
    """
    try:
        host = url.parse_authority(named, check=False)[0] if named else ""
    except ValueError:
        host = named
    return host or visit.sni or visit.endpoint.host


def reply_to(visit: Visit, request: Request) -> Reply:
    """The answer of the stand-in, or of our name server to a question asked over HTTP."""
    path, _, query = request.target.decode("latin-1").partition("?")
    body = decoded(request.value(b"content-encoding"), bytes(request.body))
    asked = Asked(
        method=request.method.decode("latin-1"),
        host=host_of(visit, request.named),
        path=path,
        body=body,
        query=query,
        content_type=request.value(b"content-type").decode("latin-1"),
    )
    return doh.answer(asked, visit.recording) or visit.answer(asked)


def lower(headers: tuple[tuple[str, str], ...]) -> Headers:
    """Further header fields of an answer, as bytes."""
    return tuple((name.lower().encode("latin-1"), value.encode("utf-8")) for name, value in headers)


def has_body(request: Request, reply: Reply) -> bool:
    """Whether the answer may have one (RFC 9112, section 6.3)."""
    return request.method != b"HEAD" and reply.status >= 200 and reply.status not in (204, 304)


def is_stream(reply: Reply) -> bool:
    """Whether the answer is sent event by event."""
    return reply.content_type.startswith("text/event-stream")


def cut(reply: Reply, body: bytes) -> tuple[bytes, bool]:
    """What is sent of the body, and whether the connection breaks off then."""
    if reply.cut_after is None or reply.cut_after >= len(body):
        return body, reply.cut_after is not None
    return body[: reply.cut_after], True


def record(
    visit: Visit,
    request: Request,
    reply: Reply | None = None,
    sent: Sent | None = None,
    error: str | None = None,
) -> int:
    """Record an exchange; returns the index of its flow."""
    recording = visit.recording
    if sent is not None and sent.cut:
        error = f"the lab broke it off after {len(sent.body)} bytes of its answer"
    return recording.add(
        HttpFlow(
            started=recording.since(request.began),
            ended=None if request.ended is None else recording.since(request.ended),
            connection=visit.connection.number,
            request=HttpRequest(
                method=request.method,
                scheme="https" if visit.secure else "http",
                host=host_of(visit, request.named),
                port=visit.endpoint.port,
                target=request.target,
                version=request.version,
                headers=request.headers,
                body=bytes(request.body),
                trailers=request.trailers,
            ),
            response=sent
            and HttpResponse(status=sent.status, headers=sent.headers, body=sent.body),
            answered_by=reply.answered_by if reply else "generic",
            step=reply.step if reply else None,
            error=error,
        )
    )
