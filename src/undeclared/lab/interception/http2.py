"""HTTP/2 (RFC 9113), with prior knowledge or by ALPN."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import H2Error, StreamClosedError
from h2.settings import SettingCodes

from undeclared.lab.interception import exchange
from undeclared.lab.interception.exchange import Request, Sent
from undeclared.lab.interception.line import MOST
from undeclared.lab.interception.recognise import HTTP2_PREFACE
from undeclared.lab.interception.visit import Visit
from undeclared.model import Headers, Http2Flow

_FRAME_HEADER = 9
_HEADERS, _SETTINGS, _ACKNOWLEDGED = 1, 4, 1
_KEPT = 4096
_WINDOW = 2**24


@dataclass(slots=True)
class Opening:
    """What a client sends before its first request, frame by frame."""

    sent: bytearray = field(default_factory=bytearray)
    done: bool = False

    def take(self, data: bytes) -> bool:
        """Add what came in; whether it is `done`: a HEADERS frame begins, or there is enough."""
        self.sent += data
        at = len(HTTP2_PREFACE)
        while len(self.sent) >= at + _FRAME_HEADER:
            if self.sent[at + 3] == _HEADERS:
                del self.sent[at:]
                self.done = True
                return True
            at += _FRAME_HEADER + int.from_bytes(self.sent[at : at + 3], "big")
        self.done = at > _KEPT
        return self.done

    def settings(self) -> tuple[tuple[int, int], ...]:
        """Identifiers and values of the first SETTINGS frame (RFC 9113, section 6.5.1)."""
        at = len(HTTP2_PREFACE)
        while len(self.sent) >= at + _FRAME_HEADER:
            size = int.from_bytes(self.sent[at : at + 3], "big")
            kind, flags = self.sent[at + 3], self.sent[at + 4]
            payload = self.sent[at + _FRAME_HEADER : at + _FRAME_HEADER + size]
            if kind == _SETTINGS and not flags & _ACKNOWLEDGED:
                pairs = [payload[start : start + 6] for start in range(0, len(payload) - 5, 6)]
                return tuple(
                    (int.from_bytes(pair[:2], "big"), int.from_bytes(pair[2:], "big"))
                    for pair in pairs
                )
            at += _FRAME_HEADER + size
        return ()


async def speak(visit: Visit) -> None:
    """Answer requests, each when it is complete, until the agent closes the connection."""
    await _Server(visit).serve()


class _Server:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._frames = H2Connection(
            H2Configuration(
                client_side=False,
                header_encoding=None,
                # What a strict server would refuse or fold is evidence like any other.
                validate_inbound_headers=False,
                normalize_inbound_headers=False,
            )
        )
        self._requests: dict[int, Request] = {}
        """Those that are not complete yet, by stream."""
        self._answers: dict[int, asyncio.Task[None]] = {}
        self._room = asyncio.Condition()
        """Told when the client may have made room for more data."""
        self._opening = Opening()
        self._fault: str | None = None
        self._over = False

    async def serve(self) -> None:
        """Until the connection ends; what is not complete by then is recorded as broken off."""
        self._frames.initiate_connection()
        # Set before, it would count here and never be told to the client, whose uploads then stop.
        self._frames.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW})
        self._frames.increment_flow_control_window(_WINDOW)
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await self._listen()
            except ConnectionError as lost:
                self._fault = str(lost)
            except asyncio.CancelledError:
                self._fault = "the run ended before the request did"
                raise
            finally:
                if not self._opening.done:
                    self._record_opening()
                for request in self._requests.values():
                    error = self._fault or "the connection ended early"
                    exchange.record(self._visit, request, error=error)
                for task in self._answers.values():
                    task.cancel()

    async def _listen(self) -> None:
        await self._flush()
        while data := await self._visit.line.read():
            if not self._opening.done and self._opening.take(data):
                self._record_opening()
            await self._take(data)
            if self._fault or (self._over and not self._answers):
                return

    def _record_opening(self) -> None:
        recording = self._visit.recording
        recording.add(
            Http2Flow(
                started=recording.since(self._visit.began),
                connection=self._visit.connection.number,
                settings=self._opening.settings(),
                opening=bytes(self._opening.sent[:_KEPT]),
            )
        )

    async def _take(self, data: bytes) -> None:
        try:
            happened = self._frames.receive_data(data)
        except H2Error as error:
            self._fault = f"not HTTP/2: {error}"
            happened = []
        for event in happened:
            self._handle(event)
        await self._flush()
        async with self._room:
            self._room.notify_all()

    def _handle(self, event: events.Event) -> None:
        if isinstance(event, events.RequestReceived):
            self._requests[event.stream_id] = _request(tuple(event.headers))
        elif isinstance(event, events.DataReceived):
            if event.flow_controlled_length:
                self._frames.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id
                )
            if request := self._requests.get(event.stream_id):
                request.body += event.data
                if len(request.body) > MOST:
                    self._refuse(event.stream_id, "a body of more than 64 MiB")
        elif isinstance(event, events.TrailersReceived):
            if request := self._requests.get(event.stream_id):
                request.trailers = _bytes(tuple(event.headers))
        elif isinstance(event, events.StreamEnded):
            if request := self._requests.pop(event.stream_id, None):
                request.ended = time.time()
                answer = self._answer(event.stream_id, request)
                self._answers[event.stream_id] = self._group.create_task(answer)
        elif isinstance(event, events.ConnectionTerminated):
            self._over = True
        elif isinstance(event, events.StreamReset):
            if request := self._requests.pop(event.stream_id, None):
                exchange.record(self._visit, request, error="the agent reset the stream")
            elif task := self._answers.get(event.stream_id):
                task.cancel("the agent reset the stream")

    def _refuse(self, stream: int, why: str) -> None:
        request = self._requests.pop(stream)
        del request.body[MOST:]
        exchange.record(self._visit, request, error=why)
        self._frames.reset_stream(stream, ErrorCodes.ENHANCE_YOUR_CALM)

    async def _answer(self, stream: int, request: Request) -> None:
        visit = self._visit
        reply = exchange.reply_to(visit, request)
        with_body = exchange.has_body(request, reply)
        body, broken = exchange.cut(reply, reply.body if with_body else b"")
        headers: Headers = ((b"content-type", reply.content_type.encode("latin-1")),)
        headers += exchange.lower(reply.headers)
        if not exchange.is_stream(reply) and reply.status not in (204, 304):
            headers += ((b"content-length", str(len(reply.body)).encode()),)
        index = exchange.record(visit, request, reply, Sent(reply.status, headers, body, broken))
        try:
            if reply.delay:
                await asyncio.sleep(reply.delay)
            status = (b":status", str(reply.status).encode())
            whole = not body and not broken
            self._frames.send_headers(stream, [status, *headers], end_stream=whole)
            await self._flush()
            if not whole:
                await self._send(stream, body, broken=broken)
        except (H2Error, ConnectionError) as error:
            visit.recording.amend(index, error=f"the agent did not take the answer: {error}")
        except asyncio.CancelledError:
            visit.recording.amend(index, error="the connection ended before the answer did")
            raise
        finally:
            self._answers.pop(stream, None)

    async def _send(self, stream: int, body: bytes, *, broken: bool) -> None:
        sent = 0
        while sent < len(body):
            async with self._room:
                while (room := self._frames.local_flow_control_window(stream)) <= 0:
                    await self._room.wait()
            size = min(room, self._frames.max_outbound_frame_size, len(body) - sent)
            last = sent + size == len(body) and not broken
            self._frames.send_data(stream, body[sent : sent + size], end_stream=last)
            sent += size
            await self._flush()
        if broken:
            with contextlib.suppress(StreamClosedError):
                self._frames.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
            await self._flush()

    async def _flush(self) -> None:
        if data := self._frames.data_to_send():
            await self._visit.line.write(data)


def _request(headers: tuple[tuple[bytes, bytes], ...]) -> Request:
    headers = _bytes(headers)
    pseudo = {name: value for name, value in headers if name.startswith(b":")}
    request = Request(
        method=pseudo.get(b":method", b""),
        target=pseudo.get(b":path", b""),
        version="HTTP/2.0",
        headers=headers,
        named=pseudo.get(b":authority", b"").decode("latin-1"),
        began=time.time(),
    )
    request.named = request.named or request.value(b"host").decode("latin-1")
    return request


def _bytes(headers: tuple[tuple[bytes, bytes], ...]) -> Headers:
    """The parser gives its own kinds of tuple, which say how a field was coded."""
    return tuple((bytes(name), bytes(value)) for name, value in headers)
