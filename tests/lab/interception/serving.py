"""An interceptor on a port of the machine's own loopback, without a lab around it."""

import asyncio
import http.client
import socket
import threading
from contextlib import contextmanager

from undeclared.lab import authority
from undeclared.lab.interceptor import Interceptor
from undeclared.lab.recorder import Recording
from undeclared.lab.standin import Reply


def greet(asked):
    return Reply(200, "text/plain", f"{asked.method} {asked.path}".encode(), "generic")


class Served:
    """A port, what was recorded of it, and how to end the run."""

    def __init__(self, folder, answer):
        self.recording = Recording()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.authority = folder / "mitmproxy-ca-cert.pem"
        self._interceptor = Interceptor(folder, answer, lambda: self.recording)
        self._ended = threading.Event()
        self._clients = []

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def client(self):
        """An HTTP client, closed at the end of the run."""
        self._clients.append(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5))
        return self._clients[-1]

    def say(self, data):
        """Send bytes; returns all that comes back until the other side closes."""
        with self.connect() as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    def flows(self, kind=None):
        """End the run, and return what was recorded."""
        if not self._ended.is_set():
            self._ended.set()
            for client in self._clients:
                client.close()
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()
        return [flow for flow in self.recording.in_order() if kind in (None, flow.kind)]

    def start(self):
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        ready = threading.Event()
        self._ready = ready
        self._thread.start()
        ready.wait()

    async def _serve(self):
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self.listener.setblocking(False)
        self._interceptor.serve(self.listener)
        self._ready.set()
        await self._over.wait()
        # As at the end of a run: what is on its way is read, then everything is closed.
        for _ in range(50):
            if not self.recording.open:
                break
            await asyncio.sleep(0.002)
        await self._interceptor.end_visits()
        self._interceptor.close(self.listener)


def read_all(connection):
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return received


@contextmanager
def serving(folder, answer=greet):
    served = Served(folder, answer)
    served.start()
    try:
        yield served
    finally:
        served.flows()


def make_authority(folder):
    authority.create(folder)
    return folder
