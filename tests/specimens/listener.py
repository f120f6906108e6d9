"""The other end of everything in the sealed sandbox: names, handshakes, requests, as they come.

Every name has the address of the loopback. What is recorded is raw: the order and case of headers,
bodies as sent, what a ClientHello offers.
"""

import base64
import socket
import ssl
import struct
import threading
import time
from pathlib import Path

import h2.config
import h2.connection
import h2.events
from wires import answer

LOOPBACK = "127.0.0.1"


class Record:
    """What came in during one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.events: list[dict] = []

    def note(self, **event: object) -> None:
        with self._lock:
            self.events.append({**event, "at": time.monotonic()})

    def take(self) -> list[dict]:
        with self._lock:
            events, self.events = self.events, []
        return events


def serve(record: Record, certificate: Path) -> None:
    """Answer names and TLS in threads of their own."""
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind((LOOPBACK, 53))
    threading.Thread(target=_names, args=(names, record), daemon=True).start()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    listener = socket.create_server((LOOPBACK, 443), backlog=64)
    threading.Thread(target=_accept, args=(listener, context, record), daemon=True).start()


def _names(names: socket.socket, record: Record) -> None:
    while True:
        data, sender = names.recvfrom(4096)
        labels, place = [], 12
        while size := data[place]:
            labels.append(data[place + 1 : place + 1 + size].decode())
            place += 1 + size
        kind = struct.unpack("!H", data[place + 1 : place + 3])[0]
        record.note(kind="dns", name=".".join(labels))
        question = data[12 : place + 5]
        found = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton(LOOPBACK)
        count = 1 if kind == 1 else 0
        head = data[:2] + struct.pack("!HHHHH", 0x8180, 1, count, 0, 0)
        names.sendto(head + question + (found if count else b""), sender)


def _accept(listener: socket.socket, context: ssl.SSLContext, record: Record) -> None:
    while True:
        connection, _ = listener.accept()
        args = (connection, context, record)
        threading.Thread(target=_connection, args=args, daemon=True).start()


def _connection(plain: socket.socket, context: ssl.SSLContext, record: Record) -> None:
    try:
        plain.settimeout(20)
        while len(head := plain.recv(5, socket.MSG_PEEK)) < 5:
            if not head:
                return
        size = 5 + struct.unpack("!H", head[3:5])[0]
        hello = plain.recv(size, socket.MSG_PEEK | socket.MSG_WAITALL)
        record.note(kind="tls", **offered(hello[5:]))
        with context.wrap_socket(plain, server_side=True) as secure:
            if secure.selected_alpn_protocol() == "h2":
                _framed(secure, record)
            else:
                _lines(secure, record)
    except (OSError, ssl.SSLError):
        return


def offered(hello: bytes) -> dict[str, object]:
    """What a ClientHello offers (RFC 8446, section 4.1.2), without what is random in it."""
    place = 4 + 2 + 32
    place += 1 + hello[place]
    size = struct.unpack_from("!H", hello, place)[0]
    suites = hello[place + 2 : place + 2 + size].hex()
    place += 2 + size
    place += 1 + hello[place]
    end = place + 2 + struct.unpack_from("!H", hello, place)[0]
    place += 2
    order, known, sni = [], {}, ""
    while place < end:
        number, size = struct.unpack_from("!HH", hello, place)
        content = hello[place + 4 : place + 4 + size]
        order.append(number)
        if number == 0:
            sni = content[5:].decode()
        elif number in (10, 13, 16):  # groups, signatures, protocols
            known[str(number)] = content.hex()
        place += 4 + size
    return {"sni": sni, "suites": suites, "extensions": order, "contents": known}


def _reply(method: str, target: str, body: bytes) -> tuple[int, str, bytes]:
    found = answer(target, body) if method == "POST" else None
    if found is None:
        return (404 if method == "GET" else 200), "application/json", b"{}"
    return 200, found[0], found[1].encode()


def _lines(connection: ssl.SSLSocket, record: Record) -> None:
    stream = connection.makefile("rb")
    while line := stream.readline():
        method, target, version = line.decode().split()
        headers = []
        while (line := stream.readline()) != b"\r\n":
            name, _, value = line.decode("latin-1").rstrip("\r\n").partition(":")
            headers.append((name, value[1:] if value.startswith(" ") else value))
        fields = {name.lower(): value for name, value in headers}
        if fields.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(stream.readline(), 16):
                body += stream.read(size)
                stream.readline()
            stream.readline()
        else:
            body = stream.read(int(fields.get("content-length", 0)))
        _note(record, version, method, target, headers, body)
        status, kind, text = _reply(method, target, body)
        head = (
            f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {len(text)}\r\n\r\n"
        )
        connection.sendall(head.encode() + text)
        if fields.get("connection") == "close":
            return


def _framed(connection: ssl.SSLSocket, record: Record) -> None:
    state = h2.connection.H2Connection(
        h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
    )
    state.initiate_connection()
    connection.sendall(state.data_to_send())
    requests: dict[int, tuple[list, bytearray]] = {}
    while data := connection.recv(65536):
        for event in state.receive_data(data):
            if isinstance(event, h2.events.RemoteSettingsChanged):
                changed = {int(key): own.new_value for key, own in event.changed_settings.items()}
                if changed:
                    record.note(kind="settings", settings=sorted(changed.items()))
            elif isinstance(event, h2.events.RequestReceived):
                requests[event.stream_id] = (list(event.headers), bytearray())
            elif isinstance(event, h2.events.DataReceived):
                requests[event.stream_id][1].extend(event.data)
                state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                headers, body = requests[event.stream_id]
                fields = dict(headers)
                method, target = fields[":method"], fields[":path"]
                _note(record, "HTTP/2", method, target, headers, bytes(body))
                status, kind, text = _reply(method, target, bytes(body))
                state.send_headers(
                    event.stream_id, [(":status", str(status)), ("content-type", kind)]
                )
                state.send_data(event.stream_id, text, end_stream=True)
        connection.sendall(state.data_to_send())


def _note(
    record: Record, version: str, method: str, target: str, headers: list, body: bytes
) -> None:
    record.note(
        kind="http", version=version, method=method, target=target, headers=headers,
        body=base64.b64encode(body).decode(),
    )  # fmt: skip
