"""A name server that knows every name, and remembers every question."""

import asyncio
import hashlib
import ipaddress
import struct
from collections.abc import Callable
from typing import Literal, cast

from dnslib import QTYPE, RR, A, DNSError, DNSHeader, DNSRecord

Transport = Literal["udp", "tcp"]
OnQuestion = Callable[[str, str, Transport], None]
"""Called with the name as sent, the type and the transport."""

_FIRST = int(ipaddress.IPv4Address("198.18.1.0"))
_ADDRESSES = 2**17 - 512  # 198.18.0.0/15 without its first and last 256
_SERVER_FAILURE, _FORMAT_ERROR = 2, 1


def address(name: str) -> str:
    """The IPv4 address of a name: the same in every run, and, so far as it goes, its own.

    >>> address("Gateway.example.cn") == address("gateway.example.cn.")
    True
    """
    digest = hashlib.sha256(name.lower().rstrip(".").encode()).digest()
    return str(ipaddress.IPv4Address(_FIRST + int.from_bytes(digest[:8], "big") % _ADDRESSES))


def answer(packet: bytes, transport: Transport, on_question: OnQuestion) -> bytes | None:
    """Answer one DNS message (RFC 1035); None if it is not even a header.

    Every name has one A record. Any other type exists and is empty, so that a resolver neither
    waits for it nor takes the name for missing.
    """
    try:
        query = DNSRecord.parse(packet)
    except DNSError:
        if len(packet) < 12:
            return None
        header = DNSHeader(id=int.from_bytes(packet[:2], "big"), qr=1, rcode=_FORMAT_ERROR)
        return bytes(DNSRecord(header).pack())
    reply = query.reply()
    for question in query.questions:
        name = b".".join(question.qname.label).decode("ascii", "backslashreplace")
        kind = str(QTYPE.get(question.qtype))
        on_question(name, kind, transport)
        if kind == "A":
            reply.add_answer(RR(question.qname, QTYPE.A, rdata=A(address(name)), ttl=60))
    return bytes(reply.pack())


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, on_question: OnQuestion) -> None:
        self._on_question = on_question

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if reply := answer(data, "udp", self._on_question):
            self._transport.sendto(reply, addr)


async def serve(on_question: OnQuestion) -> None:
    """Serve port 53, UDP and TCP, until the event loop ends."""

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                reply = answer(await reader.readexactly(length), "tcp", on_question)
                if reply is None:
                    break
                writer.write(struct.pack("!H", len(reply)) + reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(
        lambda: _Datagrams(on_question),
        local_addr=("0.0.0.0", 53),  # noqa: S104
    )
    await asyncio.start_server(stream, "0.0.0.0", 53)  # noqa: S104
