"""The lab's own listeners on the machine: what no worker may reach."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from undeclared.lab.handle import unavailable
from undeclared.lab.protocol import Outside
from undeclared.lab.seal import calls, namespaces


class Listeners:
    """Listeners on loopback, IPv4 and IPv6, and on an abstract Unix socket."""

    def __init__(self, sockets: list[socket.socket], outside: Outside) -> None:
        """`outside` names the sockets."""
        self._sockets = sockets
        self.outside = outside

    def callers(self) -> int:
        """How many have called since the last time."""
        found = 0
        for own in self._sockets:
            with suppress(BlockingIOError):
                while True:
                    own.accept()[0].close()
                    found += 1
        return found


@contextmanager
def listening() -> Iterator[Listeners]:
    """Listen until the end of the context.

    Each listener was reached from here first: only then does it say something that another cannot
    reach it. Raises LabUnavailable if it cannot be reached even from here.
    """
    with ExitStack() as opened:
        try:
            listeners = _open(opened)
        except OSError as error:
            raise unavailable(f"its own listeners cannot be reached ({error.strerror})") from error
        yield listeners


def _open(opened: ExitStack) -> Listeners:
    plain = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
    sockets, port6 = [plain], None
    with suppress(OSError):  # a machine without IPv6
        modern = opened.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6))
        sockets.append(modern)
        port6 = modern.getsockname()[1]
    name = f"lab-{secrets.token_hex(8)}"
    local = opened.enter_context(socket.socket(socket.AF_UNIX))
    local.bind(f"\0{name}")
    local.listen()
    sockets.append(local)
    for own in sockets:
        own.setblocking(False)
    outside = Outside(namespaces=namespaces(), port=plain.getsockname()[1], port6=port6, name=name)
    listeners = Listeners(sockets, outside)
    for family, address in calls(outside):
        with socket.socket(family) as caller:
            caller.settimeout(2)
            caller.connect(address)
    listeners.callers()
    return listeners
