"""Bodies that are lists of parts: multipart, server-sent events, lines of JSON, framed messages."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_NAME = re.compile(rb'(?:^|[;\s])name="?([^";\r\n]*)"?', re.IGNORECASE)

MOST_PARTS = 2000


class FormPart(NamedTuple):
    """One part of a multipart body (RFC 2046, section 5.1; RFC 7578)."""

    name: str
    headers: tuple[tuple[bytes, bytes], ...]
    content: bytes


def boundary(content_type: str) -> str | None:
    """The boundary that a content type names; None if it is not multipart."""
    if not content_type.lower().startswith("multipart/"):
        return None
    found = _BOUNDARY.search(content_type)
    return found.group(1) if found else None


def parts(body: bytes, mark: str) -> list[FormPart] | None:
    """The parts of a multipart body; None if it is not made as it says."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + mark.encode("utf-8", "surrogateescape"))
    if not 3 <= len(pieces) <= MOST_PARTS or not pieces[-1].startswith(b"--"):
        return None
    found = []
    for piece in pieces[1:-1]:
        head, gap, content = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not gap:
            return None
        headers = []
        for line in head.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if not colon:
                return None
            headers.append((name, value.strip()))
        said = b"; ".join(value for key, value in headers if key.lower() == b"content-disposition")
        named = _NAME.search(said)
        called = named.group(1).decode("utf-8", "replace") if named else ""
        found.append(FormPart(called, tuple(headers), content))
    return found


class Event(NamedTuple):
    """One server-sent event: its fields in order (WHATWG HTML, section 9.2)."""

    fields: tuple[tuple[str, str], ...]


def events(text: str) -> list[Event]:
    """The events of a stream; lines that begin with a colon are comments, and a field of none."""
    found = []
    for block in re.split(r"(?:\r\n|\n|\r){2,}", text.strip("\r\n")):
        own: list[tuple[str, str]] = []
        for line in re.split(r"\r\n|\n|\r", block):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if own and own[-1][0] == name == "data":
                own[-1] = ("data", f"{own[-1][1]}\n{value}")
            else:
                own.append((name, value))
        found.append(Event(tuple(own)))
    return found


def frames(body: bytes) -> list[bytes] | None:
    """The messages of a gRPC body, each after a flag and its length; None if it is none.

    https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
    """
    found, at = [], 0
    while at < len(body):
        end = at + 5 + int.from_bytes(body[at + 1 : at + 5], "big")
        if body[at] != 0 or at + 5 > len(body) or end > len(body):
            return None
        found.append(body[at + 5 : end])
        at = end
    return found or None


def numbered(names: Iterator[str]) -> Iterator[str]:
    """Names made distinct: the second `a` is `a#2`."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}#{seen[name]}"


def joined(headers: tuple[tuple[bytes, bytes], ...], name: bytes) -> str:
    """The values of a header, as one (RFC 9110, section 5.3); empty if there is none."""
    own = [value.strip() for key, value in headers if key.lower() == name]
    return b", ".join(own).decode("utf-8", "surrogateescape")
