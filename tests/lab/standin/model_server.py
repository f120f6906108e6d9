"""The stand-in over real HTTP on loopback, for clients that are somebody else's."""

import socket
import struct
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from stage import make_profile, make_scenario

from undeclared.lab.standin import Asked, StandIn

WIRES = ("anthropic-messages", "openai-chat", "openai-responses", "gemini")


@contextmanager
def served(wire, scenario=None, **profile):
    """The address of a server that is one stand-in, and the list of replies that it gave."""
    standin = StandIn(make_profile(wire=wire, **profile), scenario or make_scenario())
    replies = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            path, _, query = self.path.partition("?")
            kind = self.headers.get("content-type", "")
            reply = standin.reply(Asked(self.command, "127.0.0.1", path, body, query, kind))
            replies.append(reply)
            self.send_response(reply.status)
            self.send_header("content-type", reply.content_type)
            self.send_header("content-length", str(len(reply.body)))
            for name, value in reply.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut_after])
            if reply.cut_after is not None:
                self.wfile.flush()
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                self.close_connection = True

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", replies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
