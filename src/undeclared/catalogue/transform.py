"""Steps that turn an encoded form back: bytes in, bytes out, None where the form does not fit.

Text is its UTF-8 bytes throughout. Every output is bounded by MAX_OUTPUT.
"""

import base64
import binascii
import json
import re
import zlib
from functools import cache, lru_cache
from urllib.parse import unquote_to_bytes

import brotli  # type: ignore[import-untyped]
import zstandard
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

MAX_OUTPUT = 1 << 20
_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_STANDARD_32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SPACE = b" \t\r\n"
_PERCENT = re.compile(rb"(?:%[0-9A-Fa-f]{2}|[!-$&-~])+")
_NUMBER = rb"(?:0[xX][0-9A-Fa-f]{1,2}|\d{1,3})"
_NUMBERS = re.compile(rb"\s*\[?\s*" + _NUMBER + rb"(?:[\s,;|:.-]+" + _NUMBER + rb")+\s*\]?\s*")
_ESCAPE = re.compile(
    rb"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|([0-7]{1,3})|(.))",
    re.DOTALL,
)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"v": b"\v", b"\n": b""}


def radix(data: bytes, alphabet: bytes) -> bytes | None:
    """Undo base16, base32, base64 (RFC 4648), or base85 (RFC 1924) with any alphabet."""
    body = data.translate(None, _SPACE).rstrip(b"=")
    if not body or body.translate(None, alphabet):
        return None
    try:
        match len(alphabet):
            case 64:
                if len(body) % 4 == 1:
                    return None
                plain = body.translate(_onto(alphabet, _STANDARD))
                return binascii.a2b_base64(plain + b"=" * (-len(body) % 4))
            case 16 | 22:
                return bytes.fromhex(body.decode()) if len(body) % 2 == 0 else None
            case 32:
                plain = body.translate(_onto(alphabet, _STANDARD_32))
                return base64.b32decode(plain + b"=" * (-len(body) % 8))
            case _:
                return base64.b85decode(body)
    except ValueError:
        return None


@cache
def _onto(alphabet: bytes, standard: bytes) -> bytes:
    return bytes.maketrans(alphabet, standard)


def percent(data: bytes) -> bytes | None:
    """Undo percent-encoding (RFC 3986, 2.1)."""
    fits = data.count(b"%") and _PERCENT.fullmatch(data)
    return unquote_to_bytes(data) if fits else None


def numbers(data: bytes) -> bytes | None:
    """Bytes out of a written list of their codes, decimal or `0x`."""
    if not _NUMBERS.fullmatch(data[: 16 * 1024]):
        return None
    codes = [int(code, 0) for code in re.findall(r"0[xX]\w+|[1-9]\d*|0", data.decode())]
    return bytes(codes) if max(codes) < 256 else None


def escapes(data: bytes) -> bytes | None:
    """Undo the escapes of a string literal of JavaScript (ECMA-262, 12.9.4) or Python.

    Characters up to U+00FF become one byte each if there is no other, else all become UTF-8.
    """
    if b"\\" not in data:
        return None
    parts: list[str] = []
    last = 0
    for found in _ESCAPE.finditer(data):
        parts.append(data[last : found.start()].decode("utf-8", "replace"))
        parts.append(_character(found))
        last = found.end()
    parts.append(data[last:].decode("utf-8", "replace"))
    text = "".join(parts)
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _character(found: re.Match[bytes]) -> str:
    if code := found[1] or found[2] or found[3]:
        return chr(min(int(code, 16), 0x10FFFF))
    if found[4]:
        return chr(int(found[4], 8))
    return _NAMED.get(found[5], found[5]).decode("latin-1")


def reverse(data: bytes) -> bytes | None:
    """The last byte first."""
    return data[::-1]


def decompress(data: bytes, form: str) -> bytes | None:
    """Undo gzip, zlib, deflate, Brotli or Zstandard; the beginning of a stream is enough."""
    try:
        match form:
            case "brotli":
                return _brotli(data)
            case "zstd":
                plain = zstandard.ZstdDecompressor().decompressobj().decompress(data)
                return plain[:MAX_OUTPUT]
            case _:
                window = {"gzip": 31, "zlib": 15, "deflate": -15}[form]
                return zlib.decompressobj(window).decompress(data, MAX_OUTPUT) or None
    except (zlib.error, brotli.error, zstandard.ZstdError):
        return None


_BROTLI_HEAD = 1024
"""Bytes by which a stream may be longer than what it says so far; noise says nothing."""


def _brotli(data: bytes) -> bytes | None:
    machine = brotli.Decompressor()
    parts, size = list[bytes](), 0
    for start in range(0, len(data), 8):  # a few bytes can say many megabytes
        part = machine.process(data[start : start + 8])
        if part:
            parts.append(part)
            size += len(part)
        if size > MAX_OUTPUT or size + _BROTLI_HEAD < start:
            return None
    # Brotli has no magic number; a stream that does not end is as good as noise.
    return b"".join(parts) if machine.is_finished() else None


def stream(length: int, kind: str, key: bytes) -> bytes:
    """The bytes of a key for every byte of a text: `constant`, `repeating`, or counting."""
    match kind:
        case "up":
            return _repeated(_EVERY, length + 256)[key[0] : key[0] + length]
        case "down":
            return _repeated(_EVERY[::-1], length + 256)[255 - key[0] :][:length]
        case "index":
            return _repeated(_EVERY.translate(_combined("xor", key[0])), length)
        case _:
            return _repeated(key, length)


_EVERY = bytes(range(256))


def _repeated(part: bytes, length: int) -> bytes:
    return (part * (length // len(part) + 1))[:length]


def keyed(data: bytes, operation: str, kind: str, key: bytes) -> bytes | None:
    """Combine every byte with its byte of the key: `xor`, `add`, `from` (the key less the byte)."""
    if not key:
        return None
    if kind == "constant":
        return data.translate(_combined(operation, key[0]))
    return _combine(data, operation, stream(len(data), kind, key))


@lru_cache(maxsize=1024)
def _combined(operation: str, key: int) -> bytes:
    return _combine(_EVERY, operation, bytes([key]) * 256)


def _combine(data: bytes, operation: str, keys: bytes) -> bytes:
    """All bytes at once: two long numbers, of which no byte may carry into the next one."""
    if operation == "from":
        data = data.translate(_NEGATIVE)
    one, other = int.from_bytes(data, "big"), int.from_bytes(keys, "big")
    if operation == "xor":
        whole = one ^ other
    else:
        low = int.from_bytes(b"\x7f" * len(data), "big")
        whole = ((one & low) + (other & low)) ^ ((one ^ other) & ~low)
    return whole.to_bytes(len(data), "big")


_NEGATIVE = bytes(-byte & 255 for byte in range(256))


def rotate(data: bytes, alphabets: tuple[bytes, ...], key: int) -> bytes | None:
    """Move every character by `key` places within its alphabet (Caesar, rot13, rot47)."""
    return data.translate(_rotated(alphabets, key))


@lru_cache(maxsize=1024)
def _rotated(alphabets: tuple[bytes, ...], key: int) -> bytes:
    table = bytearray(range(256))
    for alphabet in alphabets:
        for place, sign in enumerate(alphabet):
            table[sign] = alphabet[(place + key) % len(alphabet)]
    return bytes(table)


def mirror(data: bytes, alphabets: tuple[bytes, ...]) -> bytes | None:
    """Take every character's counterpart from the other end of its alphabet (Atbash)."""
    return data.translate(_mirrored(alphabets))


@cache
def _mirrored(alphabets: tuple[bytes, ...]) -> bytes:
    table = bytearray(range(256))
    for alphabet in alphabets:
        for sign, other in zip(alphabet, reversed(alphabet), strict=True):
            table[sign] = other
    return bytes(table)


def decipher(data: bytes, mode: str, key: bytes, start: bytes) -> bytes | None:
    """Undo AES (FIPS 197, SP 800-38A, SP 800-38D) with a given key and initialisation vector.

    The tag of GCM is its last 16 bytes and is not checked; padding (PKCS #7) is taken off.
    """
    if len(key) not in (16, 24, 32):
        return None
    try:
        match mode:
            case "cbc":
                how: modes.Mode = modes.CBC(start)
            case "ecb":
                how = modes.ECB()  # noqa: S305 - what others wrote is read, nothing is kept secret
            case "ctr":
                how = modes.CTR(start)
            case _:
                # GCM is CTR that begins at 2 (SP 800-38D, 7.1) for a vector of 12 bytes.
                how = modes.CTR(start + b"\x00\x00\x00\x02")
                data = data[:-16]
        # GCM is undone by CTR: no mode with a tag is among them.
        machine: CipherContext = Cipher[modes.Mode](algorithms.AES(key), how).decryptor()  # type: ignore[misc]
        plain = machine.update(data) + machine.finalize()
    except (ValueError, UnsupportedAlgorithm):
        return None
    if mode in ("cbc", "ecb"):
        pad = plain[-1] if plain else 0
        if not 1 <= pad <= 16 or plain[-pad:] != bytes([pad]) * pad:
            return None
        plain = plain[:-pad]
    return plain


def from_json(data: bytes) -> bytes | None:
    """What a string of JSON (RFC 8259) says, where the whole is one."""
    if data[:1] != b'"' or data[-1:] != b'"':
        return None
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return said.encode("utf-8", "surrogatepass") if isinstance(said, str) else None
