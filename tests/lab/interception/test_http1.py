import http.client
import re
import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab.interception import http1
from undeclared.lab.interception.line import MOST
from undeclared.lab.recorder import Recording
from undeclared.lab.standin import Reply

EVENTS = b'event: a\ndata: {"n": 1}\n\nevent: b\ndata: {"n": 2}\n\ndata: [DONE]\n\n'


def only(flows):
    (flow,) = flows
    return flow


def test_order_case_and_odd_bytes_of_a_head_are_kept(serve):
    head = (
        b"BREW /p\xc3\xa4th?q=\xe2\x80\x99 HTTP/1.1\r\nhOST: a.example\r\nX-One:1\r\nx-one:  2 \r\n"
        b"X-Odd: \xe2\x80\x8b\xff\r\nNot A Token: yes\r\n\r\n"
    )
    with serve() as served:
        assert served.say(head).startswith(b"HTTP/1.1 200 OK\r\n")
        request = only(served.flows("http")).request
    assert (request.method, request.target) == (b"BREW", b"/p\xc3\xa4th?q=\xe2\x80\x99")
    assert (request.host, request.version, request.scheme) == ("a.example", "HTTP/1.1", "http")
    assert request.headers == (
        (b"hOST", b"a.example"), (b"X-One", b"1"), (b"x-one", b"2"),
        (b"X-Odd", b"\xe2\x80\x8b\xff"), (b"Not A Token", b"yes"),
    )  # fmt: skip


def test_pipelined_requests_are_answered_in_order_on_one_connection(serve):
    two = (
        b"GET /one HTTP/1.1\r\nHost: a\r\n\r\n"
        b"POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
    )
    with serve() as served:
        answer = served.say(two + b"GET /three HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        flows = served.flows("http")
    assert re.findall(rb"(?:GET|POST) /[a-z]+", answer) == [
        b"GET /one",
        b"POST /two",
        b"GET /three",
    ]
    assert [flow.request.target for flow in flows] == [b"/one", b"/two", b"/three"]
    assert {flow.connection for flow in flows} == {0}
    assert [flow.error for flow in flows] == [None] * 3
    assert all(flow.started <= flow.ended for flow in flows)


def test_chunks_are_joined_and_trailers_kept(serve):
    said = (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;note=x\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\nx-More: y\r\n\r\n"
    )
    with serve() as served:
        assert b" 200 " in served.say(said)
        request = only(served.flows("http")).request
    assert (request.body, request.trailers) == (b"abcde", ((b"X-Sum", b"5"), (b"x-More", b"y")))


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(serve):
    with serve() as served, served.connect() as client:
        head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        client.sendall(head)
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"body")
        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")
        request = only(served.flows("http")).request
    assert request.body == b"body"
    assert (b"Expect", b"100-continue") in request.headers


def test_an_old_client_gets_an_old_answer(serve):
    with serve() as served:
        answer = served.say(b"GET /old HTTP/1.0\r\n\r\n")
        flow = only(served.flows("http"))
    assert answer.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"connection: close" in answer
    assert (flow.request.version, flow.request.host) == ("HTTP/1.0", "127.0.0.1")


def test_a_request_without_a_host_goes_to_the_address(serve):
    with serve() as served:
        served.say(b"GET / HTTP/1.1\r\n\r\n")
        request = only(served.flows("http")).request
    assert (request.host, request.port) == ("127.0.0.1", served.port)


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_ends_with_its_head(serve, status):
    with serve(lambda _: Reply(status, "text/plain", b"not sent", "generic")) as served:
        client = served.client()
        for _ in range(2):
            client.request("GET", "/")
            response = client.getresponse()
            assert (response.status, response.read()) == (status, b"")
        assert [flow.connection for flow in served.flows("http")] == [0, 0]


def test_head_gets_the_length_but_no_body(serve):
    with serve() as served:
        client = served.client()
        client.request("HEAD", "/x")
        response = client.getresponse()
        assert (response.read(), response.headers["content-length"]) == (b"", "7")
        assert only(served.flows("http")).response.body == b""


def test_further_headers_are_sent_and_recorded(serve):
    reply = Reply(429, "application/json", b"{}", "generic", headers=(("Retry-After", "3"),))
    with serve(lambda _: reply) as served:
        answer = served.say(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        response = only(served.flows("http")).response
    assert answer.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"\r\nretry-after: 3\r\n" in answer
    assert (b"retry-after", b"3") in response.headers


def test_a_stream_comes_in_a_chunk_for_each_event(serve):
    with serve(lambda _: Reply(200, "text/event-stream", EVENTS, "generic")) as served:
        answer = served.say(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert only(served.flows("http")).response.body == EVENTS
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    assert b"content-length" not in head
    assert body.count(b"data: ") == 3
    assert body.startswith(b'19\r\nevent: a\ndata: {"n": 1}\n\n\r\n')
    assert body.endswith(b"\r\n0\r\n\r\n")


@given(st.binary(max_size=300), st.integers(min_value=0, max_value=300))
def test_a_cut_stream_sends_exactly_so_many_bytes_and_no_end(body, cut):
    reply = Reply(200, "text/event-stream", body, "generic", cut_after=min(cut, len(body)))
    request = http1.parse_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    sent, (answer,), goes_on = http1.render(request, reply)
    assert (sent.cut, goes_on) == (True, False)
    assert sent.body == body[: min(cut, len(body))]
    assert not answer.endswith(b"\r\n0\r\n\r\n")


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_an_answer_is_broken_off_where_it_should_be(serve, kind):
    with serve(lambda _: Reply(200, kind, EVENTS, "generic", cut_after=30)) as served:
        client = served.client()
        client.request("GET", "/")
        with pytest.raises(http.client.IncompleteRead) as caught:
            client.getresponse().read()
        flow = only(served.flows("http"))
    if kind == "application/json":
        assert caught.value.partial == EVENTS[:30]
    assert flow.response.body == EVENTS[:30]
    assert flow.error == "the lab broke it off after 30 bytes of its answer"


def test_a_delayed_answer_holds_up_nobody_else(serve):
    def answer(asked):
        return Reply(200, "text/plain", b"", "generic", delay=0.4 if asked.path == "/slow" else 0)

    def get(path):
        client = served.client()
        client.request("GET", path)
        client.getresponse().read()
        done[path] = time.monotonic() - began

    done = {}
    with serve(answer) as served:
        began = time.monotonic()
        slow = threading.Thread(target=get, args=("/slow",))
        slow.start()
        get("/fast")
        slow.join()
        flows = {flow.request.target: flow for flow in served.flows("http")}
    assert done["/fast"] < 0.3 < 0.4 <= done["/slow"]
    assert flows[b"/slow"].ended - flows[b"/slow"].started < 0.3


def test_a_body_that_is_never_sent_is_recorded_as_far_as_it_came(serve):
    with serve() as served:
        served.say(b"POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nhalf")
        flow = only(served.flows("http"))
    assert (flow.request.body, flow.response, flow.ended) == (b"half", None, None)
    assert flow.error == "the connection ended early"


def test_a_body_without_end_is_broken_off_and_recorded(serve):
    with serve() as served, served.connect() as client:
        client.sendall(b"POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
        with pytest.raises(ConnectionError):
            client.sendall(bytes(99 * 2**20))
        flow = only(served.flows("http"))
    assert (len(flow.request.body), flow.error) == (MOST, "a body of more than 64 MiB")


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a",
        b"\xff\xfe\r\n\r\n",
        b"EHLO there\r\n",
    ],
)
def test_what_is_no_request_is_recorded_as_bytes(serve, said):
    with serve() as served:
        served.say(said)
        flow = only(served.flows())
    assert (flow.kind, flow.transport, flow.first_bytes) == ("stream", "tcp", said)


@given(st.binary(max_size=400))
def test_no_head_breaks_the_parser(head):
    try:
        request = http1.parse_head(head)
    except ValueError:
        return
    assert b":" not in b"".join(name for name, _ in request.headers)
    try:
        length = http1.body_length(request)
    except ValueError:
        return
    assert length is None or length >= 0


def test_an_absolute_url_means_the_server_itself_or_a_proxy(serve):
    with serve() as served:
        port = served.port
        served.say(b"GET http://127.0.0.1:%d/own HTTP/1.1\r\nHost: x\r\n\r\n" % port)
        served.say(b"GET http://far.example/there?x=1 HTTP/1.1\r\nhost: far.example\r\n\r\n")
        own, far = served.flows("http")
        proxy = only(served.flows("proxy"))
    assert (own.request.host, own.request.port) == ("127.0.0.1", port)
    assert own.request.target == b"http://127.0.0.1:%d/own" % port
    assert (far.request.host, far.request.port) == ("far.example", 80)
    assert far.request.target == b"/there?x=1"
    assert (proxy.protocol, proxy.proxy, proxy.port) == ("http-forward", "127.0.0.1", port)
    assert (proxy.target, proxy.connection) == ("far.example:80", far.connection)
    assert proxy.opening.startswith(b"GET http://far.example/there?x=1 HTTP/1.1\r\nhost: far")


def test_requests_of_an_earlier_run_are_not_in_the_next(serve):
    with serve() as served, served.connect() as client:
        client.sendall(b"GET /one HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.recv(1000)
        first, served.recording = served.recording, Recording()
        client.sendall(b"GET /two HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.recv(1000)
        assert served.flows("http") == []
    assert [flow.request.target for flow in first.flows] == [b"/one", b"/two"]


def test_a_client_that_waits_for_the_server_is_not_kept_waiting(serve):
    with serve() as served, socket.create_connection(("127.0.0.1", served.port)) as client:
        client.settimeout(2)
        assert client.recv(100) == b""
        flow = only(served.flows())
    assert (flow.kind, flow.first_bytes, flow.protocol) == ("stream", b"", None)
