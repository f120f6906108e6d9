"""Where an identifier comes from: a fact of the world, a digest of facts, or a file of the home."""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import permutations
from typing import Literal, NamedTuple

from undeclared.facts.known import Fact
from undeclared.facts.tokens import Token
from undeclared.model import HomeFile

DIGESTS = ("md5", "sha1", "sha256", "sha512", "sha384", "sha224", "blake2b", "blake2s")
CUT = 8
"""Bytes of a digest that are enough to know it by: programs cut them short."""
_UUID = 16
_JOINTS = ("", ":", "-", "/", "@", "|", "_", " ", ",", "\n", "\0")
_SPACES = {
    "DNS": uuid.NAMESPACE_DNS,
    "URL": uuid.NAMESPACE_URL,
    "OID": uuid.NAMESPACE_OID,
    "X500": uuid.NAMESPACE_X500,
}


class Origin(NamedTuple):
    """Where a value comes from, as `Identifier` tells it."""

    kind: Literal["fact", "hash", "home", "unknown"]
    source: str


def of_facts(token: Token, facts: Sequence[tuple[str, Fact]]) -> Origin | None:
    """The fact that a value is, or of which it is a digest; None if there is none.

    `facts` with what each is, for a person. Tried are digests of each fact, and of each two joined
    in the ways that people join words, cut short or not, in hexadecimal, base64 or as a UUID.
    """
    for what, fact in facts:
        if token.text.lower() == fact.value.lower() or token.plain == fact.value.replace("-", ""):
            return Origin("fact", what)
    content = _bytes(token)
    if content is None:
        return None
    known = _digests(tuple((what, fact.value) for what, fact in facts))
    said = known.get(content[:CUT])
    if said is None and len(content) == _UUID:
        said = known.get(_unversioned(content))
    return Origin("hash", said) if said else None


def of_home(token: Token, files: Sequence[HomeFile]) -> Origin | None:
    """The file that a value is kept in: the smallest that has it; None if none has."""
    spellings = {token.text.encode(), token.text.lower().encode(), token.plain.encode()}
    having = [own for own in files if any(text in own.content for text in spellings)]
    if not having:
        return None
    smallest = min(having, key=lambda own: (len(own.content), own.path))
    return Origin("home", f"~/{smallest.path}")


def _bytes(token: Token) -> bytes | None:
    """What a value stands for, in hexadecimal or base64; None if it is too short for a digest."""
    try:
        content = bytes.fromhex(token.plain[: len(token.plain) // 2 * 2])
    except ValueError:
        bare = token.text.rstrip("=").translate(str.maketrans("-_", "+/"))
        try:
            content = base64.b64decode(bare[: len(bare) // 4 * 4])
        except binascii.Error:
            return None
    return content if len(content) >= CUT else None


def _unversioned(content: bytes) -> bytes:
    """The beginning of a UUID, of which the version (RFC 9562) took the place of four bits."""
    return content[:6] + b"?"


@lru_cache(maxsize=16)
def _digests(facts: tuple[tuple[str, str], ...]) -> dict[bytes, str]:
    """Beginnings of digests, with what they are of."""
    found: dict[bytes, str] = {}
    for said, text in _texts(facts):
        for name, digest in _each(text):
            found.setdefault(digest[:CUT], f"{name} of {said}")
            found.setdefault(_unversioned(digest), f"{name} of {said}")
    return found


def _each(text: str) -> Iterator[tuple[str, bytes]]:
    content = text.encode("utf-8", "surrogateescape")
    for name in DIGESTS:
        own = hashlib.new(name, content, usedforsecurity=False)
        yield name, own.digest()
        yield (
            f"{name} of the {name}",
            hashlib.new(name, own.hexdigest().encode(), usedforsecurity=False).digest(),
        )
    for name, space in _SPACES.items():
        yield f"UUID v5 ({name})", uuid.uuid5(space, text).bytes
        yield f"UUID v3 ({name})", uuid.uuid3(space, text).bytes


def _texts(facts: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """What people take a digest of, the simplest first."""
    for what, value in facts:
        for text in dict.fromkeys((value, value.lower(), value.upper(), f"{value}\n")):
            yield what, text
    short = [(what, value) for what, value in facts if len(value) < 200]
    for (one, first), (other, second) in permutations(short, 2):
        for joint in _JOINTS:
            yield f"{one} and {other}", f"{first}{joint}{second}"
