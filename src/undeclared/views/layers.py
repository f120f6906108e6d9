"""Takes encodings off bytes, one layer at a time, wherever encoded stretches lie in them."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from undeclared.views.payload import without

MAX_STRETCHES = 4096
"""Encoded stretches that are opened of some bytes, the first ones."""
_SHORTEST = 24
"""Characters of an encoded stretch that could hold a secret."""
_SMALL = 8192
"""Bytes in which a stretch is tried at every alignment: a path may run into it."""

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_HEX = b"0123456789abcdefABCDEF"
_STANDARD = bytes.maketrans(b"-_", b"+/")
_ESCAPE = re.compile(rb"\\u00([0-9a-fA-F]{2})")
_COMPRESSED = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x78\x01", "deflate"),
    (b"\x78\x5e", "deflate"),
    (b"\x78\x9c", "deflate"),
    (b"\x78\xda", "deflate"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


class Layer(NamedTuple):
    """What was under one encoding."""

    name: str
    """`base64`, `hex`, `gzip` …"""
    content: bytes
    rest_too: bool
    """What was not encoded is in the content as it was."""


def unbroken(data: bytes) -> bytes:
    """Without line breaks, also those of JSON strings: encoders put them anywhere."""
    return data.replace(b"\\n", b"").replace(b"\\r", b"").translate(None, b"\r\n")


def layers(data: bytes) -> Iterator[Layer]:
    """Every layer that can be taken off, once."""
    for magic, name in _COMPRESSED:
        if data.startswith(magic):
            plain = without(name, data)
            if plain:
                yield Layer("zlib" if name == "deflate" else name, plain, rest_too=False)
    if data.count(b"%") >= _SHORTEST // 3:
        yield Layer("URL encoding", unquote_to_bytes(data), rest_too=True)
    if b"\\u00" in data or b"\\/" in data:
        plain = _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), data)
        yield Layer("JSON escapes", plain.replace(b"\\/", b"/"), rest_too=True)
    yield from _gathered("hex", (_unhexed(own) for own in _stretches(data, _IS_HEX)))
    alignments = 4 if len(data) <= _SMALL else 1
    found = _stretches(data, _IS_BASE64)
    yield from _gathered(
        "base64", (_unbased(own[start:]) for own in found for start in range(alignments))
    )


def _gathered(name: str, opened: Iterator[bytes]) -> Iterator[Layer]:
    """All stretches in one, but for compressed ones, which have to be opened by themselves."""
    together = []
    for content in opened:
        if any(content.startswith(magic) for magic, _ in _COMPRESSED):
            yield Layer(name, content, rest_too=False)
        elif content:
            together.append(content)
    if together:
        yield Layer(name, b"\n".join(together), rest_too=False)


def _mask(alphabet: bytes) -> bytes:
    return bytes(1 if byte in alphabet else 0 for byte in range(256))


_IS_BASE64 = _mask(_BASE64)
_IS_HEX = _mask(_HEX)
_RUN = b"\1" * _SHORTEST


def _stretches(data: bytes, mask: bytes) -> Iterator[bytes]:
    """Longest stretches of the characters of a mask; searching bytes is far faster than `re`."""
    masked = data.translate(mask)
    start = masked.find(_RUN)
    for _ in range(MAX_STRETCHES):
        if start < 0:
            return
        end = masked.find(b"\0", start)
        end = len(data) if end < 0 else end
        yield data[start:end]
        start = masked.find(_RUN, end)


def _unhexed(stretch: bytes) -> bytes:
    try:
        return bytes.fromhex(stretch[: len(stretch) // 2 * 2].decode("ascii"))
    except ValueError:
        return b""


def _unbased(stretch: bytes) -> bytes:
    whole = stretch[: len(stretch) // 4 * 4]
    tail = stretch[len(whole) :]
    if len(tail) > 1:
        whole += tail + b"=" * (4 - len(tail))
    try:
        return base64.b64decode(whole.translate(_STANDARD))
    except binascii.Error:
        return b""
