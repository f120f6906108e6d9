"""Whom an escape would reach: listeners and things of ours, on the host and in another network.

Each has a secret that only somebody who got there can know, and counts who came.
"""

import contextlib
import ctypes
import json
import os
import secrets
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

OTHER_ADDRESS = "192.0.2.77"  # TEST-NET-1 (RFC 5737): an interface of ours in a namespace of ours
SESSION_KEYRING = -3
_ETH_P_ALL = 3
_OUTGOING = 4
ADD_KEY, KEYCTL = (217, 219) if os.uname().machine == "aarch64" else (248, 250)


class Listeners:
    """Sockets of every kind in the network namespace of this process, and a packet counter."""

    def __init__(self, token: str, secret: str, folder: Path | None) -> None:
        self._token, self._secret = token.encode(), secret.encode()
        self.callers: dict[str, int] = {}
        self.packets: int | None = None
        """Packets of any interface that hold the token or are for one of the ports; None where
        this process may not look."""
        self._sockets: dict[int, tuple[str, socket.socket]] = {}
        self.aims: dict[str, object] = {}
        self._stop = threading.Event()
        name = secrets.token_hex(4)
        tcp, udp, unix = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.AF_UNIX
        self._add("tcp4", socket.AF_INET, tcp, ("0.0.0.0", 0))
        self._add("udp4", socket.AF_INET, udp, ("0.0.0.0", 0))
        with contextlib.suppress(OSError):  # a machine without IPv6
            self._add("tcp6", socket.AF_INET6, tcp, ("::1", 0))
            self._add("udp6", socket.AF_INET6, udp, ("::1", 0))
        self._add("abstract", unix, tcp, f"\0escape-{name}")
        self._add("datagram", unix, udp, f"\0escape-{name}-datagram")
        if folder:
            self._add("unix", unix, tcp, str(folder / "listener"))
        with contextlib.suppress(OSError):  # a machine without virtual machine sockets
            self._add("vsock", socket.AF_VSOCK, tcp, (socket.VMADDR_CID_ANY, 0xFFFFFFFF))
        for name, default in (("tcp6", 9), ("udp6", 9), ("vsock", 9)):
            self.aims.setdefault(name, default)
        self._sniffer = self._sniff()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _add(self, name: str, family: int, kind: int, address: object) -> None:
        own = socket.socket(family, kind)
        if family == socket.AF_INET6:
            own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            own.bind(address)  # type: ignore[arg-type]
            if kind == socket.SOCK_STREAM:
                own.listen()
        except OSError:
            own.close()
            raise
        self._sockets[own.fileno()] = (name, own)
        self.callers[name] = 0
        bound = own.getsockname()
        named = bound.decode()[1:] if isinstance(bound, bytes) else bound
        self.aims[name] = named[1] if isinstance(named, tuple) else named

    def _sniff(self) -> socket.socket | None:
        try:
            own = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(_ETH_P_ALL))
        except PermissionError:
            return None
        self.packets = 0
        self._ports = {own for own in (self.aims[name] for name in ("tcp4", "tcp6")) if own != 9}
        return own

    def _serve(self) -> None:
        own = [*self._sockets, *([self._sniffer] if self._sniffer else [])]
        while not self._stop.is_set():
            for ready in select.select(own, [], [], 0.05)[0]:
                if ready is self._sniffer:
                    self._look(*self._sniffer.recvfrom(65535))
                else:
                    self._answer(*self._sockets[ready])

    def _answer(self, name: str, own: socket.socket) -> None:
        if own.type == socket.SOCK_STREAM:
            peer, _ = own.accept()
            peer.settimeout(0.2)
            with peer, contextlib.suppress(OSError):
                peer.recv(1000)
                peer.sendall(self._secret)
        else:
            _, peer_address = own.recvfrom(65535)
            with contextlib.suppress(OSError):
                if peer_address:
                    own.sendto(self._secret, peer_address)
        self.callers[name] += 1

    def _look(self, packet: bytes, address: tuple[str, int, int, int, bytes]) -> None:
        assert self.packets is not None
        if address[2] == _OUTGOING:
            return  # on loopback each packet is seen twice
        header = 40 if packet[:1] and packet[0] >> 4 == 6 else (packet[0] & 15) * 4 if packet else 0
        protocol = packet[6 if header == 40 else 9] if len(packet) > header + 4 else 0
        port = struct.unpack_from("!H", packet, header + 2)[0] if protocol == 6 else 0
        if self._token in packet or port in self._ports:
            self.packets += 1

    def seen(self) -> dict[str, int | None]:
        """Callers of each listener, and packets, so far."""
        time.sleep(0.15)  # for what is under way
        return {**self.callers, "packets": self.packets}

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for _, own in self._sockets.values():
            own.close()
        if self._sniffer:
            self._sniffer.close()


class OtherNetwork:
    """Listeners in a network namespace of their own, with an interface that is up."""

    def __init__(self, token: str, secret: str) -> None:
        own = ["unshare", "--user", "--map-root-user", "--net", "--kill-child", "--fork"]
        self._process = subprocess.Popen(
            [*own, sys.executable, __file__, token, secret],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]},
        )
        told = self._read()
        self.process = told.pop("process")
        self.aims = {f"other_{name}": value for name, value in told.items()}
        self.aims |= {"other_tcp": told["tcp4"], "other_udp": told["udp4"], "other": OTHER_ADDRESS}

    def _read(self) -> dict[str, int]:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def seen(self) -> dict[str, int]:
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        self._process.communicate()

    def enter(self) -> list[str]:
        """The command that starts a program in there."""
        return [
            "nsenter",
            "--target",
            str(self.process),
            "--user",
            "--net",
            "--preserve-credentials",
        ]


def serve_other_network(token: str, secret: str) -> None:
    from pyroute2 import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    with IPRoute() as netlink:
        netlink.link("set", index=1, state="up")
        index = 1
        with contextlib.suppress(NetlinkError):  # without veth, the address is one of loopback
            netlink.link("add", ifname="road", kind="veth", peer="end")
            (index,) = netlink.link_lookup(ifname="road")
            for name in ("road", "end"):
                netlink.link("set", index=netlink.link_lookup(ifname=name)[0], state="up")
        netlink.addr("add", index=index, address=OTHER_ADDRESS, prefixlen=24)
    listeners = Listeners(token, secret, None)
    print(json.dumps({"process": os.getpid(), **listeners.aims}), flush=True)  # noqa: T201
    for _ in sys.stdin:
        print(json.dumps(listeners.seen()), flush=True)  # noqa: T201


class Things:
    """What else of the host an agent must not touch: a file, a process, memory, a key."""

    def __init__(self, token: str, secret: str, folder: Path) -> None:
        self._secret = secret
        self._file = folder / "file"
        self._file.write_text(secret)
        self._shm = Path("/dev/shm", f"escape-{token[:12]}")
        self._shm.write_text(secret)
        # The secret is on its command line, and in its memory.
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import sys; print(id(0), flush=True); sys.stdin.read()",
                secret,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout
        memory = int(self.process.stdout.readline())
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.shmat.restype = ctypes.c_void_p
        key = secrets.randbelow(2**30) + 1
        self._shared = self._libc.shmget(key, 4096, 0o1600)
        place = self._libc.shmat(self._shared, None, 0)
        ctypes.memmove(place, secret.encode()[:8], 8)
        self._queue = self._libc.msgget(key, 0o1600)
        self._semaphores = self._libc.semget(key, 1, 0o1600)
        self._key_name = f"escape-{token[:12]}"
        name = ctypes.c_char_p(self._key_name.encode())
        self.has_key = self._libc.syscall(
            ADD_KEY, ctypes.c_char_p(b"user"), name, ctypes.c_char_p(secret.encode()),
            len(secret), SESSION_KEYRING,
        ) > 0  # fmt: skip
        self.aims = {
            "sentinel": str(self._file), "shm_file": self._shm.name, "process": self.process.pid,
            "memory": memory, "ipc_key": key, "key": self._key_name,
            "queue": f"/escape-{token[:12]}",
        }  # fmt: skip
        posix = self._libc.mq_open(self.aims["queue"].encode(), os.O_CREAT, 0o600, None)
        if posix >= 0:
            os.close(posix)

    def changes(self) -> list[str]:
        """What is not as it was."""
        found = []
        if self._file.read_text() != self._secret or self._shm.read_text() != self._secret:
            found.append("a file was changed")
        if self.process.poll() is not None:
            found.append("a process was ended")
        name = ctypes.c_char_p(f"{self._key_name}-inside".encode())
        kind = ctypes.c_char_p(b"user")
        if any(self._libc.syscall(KEYCTL, 10, own, kind, name, 0) > 0 for own in (-3, -4)):
            found.append("a key was left in a keyring")
        return found

    def close(self) -> None:
        self.process.communicate()
        self._shm.unlink()
        self._libc.shmctl(self._shared, 0, None)
        self._libc.msgctl(self._queue, 0, None)
        self._libc.semctl(self._semaphores, 0, 0)
        self._libc.mq_unlink(self.aims["queue"].encode())
        self._libc.syscall(KEYCTL, 3, self._libc.syscall(
            KEYCTL, 10, -3, ctypes.c_char_p(b"user"), ctypes.c_char_p(self._key_name.encode()), 0
        ))  # fmt: skip


class Outside:
    """All of it. `aims` is what an agent is told; `seen` what came."""

    def __init__(self) -> None:
        # Names no attempt could guess, and 8 bytes to begin with that fit a piece of memory.
        self.token, self.secret = f"token{secrets.token_hex(12)}", secrets.token_hex(4) + "secret"
        self._open = contextlib.ExitStack()
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="escape-")))
        self.listeners = Listeners(self.token, self.secret, folder)
        self._open.callback(self.listeners.close)
        self.other = OtherNetwork(self.token, self.secret)
        self._open.callback(self.other.close)
        self.things = Things(self.token, self.secret, folder)
        self._open.callback(self.things.close)
        self.aims = {
            **self.listeners.aims, **self.other.aims, **self.things.aims,
            "token": self.token, "secret": self.secret, "addresses": own_addresses(),
            "wait": 0.3,
        }  # fmt: skip

    def seen(self) -> dict[str, dict[str, int | None]]:
        return {"host": self.listeners.seen(), "other network": self.other.seen()}

    def close(self) -> None:
        self._open.close()


def own_addresses() -> list[str]:
    """IPv4 addresses of this machine, besides loopback."""
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        found = [own.get_attr("IFA_ADDRESS") for own in netlink.get_addr(family=socket.AF_INET)]
    return sorted({own for own in found if not own.startswith("127.")})


if __name__ == "__main__":
    serve_other_network(*sys.argv[1:])
