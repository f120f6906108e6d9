"""WebSocket (RFC 6455): every upgrade is accepted, everything is listened to, nothing is said."""

import time

from wsproto import ConnectionType
from wsproto.connection import Connection, ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError, generate_accept_token

from undeclared.lab.interception import exchange
from undeclared.lab.interception.exchange import Request, Sent
from undeclared.lab.interception.line import MOST
from undeclared.lab.interception.visit import Visit
from undeclared.lab.standin import Reply
from undeclared.model import WebSocketFlow, WebSocketMessage

_TOO_BIG = 1009


def is_upgrade(request: Request) -> bool:
    """Whether a request asks for a WebSocket (RFC 6455, section 4.2.1)."""
    return (
        request.method == b"GET"
        and b"websocket" in request.value(b"upgrade").lower()
        and b"upgrade" in request.value(b"connection").lower()
        and bool(request.value(b"sec-websocket-key"))
    )


async def speak(visit: Visit, request: Request) -> None:
    """Accept the upgrade, and take what the agent says until it closes."""
    line, recording = visit.line, visit.recording
    headers = [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-accept", generate_accept_token(request.value(b"sec-websocket-key"))),
    ]
    if offered := request.value(b"sec-websocket-protocol"):
        headers.append((b"sec-websocket-protocol", offered.partition(b",")[0].strip()))
    sent = Sent(101, tuple(headers), b"")
    exchange.record(visit, request, Reply(101, "", b"", "generic"), sent)
    listening = _Listening()
    try:
        head = b"".join(b"%b: %b\r\n" % field for field in headers)
        await line.write(b"HTTP/1.1 101 Switching Protocols\r\n" + head + b"\r\n")
        while not listening.over and (data := await line.read()):
            await line.write(listening.hear(data))
    except ConnectionError:
        pass  # it is gone; what it said is recorded
    finally:
        recording.add(
            WebSocketFlow(
                started=recording.since(request.began),
                connection=visit.connection.number,
                host=exchange.host_of(visit, request.named),
                port=visit.endpoint.port,
                target=request.target,
                messages=tuple(
                    WebSocketMessage(at=recording.since(at), text=text, content=content)
                    for at, text, content in listening.said
                ),
                close_code=listening.close_code,
            )
        )


class _Listening:
    """What the agent has said so far."""

    def __init__(self) -> None:
        self._frames = Connection(ConnectionType.SERVER)
        self._message = bytearray()
        self._size = 0
        self.said: list[tuple[float, bool, bytes]] = []
        """Moment, whether it is text, and content of each message."""
        self.close_code: int | None = None
        self.over = False

    def hear(self, data: bytes) -> bytes:
        """Take what came in; returns what must be answered to it."""
        answer = b""
        self._size += len(data)
        try:
            self._frames.receive_data(data)
            for event in self._frames.events():
                if isinstance(event, TextMessage | BytesMessage):
                    self._add(event)
                elif isinstance(event, Ping):
                    answer += self._frames.send(event.response())
                elif isinstance(event, CloseConnection):
                    self.over = True
                    if self._frames.state is ConnectionState.REMOTE_CLOSING:  # else it is our own
                        self.close_code = event.code
                    answer += self._frames.send(event.response())
            if self._size > MOST:
                self.over = True
                answer += self._frames.send(CloseConnection(_TOO_BIG))
        except (LocalProtocolError, RemoteProtocolError):
            self.over = True
        return answer

    def _add(self, event: TextMessage | BytesMessage) -> None:
        text = isinstance(event, TextMessage)
        data: str | bytes = event.data
        self._message += data.encode() if isinstance(data, str) else data
        if event.message_finished:
            self.said.append((time.time(), text, bytes(self._message)))
            self._message.clear()
