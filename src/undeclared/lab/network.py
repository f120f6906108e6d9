"""The network of a worker: every address and every port is ours, and one run at a time is heard."""

import asyncio
import re
import socket
from collections.abc import Iterable
from pathlib import Path

from undeclared.lab import dns
from undeclared.lab.interception.funnel import FunnelError
from undeclared.lab.interception.sniffer import Sniffer
from undeclared.lab.interception.visit import Answer
from undeclared.lab.interceptor import Interceptor
from undeclared.lab.recorder import Recording

_IN_FLIGHT = 2.0
"""Seconds for what an agent sent last to be read. Its processes have ended and with them its ends
of all connections, so this takes milliseconds; more where the machine is busy, or an answer is
still being delayed."""
_STEP = 0.002
_LOCAL = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+]*)://)?(?:[^@/\s]*@)?"
    r"(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::(?P<port>\d{1,5}))?(?:/\S*)?",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:[a-z][a-z0-9+]*://)?[^/\s]+:(?P<port>\d{1,5})(?:/\S*)?", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


class Network:
    """DNS, interceptor and sniffer, and the recording that they write."""

    def __init__(self, authority: Path, answer: Answer) -> None:
        self._interceptor = Interceptor(authority, answer, lambda: self._recording)
        self._recording: Recording | None = None
        self._names: list[dns.Datagrams] = []
        self._listeners: list[socket.socket] = []

    def start(self) -> None:
        """Begin to serve; raises OSError, saying what to do, if the machine does not allow it."""
        families = [socket.AF_INET, *([socket.AF_INET6] if dns.has_ipv6() else [])]
        self._names = [dns.Datagrams(family, lambda: self._recording) for family in families]
        self._sniffer = Sniffer(lambda: self._recording)
        try:
            self._interceptor.start()
        except FunnelError as error:
            raise OSError(str(error)) from error

    def begin(self, recording: Recording, variables: Iterable[str] = ()) -> None:
        """From now on everything belongs to this recording, and nothing that began before does.

        `variables` are the values of the agent's environment: a port of loopback that one of them
        names, as the model's address or a proxy, is served for this run. Raises OSError if it
        cannot be.
        """
        self._take()  # what came in between two runs belongs to nobody
        recording.restart()
        self._recording = recording
        values = tuple(variables)
        self._interceptor.named_ports = named_ports(values)
        for port in sorted(local_ports(values)):
            self._listeners.append(self._interceptor.listen(port))

    async def end(self) -> None:
        """Read and record what the agent sent before its end, then close what is open."""
        recording = self._recording
        if recording is None:
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + _IN_FLIGHT
        self._take()
        await asyncio.sleep(_STEP)
        while recording.open and loop.time() < until:
            await asyncio.sleep(_STEP)
        self._take()
        await self._interceptor.end_visits()
        self._recording = None
        for listener in self._listeners:
            self._interceptor.close(listener)
        self._listeners.clear()

    def _take(self) -> None:
        for names in self._names:
            names.take()
        self._interceptor.take()
        self._sniffer.take()


def named_ports(values: Iterable[str]) -> set[int]:
    """The ports that values name which are a URL or an address.

    >>> sorted(named_ports(["http://proxy.example:3128", "C.UTF-8", "socks5://a:b@[::1]:1080/"]))
    [1080, 3128]
    """
    found = (_NAMED.fullmatch(value) for value in values)
    return {int(match["port"]) for match in found if match}


def local_ports(values: Iterable[str]) -> set[int]:
    """The ports of loopback that values name which are a URL or an address.

    >>> sorted(local_ports(["http://localhost:8080/v1", "socks5://127.0.0.1", "http://a.example:9"]))
    [1080, 8080]
    """
    found = set()
    for value in values:
        if match := _LOCAL.fullmatch(value):
            port = int(match["port"] or _PORTS.get((match["scheme"] or "").lower(), 0))
            if 0 < port < 65536:
                found.add(port)
    return found
