"""Readings of a TLS ClientHello (RFC 8446, section 4.1.2).

Nothing is sorted: fingerprints that sort ciphers and extensions, as JA4 does, cannot see a mark in
their order. GREASE values (RFC 8701) and key material are random by design and read as `GREASE`
and by their length.
"""

import struct
from collections.abc import Iterator

from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.tls import ClientHello

from undeclared.model import Http2Flow, View

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
        message = _message(client_hello)
        hello = ClientHello(message)
        extensions = [(kind, bytes(content)) for kind, content in hello.extensions]
        ciphers = list(hello.cipher_suites)
    except Exception:
        yield "", View.VALUE, "unreadable"
        return
    yield "version", View.VALUE, message[:2].hex()
    yield "random", View.VALUE, message[2:34].hex()
    yield "session-id", View.VALUE, f"{message[34]} bytes"
    grease = [f"{code:04x}" for code in (*ciphers, *(kind for kind, _ in extensions))]
    yield "grease", View.VALUE, " ".join(code for code in grease if _grease(int(code, 16)))
    yield "cipher-suites", View.ORDER, "\n".join(_code(cipher) for cipher in ciphers)
    offered = sorted({_code(kind) for kind, _ in extensions if kind not in _RANDOM})
    yield "extensions", View.VALUE, " ".join(offered)
    yield "extensions", View.ORDER, "\n".join(_code(kind) for kind, _ in extensions)
    for kind, content in extensions:
        if not _grease(kind) and kind not in _RANDOM:
            yield f"extension-{_code(kind)}", View.VALUE, _without_grease(content)


def http2_readings(flow: Http2Flow) -> Iterator[tuple[str, View, str]]:
    """`(pointer, view, reading)` of how a client opens HTTP/2 (RFC 9113, section 3.4).

    The settings and their order, and the types, flags and contents of the other frames.
    """
    yield "settings", View.ORDER, "\n".join(str(name) for name, _ in flow.settings)
    for name, value in flow.settings:
        yield f"setting-{name}", View.VALUE, str(value)
    frames, at = [], len(_PREFACE) if flow.opening.startswith(_PREFACE) else 0
    while at + 9 <= len(flow.opening):
        length = int.from_bytes(flow.opening[at : at + 3], "big")
        kind, content = flow.opening[at + 3], flow.opening[at + 9 : at + 9 + length]
        if kind != _SETTINGS:
            frames.append(f"{kind:02x}:{flow.opening[at + 4]:02x}:{content.hex()}")
        at += 9 + length
    yield "frames", View.VALUE, " ".join(frames)


_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS = 4


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
