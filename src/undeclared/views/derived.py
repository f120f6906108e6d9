"""Values that are functions of others: digests and lengths of what is compared itself."""

import base64
import hashlib
import re
import zlib
from functools import lru_cache

_HEX = re.compile(r"[0-9a-fA-F]{8,128}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{22,86}={0,2}")
_BASE64_LENGTHS = {22, 27, 38, 43, 64, 86}
"""Characters of a whole digest of 16, 20, 28, 32, 48 and 64 bytes."""
_NAMED = re.compile(r"[A-Za-z0-9-]+=:?(.+?):?")
"""`sha-256=:…:` (RFC 9530) or `SHA-256=…` (RFC 3230)."""
DIGESTS = ("md5", "sha1", "sha256", "sha512", "sha384", "sha224", "blake2b", "blake2s")


def digest_of(value: str, content: bytes) -> str | None:
    """The name of the digest of `content` that a value is; None if it is none.

    In hexadecimal, cut to 8 digits at the least, or whole in base64.
    """
    named = _NAMED.fullmatch(value)
    shown = named.group(1) if named else value
    if _HEX.fullmatch(shown):
        wanted = shown.lower()
        return next((name for name, own, _ in _digests(content) if own.startswith(wanted)), None)
    bare = shown.rstrip("=").translate(_SAFE)
    if len(bare) in _BASE64_LENGTHS and _BASE64.fullmatch(shown):
        return next((name for name, _, own in _digests(content) if own == bare), None)
    return None


@lru_cache(maxsize=64)
def _digests(content: bytes) -> tuple[tuple[str, str, str], ...]:
    """Name, hexadecimal and base64 of each digest."""
    found = [("crc32", f"{zlib.crc32(content):08x}", "")]
    for name in DIGESTS:
        digest = hashlib.new(name, content, usedforsecurity=False).digest()
        in_base64 = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        found.append((name, digest.hex(), in_base64))
    return tuple(found)


_SAFE = str.maketrans("+/", "-_")
