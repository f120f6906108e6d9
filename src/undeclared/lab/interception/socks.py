"""SOCKS 5 (RFC 1928), with and without user and password (RFC 1929)."""

import ipaddress
import time

from undeclared.lab.interception.line import BrokeOffError, Line
from undeclared.lab.interception.visit import Follow, Visit
from undeclared.lab.recorder import Endpoint
from undeclared.model import ProxyFlow

_VERSION = b"\x05"
_NO_PASSWORD, _PASSWORD, _NONE_ACCEPTABLE = 0, 2, 0xFF
_CONNECT = 1
_SUCCEEDED, _COMMAND_NOT_SUPPORTED, _ADDRESS_NOT_SUPPORTED = 0, 7, 8
_IPV4, _DOMAIN, _IPV6 = 1, 3, 4


class _Opening:
    """The messages of the client, read one after the other and kept."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.read = b""

    async def take(self, size: int) -> bytes:
        taken = await self._line.exactly(size)
        self.read += taken
        return taken

    async def counted(self) -> bytes:
        """A field behind its length in one byte."""
        return await self.take((await self.take(1))[0])


async def speak(visit: Visit, follow: Follow) -> None:
    """Be a SOCKS proxy: what is inside is a connection to the target."""
    line, opening, began = visit.line, _Opening(visit.line), time.time()
    try:
        target, refusal = await _negotiate(line, opening)
    except (BrokeOffError, ConnectionError):
        first_bytes = opening.read + line.ahead
        visit.recording.stream(visit.endpoint, began, first_bytes, "socks5")
        return
    if target is None:
        visit.recording.stream(visit.endpoint, began, opening.read, "socks5")
    else:
        visit.recording.add(
            ProxyFlow(
                started=visit.recording.since(began),
                connection=visit.connection.number,
                protocol="socks5",
                proxy=visit.endpoint.host,
                port=visit.endpoint.port,
                target=str(target),
                opening=opening.read,
            )
        )
    if refusal is not None:
        await line.write(_reply(refusal))
    if target is not None and refusal is None:
        await line.write(_reply(_SUCCEEDED))
        await follow(visit.inside(target))


async def _negotiate(line: Line, opening: _Opening) -> tuple[Endpoint | None, int | None]:
    """What the proxy is asked for, and the code of a refusal; raises BrokeOffError.

    A password is asked for where the client offers one: it is part of what it sends.
    """
    await opening.take(1)
    methods = await opening.counted()
    if _PASSWORD in methods:
        await line.write(_VERSION + bytes([_PASSWORD]))
        await opening.take(1)
        await opening.counted()
        await opening.counted()
        await line.write(b"\x01\x00")
    elif _NO_PASSWORD in methods:
        await line.write(_VERSION + bytes([_NO_PASSWORD]))
    else:
        await line.write(_VERSION + bytes([_NONE_ACCEPTABLE]))
        return None, None
    _, command, _, kind = await opening.take(4)
    if kind == _DOMAIN:
        host = (await opening.counted()).decode("utf-8", "backslashreplace")
    elif kind in (_IPV4, _IPV6):
        host = str(ipaddress.ip_address(await opening.take(4 if kind == _IPV4 else 16)))
    else:
        return None, _ADDRESS_NOT_SUPPORTED
    target = Endpoint.named(host, int.from_bytes(await opening.take(2), "big"))
    return target, None if command == _CONNECT else _COMMAND_NOT_SUPPORTED


def _reply(code: int) -> bytes:
    return _VERSION + bytes([code, 0, _IPV4]) + bytes(6)
