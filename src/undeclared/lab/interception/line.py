"""Bytes to and from an agent, over TCP or over what is wrapped in it."""

import asyncio
from typing import Protocol

MOST = 64 * 1024 * 1024
"""Bytes of one message that are kept; a longer one is broken off, and recorded so far."""
_CHUNK = 65536


class BrokeOffError(Exception):
    """The agent closed the connection, or sent what is not allowed, in the middle of a message."""


class Transport(Protocol):
    """Where the bytes of a line come from and go to."""

    async def read(self) -> bytes:
        """What has come in, as soon as anything has; empty at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Send it all, in order with what was written before; raises ConnectionError."""
        ...

    async def close(self) -> None:
        """Say goodbye as the protocol does, and close."""
        ...

    def abort(self) -> None:
        """Close without a goodbye."""
        ...


class Stream:
    """A TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        """What has come in; a connection that is reset has ended."""
        try:
            return await self._reader.read(_CHUNK)
        except OSError:
            return b""

    async def write(self, data: bytes) -> None:
        """Send it; a client that reads slowly slows us down."""
        if self._writer.is_closing():
            raise ConnectionResetError("the connection is closed")
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        """Close when all has been sent."""
        self._writer.close()

    def abort(self) -> None:
        """Close with what has been sent so far."""
        self._writer.close()


class Line:
    """A transport that can be looked at before it is read."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._ahead = bytearray()
        self._ended = False

    async def look(self) -> bytes:
        """Wait for more; returns all that has come in and was not taken."""
        await self._more()
        return bytes(self._ahead)

    async def _more(self) -> bool:
        if self._ended:
            return False
        data = await self._transport.read()
        self._ended = not data
        self._ahead += data
        return bool(data)

    @property
    def ahead(self) -> bytes:
        """What has come in and was not taken."""
        return bytes(self._ahead)

    @property
    def ended(self) -> bool:
        """The other side sends nothing more."""
        return self._ended

    async def read(self) -> bytes:
        """Take what there is, waiting for at least a byte; empty at the end."""
        if not self._ahead:
            await self._more()
        return self.take(len(self._ahead))

    def take(self, size: int) -> bytes:
        """Take so many bytes of what has come in."""
        taken = bytes(self._ahead[:size])
        del self._ahead[:size]
        return taken

    async def exactly(self, size: int) -> bytes:
        """Take so many bytes; raises BrokeOffError, and takes nothing, if they never come."""
        while len(self._ahead) < size:
            if not await self._more():
                raise BrokeOffError("the connection ended early")
        return self.take(size)

    async def until(self, end: bytes, most: int) -> bytes:
        """Take all up to and with `end`.

        Raises BrokeOffError, and takes nothing, if it does not come within about `most` bytes.
        """
        looked = 0
        while (found := self._ahead.find(end, looked)) < 0:
            looked = max(0, len(self._ahead) - len(end) + 1)
            if looked > most:
                raise BrokeOffError(f"more than {most} bytes without an end")
            if not await self._more():
                raise BrokeOffError("the connection ended early")
        return self.take(found + len(end))

    async def write(self, data: bytes) -> None:
        """Send; raises ConnectionError if nobody reads any more."""
        await self._transport.write(data)

    async def close(self) -> None:
        """Say goodbye and close."""
        await self._transport.close()

    def abort(self) -> None:
        """Close without a goodbye."""
        self._transport.abort()
