import json
from base64 import b64decode
from datetime import UTC, datetime

import pytest
from haralyzer import HarParser
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.io.har import request_to_flow

from undeclared.model import (
    DnsFlow,
    Environment,
    HttpFlow,
    HttpRequest,
    HttpResponse,
    Outcome,
    Phase,
    ProxyFlow,
    Run,
    Trial,
    WebSocketFlow,
    WebSocketMessage,
)
from undeclared.report import har

TEXT = "Today’s date is 2026‐01‐05 \u200b".encode()


def request(**changes):
    fields = {
        "method": b"POST",
        "scheme": "https",
        "host": "api.example",
        "port": 443,
        "target": b"/v1/messages?beta=true&q=%C3%A4",
        "version": "HTTP/1.1",
        "headers": (
            (b"hOST", b"api.example"), (b"Content-Type", b"text/plain"), (b"X-Two", b"2"),
            (b"x-two", b"1"), (b"Cookie", b"a=1; b=2"),
        ),
        "body": TEXT,
    }  # fmt: skip
    return HttpRequest(**{**fields, **changes})


def flow(started=0.25, **changes):
    fields = {
        "started": started,
        "ended": started + 0.002,
        "connection": 3,
        "request": request(),
        "response": HttpResponse(
            status=200, headers=((b"content-type", b"application/json"),), body=b'{"ok":1}'
        ),
        "answered_by": "anthropic-messages",
        "step": "turn-1",
    }
    return HttpFlow(**{**fields, **changes})


def run(*flows, name="discovery-0-001"):
    return Run(
        trial=Trial(
            id=name, phase=Phase.DISCOVERY, block=0,
            environment=Environment.of({"timezone": "Asia/Tokyo"}),
        ),
        scenario="command",
        started=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        seconds=1.5,
        outcome=Outcome.COMPLETED,
        flows=flows,
    )  # fmt: skip


REQUIRED = {
    "log": {"version", "creator", "entries"},
    "pages": {"startedDateTime", "id", "title", "pageTimings"},
    "entries": {"startedDateTime", "time", "request", "response", "cache", "timings"},
    "request": {
        "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize",
        "bodySize",
    },
    "response": {
        "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL",
        "headersSize", "bodySize",
    },
    "content": {"size", "mimeType"},
    "timings": {"send", "wait", "receive"},
    "headers": {"name", "value"},
    "cookies": {"name", "value"},
    "queryString": {"name", "value"},
    "postData": {"mimeType", "text"},
}  # fmt: skip
OPTIONAL = {
    "pages", "pageref", "connection", "postData", "text", "encoding", "onContentLoad", "onLoad",
    "blocked", "dns", "connect", "ssl", "name",
}  # fmt: skip


def check(name, value):
    """That a part of an archive has what HAR 1.2 requires of it, and nothing that it lacks."""
    for item in value if isinstance(value, list) else [value]:
        if name in REQUIRED:
            assert REQUIRED[name] <= set(item), name
            others = set(item) - REQUIRED[name] - OPTIONAL
            assert all(other.startswith("_") for other in others), (name, others)
        if isinstance(item, dict):
            for key, inner in item.items():
                if not key.startswith("_"):
                    check(key, inner)


SAMPLES = {
    "plain": flow(),
    "binary": flow(request=request(body=b"\x1f\x8b\xff\x00")),
    "no answer": flow(response=None, error="the connection ended early", ended=None),
    "odd target": flow(request=request(target=b"/p\xff\xe2\x80\x99?x=\xff", port=8443)),
    "star": flow(request=request(method=b"OPTIONS", target=b"*", body=b"", scheme="http")),
    "six": flow(request=request(host="2001:db8::7", headers=((b"X", b"\xff\xfe"),))),
    "two": flow(
        request=request(
            version="HTTP/2.0", trailers=((b"x-sum", b"1"),),
            headers=((b":method", b"POST"), (b":path", b"/"), (b"x-b", b"1"), (b"x-a", b"2")),
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_an_archive_is_one_by_the_letter_of_the_format(name):
    document = json.loads(har.render(run(SAMPLES[name])))
    check("log", document["log"])
    (entry,) = document["log"]["entries"]
    assert entry["time"] == sum(time for time in entry["timings"].values() if time != -1)
    assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo
    assert entry["request"]["url"].isascii()


def test_another_reader_finds_what_was_sent():
    parser = HarParser(json.loads(har.render(run(flow()), run(flow(), name="discovery-0-002"))))
    first, second = parser.pages
    assert (first.page_id, second.page_id) == ("discovery-0-001", "discovery-0-002")
    (entry,) = first.entries
    assert entry.url == "https://api.example/v1/messages?beta=true&q=%C3%A4"
    assert (entry.request.method, entry.response.status) == ("POST", 200)
    assert [header["name"] for header in entry.request.headers] == [
        "hOST", "Content-Type", "X-Two", "x-two", "Cookie",
    ]  # fmt: skip
    assert entry.request.text == TEXT.decode()
    assert entry.response.text == '{"ok":1}'
    assert entry.startTime == datetime(2026, 1, 5, 9, 0, 0, 250000, tzinfo=UTC)


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - {"no answer", "star"}))
def test_a_proxy_reads_the_same_requests_back(name):
    sent = SAMPLES[name].request
    (entry,) = har.har(run(SAMPLES[name]))["log"]["entries"]
    read = request_to_flow(entry).request
    assert (read.method, read.port) == (sent.method.decode(), sent.port)
    assert read.host == sent.host
    # It writes some values anew itself, the port of the host and the charset of the type.
    assert [name for name, _ in read.headers.fields][: len(sent.headers)] == [
        name for name, _ in sent.headers
    ]
    if name != "binary":
        assert read.content == sent.body


@given(st.binary(max_size=80), st.binary(max_size=40), st.binary(max_size=40))
def test_every_byte_can_be_had_back(body, target, value):
    sent = request(body=body, target=b"/" + target, headers=((b"x-odd", value),))
    (entry,) = json.loads(har.render(run(flow(request=sent))))["log"]["entries"]
    described = entry["request"]
    if "_requestBodyBase64" in described:
        assert b64decode(described["_requestBodyBase64"]) == body
    elif body:
        assert described["postData"]["text"].encode() == body
    if "_targetBase64" in described:
        assert b64decode(described["_targetBase64"]) == sent.target
    else:
        assert described["url"].encode().endswith(sent.target)
    (header,) = described["headers"]
    if "_valueBase64" in header:
        assert b64decode(header["_valueBase64"]) == value
    else:
        assert header["value"].encode() == value


def test_messages_of_a_websocket_are_with_its_upgrade():
    upgrade = flow(response=HttpResponse(status=101, headers=(), body=b""))
    other = flow(response=None)
    socket = WebSocketFlow(
        started=0.3, connection=3, host="api.example", port=443, target=b"/live",
        messages=(
            WebSocketMessage(at=0.5, text=True, content=TEXT),
            WebSocketMessage(at=0.75, text=False, content=b"\xff"),
        ),
    )  # fmt: skip
    one, two = har.har(run(other, upgrade, socket))["log"]["entries"]
    assert "_webSocketMessages" not in one
    assert two["_webSocketMessages"] == [
        {"type": "send", "time": 1767603600.5, "opcode": 1, "data": TEXT.decode()},
        {"type": "send", "time": 1767603600.75, "opcode": 2, "data": "/w=="},
    ]


def test_what_is_no_http_exchange_is_with_its_run():
    question = DnsFlow(started=0.1, name="api.example", type="A", transport="udp")
    proxy = ProxyFlow(
        started=0.2, connection=3, protocol="http-connect", proxy="proxy.example", port=3128,
        target="api.example:443", opening=b"CONNECT\xff",
    )  # fmt: skip
    log = har.har(run(question, proxy, flow()))["log"]
    (page,) = log["pages"]
    assert (page["_environment"], page["_outcome"]) == ({"timezone": "Asia/Tokyo"}, "completed")
    assert [(other["kind"], other["_index"]) for other in page["_flows"]] == [
        ("dns", 0), ("proxy", 1),
    ]  # fmt: skip
    (entry,) = log["entries"]
    assert (entry["_index"], entry["connection"], entry["_step"]) == (2, "3", "turn-1")
    json.dumps(log)
