"""Finds the values of a signal, encoded or hashed, in what a locus shows.

Whoever varies a signal knows its values, and so can tell that a text of 64 digits is the digest of
one of them. What is told is certain: forms are looked for that no other text has by chance.
"""

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from undeclared.catalogue import signals
from undeclared.model import Influence, Variant, View

DIGESTS = ("md5", "sha1", "sha256", "sha512", "sha384", "sha224", "blake2b", "blake2s", "sha3_256")
SHORTEST = 3
"""Characters of a value that is looked for."""
_SHORTEST_FORM = 6
"""Characters of an encoded value that is recognised."""
_DIGEST_KEPT = 8
"""Hexadecimal digits of a digest that are recognised: programs cut them short."""
_OPAQUE = ("#base64", "#hex", "#gzip", "#deflate", "#zstd", "#jwt")
"""Layers that a person cannot read through."""


class Carried(NamedTuple):
    """A known value in a form that is not the plain one."""

    form: str
    """`base64`, `reversed`, `sha256` …; empty for what looks like a digest and is not known."""
    of: str
    """The signal whose value it is; empty for another value within an encoding."""
    hashed: bool
    """Nobody can read it from there; whoever guesses it can check."""


def carried(influence: Influence) -> Carried | None:
    """What of the signals an influence carries, encoded or hashed; None if nothing is recognised.

    For each of its variants the values that the signals had with it are looked for, and one must be
    found that another variant does not show.
    """
    hashes: Carried | None = None
    for variant in influence.variants:
        shown = _shown(variant)
        others = [_shown(other) for other in influence.variants if other is not variant]
        for signal, value in _values(variant):
            if value in shown or any(value in other for other in others):
                continue  # said in the clear: that it is elsewhere too hides nothing
            for form, text, hashed in _forms(value):
                if text in shown and not all(text in other for other in others):
                    found = Carried(form, signal, hashed)
                    if not hashed:
                        return found
                    hashes = hashes or found
    if hashes is not None:
        return hashes
    if _looks_hashed([variant.changed for variant in influence.variants if not variant.absent]):
        return Carried("", " and ".join(signal.id for signal in influence.signals), hashed=True)
    layer = next((own[1:] for own in _OPAQUE if own in influence.locus.pointer), None)
    derived = influence.view is View.VALUE and bool(influence.locus.segment)
    if layer is None or derived:  # a property of what varies by itself is nothing that is said
        return None
    return Carried(layer, next(_said(influence), ""), hashed=False)


def _said(influence: Influence) -> Iterator[str]:
    """The signals whose values are in the clear there, below the layers that were opened."""
    for variant in influence.variants:
        others = [_shown(other) for other in influence.variants if other is not variant]
        for signal, value in _values(variant):
            if value in _shown(variant) and not all(value in other for other in others):
                yield signal


def _looks_hashed(values: Sequence[str]) -> bool:
    """Whether every value is of as many hexadecimal digits, as digests with a secret salt are."""
    together = "".join(values)
    return (
        len(values) > 1
        and len({len(value) for value in values}) == 1
        and all(map(_DIGITS.fullmatch, values))
        and sum(map(str.isdigit, together)) < len(together) * 0.9
        and any(map(str.isdigit, together))
    )


_DIGITS = re.compile(r"[0-9a-f]{12,128}|[0-9A-F]{12,128}")


def _shown(variant: Variant) -> str:
    return f"{variant.text}\0{variant.changed}"


def _values(variant: Variant) -> Iterator[tuple[str, str]]:
    """Signals and the values they had: the levels, and what these set in the agent's world."""
    for signal in variant.conditions:
        spec = signals().get(signal.id)
        for level in signal.levels:
            own = {level: None}
            if spec is not None and level in {known.value for known in spec.levels}:
                own |= dict.fromkeys(
                    value for value in spec.setting(level).items().values() if value
                )
            for value in own:
                if SHORTEST <= len(value) <= 512:
                    yield signal.id, value


@lru_cache(maxsize=4096)
def _forms(value: str) -> tuple[tuple[str, str, bool], ...]:
    """`(name, text, hashed)` of every form that is looked for."""
    found = []
    for name, text in _encodings(value):
        if len(text) >= _SHORTEST_FORM and text != value:
            found.append((name, text, False))
    for text in (value, f"{value}\n", value.lower(), value.upper()):
        raw = text.encode()
        digests = [(name, hashlib.new(name, raw, usedforsecurity=False).digest())
                   for name in DIGESTS]  # fmt: skip
        digests.append(("crc32", zlib.crc32(raw).to_bytes(4, "big")))
        for name, digest in digests:
            shown = digest.hex()[:_DIGEST_KEPT]
            found += [(name, shown, True), (name, shown.upper(), True)]
            if len(digest) >= 16:
                in_base64 = base64.b64encode(digest).decode()[:12]
                found += [(name, in_base64, True)]
                found += [(name, in_base64.translate(_SAFE), True)]
    return tuple(dict.fromkeys(found))


def _encodings(value: str) -> Iterator[tuple[str, str]]:
    raw = value.encode()
    yield "hex", raw.hex()
    yield "hex", raw.hex().upper()
    yield "reversed", value[::-1]
    yield "ROT13", value.translate(_ROT13)
    yield "URL encoding", quote(value, safe="")
    yield "URL encoding", "".join(f"%{byte:02X}" for byte in raw)
    yield "URL encoding", "".join(f"%{byte:02x}" for byte in raw)
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw)
        # Without the characters that depend on what stands before and after.
        first = -(-shift * 8 // 6)
        inner = encoded[first : len(encoded) - encoded.count(b"=") - 1].decode()
        yield "base64", inner
        yield "base64", inner.translate(_SAFE)
    yield "base32", base64.b32encode(raw).decode().rstrip("=")[:-1]
    yield "base32", base64.b32encode(raw).decode().rstrip("=")[:-1].lower()


_SAFE = str.maketrans("+/", "-_")
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_ROT13 = str.maketrans(_UPPER + _LOWER, _UPPER[13:] + _UPPER[:13] + _LOWER[13:] + _LOWER[:13])
