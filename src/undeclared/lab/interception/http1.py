"""HTTP/1 (RFC 9112), read so that nothing that was sent is lost: order, case, odd bytes.

The parsers of good libraries refuse or fold what they think is wrong; here that is the evidence.
"""

import asyncio
import re
import time
from dataclasses import replace
from http import HTTPStatus

from undeclared.lab.interception import exchange, websocket
from undeclared.lab.interception.exchange import Request, Sent
from undeclared.lab.interception.line import MOST, BrokeOffError, Line
from undeclared.lab.interception.visit import Follow, Visit
from undeclared.lab.recorder import Endpoint
from undeclared.lab.standin import Reply
from undeclared.model import Headers, ProxyFlow

_MOST_HEAD = 1024 * 1024
_MOST_CHUNK_LINE = 64 * 1024
_ABSOLUTE = re.compile(rb"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_PORTS = {b"http": 80, b"https": 443}


def parse_head(head: bytes) -> Request:
    """The request line and the header fields of a message's head; raises ValueError if it has none.

    Names and values are as sent, but for the white space around a value.
    """
    first, *lines = _LINE_END.split(head.strip(b"\r\n"))
    method, _, rest = first.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    if not method or not target or not version.startswith(b"HTTP/"):
        raise ValueError("no request line")
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and fields:  # a folded line (RFC 9112, section 5.2)
            fields[-1] = (fields[-1][0], fields[-1][1] + b"\r\n" + line)
            continue
        name, colon, value = line.partition(b":")
        if not colon:
            raise ValueError("a header field without a colon")
        fields.append((name, value.strip(b" \t")))
    request = Request(method, target, version.decode("latin-1"), tuple(fields), "", time.time())
    request.named = request.value(b"host").decode("latin-1")
    return request


def body_length(request: Request) -> int | None:
    """Bytes of the body; None if it comes in chunks (RFC 9112, section 6.3).

    Raises ValueError if the head does not say it plainly.
    """
    coding = request.value(b"transfer-encoding").lower()
    if coding:
        if coding.rpartition(b",")[2].strip() != b"chunked":
            raise ValueError("a transfer coding that has no end")
        return None
    lengths = set(request.value(b"content-length").replace(b" ", b"").split(b",")) - {b""}
    if not lengths:
        return 0
    (length,) = lengths if len(lengths) == 1 else (b"",)
    if not length.isdigit():
        raise ValueError("an unclear content-length")
    return int(length)


async def _read_body(line: Line, request: Request) -> None:
    """Fill in the body; raises BrokeOffError with what there is of it in place."""
    length = body_length(request)
    if length is None:
        await _read_chunks(line, request)
        return
    while missing := length - len(request.body):
        if len(request.body) >= MOST:
            raise BrokeOffError("a body of more than 64 MiB")
        request.body += await _some(line, min(missing, MOST - len(request.body)))


async def _some(line: Line, most: int) -> bytes:
    if not line.ahead and not await line.look():
        raise BrokeOffError("the connection ended early")
    return line.take(most)


async def _read_chunks(line: Line, request: Request) -> None:
    while True:
        size = (await line.until(b"\n", _MOST_CHUNK_LINE)).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", size):
            raise BrokeOffError("a chunk without a size")
        missing = int(size, 16)
        if missing == 0:
            break
        while missing:
            if len(request.body) >= MOST:
                raise BrokeOffError("a body of more than 64 MiB")
            data = await _some(line, min(missing, MOST - len(request.body)))
            request.body += data
            missing -= len(data)
        if (await line.until(b"\n", 2)).strip():
            raise BrokeOffError("a chunk without an end")
    trailers = []
    while trailer := (await line.until(b"\n", _MOST_CHUNK_LINE)).rstrip(b"\r\n"):
        name, _, value = trailer.partition(b":")
        trailers.append((name, value.strip(b" \t")))
    request.trailers = tuple(trailers)


async def speak(visit: Visit, follow: Follow) -> None:
    """Answer one request after the other, until the agent or the answer ends the connection."""
    while await _exchange(visit, follow):
        pass


async def _exchange(visit: Visit, follow: Follow) -> bool:
    line = visit.line
    if not line.ahead and not await line.look():
        return False
    began = time.time()
    head = await _read_head(line)
    try:
        if head is None:
            raise ValueError("the head has no end")
        request = parse_head(head)
        request.began = began
    except ValueError:
        visit.recording.stream(visit.endpoint, began, (head or b"") + line.ahead, "http")
        await line.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")
        return False
    if request.method == b"CONNECT":
        await _tunnel(visit, request, head or b"", follow)
        return False
    visit = _forwarded(visit, request, head or b"")
    try:
        if request.value(b"expect").lower() == b"100-continue" and not line.ahead:
            await line.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await _read_body(line, request)
    except (BrokeOffError, ValueError, ConnectionError) as error:
        exchange.record(visit, request, error=str(error))
        return False
    except asyncio.CancelledError:
        exchange.record(visit, request, error="the run ended before the request did")
        raise
    request.ended = time.time()
    if websocket.is_upgrade(request):
        await websocket.speak(visit, request)
        return False
    return await _answer(visit, request)


async def _read_head(line: Line) -> bytes | None:
    """Take a message's head, empty line included; None, and nothing taken, if it has no end."""
    while True:
        begin = len(line.ahead) - len(line.ahead.lstrip(b"\r\n"))
        if found := _HEAD_END.search(line.ahead, begin):
            return line.take(found.end())
        if len(line.ahead) > _MOST_HEAD:
            return None
        await line.look()
        if line.ended:
            found = _HEAD_END.search(line.ahead, begin)
            return line.take(found.end()) if found else None


async def _tunnel(visit: Visit, request: Request, head: bytes, follow: Follow) -> None:
    """Be an HTTP proxy (RFC 9110, section 9.3.6): what is inside is a connection to the target."""
    target = endpoint_of(request.target.decode("latin-1"), _PORTS[b"https"])
    _record_proxy(visit, request, "http-connect", target, head)
    await visit.line.write(f"{_version(request)} 200 Connection established\r\n\r\n".encode())
    await follow(visit.inside(target))


def _forwarded(visit: Visit, request: Request, head: bytes) -> Visit:
    """A request with a whole URL goes to a proxy, unless the URL is of the server itself.

    The request then is recorded as one to the server that it means.
    """
    found = _ABSOLUTE.fullmatch(request.target)
    if found is None:
        return visit
    scheme, authority, path = found.groups()
    target = endpoint_of(authority.rpartition(b"@")[2].decode("latin-1"), _PORTS[scheme.lower()])
    request.named = str(target)
    if (target.host, target.port) == (visit.endpoint.host, visit.endpoint.port):
        return visit
    _record_proxy(visit, request, "http-forward", target, head)
    request.target = path if path.startswith(b"/") else b"/" + path
    return replace(visit, endpoint=target, secure=scheme.lower() == b"https")


def _record_proxy(
    visit: Visit, request: Request, protocol: str, target: Endpoint, head: bytes
) -> None:
    visit.recording.add(
        ProxyFlow.model_validate(
            {
                "started": visit.recording.since(request.began),
                "connection": visit.connection.number,
                "protocol": protocol,
                "proxy": visit.endpoint.host,
                "port": visit.endpoint.port,
                "target": str(target),
                "opening": head,
            }
        )
    )


def endpoint_of(authority: str, default_port: int) -> Endpoint:
    """The host and port that an authority (RFC 3986, section 3.2) names."""
    host, colon, port = authority.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or host.endswith(":"):
        host, port = authority, str(default_port)
    return Endpoint.named(host.strip("[]"), min(int(port), 65535))


async def _answer(visit: Visit, request: Request) -> bool:
    """Send the answer; whether the connection goes on."""
    reply = exchange.reply_to(visit, request)
    sent, frames, goes_on = render(request, reply)
    index = exchange.record(visit, request, reply, sent)
    try:
        if reply.delay:
            await asyncio.sleep(reply.delay)
        for frame in frames:
            await visit.line.write(frame)
    except ConnectionError as error:
        visit.recording.amend(index, error=f"the agent did not take the answer: {error}")
        return False
    except asyncio.CancelledError:
        visit.recording.amend(index, error="the run ended before the answer did")
        raise
    if sent.cut:
        visit.line.abort()
    return goes_on


def render(request: Request, reply: Reply) -> tuple[Sent, list[bytes], bool]:
    """An answer as the agent gets it, what is written for it, and whether the connection goes on.

    A stream of events comes in chunks, one for each event, as from the vendors' servers.
    """
    tokens = request.value(b"connection").lower().replace(b" ", b"").split(b",")
    old = request.version == "HTTP/1.0"
    goes_on = (b"keep-alive" in tokens) if old else (b"close" not in tokens)
    with_body = exchange.has_body(request, reply)
    body, broken = exchange.cut(reply, reply.body if with_body else b"")
    headers: Headers = ((b"content-type", reply.content_type.encode("latin-1")),)
    headers += exchange.lower(reply.headers)
    chunked = with_body and exchange.is_stream(reply)
    if chunked and old:
        goes_on, chunked = False, False
    elif chunked:
        headers += ((b"transfer-encoding", b"chunked"),)
    elif reply.status >= 200 and reply.status != 204:
        headers += ((b"content-length", str(len(reply.body)).encode()),)
    if not goes_on:
        headers += ((b"connection", b"close"),)
    elif old:
        headers += ((b"connection", b"keep-alive"),)
    sent = Sent(reply.status, headers, body, cut=broken)
    content = _chunks(reply.body, len(body) if broken else None) if chunked else body
    head = f"{_version(request)} {reply.status} {_phrase(reply.status)}\r\n".encode()
    head += b"".join(b"%b: %b\r\n" % field for field in headers)
    return sent, [head + b"\r\n" + content], goes_on and not broken


def _chunks(body: bytes, cut_after: int | None) -> bytes:
    """The chunked coding (RFC 9112, section 7.1) of a stream of events, all or the beginning."""
    framed, sent = bytearray(), 0
    for event in re.findall(rb".*?(?:\r?\n\r?\n|\Z)", body, re.DOTALL):
        if not event:
            continue
        framed += b"%x\r\n" % len(event)
        if cut_after is not None and sent + len(event) >= cut_after:
            return bytes(framed + event[: cut_after - sent])
        framed += event + b"\r\n"
        sent += len(event)
    return bytes(framed + (b"0\r\n\r\n" if cut_after is None else b""))


def _version(request: Request) -> str:
    return "HTTP/1.0" if request.version == "HTTP/1.0" else "HTTP/1.1"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
