import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab.interception.tls import client_hello


def shake(served, name, **settings):
    context = ssl.create_default_context(cafile=settings.pop("trust", served.authority))
    context.check_hostname = bool(name)
    for setting, value in settings.items():
        setattr(context, setting, value)
    with served.connect() as raw, context.wrap_socket(raw, server_hostname=name) as secured:
        secured.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        while secured.recv(1000):
            pass
        return secured.version()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("name", ["api.example", "127.0.0.1", None, "a" * 60 + ".b" * 20])
def test_every_name_and_none_is_proven(serve, version, name):
    with serve() as served:
        said = shake(served, name, minimum_version=version, maximum_version=version)
        hello, request = served.flows()
    assert said == version.name.replace("_", ".")
    assert hello.sni == (None if name == "127.0.0.1" else name)
    assert hello.error is None
    assert hello.client_hello[0] == 1
    assert int.from_bytes(hello.client_hello[1:4], "big") == len(hello.client_hello) - 4
    assert request.request.host == (hello.sni or "127.0.0.1")
    assert request.request.scheme == "https"


def test_a_client_that_refuses_the_certificate_leaves_its_reason(serve):
    with serve() as served:
        with pytest.raises(ssl.SSLCertVerificationError):
            shake(served, "api.example", trust=ssl.get_default_verify_paths().cafile)
        (hello,) = served.flows()
    assert hello.error == "tlsv1 alert unknown ca"


def test_a_client_that_says_nothing_after_the_handshake_is_noticed(serve):
    with serve() as served:
        context = ssl.create_default_context(cafile=served.authority)
        with served.connect() as raw:
            context.wrap_socket(raw, server_hostname="api.example").close()
        (hello,) = served.flows()
    assert hello.error == "nothing was sent after the handshake"


@pytest.mark.parametrize("said", [b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\x02\x00\x01\x00"])
def test_what_only_begins_like_a_handshake_is_recorded(serve, said):
    with serve() as served:
        served.say(said)
        (stream,) = served.flows()
    assert (stream.kind, stream.protocol, stream.first_bytes) == ("stream", "tls", said)


def hello_of(name="api.example"):
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@given(st.integers(min_value=1, max_value=600))
def test_a_hello_in_several_records_is_put_together(size):
    message = hello_of()[5:]
    records = b"".join(
        b"\x16\x03\x01" + len(message[at : at + size]).to_bytes(2, "big") + message[at : at + size]
        for at in range(0, len(message), size)
    )
    assert client_hello(records + b"more") == message
    assert client_hello(records[:-1]) is None


@given(st.binary(max_size=100))
def test_no_bytes_break_the_reading_of_a_hello(data):
    try:
        hello = client_hello(data)
    except ValueError:
        return
    assert hello is None or hello[0] == 1


def test_questions_over_tls_are_refused_at_once(serve, monkeypatch):
    with serve() as served:
        monkeypatch.setattr("undeclared.lab.interception.tls._DNS_OVER_TLS", served.port)
        with served.connect() as raw, pytest.raises((ssl.SSLError, ConnectionError)):
            ssl.create_default_context().wrap_socket(raw, server_hostname="dns.example")
        (hello,) = served.flows()
    assert (hello.sni, hello.error) == ("dns.example", "DNS over TLS is refused")


def test_a_connection_without_a_byte_is_recorded(serve):
    with serve() as served:
        socket.create_connection(("127.0.0.1", served.port)).close()
        (stream,) = served.flows()
    assert (stream.kind, stream.first_bytes) == ("stream", b"")
