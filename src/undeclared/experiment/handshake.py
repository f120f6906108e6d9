"""Readings of a TLS ClientHello (RFC 8446, section 4.1.2).

Nothing is sorted: fingerprints that sort ciphers and extensions, as JA4 does, cannot see a mark in
their order. GREASE values (RFC 8701) and key material are random by design and read as `GREASE`
and by their length.
"""

import struct
from collections.abc import Iterator

from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.tls import ClientHello

from undeclared.model import View

_RANDOM = {
    0x0000,  # server_name: the host, which is compared as the host
    0x0029,  # pre_shared_key
    0x0033,  # key_share
    0x0023,  # session_ticket
    0xFE0D,  # encrypted_client_hello
    0x0015,  # padding
}


def readings(client_hello: bytes) -> Iterator[tuple[str, View, str]]:
    """`(pointer, view, reading)` of a raw ClientHello; nothing if it cannot be parsed."""
    try:
        hello = ClientHello(_message(client_hello))
        extensions = [(kind, bytes(content)) for kind, content in hello.extensions]
        ciphers = list(hello.cipher_suites)
    except Exception:
        yield "", View.VALUE, "unreadable"
        return
    yield "cipher-suites", View.ORDER, "\n".join(_code(cipher) for cipher in ciphers)
    offered = sorted({_code(kind) for kind, _ in extensions if kind not in _RANDOM})
    yield "extensions", View.VALUE, " ".join(offered)
    yield "extensions", View.ORDER, "\n".join(_code(kind) for kind, _ in extensions)
    for kind, content in extensions:
        if not _grease(kind) and kind not in _RANDOM:
            yield f"extension-{_code(kind)}", View.VALUE, _without_grease(content)


def _message(raw: bytes) -> bytes:
    """The body of the handshake message, without the header that precedes it."""
    if starts_like_tls_record(raw):
        raw = raw[5:]
    return raw[4:] if raw[:1] == b"\x01" else raw


def _code(value: int) -> str:
    return "GREASE" if _grease(value) else f"{value:04x}"


def _grease(value: int) -> bool:
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


def _without_grease(content: bytes) -> str:
    if len(content) % 2:
        return content.hex()
    codes = struct.unpack(f">{len(content) // 2}H", content)
    return " ".join(_code(code) for code in codes)
