"""Tells protocols apart by the first bytes that a client sends."""

import re
from enum import StrEnum, auto

HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""RFC 9113, section 3.4."""
_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64} [^\r\n]* HTTP/[0-9](\.[0-9])?\r?\n")
_REQUEST_BEGUN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}( [^\r\n]*\r?)?")
_LONGEST_LINE = 128 * 1024
_SOCKS5, _USER_PASSWORD_METHODS = 5, 16


class Spoken(StrEnum):
    """What the lab can answer."""

    TLS = auto()
    HTTP1 = auto()
    HTTP2 = auto()
    SOCKS5 = auto()
    OTHER = auto()


def recognise(data: bytes) -> Spoken | None:
    r"""The protocol of a connection that begins with these bytes; None: too few to say.

    >>> recognise(b"GET / HTTP/1.1\r\n"), recognise(b"GET / "), recognise(b"SSH-2.0-x\r\n")
    (<Spoken.HTTP1: 'http1'>, None, <Spoken.OTHER: 'other'>)
    """
    if not data:
        return None
    if data[0] == 0x16:  # a handshake record (RFC 8446, section 5.1)
        if len(data) < 3:
            return None if data[1:2] in (b"", b"\x03") else Spoken.OTHER
        return Spoken.TLS if data[1] == 3 and data[2] <= 4 else Spoken.OTHER
    if data[0] == _SOCKS5:  # a count of methods, and so many of them (RFC 1928, section 3)
        if len(data) < 2:
            return None
        return Spoken.SOCKS5 if 0 < data[1] <= _USER_PASSWORD_METHODS else Spoken.OTHER
    if data.startswith(HTTP2_PREFACE):
        return Spoken.HTTP2
    if HTTP2_PREFACE.startswith(data):
        return None
    begun = data.lstrip(b"\r\n")  # RFC 9112, section 2.2
    if not begun:
        return None if len(data) <= 4 else Spoken.OTHER
    if _REQUEST_LINE.match(begun):
        return Spoken.HTTP1
    if len(begun) < _LONGEST_LINE and _REQUEST_BEGUN.fullmatch(begun):
        return None
    return Spoken.OTHER


_STARTS = (
    ("ssh", re.compile(rb"SSH-\d")),
    ("http", re.compile(rb"[A-Z]{3,16} [^\r\n]* HTTP/|PRI \* HTTP/")),
    ("tls", re.compile(rb"\x16\x03[\x00-\x04]")),
    ("socks4", re.compile(rb"\x04[\x01\x02]..", re.DOTALL)),
    ("socks5", re.compile(rb"\x05[\x01-\x10]")),
    ("smtp", re.compile(rb"(EHLO|HELO) ", re.IGNORECASE)),
    ("git", re.compile(rb"[0-9a-f]{4}git-(upload|receive)-(pack|archive) ")),
    ("redis", re.compile(rb"\*\d+\r\n\$\d+\r\n")),
    ("mqtt", re.compile(rb"\x10[\x00-\xff]{1,4}\x00\x04MQTT", re.DOTALL)),
    ("amqp", re.compile(rb"AMQP\x00")),
    ("postgresql", re.compile(rb"\x00\x00..(\x00\x03\x00\x00|\x04\xd2\x16[\x2e-\x30])", re.DOTALL)),
    ("irc", re.compile(rb"(NICK|USER|CAP LS) ?")),
    ("rtsp", re.compile(rb"[A-Z_]{3,16} \S+ RTSP/")),
    ("bittorrent", re.compile(rb"\x13BitTorrent protocol")),
    ("rdp", re.compile(rb"\x03\x00..\S\xe0", re.DOTALL)),
)


def guess(data: bytes) -> str | None:
    """What the first bytes of a stream look like; None if like nothing known."""
    return next((name for name, start in _STARTS if start.match(data)), None)


_LONG_HEADER, _LONGEST_ID = 0xC0, 20
_QUIC_VERSIONS = {0x00000001, 0x6B3343CF, 0x709A50C4}


def is_quic(datagram: bytes) -> bool:
    """Whether a datagram opens a QUIC connection: a long header (RFC 9000, section 17.2).

    Versions 1 and 2, drafts, Google's Q0xx, and those reserved to test version negotiation.
    """
    if len(datagram) < 7 or datagram[0] & _LONG_HEADER != _LONG_HEADER:
        return False
    version = int.from_bytes(datagram[1:5], "big")
    known = (
        version in _QUIC_VERSIONS
        or version >> 8 == 0xFF0000
        or datagram[1:3] == b"Q0"
        or version & 0x0F0F0F0F == 0x0A0A0A0A
    )
    length = datagram[5]
    return known and length <= _LONGEST_ID and len(datagram) > 6 + length


def guess_datagram(data: bytes) -> str | None:
    """What a datagram looks like; None if like nothing known."""
    if is_quic(data):
        return "quic"
    if len(data) >= 20 and data[:1] in (b"\x00", b"\x01") and data[4:8] == b"\x21\x12\xa4\x42":
        return "stun"  # RFC 8489, section 5
    if len(data) >= 48 and data[0] & 0x07 == 3 and data[0] >> 3 & 0x07 in (3, 4):
        return "ntp"  # RFC 5905, section 7.3: mode 3 is a client
    if data[:1] == b"\x16" and data[1:3] in (b"\xfe\xff", b"\xfe\xfd"):
        return "dtls"  # RFC 9147, section 4
    if data.startswith(b"M-SEARCH "):
        return "ssdp"
    return None
