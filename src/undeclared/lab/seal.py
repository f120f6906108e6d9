"""The network of a worker: proof that it has no road out, and then our own road on loopback."""

import fcntl
import os
import socket
import struct
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


class NotSealedError(Exception):
    """There may be a road out of here; nothing must be started."""


def network_namespace() -> int:
    """Inode of the network namespace that this process is in."""
    return os.stat("/proc/self/ns/net").st_ino  # noqa: PTH116


def prove(outside: Outside) -> None:
    """Prove that nothing can leave this network namespace.

    Raises NotSealedError, saying what was found.
    """
    if network_namespace() == outside.network:
        raise NotSealedError("the network namespace is the machine's own")
    # The kernel may put fallback tunnels (tunl0, sit0) into every namespace. They are down, and
    # nothing in the agent's world may bring them up.
    roads = [name for _, name in socket.if_nameindex() if name != "lo" and _is_up(name)]
    if roads:
        raise NotSealedError(f"there is a network interface besides loopback: {', '.join(roads)}")
    try:
        socket.create_connection(("127.0.0.1", outside.port), timeout=2).close()
    except OSError:
        return
    raise NotSealedError("a listener outside could be reached")


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
