"""Brings all TCP of a network namespace to one listener, whatever its address and port.

The kernel's transparent proxy (nf_tables `tproxy`) hands a connection over without changing it, so
that the listener's socket still has the address that the agent meant, and nothing has to be undone.
"""

import shutil
import socket
import subprocess

from undeclared.lab.seal import NAMESERVER

PORT = 1
"""Of the listener itself; below 1024, where an agent cannot bind."""

_RULES = f"""
table inet lab {{
    chain arriving {{
        type filter hook prerouting priority mangle; policy accept;
        ip daddr {{ 127.0.0.0/8, {NAMESERVER} }} meta l4proto tcp socket transparent 0 accept
        ip6 daddr ::1 meta l4proto tcp socket transparent 0 accept
        ip daddr 127.0.0.0/8 accept
        ip6 daddr ::1 accept
        meta l4proto tcp tproxy to :{PORT}
    }}
}}
"""
"""Loopback is the agent's own machine: what its own processes serve there stays theirs, and where
nobody listens, the kernel refuses. Every other address is the outside world, and comes to us even
if a process of the agent listens on that port."""

_IP_TRANSPARENT, _IPV6_TRANSPARENT = 19, 75
_BACKLOG = 1024


class FunnelError(Exception):
    """The kernel or the machine does not let us bring all ports here; the text says what to do."""


def install() -> None:
    """Set the rules in this network namespace; raises FunnelError."""
    said = _apply([])
    if said:
        raise FunnelError(said)


def problem() -> str | None:
    """What keeps this machine from holding a lab, tried in namespaces made for it; None if nothing.

    For `undeclared doctor`: it may be asked outside of every lab, by an ordinary user.
    """
    return _apply(["unshare", "--user", "--map-root-user", "--net"])


def _apply(within: list[str]) -> str | None:
    # The directories of the superuser are often not on a user's path.
    path = shutil.which("nft") or shutil.which("nft", path="/usr/sbin:/sbin")
    if path is None:
        return "the program nft is missing. Install it: sudo apt-get install nftables"
    done = subprocess.run([*within, path, "-f", "-"], input=_RULES.encode(), capture_output=True)
    if done.returncode == 0:
        return None
    said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
    return (
        f"nft cannot set rules in a network namespace ({said}). The kernel must have nf_tables with"
        " tproxy and socket: sudo modprobe -a nf_tables nft_tproxy nft_socket"
    )


def listen(port: int = PORT) -> socket.socket:
    """A listener on every address, IPv4 and IPv6; raises OSError."""
    try:
        listener = socket.socket(socket.AF_INET6)
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.setsockopt(socket.IPPROTO_IPV6, _IPV6_TRANSPARENT, 1)
        everywhere = "::"
    except OSError:  # a machine without IPv6
        listener = socket.socket(socket.AF_INET)
        everywhere = "0.0.0.0"  # noqa: S104
    listener.setblocking(False)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_IP, _IP_TRANSPARENT, 1)
    listener.bind((everywhere, port))
    listener.listen(_BACKLOG)
    return listener


def destination(connection: socket.socket) -> tuple[str, int]:
    """The address and port that the client meant."""
    address, port = connection.getsockname()[:2]
    return address.removeprefix("::ffff:"), port
