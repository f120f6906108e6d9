"""Listens on loopback for what no listener gets: UDP, ICMP, and TCP refused on loopback."""

import asyncio
import ctypes
import ipaddress
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from undeclared.lab import dns
from undeclared.lab.interception.recognise import guess_datagram
from undeclared.lab.recorder import FIRST_BYTES, Recording
from undeclared.model import StreamFlow

_IPV4, _IPV6 = 0x0800, 0x86DD
"""EtherTypes. Asking for one of them, not for all, gives each packet once: as it arrives."""
_ICMP, _TCP, _UDP, _ICMPV6 = 1, 6, 17, 58
_ECHO_REQUEST, _ECHO_REQUEST_V6 = 8, 128
_RST_ACK = 0x14
_SO_ATTACH_FILTER = 26
_KEPT = FIRST_BYTES + 128
_BUFFER = 4 * 1024 * 1024

# Classic BPF (Linux, Documentation/networking/filter.rst): UDP, ICMP, and TCP segments with RST.
# Without it, every byte that an agent sends over TCP would be copied to us a second time.
_LOAD_BYTE, _LOAD_BYTE_AT_X, _LOAD_HEADER_LENGTH, _LOAD_X = 0x30, 0x50, 0xB1, 0x01
_IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x15, 0x45, 0x06


def _filter(protocol_at: int, icmp: int, load_flags: list[tuple[int, int, int, int]]) -> bytes:
    after = len(load_flags)
    program = [
        (_LOAD_BYTE, 0, 0, protocol_at),
        (_IF_EQUAL, 3 + after, 0, _UDP),
        (_IF_EQUAL, 2 + after, 0, icmp),
        (_IF_EQUAL, 0, 2 + after, _TCP),
        *load_flags,
        (_IF_ANY_BIT, 0, 1, 0x04),
        (_RETURN, 0, 0, _KEPT),
        (_RETURN, 0, 0, 0),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


_FILTERS = {
    _IPV4: _filter(9, _ICMP, [(_LOAD_HEADER_LENGTH, 0, 0, 0), (_LOAD_BYTE_AT_X, 0, 0, 13)]),
    _IPV6: _filter(6, _ICMPV6, [(_LOAD_BYTE, 0, 0, 53)]),
}


@dataclass(frozen=True, slots=True)
class Packet:
    """What a packet says of an exchange."""

    transport: Literal["udp", "tcp", "icmp"]
    source: tuple[str, int]
    target: tuple[str, int]
    """Address and port; port 0 for ICMP."""
    payload: bytes


def parse(packet: bytes) -> Packet | None:
    """An IP packet that begins an exchange, or tells that one was refused (TCP RST); else None."""
    if not packet:
        return None
    if packet[0] >> 4 == 4:
        start, protocol = (packet[0] & 0x0F) * 4, packet[9] if len(packet) >= 20 else -1
        source, target = packet[12:16], packet[16:20]
        if int.from_bytes(packet[6:8], "big") & 0x1FFF:  # not the first fragment
            return None
    elif packet[0] >> 4 == 6:
        start, protocol = 40, packet[6] if len(packet) >= 40 else -1
        source, target = packet[8:24], packet[24:40]
    else:
        return None
    content = packet[start:]
    if protocol < 0 or len(content) < 8:
        return None
    sender, receiver = str(ipaddress.ip_address(source)), str(ipaddress.ip_address(target))
    from_port, to_port = struct.unpack_from("!HH", content)
    if protocol == _UDP:
        return Packet("udp", (sender, from_port), (receiver, to_port), content[8:])
    if protocol in (_ICMP, _ICMPV6) and content[0] in (_ECHO_REQUEST, _ECHO_REQUEST_V6):
        return Packet("icmp", (sender, 0), (receiver, 0), content[8:])
    if protocol == _TCP and len(content) >= 20 and content[13] == _RST_ACK:
        return Packet("tcp", (sender, from_port), (receiver, to_port), b"")
    return None


class Sniffer:
    """Hears every packet of the namespace."""

    def __init__(self, current: Callable[[], Recording | None]) -> None:
        """`current` gives the recording of now; raises OSError if it may not listen."""
        self._current = current
        self._recording: Recording | None = None
        self._seen: set[tuple[str, str, int]] = set()
        self._sockets = [self._listen(kind) for kind in (_IPV4, _IPV6)]

    def _listen(self, kind: int) -> socket.socket:
        ear = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, 0)
        program = ctypes.create_string_buffer(_FILTERS[kind])
        count = len(_FILTERS[kind]) // 8
        ear.setsockopt(
            socket.SOL_SOCKET,
            _SO_ATTACH_FILTER,
            struct.pack("@HL", count, ctypes.addressof(program)),
        )
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        ear.bind(("lo", kind))
        asyncio.get_running_loop().add_reader(ear, self._take, ear)
        return ear

    def take(self) -> None:
        """Record all that has come in."""
        for ear in self._sockets:
            self._take(ear)

    def _take(self, ear: socket.socket) -> None:
        while True:
            try:
                data = ear.recv(_KEPT)
            except BlockingIOError:
                return
            recording = self._current()
            if recording is not self._recording:
                self._recording = recording
                self._seen.clear()
            if recording is not None and (packet := parse(data)):
                self._record(recording, packet)

    def _record(self, recording: Recording, packet: Packet) -> None:
        target = packet.target
        if packet.transport == "tcp":  # the refusal comes from the address that was meant
            target = packet.source
            if not ipaddress.ip_address(target[0]).is_loopback:
                return
        elif dns.PORT in (packet.source[1], packet.target[1]):
            return  # heard by the name server itself, or its answer
        elif (packet.transport, *packet.source) in self._seen:
            return  # an answer, from another process of the agent
        key = (packet.transport, *target)
        if key in self._seen:
            return
        self._seen.add(key)
        recording.add(
            StreamFlow(
                started=recording.now(),
                transport=packet.transport,
                address=target[0],
                port=target[1],
                host=recording.names.get(target[0]),
                first_bytes=packet.payload[:FIRST_BYTES],
                protocol=guess_datagram(packet.payload) if packet.transport == "udp" else None,
            )
        )
