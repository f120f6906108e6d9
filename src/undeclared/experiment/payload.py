"""Opens the content codings of a body, within limits."""

import gzip
import io
import zlib

import zstandard

from undeclared.model import Headers

MAX_OPENED = 32 * 1024 * 1024
"""Bytes; a body that opens to more is compared as it was sent."""


def opened(headers: Headers, body: bytes) -> str | None:
    """The text of a body, with its content coding (RFC 9110, section 8.4) taken off.

    Bytes that are no UTF-8 become lone surrogates, so that nothing is lost. None for a body that
    is binary or in a coding that is not known, and for one that opens to more than `MAX_OPENED`.
    """
    coding = b"".join(value for name, value in headers if name.lower() == b"content-encoding")
    plain = _decoded(coding.strip().lower(), body)
    if plain is None or b"\0" in plain[:1024]:
        return None
    return plain.decode("utf-8", "surrogateescape")


def _decoded(coding: bytes, body: bytes) -> bytes | None:
    try:
        if coding in (b"", b"identity"):
            return body
        if coding in (b"gzip", b"x-gzip"):
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as stream:
                plain = stream.read(MAX_OPENED + 1)
        elif coding == b"deflate":
            plain = zlib.decompressobj().decompress(body, MAX_OPENED + 1)
        elif coding == b"zstd":
            with zstandard.ZstdDecompressor().stream_reader(body) as stream:
                plain = stream.read(MAX_OPENED + 1)
        else:
            return None
    except (OSError, EOFError, zlib.error, zstandard.ZstdError):
        return None
    return plain if len(plain) <= MAX_OPENED else None
