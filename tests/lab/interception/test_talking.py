"""Real clients in a real lab: what each protocol leaves behind."""

import json

import pytest
from haralyzer import HarParser
from stage import lab_or_skip, make_lab, make_profile, make_trial

from undeclared.catalogue import Answer
from undeclared.report import har

ACTS = (
    "fetch,reuse,ports,http2,h2c,websocket,raw,local,datagrams,names,doh,connect,forward,socks,distrust,"
    "curl,git"
)

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def lab():
    profile = make_profile(
        command=("node", "talker.mjs"),
        env={"LOCAL_SERVICE": "http://localhost:7070/v1"},
        answers=(Answer(path="*", body="ok"),),
        ca_env=("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"),
    )
    with lab_or_skip(make_lab(profile=profile)) as opened:
        yield opened


@pytest.fixture(scope="module")
def talk(lab):
    (run,) = lab.run([make_trial(act=ACTS)])
    said = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert [entry["act"] for entry in said] == ACTS.split(","), run.stderr.decode()
    assert not [entry for entry in said if str(entry["result"]).startswith("failed:")]
    return run, {entry["act"]: entry["result"] for entry in said}


@pytest.fixture(scope="module")
def flows(talk):
    """Flows of a kind that go to a host or an address."""

    def flows(kind, host=None):
        return [flow for flow in talk[0].flows if flow.kind == kind and host in (None, goal(flow))]

    return flows


@pytest.fixture(scope="module")
def results(talk):
    return talk[1]


def goal(flow):
    """The host that a flow is meant for, whatever its kind calls it."""
    match flow.kind:
        case "http":
            return flow.request.host
        case "stream":
            return flow.host or flow.address
        case "tls":
            return flow.sni
        case "websocket":
            return flow.host
        case "proxy":
            return flow.target
        case _:
            return None


def only(found):
    (one,) = found
    return one


def test_requests_on_one_connection_are_seen_as_such(results, flows):
    assert results["reuse"] == [200, 200]
    one, two = flows("http", "reuse.example")
    assert one.connection == two.connection == only(flows("tls", "reuse.example")).connection
    assert two.request.body == b"two"
    assert one.started <= one.ended <= two.started


def test_header_fields_are_kept_as_sent(results, flows):
    assert results["fetch"] == {"status": 200, "body": "ok"}
    request = only(flows("http", "fetch.example")).request
    assert request.target == b"/one?x=1"
    names = [name for name, _ in request.headers]
    assert names[0] == b"host"
    assert b"X-Case" in names


def test_every_port_is_answered_with_and_without_tls(results, flows):
    assert results["ports"] == [200, 200, 200, 200]
    found = {
        (flow.request.host, flow.request.port, flow.request.scheme)
        for host in ("ports.example", "203.0.113.9", "2001:db8::9")
        for flow in flows("http", host)
    }
    assert found == {
        ("ports.example", 8443, "https"), ("ports.example", 4318, "http"),
        ("203.0.113.9", 11434, "http"), ("2001:db8::9", 8080, "http"),
    }  # fmt: skip


def test_http2_keeps_its_settings_and_its_order(results, flows):
    assert results["http2"] == 2
    requests = flows("http", "h2.example")
    assert [flow.request.version for flow in requests] == ["HTTP/2.0"] * 2
    names = [name for name, _ in requests[0].request.headers]
    assert names[:4] == [b":method", b":path", b":authority", b":scheme"]
    assert names.index(b"x-b") < names.index(b"x-a")
    opening = only(flow for flow in flows("http2") if flow.connection == requests[0].connection)
    assert (4, 77777) in opening.settings
    assert opening.opening.startswith(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")


def test_http2_needs_no_tls(results, flows):
    assert results["h2c"] == 200
    request = only(flows("http", "h2c.example")).request
    assert (request.version, request.scheme, request.port) == ("HTTP/2.0", "http", 8080)


def test_a_websocket_is_accepted_and_heard(results, flows):
    headers = results["websocket"]
    assert headers["sec-websocket-accept"] == "ICX+Yqv66kxgM0FcWaLWlFLwTAI="
    assert headers["sec-websocket-protocol"] == "chat"
    found = only(flows("websocket", "ws.example"))
    assert (found.port, found.target, found.close_code) == (443, b"/live", 1000)
    assert [(message.text, message.content) for message in found.messages] == [(True, b"hi")]
    assert only(flows("http", "ws.example")).response.status == 101


def test_what_nobody_speaks_is_taken_recorded_and_closed(results, flows):
    raw = results["raw"]
    assert raw["ssh"]["ms"] < 400
    assert 400 < raw["waits"]["ms"] < 1500
    said = {
        (flow.host or flow.address, flow.port): (flow.first_bytes, flow.protocol)
        for flow in flows("stream")
        if flow.transport == "tcp"
    }
    assert said["raw.example", 22] == (b"SSH-2.0-talker\r\n", "ssh")
    assert said["waits.example", 25] == (b"", None)
    assert said["garbage.example", 443] == (b"\0\1\2\3", None)
    assert said["2001:db8::22", 5432] == (bytes.fromhex("0000000804d2162f"), "postgresql")
    assert said["dot.example", 853] == (b"?", None)


def test_loopback_is_the_agents_own_and_nothing_else_is(results, flows):
    local = results["local"]
    assert (local["own"], local["refused"]) == ("mine", "ECONNREFUSED")
    # The experiment names it in a variable, so it is served; so is the world outside.
    assert (local["named"], local["outside"]) == (200, 200)
    loopback = [flow for flow in flows("stream") if flow.address == "127.0.0.1"]
    assert [(flow.port, flow.first_bytes) for flow in loopback] == [(9222, b"")]
    assert only(flows("http", "localhost")).request.port == 7070
    assert only(flows("http", "8.8.8.8")).request.target == b"/outside"


def test_datagrams_are_refused_at_once_and_recorded_once(results, flows):
    assert {name: result["said"] for name, result in results["datagrams"].items()} == dict.fromkeys(
        ("quic", "named", "six"), "ECONNREFUSED"
    )
    assert all(result["ms"] < 200 for result in results["datagrams"].values())
    found = {(flow.address, flow.port): flow for flow in flows("stream") if flow.transport == "udp"}
    quic = found["203.0.113.44", 443]
    assert (quic.protocol, len(quic.first_bytes)) == ("quic", 1200)
    assert found["2001:db8::44", 4433].first_bytes == b"six"
    assert (
        only(flow.first_bytes for flow in found.values() if flow.host == "udp.example") == b"hello"
    )
    assert len(found) == 3


def test_every_name_server_answers_and_is_told_apart(results, flows):
    names = results["names"]
    assert names["four"].startswith("198.1")
    assert names["six"].startswith("2001:2:")
    assert names["reverse"] == ["names.example"]
    assert names["text"] == "ENODATA"
    assert names["lookup"][0]["family"] == 4
    servers = {flow.name: flow.server for flow in flows("dns")}
    assert servers["names.example"] == "198.18.0.1"
    assert servers["elsewhere.example"] == "8.8.8.8"
    assert servers["six-server.example"] == "2001:db8::53"


def test_questions_over_https_are_answered_and_recorded(results, flows):
    assert results["doh"]["json"]["Answer"][0]["data"].startswith("198.1")
    asked = {flow.name: (flow.transport, flow.server) for flow in flows("dns")}
    assert asked["hidden.example"] == asked["json.example"] == ("https", "doh.example")


@pytest.mark.parametrize(
    ("act", "target", "host", "path"),
    [
        ("connect", "inside.example:443", "inside.example", b"/tunnelled"),
        ("forward", "forwarded.example:80", "forwarded.example", b"/through"),
        ("socks", "socksed.example:443", "socksed.example", b"/socks"),
    ],
)
def test_a_proxy_is_seen_and_what_goes_through_it_too(results, flows, act, target, host, path):
    assert results[act] in (200, "HTTP/1.1 200 OK")
    proxy = only(flows("proxy", target))
    assert proxy.proxy == "proxy.example"
    request = only(flows("http", host))
    assert (request.connection, request.request.target) == (proxy.connection, path)
    assert request.request.port == int(target.rpartition(":")[2])
    if act == "connect":
        assert b"Proxy-Authorization: Basic dTpw\r\nX-Odd: 1\r\n" in proxy.opening


def test_a_certificate_that_is_refused_after_the_handshake_is_noticed(results, flows):
    assert results["distrust"] == "SELF_SIGNED_CERT_IN_CHAIN"
    assert only(flows("tls", "pinned.example")).error


def test_curl_is_content(results, flows):
    assert results["curl"] == {
        "two": "200 2", "one": "200 1.1", "proxy": "200 2", "socks": "200 1.1", "socks4": "200 2",
        "prior": "200 2", "upload": "200 1.1",
    }  # fmt: skip
    assert [flow.request.version for flow in flows("http", "curl.example")] == [
        "HTTP/2.0", "HTTP/1.1",
    ]  # fmt: skip
    assert only(flows("http", "curl-put.example")).request.body
    assert only(flows("proxy", "curl-proxy.example:443")).protocol == "http-connect"
    socks = only(flows("proxy", "curl-socks.example:80"))
    assert b"\x01\x04user\x02pw" in socks.opening
    # The name was looked up first: the proxy was given its address.
    assert only(flows("http", "curl-socks-v4.example")).request.port == 443


def test_git_is_understood_on_its_own_port(results, flows):
    assert results["git"]["git"] != "listed"
    first, *_ = flows("http", "git.example")
    assert first.request.target == b"/project.git/info/refs?service=git-upload-pack"
    assert only(flows("stream", "git-port.example")).protocol == "git"


def test_everything_is_in_the_order_in_which_it_began(talk):
    run, _ = talk
    assert [flow.started for flow in run.flows] == sorted(flow.started for flow in run.flows)
    assert all(-0.01 <= flow.started <= run.seconds + 1 for flow in run.flows)


def test_another_reader_opens_the_run_as_an_archive(talk, flows):
    run, _ = talk
    archive = HarParser(json.loads(har.render(run)))
    (page,) = archive.pages
    requests = [flow.request for flow in flows("http")]
    assert len(page.entries) == len(requests) > 20
    for entry, request in zip(page.entries, requests, strict=True):
        assert entry.request.method.encode() == request.method
        assert [header["name"].encode() for header in entry.request.headers] == [
            name for name, _ in request.headers
        ]
    (upgrade,) = (entry for entry in page.entries if "_webSocketMessages" in entry.raw_entry)
    assert upgrade.url == "https://ws.example/live"


def test_what_an_agent_left_unanswered_is_in_its_run_and_in_no_other(lab):
    left, empty, again = lab.run([make_trial(act=act) for act in ("leave", "names", "leave")])
    for run in (left, again):
        asked = sorted(flow.request.target for flow in run.flows if flow.kind == "http")
        assert asked == sorted(b"/left/%d" % number for number in range(40))
        heard = [(flow.address, flow.port) for flow in run.flows if flow.kind == "stream"]
        assert sorted(heard) == [("203.0.113.81", 1000 + number) for number in range(40)]
    assert {flow.kind for flow in empty.flows} == {"dns"}
