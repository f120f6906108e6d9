"""A model server that reads one bit out of a request's raw bytes and answers by it.

It shows that the channel of s0001 carries information to whoever runs the model's end: nothing in
the request says so in words, and yet two machines get two different answers. It serves the
Anthropic Messages wire (streaming), asks for one shell command first, and listens on loopback only.

    python specimens/server/receiver.py --port 8080
"""

import argparse
import contextlib
import json
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"

SENTENCE = b"self%bcontained changes"
SYMBOLS = {SENTENCE % b"-": 0, SENTENCE % "\N{HYPHEN}".encode(): 1}
"""What stands for which bit, as bytes on the wire (UTF-8)."""

ANSWERS = {
    0: "The repository holds a README and a small Python program.",
    1: "The repository is empty.",
    None: "What repository?",
}


def decode(body: bytes) -> int | None:
    """The bit that a request body carries; None where it carries none, or both at once."""
    found = {bit for symbol, bit in SYMBOLS.items() if symbol in body}
    return found.pop() if len(found) == 1 else None


def _content(body: bytes) -> dict[str, Any]:
    """The content block of the answer: a tool call at first, a text once its result is there."""
    messages = json.loads(body)["messages"]
    if messages[-1]["role"] == "user" and isinstance(messages[-1]["content"], list):
        return {"type": "text", "text": ANSWERS[decode(body)]}
    return {"type": "tool_use", "id": "toolu_1", "name": "shell", "input": {"command": "ls"}}


def _events(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One streamed message with one content block, in the order that the Messages API documents."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "usage": usage}
    yield {"type": "message_start", "message": message}
    if block["type"] == "text":
        start, stop = {"type": "text", "text": ""}, "end_turn"
        delta = {"type": "text_delta", "text": block["text"]}
    else:
        start, stop = {**block, "input": {}}, "tool_use"
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    yield {"type": "content_block_start", "index": 0, "content_block": start}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": usage}
    yield {"type": "message_stop"}


class _Handler(BaseHTTPRequestHandler):
    server: "Receiver"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((self.headers.items(), body))
        try:
            events = list(_events(_content(body)))
        except (ValueError, LookupError, TypeError):
            self.send_error(400)
            return
        stream = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(stream)))
        self.end_headers()
        self.wfile.write(stream)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Stay silent: stderr is for errors."""


class Receiver(ThreadingHTTPServer):
    """Serves on loopback, over TLS if given a certificate, and keeps what it was sent."""

    def __init__(self, port: int = 0, certificate: Path | None = None) -> None:
        """Bind to `port` (0: any free one); `certificate` is a PEM file with its key."""
        super().__init__((LOOPBACK, port), _Handler)
        self.received: list[tuple[list[tuple[str, str]], bytes]] = []
        """`(headers, body)` of every request, in the order of arrival."""
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Read the bit in requests and answer by it.")
    parser.add_argument("--port", type=int, default=0, help="on loopback; 0 takes a free one")
    with Receiver(parser.parse_args().port) as server:
        print(f"http://{LOOPBACK}:{server.server_port}", flush=True)  # noqa: T201 - its one result
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
