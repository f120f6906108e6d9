"""Opens the content codings of a body, within limits."""

import gzip
import io
import zlib

import brotli  # type: ignore[import-untyped] # it comes without types
import zstandard

from undeclared.model import Headers

_STEP = 64
MAX_OPENED = 32 * 1024 * 1024
"""Bytes; a body that opens to more is compared as it was sent."""


def opened(headers: Headers, body: bytes) -> str | None:
    """The text of a body, with its content coding (RFC 9110, section 8.4) taken off.

    Bytes that are no UTF-8 become lone surrogates, so that nothing is lost. None for a body that
    is binary or in a coding that is not known, and for one that opens to more than `MAX_OPENED`.
    """
    plain = decoded(headers, body)
    if plain is None or b"\0" in plain[:1024]:
        return None
    return plain.decode("utf-8", "surrogateescape")


def decoded(headers: Headers, body: bytes) -> bytes | None:
    """A body without its content coding; None if that cannot be taken off within `MAX_OPENED`."""
    coding = b"".join(value for name, value in headers if name.lower() == b"content-encoding")
    return without(coding.strip().lower().decode("latin-1"), body)


def without(coding: str, body: bytes) -> bytes | None:
    """Bytes without a coding, of those of RFC 9110, section 8.4.1, RFC 7932 and RFC 8878."""
    try:
        if coding in ("", "identity"):
            return body
        if coding in ("gzip", "x-gzip"):
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as stream:
                plain = stream.read(MAX_OPENED + 1)
        elif coding == "deflate":
            plain = zlib.decompressobj().decompress(body, MAX_OPENED + 1)
        elif coding == "zstd":
            with zstandard.ZstdDecompressor().stream_reader(body) as stream:
                plain = stream.read(MAX_OPENED + 1)
        elif coding == "br":
            plain = _unbrotli(body)
        else:
            return None
    except (OSError, EOFError, zlib.error, zstandard.ZstdError, brotli.error):
        return None
    return plain if len(plain) <= MAX_OPENED else None


def _unbrotli(body: bytes) -> bytes:
    """In small steps, since a few bytes can open to megabytes."""
    opener, plain = brotli.Decompressor(), bytearray()
    for start in range(0, len(body), _STEP):
        plain += opener.process(body[start : start + _STEP])
        if len(plain) > MAX_OPENED:
            break
    return bytes(plain)
