import ssl
from contextlib import contextmanager

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded, StreamReset
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab.interception.http2 import Opening
from undeclared.lab.interception.recognise import HTTP2_PREFACE
from undeclared.lab.standin import Reply

HEADERS = [
    (":method", "POST"), (":path", "/v1?x=1"), (":authority", "api.example"), (":scheme", "https"),
    ("x-b", "2"), ("x-a", "1"), ("cookie", "a=1"), ("cookie", "b=2"),
]  # fmt: skip


class Client:
    """An HTTP/2 client that shows what happens on its connection."""

    def __init__(self, connection):
        self.socket = connection
        self.h2 = H2Connection(H2Configuration(normalize_outbound_headers=False))
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(1000)
        self.bodies, self.events = {}, []
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def request(self, stream, headers=HEADERS, body=b"", trailers=None):
        self.h2.send_headers(stream, headers)
        self.h2.send_data(stream, body, end_stream=trailers is None)
        if trailers:
            self.h2.send_headers(stream, trailers, end_stream=True)
        self.flush()

    def until(self, kind, stream=None):
        """Read until something happens; returns it."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and stream in (None, getattr(event, "stream_id", None)):
                    self.events.remove(event)
                    return event
            data = self.socket.recv(65536)
            assert data, f"the server closed before {kind.__name__}"
            for event in self.h2.receive_data(data):
                self.events.append(event)
                if isinstance(event, DataReceived):
                    body = self.bodies.get(event.stream_id, b"")
                    self.bodies[event.stream_id] = body + event.data
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self.flush()


@contextmanager
def connected(served, tls):
    with served.connect() as connection:
        if tls:
            context = ssl.create_default_context(cafile=served.authority)
            context.set_alpn_protocols(["h2", "http/1.1"])
            connection = context.wrap_socket(connection, server_hostname="api.example")
            assert connection.selected_alpn_protocol() == "h2"
        with connection:
            yield Client(connection)


@pytest.mark.parametrize("tls", [True, False])
def test_a_request_is_kept_in_the_order_sent(serve, tls):
    with serve() as served:
        with connected(served, tls) as client:
            client.request(1, body=b"hello", trailers=[("x-sum", "5")])
            client.until(StreamEnded)
            assert client.bodies[1] == b"POST /v1"
        flows = served.flows()
    assert [flow.kind for flow in flows if flow.kind != "tls"] == ["http2", "http"]
    opening, flow = flows[-2:]
    request = flow.request
    sent = tuple((name.encode(), value.encode()) for name, value in HEADERS)
    assert request.headers == sent
    assert (request.method, request.target, request.body) == (b"POST", b"/v1?x=1", b"hello")
    assert (request.host, request.port, request.version) == ("api.example", served.port, "HTTP/2.0")
    assert request.scheme == ("https" if tls else "http")
    assert request.trailers == ((b"x-sum", b"5"),)
    assert flow.connection == opening.connection == 0
    assert opening.settings[:3] == ((1, 4096), (2, 1), (4, 65535))
    assert opening.opening.startswith(HTTP2_PREFACE)
    # After the settings, a WINDOW_UPDATE of 1000; and not the HEADERS.
    assert opening.opening.endswith(b"\0\0\4\x08\0\0\0\0\0" + (1000).to_bytes(4, "big"))


def test_many_requests_share_a_connection_and_a_slow_one_holds_up_no_other(serve):
    def answer(asked):
        return Reply(200, "text/plain", b"", "generic", delay=0.3 if asked.body == b"slow" else 0)

    with serve(answer) as served:
        with connected(served, tls=False) as client:
            client.request(1, body=b"slow")
            client.request(3, body=b"fast")
            assert client.until(StreamEnded).stream_id == 3
            assert client.until(StreamEnded).stream_id == 1
        flows = served.flows("http")
    assert {flow.connection for flow in flows} == {0}
    assert [flow.error for flow in flows] == [None, None]


def test_a_long_answer_waits_for_room(serve):
    body = bytes(300_000)
    with serve(lambda _: Reply(200, "text/plain", body, "generic")) as served:
        with connected(served, tls=False) as client:
            client.request(1)
            client.until(StreamEnded)
            assert client.bodies[1] == body
        assert served.flows("http")[0].error is None


def test_a_broken_answer_resets_its_stream_alone(serve):
    def answer(asked):
        cut = 4 if asked.body else None
        return Reply(200, "text/event-stream", b"data: 1\n\n", "generic", cut_after=cut)

    with serve(answer) as served:
        with connected(served, tls=False) as client:
            client.request(1, body=b"cut")
            client.until(StreamReset, 1)
            assert client.bodies[1] == b"data"
            client.request(3)
            client.until(StreamEnded, 3)
            assert client.bodies[3] == b"data: 1\n\n"
        cut, whole = served.flows("http")
    assert (cut.response.body, whole.error) == (b"data", None)
    assert cut.error == "the lab broke it off after 4 bytes of its answer"


def test_what_is_no_http2_after_its_preface_is_recorded_and_ended(serve):
    said = HTTP2_PREFACE + b"\0\0\5\6\0\0\0\0\0short"  # a PING has 8 bytes
    with serve() as served:
        with served.connect() as raw:
            raw.sendall(said)
            while raw.recv(1000):
                pass
        (opening,) = served.flows("http2")
    assert opening.opening == said


def test_requests_that_the_agent_gives_up_are_recorded(serve):
    with serve() as served:
        with connected(served, tls=False) as client:
            client.h2.send_headers(1, HEADERS)
            client.h2.send_data(1, b"begun")
            client.h2.reset_stream(1)
            client.h2.send_headers(3, HEADERS)
            client.h2.send_data(3, b"open")
            client.flush()
            client.request(5)
            client.until(ResponseReceived, 5)
        flows = {flow.request.body: flow for flow in served.flows("http")}
    assert flows[b"begun"].error == "the agent reset the stream"
    assert flows[b"open"].error == "the connection ended early"
    assert (flows[b"open"].response, flows[b""].error) == (None, None)


def test_a_body_of_more_than_64_mib_is_refused_and_recorded(serve, monkeypatch):
    monkeypatch.setattr("undeclared.lab.interception.http2.MOST", 1000)
    with serve() as served:
        with connected(served, tls=False) as client:
            client.request(1, body=bytes(5000))
            client.until(StreamReset, 1)
        (flow,) = served.flows("http")
    assert (len(flow.request.body), flow.error) == (1000, "a body of more than 64 MiB")


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_an_opening_is_the_same_however_it_arrives(pieces):
    whole = HTTP2_PREFACE + b"".join(pieces)
    at_once, bit_by_bit = Opening(), Opening()
    at_once.take(whole)
    for start in range(0, len(whole), 7):
        if not bit_by_bit.done:
            bit_by_bit.take(whole[start : start + 7])
    assert at_once.settings() == bit_by_bit.settings()
    assert bit_by_bit.done == at_once.done


def test_a_goodbye_ends_the_connection(serve):
    with serve() as served:
        with connected(served, tls=False) as client:
            client.request(1)
            client.until(StreamEnded)
            client.h2.close_connection()
            client.flush()
            while client.socket.recv(100):
                pass
        assert served.flows("http")[0].error is None
