"""Takes every TCP connection of its network namespace, and answers it itself.

What a connection speaks is told by its first bytes, so the same is understood on every port. It
never connects anywhere (and in its network there is nowhere to connect to).
"""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from undeclared.lab import dns
from undeclared.lab.interception import funnel, http1, http2, socks, tls
from undeclared.lab.interception.line import BrokeOffError, Line, Stream
from undeclared.lab.interception.recognise import Spoken, guess, recognise
from undeclared.lab.interception.visit import Answer, Visit
from undeclared.lab.recorder import FIRST_BYTES, Connection, Recording

_log = logging.getLogger(__name__)
_CLIENT_SPEAKS_FIRST = {80, 443}
_PATIENCE = 0.5
"""Seconds for a client to speak; one that waits for us gets nothing else."""
_QUIET = 0.02
"""Seconds without another byte after which the first bytes of a stream count as said."""


class Interceptor:
    """Serves every TCP port of every address that is not loopback."""

    def __init__(
        self, authority: Path, answer: Answer, current: Callable[[], Recording | None]
    ) -> None:
        """`current` gives the recording of now: a connection belongs to the run it began in."""
        self._certificates = tls.Certificates(authority)
        self._answer = answer
        self._current = current
        self.named_ports: set[int] = set()
        """Ports that the agent was told of, as the model's or a proxy's: it speaks first there."""
        self._visits: set[asyncio.Task[None]] = set()
        self._listeners: list[socket.socket] = []

    def start(self) -> None:
        """Begin to serve; raises OSError or funnel.FunnelError if that cannot be done."""
        funnel.install()
        self.listen(funnel.PORT)

    def listen(self, port: int) -> socket.socket:
        """Serve a port of loopback too; raises OSError if it cannot be had."""
        listener = funnel.listen(port)
        self.serve(listener)
        return listener

    def serve(self, listener: socket.socket) -> None:
        """Serve what comes to a listener."""
        asyncio.get_running_loop().add_reader(listener, self._accept, listener)
        self._listeners.append(listener)

    def close(self, listener: socket.socket) -> None:
        """Serve a port of loopback no more."""
        self._listeners.remove(listener)
        asyncio.get_running_loop().remove_reader(listener)
        listener.close()

    def take(self) -> None:
        """Accept all connections that wait."""
        for listener in self._listeners:
            self._accept(listener)

    async def end_visits(self) -> None:
        """Close what is open; all that came over it has been recorded then."""
        for task in self._visits:
            task.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except BlockingIOError:
                return
            except OSError:  # it was reset before we came to it
                continue
            recording = self._current()
            if recording is None:
                accepted.close()
                continue
            connection = recording.connect()
            task = asyncio.create_task(self._visit(accepted, connection, time.time()))
            self._visits.add(task)
            task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._visits.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # A fault of ours, which a run must not take for the agent's.
            _log.error("a connection could not be followed", exc_info=error)

    async def _visit(self, accepted: socket.socket, connection: Connection, began: float) -> None:
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        endpoint = connection.recording.endpoint(*funnel.destination(accepted))
        reader, writer = await asyncio.open_connection(sock=accepted)
        line = Line(Stream(reader, writer))
        try:
            await self._speak(Visit(line, connection, endpoint, began, self._answer))
        finally:
            connection.recording.disconnect()
            writer.close()

    async def _speak(self, visit: Visit) -> None:
        """Speak whatever the first bytes are of."""
        if visit.endpoint.port in _CLIENT_SPEAKS_FIRST | self.named_ports:
            visit = replace(visit, patient=True)
        with contextlib.suppress(ConnectionError):
            if visit.endpoint.port == dns.PORT:
                await _resolve(visit)
                return
            match await _recognised(visit):
                case Spoken.TLS:
                    await tls.speak(visit, self._certificates, self._speak)
                case Spoken.HTTP1:
                    await http1.speak(visit, self._speak)
                case Spoken.HTTP2:
                    await http2.speak(visit)
                case Spoken.SOCKS5:
                    await socks.speak(visit, self._speak)
                case Spoken.OTHER:
                    _record(visit)
            await visit.line.close()


async def _recognised(visit: Visit) -> Spoken:
    """What the first bytes are of; if none come for a moment, the agent waits for us to speak."""
    line = visit.line
    patience = None if visit.patient else _PATIENCE
    try:
        while (spoken := recognise(line.ahead)) is None and not line.ended:
            async with asyncio.timeout(patience):
                await line.look()
            patience = _PATIENCE
        while spoken is Spoken.OTHER and len(line.ahead) < FIRST_BYTES and not line.ended:
            async with asyncio.timeout(_QUIET):
                await line.look()
    except TimeoutError:
        return Spoken.OTHER
    except asyncio.CancelledError:
        _record(visit)
        raise
    return spoken or Spoken.OTHER


def _record(visit: Visit) -> None:
    """Record a stream that nobody here speaks; of one in TLS without a byte, the handshake is."""
    first_bytes = visit.line.ahead
    if first_bytes or not visit.secure:
        protocol = guess(first_bytes)
        visit.recording.stream(visit.endpoint, visit.began, first_bytes, protocol)


async def _resolve(visit: Visit) -> None:
    """Be a name server (RFC 1035, section 4.2.2)."""
    line, recording, server = visit.line, visit.recording, visit.endpoint.address
    while line.ahead or await line.look():
        try:
            length = int.from_bytes(await line.exactly(2), "big")
            packet = await line.exactly(length)
        except BrokeOffError:
            dns.record_garbage(recording, line.ahead, "tcp", server)
            return
        answered = dns.answer(packet, recording.names, ipv6=dns.has_ipv6())
        dns.record(recording, answered, "tcp", server)
        if not answered.understood:
            dns.record_garbage(recording, packet, "tcp", server)
        if answered.message is None:
            return
        await line.write(len(answered.message).to_bytes(2, "big") + answered.message)
