"""Takes the content coding off a request, so that the stand-in can read it."""

import zlib

import zstandard
from mitmproxy.net import encoding

from undeclared.lab.interception.line import MOST

_WINDOW_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def decoded(coding: bytes, body: bytes) -> bytes:
    """A body without its content coding (RFC 9110, section 8.4), 64 MiB at most.

    A coding that is not known, and a body that is not in it, stay as they are.
    """
    name = coding.strip().lower()
    try:
        if name in (b"gzip", b"x-gzip", b"deflate"):
            return zlib.decompressobj(_WINDOW_GZIP_OR_ZLIB).decompress(body, MOST)
        if name == b"zstd":
            with zstandard.ZstdDecompressor().stream_reader(body) as stream:
                return stream.read(MOST)
        if name == b"br":
            return encoding.decode_brotli(body)
    except (zlib.error, zstandard.ZstdError, ValueError):
        pass
    return body
