"""A name server that knows every name, and remembers every question."""

import asyncio
import contextlib
import hashlib
import ipaddress
import socket
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from dnslib import AAAA, EDNS0, PTR, QTYPE, RR, A, DNSError, DNSHeader, DNSLabel, DNSRecord

from undeclared.lab.recorder import FIRST_BYTES, Recording
from undeclared.model import DnsFlow, StreamFlow

Transport = Literal["udp", "tcp", "https"]
PORT = 53

_FIRST = int(ipaddress.IPv4Address("198.18.1.0"))
_ADDRESSES = 2**17 - 512  # 198.18.0.0/15 without its first and last 256
_PREFIX6 = int(ipaddress.IPv6Address("2001:2::"))
_HOST_BITS6 = 80
_TTL = 60
_FORMAT_ERROR, _NOT_IMPLEMENTED = 1, 4
_IP_PKTINFO, _IPV6_FREEBIND = 8, 78
"""Of Linux's `in.h` and `in6.h`; Python has no names for them."""
_HEADER = 12
_LONGEST_LABEL = 63
_PLAIN_LIMIT, _OUR_LIMIT = 512, 1232


def address(name: str) -> str:
    """The IPv4 address of a name: the same in every run, and, so far as it goes, its own.

    >>> address("Gateway.example.cn") == address("gateway.example.cn.")
    True
    """
    return str(ipaddress.IPv4Address(_FIRST + _digest(name) % _ADDRESSES))


def address6(name: str) -> str:
    """The IPv6 address of a name, in 2001:2::/48, which is reserved for such tests (RFC 5180).

    Resolvers that sort addresses by RFC 6724 put it after the IPv4 one, because loopback is the
    only source that an agent has for it: agents connect as on a machine without IPv6, unless they
    ask for an IPv6 address alone.
    """
    return str(ipaddress.IPv6Address(_PREFIX6 + _digest(name) % 2**_HOST_BITS6))


def _digest(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.lower().rstrip(".").encode()).digest()[:16], "big")


@cache
def has_ipv6() -> bool:
    """Whether this network namespace speaks IPv6."""
    try:
        return bool(Path("/proc/net/if_inet6").read_text(encoding="ascii"))
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Answered:
    """What becomes of one message."""

    message: bytes | None
    """What is sent back; None if the message is no question, or not even a header."""
    questions: tuple[tuple[str, str], ...] = ()
    """Name, in the letter case sent and without the final dot, and type of each question."""
    understood: bool = True


def answer(
    packet: bytes, names: MutableMapping[str, str], *, ipv6: bool, limit: int | None = None
) -> Answered:
    """Answer one DNS message (RFC 1035).

    Every name has an A and, with `ipv6`, an AAAA record; the address of a name that was asked for
    has a PTR record. Any other type exists and is empty, so that a resolver neither waits for it
    nor takes the name for missing. `names` learns what name each address was given for. An answer
    of more than `limit` bytes, or what the question allows (RFC 6891), is sent truncated.
    """
    if len(packet) < _HEADER or packet[2] & 0x80:  # an answer: nobody asked for it
        return Answered(None, understood=False)
    try:
        query = DNSRecord.parse(packet)
    except DNSError:
        header = DNSHeader(id=int.from_bytes(packet[:2], "big"), qr=1, rcode=_FORMAT_ERROR)
        return Answered(bytes(DNSRecord(header).pack()), understood=False)
    reply = query.reply(ra=1)
    reply.rr = []
    reply.questions = list(query.questions)
    if query.header.opcode:
        reply.header.rcode = _NOT_IMPLEMENTED
    asked = []
    for question in query.questions:
        name = b".".join(question.qname.label).decode("ascii", "backslashreplace")
        kind = str(QTYPE.get(question.qtype))
        asked.append((name, kind))
        if query.header.opcode:
            continue
        if kind == "A":
            names[address(name)] = name
            reply.add_answer(RR(question.qname, QTYPE.A, rdata=A(address(name)), ttl=_TTL))
        elif kind == "AAAA" and ipv6:
            names[address6(name)] = name
            reply.add_answer(RR(question.qname, QTYPE.AAAA, rdata=AAAA(address6(name)), ttl=_TTL))
        elif kind == "PTR" and (label := _label(names.get(_reversed(name), ""))):
            reply.add_answer(RR(question.qname, QTYPE.PTR, rdata=PTR(label), ttl=_TTL))
    extended = [record for record in query.ar if record.rtype == QTYPE.OPT]
    if extended:
        reply.add_ar(EDNS0(udp_len=_OUR_LIMIT))
    message = bytes(reply.pack())
    if limit is not None and len(message) > max(limit, *(record.rclass for record in extended), 0):
        message = bytes(reply.truncate().pack())
    return Answered(message, tuple(asked))


def _label(name: str) -> DNSLabel | None:
    """A name for an answer; None if it cannot be written in one as it was asked for."""
    parts = name.encode("ascii").split(b".")
    return DNSLabel(parts) if all(0 < len(part) <= _LONGEST_LABEL for part in parts) else None


def _reversed(name: str) -> str:
    """The address that a name for reverse lookup stands for (RFC 1035, 3.5; RFC 3596, 2.5).

    >>> _reversed("7.1.18.198.in-addr.arpa")
    '198.18.1.7'
    """
    labels = name.lower().split(".")
    with contextlib.suppress(ValueError):
        if labels[-2:] == ["in-addr", "arpa"]:
            return str(ipaddress.IPv4Address(".".join(labels[-3::-1])))
        if labels[-2:] == ["ip6", "arpa"]:
            return str(ipaddress.IPv6Address(int("".join(labels[-3::-1]), 16)))
    return ""


def record(recording: Recording, answered: Answered, transport: Transport, server: str) -> None:
    """Record the questions of a message."""
    now = recording.now()
    for name, kind in answered.questions:
        recording.add(
            DnsFlow(started=now, name=name, type=kind, transport=transport, server=server)
        )


def record_garbage(recording: Recording, packet: bytes, transport: str, server: str) -> None:
    """Record what came to a name server's port and is no question."""
    flow = StreamFlow.model_validate(
        {
            "started": recording.now(),
            "transport": transport,
            "address": server,
            "port": PORT,
            "host": recording.names.get(server),
            "first_bytes": packet[:FIRST_BYTES],
        }
    )
    recording.add(flow)


class Datagrams:
    """Port 53 over UDP, on every address: an agent may ask any server that it likes."""

    def __init__(
        self, family: socket.AddressFamily, current: Callable[[], Recording | None]
    ) -> None:
        """`current` gives the recording of now; raises OSError if the port cannot be had."""
        self._current = current
        self._socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.ipv6 = family == socket.AF_INET6
        if self.ipv6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
        else:
            self._socket.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        self._socket.bind(("::" if self.ipv6 else "0.0.0.0", PORT))  # noqa: S104
        asyncio.get_running_loop().add_reader(self._socket, self.take)

    def take(self) -> None:
        """Answer all that has come in."""
        while True:
            try:
                packet, ancillary, _, peer = self._socket.recvmsg(65535, 256)
            except OSError:  # nothing more, or an answer of ours that nobody waited for
                return
            recording = self._current()
            if recording is None:
                continue
            # The answer must come from the address that was asked, or no resolver takes it.
            ((level, kind, info),) = ancillary
            where = info[:16] if self.ipv6 else info[8:12]
            back = where + bytes(4) if self.ipv6 else bytes(4) + where + bytes(4)
            server = str(ipaddress.ip_address(where))
            answered = answer(packet, recording.names, ipv6=has_ipv6(), limit=_PLAIN_LIMIT)
            record(recording, answered, "udp", server)
            if not answered.understood:
                record_garbage(recording, packet, "udp", server)
            if answered.message is not None:
                with contextlib.suppress(OSError):
                    self._socket.sendmsg([answered.message], [(level, kind, back)], 0, peer)
