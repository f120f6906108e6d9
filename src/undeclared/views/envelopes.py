"""Content that a text wraps: JSON in a string, base64 of something, a form, a token.

Strict on purpose: a text is opened only if all of it is in the encoding and what comes out is
meaningful, so that no ordinary word is taken for an encoded one. What was taken off can be put on
again from the content and the `style`, so nothing that a text says is lost by opening it.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from undeclared.views.protobuf import plausible

SHORTEST = 16
"""Characters from which a text may be an encoding of bytes: shorter ones decode by chance."""
LONGEST = 1024 * 1024
"""Characters up to which a text is opened."""
DEPTH = 4
"""Layers that are taken off one place."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}|[A-Za-z0-9_-]+={0,2}")
_HEX = re.compile(r"(?:[0-9a-f]{2})+|(?:[0-9A-F]{2})+")
_PERCENT = re.compile(r"(?:[A-Za-z0-9\-._~!*'();:@&=+$,/?#\[\]]|%[0-9A-Fa-f]{2})+")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_FORM = re.compile(r"[\w.\-%\[\]]+=[^&=\s]*(?:&[\w.\-%\[\]]+=[^&=\s]*)+", re.ASCII)
_MAGIC = {
    b"\x1f\x8b\x08": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x78\x01": "deflate",
    b"\x78\x5e": "deflate",
    b"\x78\x9c": "deflate",
    b"\x78\xda": "deflate",
}


class Opened(NamedTuple):
    """A text without one layer."""

    coding: str
    """`json`, `form`, `jwt`, `base64`, `hex`, `url`: what a pointer says of it after `#`."""
    content: bytes
    """Empty for those that are read further by their own rules: `json`, `form`, `jwt`."""
    style: tuple[tuple[str, str], ...] = ()
    """In which of several ways it was encoded, by what there is to choose: `("padding", "none")`.
    A choice that this content does not leave is not among them."""


def envelope(text: str) -> Opened | None:
    """What a text wraps; None if it is to be compared as it is."""
    first = text[:1]
    if first in ("{", "["):
        return Opened("json", b"") if len(text) <= LONGEST else None
    if " " in text or not 3 <= len(text) <= LONGEST:
        stripped = text[:80].lstrip()
        if stripped[:1] in ("{", "[") and stripped != text and len(text) <= LONGEST:
            return Opened("json", b"")
        return None
    if first == '"' and text[-1] == '"' and text[1:2] in ("{", "["):
        return Opened("json", b"")
    if "=" in text and "&" in text and _FORM.fullmatch(text):
        return Opened("form", b"")
    if "%" in text and (found := _unquoted(text)):
        return found
    if len(text) < SHORTEST:
        return None
    if "." in text:
        return Opened("jwt", b"") if _is_token(text) else None
    return _unhexed(text) or _unbased(text)


def opened_as(text: str, coding: str) -> Opened | None:
    """What a text wraps if it is in the coding in which others at its place are.

    Then a short one is taken for one as well, and so is a text that has nothing to escape.
    """
    if coding == "url" and "%" not in text and _PERCENT.fullmatch(text):
        return _unquoted(text)
    if not text and coding in ("base64", "hex", "url"):
        return Opened(coding, b"")
    found = None
    if coding == "hex" and _HEX.fullmatch(text):
        found = _as_hex(text)
    elif coding == "base64":
        found = _as_base64(text)
    return found if found is not None and is_text(found.content) else None


def compression(content: bytes) -> str | None:
    """The compression that bytes begin with, by their magic number; None if they have none."""
    for magic, name in _MAGIC.items():
        if content.startswith(magic):
            return name
    return None


def parts_of_token(text: str) -> Iterator[tuple[str, bytes]]:
    """Header and payload of a JSON Web Token (RFC 7519), and its signature as it is."""
    header, payload, signature = text.split(".")
    yield "header", _padded(header)
    yield "payload", _padded(payload)
    yield "signature", signature.encode()


def is_text(content: bytes) -> bool:
    """Whether bytes are a text that a person could have written."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    plain = len(text.encode("ascii", "ignore"))
    return plain * 2 >= len(text) and text.translate(_LAYOUT).isprintable()


_LAYOUT = str.maketrans("\t\r\n", "   ")


def _meaningful(content: bytes) -> bool:
    return len(content) >= 8 and (
        is_text(content) or compression(content) is not None or plausible(content)
    )


def _is_token(text: str) -> bool:
    if not _TOKEN.fullmatch(text):
        return False
    try:
        header = _padded(text.partition(".")[0])
        _padded(text.split(".")[1])
    except (binascii.Error, ValueError):
        return False
    return header[:1] == b"{" and b'"alg"' in header and is_text(header)


def _padded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _unbased(text: str) -> Opened | None:
    found = _as_base64(text)
    return found if found is not None and _meaningful(found.content) else None


def _as_base64(text: str) -> Opened | None:
    bare = text.rstrip("=")
    if not _BASE64.fullmatch(text) or len(bare) % 4 == 1:
        return None
    special, safe = set(bare) & set("+/-_"), set(bare) & set("-_")
    try:
        content = base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_" if safe else None)
    except binascii.Error:
        return None
    style = [("alphabet", "url-safe" if safe else "standard")] if special else []
    if len(bare) % 4:
        padding = {len(bare): "left out", len(bare) + -len(bare) % 4: "kept"}
        style.append(("padding", padding.get(len(text), "odd")))
        # The low bits of the last character belong to no byte.
        usual = base64.b64encode(content).decode().rstrip("=")[-1].translate(_SAFE)
        style.append(("last bits", "zero" if bare[-1].translate(_SAFE) == usual else bare[-1]))
    return Opened("base64", content, tuple(style))


_SAFE = str.maketrans("+/", "-_")


def _unhexed(text: str) -> Opened | None:
    if len(text) < 24 or not _HEX.fullmatch(text):
        return None
    found = _as_hex(text)
    return found if is_text(found.content) else None


def _as_hex(text: str) -> Opened:
    content = bytes.fromhex(text)
    letters = text.lower() != text.upper()
    case = "lower" if text == text.lower() else "upper"
    return Opened("hex", content, (("case", case),) if letters else ())


def _unquoted(text: str) -> Opened | None:
    """Percent-encoding (RFC 3986, section 2.1): its style is the case and the choice of escapes."""
    if not _PERCENT.fullmatch(text):
        return None
    content = unquote_to_bytes(text)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    escapes = _ESCAPE.findall(text)
    digits = "".join(escapes)
    style = []
    if digits.lower() != digits.upper():
        cases = {digits.lower(): "lower", digits.upper(): "upper"}
        style.append(("case", cases.get(digits, "both")))
    escaped = {chr(int(own[1:], 16)) for own in escapes}
    plain = set(_ESCAPE.sub("", text))
    for character in sorted(escaped | plain):
        if character in _RESERVED or (character in _UNRESERVED and character in escaped):
            way = "plain" if character not in escaped else "escaped"
            style.append((character, "both" if character in escaped & plain else way))
    return Opened("url", content, tuple(style))


_RESERVED = frozenset("!*'();:@&=+$,/?#[]")
_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
