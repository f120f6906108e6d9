import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab.interception.http1 import endpoint_of

CONNECT = (
    b"CONNECT Far.Example:8443 HTTP/1.1\r\nhOST: Far.Example:8443\r\nX-b: 1\r\n"
    b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n"
)


def exactly(connection, size):
    received = b""
    while len(received) < size:
        received += connection.recv(size - len(received))
    return received


def ask(connection, head=b"GET /inside HTTP/1.1\r\nHost: far.example\r\nConnection: close\r\n\r\n"):
    connection.sendall(head)
    answer = b""
    while data := connection.recv(1000):
        answer += data
    assert answer.endswith(b"GET /inside")


def secured(served, connection, name="far.example"):
    return ssl.create_default_context(cafile=served.authority).wrap_socket(
        connection, server_hostname=name
    )


def test_what_goes_through_a_tunnel_is_opened_and_is_the_targets(serve):
    with serve() as served:
        with served.connect() as plain:
            plain.sendall(CONNECT)
            assert plain.recv(1000) == b"HTTP/1.1 200 Connection established\r\n\r\n"
            with secured(served, plain) as inside:
                ask(inside)
        proxy, hello, request = served.flows()
    assert (proxy.protocol, proxy.target, proxy.opening) == (
        "http-connect", "Far.Example:8443", CONNECT,
    )  # fmt: skip
    assert (proxy.proxy, proxy.port) == ("127.0.0.1", served.port)
    assert (hello.sni, hello.port, hello.error) == ("far.example", 8443, None)
    assert (request.request.host, request.request.port) == ("far.example", 8443)
    assert request.request.scheme == "https"
    assert {proxy.connection, hello.connection, request.connection} == {0}


def test_a_proxy_may_itself_be_spoken_to_through_tls(serve):
    with serve() as served:
        context = ssl.create_default_context(cafile=served.authority)
        with (
            served.connect() as raw,
            context.wrap_socket(raw, server_hostname="proxy.example") as outer,
        ):
            outer.sendall(CONNECT)
            assert outer.recv(1000).startswith(b"HTTP/1.1 200 ")
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            inner = context.wrap_bio(incoming, outgoing, server_hostname="far.example")
            answer = b""
            said = False
            while not answer.endswith(b"GET /inside"):
                try:
                    if not said:
                        inner.do_handshake()
                        inner.write(b"GET /inside HTTP/1.1\r\nHost: far.example\r\n\r\n")
                        said = True
                        outer.sendall(outgoing.read())
                    answer += inner.read(1000)
                except ssl.SSLWantReadError:
                    if outgoing.pending:
                        outer.sendall(outgoing.read())
                    incoming.write(outer.recv(10000))
        kinds = [(flow.kind, flow.connection) for flow in served.flows()]
    assert kinds == [("tls", 0), ("proxy", 0), ("tls", 0), ("http", 0)] or sorted(kinds) == [
        ("http", 0), ("proxy", 0), ("tls", 0), ("tls", 0),
    ]  # fmt: skip


TARGETS = {
    "domain": (b"\x03\x0bfar.example\x00\x50", "far.example:80", "far.example"),
    "v4": (b"\x01\xc6\x12\x05\x06\x1f\x90", "198.18.5.6:8080", "198.18.5.6"),
    "v6": (b"\x04" + bytes(15) + b"\x07\x00\x50", "[::7]:80", "::7"),
}


@pytest.mark.parametrize("password", [False, True])
@pytest.mark.parametrize("target", TARGETS)
def test_socks_takes_every_kind_of_target_with_and_without_password(serve, target, password):
    wanted, named, host = TARGETS[target]
    with serve() as served:
        with served.connect() as client:
            sent = b"\x05\x02\x00\x02" if password else b"\x05\x01\x00"
            client.sendall(sent)
            assert exactly(client, 2) == (b"\x05\x02" if password else b"\x05\x00")
            if password:
                login = b"\x01\x04user\x06secret"
                client.sendall(login)
                assert exactly(client, 2) == b"\x01\x00"
                sent += login
            client.sendall(b"\x05\x01\x00" + wanted)
            sent += b"\x05\x01\x00" + wanted
            assert exactly(client, 10) == b"\x05\x00\x00\x01" + bytes(6)
            ask(client, b"GET /inside HTTP/1.1\r\nConnection: close\r\n\r\n")
        proxy, request = served.flows()
    assert (proxy.protocol, proxy.target, proxy.opening) == ("socks5", named, sent)
    assert request.request.host == host
    assert request.request.port == int(named.rpartition(":")[2])


def test_other_commands_of_socks_are_refused_and_recorded(serve):
    with serve() as served:
        answer = served.say(b"\x05\x01\x00\x05\x03\x00\x01\x01\x02\x03\x04\x00\x09")
        (proxy,) = served.flows()
    assert answer == b"\x05\x00" + b"\x05\x07\x00\x01" + bytes(6)
    assert proxy.target == "1.2.3.4:9"


def test_a_client_without_a_method_of_ours_is_turned_away(serve):
    with serve() as served:
        assert served.say(b"\x05\x01\x01") == b"\x05\xff"
        (stream,) = served.flows()
    assert (stream.kind, stream.protocol, stream.first_bytes) == ("stream", "socks5", b"\5\1\1")


@given(said=st.binary(max_size=60))
def test_no_socks_message_breaks_the_proxy(authority_folder, said):
    from serving import serving

    with serving(authority_folder) as served:
        served.say(b"\x05" + said)
        assert not [flow for flow in served.flows() if flow.kind not in ("stream", "proxy", "http")]


def test_what_is_not_http_inside_of_a_tunnel_is_recorded_for_the_target(serve):
    with serve() as served:
        with served.connect() as client:
            client.sendall(b"CONNECT git.example:22 HTTP/1.1\r\n\r\n")
            client.recv(1000)
            client.sendall(b"SSH-2.0-client\r\n")
            client.shutdown(socket.SHUT_WR)
            client.recv(1000)
        _, stream = served.flows()
    assert (stream.host, stream.port, stream.protocol) == ("git.example", 22, "ssh")


@pytest.mark.parametrize(
    ("authority", "host", "port"),
    [
        ("a.example:81", "a.example", 81),
        ("a.example", "a.example", 443),
        ("[2001:db8::1]:81", "2001:db8::1", 81),
        ("[2001:db8::1]", "2001:db8::1", 443),
        ("198.18.0.9:x", "198.18.0.9:x", 443),
    ],
)
def test_an_authority_is_a_host_and_a_port(authority, host, port):
    endpoint = endpoint_of(authority, 443)
    assert (endpoint.host, endpoint.port) == (host, port)
