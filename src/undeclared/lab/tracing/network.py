"""Which system calls name an address of a network, and which address it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from undeclared.lab.tracing.calls import Call, strings
from undeclared.lab.tracing.paths import descriptor

Transport = Literal["tcp", "udp", "unix", "netlink", "icmp", "other"]
Verb = Literal["connect", "bind", "send"]

CALLS: Mapping[str, tuple[Verb, int] | None] = {
    "socket": None,
    "connect": ("connect", 1),
    "bind": ("bind", 1),
    "sendto": ("send", 4),
    "sendmsg": ("send", 1),
    "sendmmsg": ("send", 1),
}
"""What a call does, and the place of the address among its arguments."""

_FAMILY = re.compile(r"sa_family=(AF_\w+)")
_PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
_IPV4 = re.compile(r'inet_addr\("([^"]+)"\)')
_IPV6 = re.compile(r'inet_pton\(AF_INET6, "([^"]+)"')
_UNIX = re.compile(r'sun_path=(@?)("(?:[^"\\]|\\.)*")')
_NAMED = {"AF_UNIX": "unix", "AF_LOCAL": "unix", "AF_NETLINK": "netlink"}


@dataclass(frozen=True, slots=True)
class Addressed:
    """An address that a call names."""

    call: Verb
    transport: Transport
    address: str
    port: int


def transport(socket: Call) -> Transport:
    """The kind of a new socket."""
    family, kind, protocol = (*socket.arguments, "", "", "")[:3]
    if family in _NAMED:
        return "unix" if _NAMED[family] == "unix" else "netlink"
    if family not in ("AF_INET", "AF_INET6"):
        return "other"
    if "ICMP" in protocol:
        return "icmp"
    if "SOCK_STREAM" in kind:
        return "tcp"
    return "udp" if "SOCK_DGRAM" in kind else "other"


def addressed(call: Call, sockets: Mapping[int, Transport]) -> Addressed | None:
    """The address that a call names; None if it names none, as on a connected socket."""
    what = CALLS[call.name]
    if what is None or len(call.arguments) <= what[1]:
        return None
    verb, place = what
    said = call.arguments[place]
    family = _FAMILY.search(said)
    if family is None or family[1] == "AF_UNSPEC":
        return None
    number = descriptor(call.arguments[0])
    if family[1] in ("AF_UNIX", "AF_LOCAL"):
        named = _UNIX.search(said)
        address = named[1] + next(strings(named[2]), "") if named else ""
        return Addressed(verb, "unix", address, 0)
    if family[1] == "AF_NETLINK":
        return Addressed(verb, "netlink", "", 0)
    host, port = _IPV4.search(said) or _IPV6.search(said), _PORT.search(said)
    if host is None:
        return Addressed(verb, "other", family[1], 0)
    return Addressed(verb, sockets.get(number, "other"), host[1], int(port[1]) if port else 0)
