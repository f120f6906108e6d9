"""The network of a worker: proof that it has no road out, and then our own road on loopback."""

import fcntl
import os
import socket
import struct
from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from undeclared.lab.protocol import Outside

NAMESERVER = "198.18.0.1"
"""Our address in the agent's `/etc/resolv.conf`; 198.18.0.0/15 is reserved for such tests
(RFC 2544, RFC 6890)."""
PREFIX = 15

_SIOCGIFFLAGS = 0x8913
_IFF_UP = 1
_LOCAL_TABLE = 255
_NAMESPACES = ("net", "user", "mnt", "pid", "ipc", "uts")


class NotSealedError(Exception):
    """There may be a road out of here; nothing must be started."""


def namespaces() -> dict[str, int]:
    """The namespaces that this process is in: kind, inode (namespaces(7))."""
    return {kind: Path("/proc/self/ns", kind).stat().st_ino for kind in _NAMESPACES}


def calls(outside: Outside) -> list[tuple[int, tuple[str, int] | str]]:
    """Family and address of each listener of the lab."""
    found: list[tuple[int, tuple[str, int] | str]] = [
        (socket.AF_INET, ("127.0.0.1", outside.port)),
        (socket.AF_UNIX, f"\0{outside.name}"),
    ]
    if outside.port6 is not None:
        found.append((socket.AF_INET6, ("::1", outside.port6)))
    return found


def prove(outside: Outside, own: Collection[int] = ()) -> None:
    """Prove that nothing can leave this process but what it says on its standard streams.

    `own` are descriptors that it opened itself. Raises NotSealedError, saying what was found.
    """
    shared = [kind for kind, inode in namespaces().items() if inode == outside.namespaces[kind]]
    if shared:
        raise NotSealedError(f"the {shared[0]} namespace is the machine's own")
    # The kernel may put fallback tunnels (tunl0, sit0) into every namespace. They are down, and
    # nothing in the agent's world may bring them up.
    roads = [name for _, name in socket.if_nameindex() if name != "lo" and _is_up(name)]
    if roads:
        raise NotSealedError(f"there is a network interface besides loopback: {', '.join(roads)}")
    if routes := _routes():
        raise NotSealedError(f"there is a route out, over {', '.join(routes)}")
    for family, address in calls(outside):
        with closing(socket.socket(family)) as caller:
            caller.settimeout(2)
            if caller.connect_ex(address) == 0:
                raise NotSealedError(f"a listener outside could be reached: {address!r}")
    if inherited := descriptors() - {0, 1, 2, *own}:
        raise NotSealedError(f"there are descriptors from outside: {sorted(inherited)}")


def descriptors() -> set[int]:
    """The open descriptors of this process."""
    found = set[int]()
    for entry in os.listdir("/proc/self/fd"):  # noqa: PTH208 # its own must be closed by then
        with suppress(OSError):
            os.fstat(int(entry))
            found.add(int(entry))
    return found


def _routes() -> list[str]:
    """Interfaces besides loopback that a route leads over (proc(5): net/route, ipv6_route)."""
    found = set[str]()
    for table, column, heading in (("route", 0, 1), ("ipv6_route", -1, 0)):
        with suppress(FileNotFoundError):  # a machine without IPv6
            lines = Path("/proc/net", table).read_text(encoding="ascii").splitlines()
            found.update(line.split()[column] for line in lines[heading:])
    return sorted(found - {"lo"})


def _is_up(interface: str) -> bool:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as any_socket:
        request = struct.pack("16sh14x", interface.encode(), 0)
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
    flags: int = struct.unpack("16sh14x", answer)[1]
    return bool(flags & _IFF_UP)


def open_loopback() -> None:
    """Make every address local ("AnyIP"), so that a connection to any of them comes to us."""
    # Closed connections that the kernel remembers would tell a run whom the last one called.
    with suppress(OSError):
        Path("/proc/sys/net/ipv4/tcp_max_tw_buckets").write_text("0", encoding="ascii")
    with IPRoute() as netlink:
        index = netlink.link_lookup(ifname="lo")[0]
        netlink.link("set", index=index, state="up")
        netlink.addr("add", index=index, address=NAMESERVER, prefixlen=PREFIX)
        everywhere = {"oif": index, "type": "local", "table": _LOCAL_TABLE}
        netlink.route("add", dst="0.0.0.0/0", scope="host", **everywhere)
        try:
            netlink.route("add", dst="::/0", family=socket.AF_INET6, **everywhere)
        except NetlinkError:
            return  # a machine without IPv6: then no agent can use it either
