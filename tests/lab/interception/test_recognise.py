import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab.interception.recognise import (
    HTTP2_PREFACE,
    Spoken,
    guess,
    guess_datagram,
    is_quic,
    recognise,
)

BEGINNINGS = {
    b"\x16\x03\x01\x02\x00\x01": Spoken.TLS,
    b"GET /path?q HTTP/1.1\r\n": Spoken.HTTP1,
    b"\r\nM-SEARCH * HTTP/1.1\r\n": Spoken.HTTP1,
    b"GET /\xe2\x80\x99 HTTP/1.0\n": Spoken.HTTP1,
    HTTP2_PREFACE: Spoken.HTTP2,
    b"\x05\x01\x00": Spoken.SOCKS5,
    b"SSH-2.0-OpenSSH_9.2 Debian\r\n": Spoken.OTHER,
    b"EHLO there\r\n": Spoken.OTHER,
    b"\x00\x01garbage": Spoken.OTHER,
    b"\x04\x01\x00\x50": Spoken.OTHER,
}


@pytest.mark.parametrize(("beginning", "spoken"), BEGINNINGS.items())
def test_a_protocol_is_told_by_its_first_bytes_however_few_come_at_once(beginning, spoken):
    said = [recognise(beginning[:length]) for length in range(len(beginning) + 1)]
    assert said[0] is None
    assert said[-1] is spoken
    assert set(said) <= {None, spoken}


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_what_was_told_stays_told(first, second):
    if (spoken := recognise(first)) is not None:
        assert recognise(first + second) is spoken


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "ssh"),
        (b"0032git-upload-pack /project.git\0host=x\0", "git"),
        (b"*1\r\n$4\r\nPING\r\n", "redis"),
        (b"\x10\x10\x00\x04MQTT\x04\x02", "mqtt"),
        (b"\x00\x00\x00\x08\x04\xd2\x16\x2f", "postgresql"),
        (b"\x04\x01\x00\x50\x01\x02\x03\x04\x00", "socks4"),
        (b"GET / HTTP/1.1\r\nno colon", "http"),
        (b"EHLO there\r\n", "smtp"),
        (b"\x00\x01garbage", None),
        (b"", None),
    ],
)
def test_a_known_protocol_is_named(data, name):
    assert guess(data) == name


def long_header(version=1, destination=b"\x01" * 8, first=0xC3):
    source = b"\x02" * 8
    head = bytes([first]) + version.to_bytes(4, "big") + bytes([len(destination)]) + destination
    return (head + bytes([len(source)]) + source).ljust(1200, b"\0")


@given(
    st.sampled_from([1, 0x6B3343CF, 0xFF00001D, 0x1A2A3A4A, 0x51303530]),
    st.binary(max_size=20),
    st.integers(min_value=0xC0, max_value=0xFF),
)
def test_quic_is_known_by_its_long_header(version, destination, first):
    datagram = long_header(version, destination, first)
    assert is_quic(datagram)
    assert guess_datagram(datagram) == "quic"


@given(st.binary(max_size=200))
def test_no_datagram_breaks_the_guess(datagram):
    guess_datagram(datagram)
    assert not is_quic(bytes([0x40]) + datagram)
    assert not is_quic(b"\xc0\x00\x00\x00\x02" + datagram)


def test_an_identifier_of_more_than_20_bytes_is_not_quic():
    assert not is_quic(long_header(destination=bytes(21)))


def test_other_datagrams_are_named():
    assert guess_datagram(b"\x23" + bytes(47)) == "ntp"
    assert guess_datagram(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)) == "stun"
    assert guess_datagram(b"\x16\xfe\xfd" + bytes(20)) == "dtls"
    assert guess_datagram(b"hello") is None
