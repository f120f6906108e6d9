"""A strict, streaming reader of tar archives.

Why not `tarfile`: in the middle of an archive it takes a damaged header for the end and stops
without a word, so that an archive can show it fewer files than it shows npm; it reads a header
extension of any size into memory; and its `filter` (PEP 706) judges single members but knows no
limit of size, count or time. Here every doubt ends the reading, above all what npm's own reader
(node-tar) would take otherwise: what is audited must be what npm installs.

Formats: POSIX.1-2017 pax interchange (`pax` utility, sections ustar and pax), and the long names
and base-256 numbers of GNU tar (GNU tar manual, "Basic Tar Format").
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

BLOCK = 512
_MAX_EXTENSION = 1 << 20
"""Bytes of a pax header or long name; a path is at most 4 KiB."""
_CHUNK = 1 << 20
_FORBIDDEN = {b"path", b"linkpath", b"size"}
_KINDS = (b"\0", b"0", b"1", b"2", b"3", b"4", b"5", b"6")


class TarError(Exception):
    """The archive is not a sound tar archive; the message says why."""


class Source(Protocol):
    """Where the bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class Member(NamedTuple):
    """One entry of the archive."""

    path: bytes
    kind: bytes
    """Type flag: `0` a file, `5` a folder, `1` to `4` and `6` links, devices and pipes."""
    size: int
    """Bytes of content that follow."""
    mode: int
    linked: bool
    """It names another file, as links do."""


class Reader:
    """Members one after another; `content` gives the bytes of the last one.

    Raises TarError, and whatever the source raises.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = 0
        self._padding = 0

    def __iter__(self) -> Iterator[Member]:
        path: bytes | None = None
        size: int | None = None
        linked = False
        while True:
            for _ in self.content():
                pass
            self._exactly(self._padding)
            self._padding = 0
            header = self._header()
            if header is None:
                if linked or path is not None or size is not None:
                    raise TarError("it ends after a header extension")
                return
            member = _member(header)
            if member.kind in b"xgLK":
                extension = self._extension(member.size)
                if member.kind == b"L":
                    path = extension.partition(b"\0")[0]
                elif member.kind == b"x":
                    records = _records(extension)
                    path = records.get(b"path", path)
                    size = _decimal(records[b"size"]) if b"size" in records else size
                    linked |= b"linkpath" in records
                elif member.kind == b"K":
                    linked = True
                elif member.kind == b"g" and _FORBIDDEN & _records(extension).keys():
                    raise TarError("a global header names a path, target or size for all members")
                continue
            if path is not None:
                member = member._replace(path=path)
            if size is not None:
                member = member._replace(size=size)
            member = _settled(member._replace(linked=linked or member.linked))
            path = size = None
            linked = False
            self._expect(member.size)
            yield member

    def content(self) -> Iterator[bytes]:
        """The bytes of the current member that were not read yet, in pieces of at most 1 MiB."""
        while self._left:
            piece = self._source.read(min(self._left, _CHUNK))
            if not piece:
                raise TarError("it ends within a file")
            self._left -= len(piece)
            yield piece

    def _expect(self, size: int) -> None:
        self._left = size
        self._padding = -size % BLOCK

    def _extension(self, size: int) -> bytes:
        if size > _MAX_EXTENSION:
            raise TarError(f"it has a header extension of {size} bytes")
        self._expect(size)
        return b"".join(self.content())

    def _header(self) -> bytes | None:
        """The next header that is not empty; None at the end: two empty blocks, or no more bytes.

        A single empty block is passed over, as npm's reader does.
        """
        empty = 0
        while empty < 2:
            block = self._source.read(BLOCK)
            if not block:
                return None
            block += self._exactly(BLOCK - len(block))
            if any(block):
                return block
            empty += 1
        return None

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._source.read(size - len(data))
            if not piece:
                raise TarError("it ends within a block")
            data += piece
        return data


def _member(header: bytes) -> Member:
    checksum = _number(header[148:156])
    blanked = header[:148] + b" " * 8 + header[156:]
    signed = sum(byte - 256 if byte > 127 else byte for byte in blanked)
    if checksum not in (sum(blanked), signed):
        raise TarError("a header has a wrong checksum")
    path = header[:100].partition(b"\0")[0]
    if header[257:265] == b"ustar\x0000":
        prefix = header[345:500].partition(b"\0")[0]
        path = prefix + b"/" + path if prefix else path
    return Member(
        path=path,
        kind=header[156:157],
        size=_number(header[124:136]),
        mode=_number(header[100:108]),
        linked=header[157] != 0,
    )


def _settled(member: Member) -> Member:
    """One way to say file and folder, where old archives have several."""
    if b"\0" in member.path or not member.path:
        raise TarError("a member has no usable name")
    if member.kind not in _KINDS:
        raise TarError(f"a member is of kind {member.kind!r}, which not every reader knows")
    if member.linked != (member.kind in (b"1", b"2")):
        raise TarError("a link without a target, or a target without a link")
    kind = b"0" if member.kind == b"\0" else member.kind
    if kind == b"0" and member.path.endswith(b"/"):
        kind = b"5"
    if kind == b"5":
        # Some writers give a folder the size that stat() shows; nothing follows.
        return member._replace(kind=kind, size=0)
    if kind in b"12346" and member.size:
        raise TarError("a link or device has content, which readers take in different ways")
    return member._replace(kind=kind)


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        if field[0] != 0x80:
            raise TarError("a header has a negative number")
        return int.from_bytes(field[1:], "big")
    text = field.partition(b"\0")[0].strip(b" ")
    if not text:
        return 0
    if not all(48 <= digit < 56 for digit in text):
        raise TarError("a header has a number that is not octal")
    return int(text, 8)


def _decimal(text: bytes) -> int:
    if not text.isdigit() or len(text) > 20:
        raise TarError("a header extension has a size that is no number")
    return int(text)


def _records(extension: bytes) -> dict[bytes, bytes]:
    """Pax records, each `LENGTH KEY=VALUE` and a line feed, the length counting all of it."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(extension):
        digits, space, _ = extension[at : at + 21].partition(b" ")
        length = _decimal(digits)
        record = extension[at + len(digits) + 1 : at + length]
        key, equals, value = record.removesuffix(b"\n").partition(b"=")
        if not (space and equals and record.endswith(b"\n") and at + length <= len(extension)):
            raise TarError("a header extension is damaged")
        records[key] = value
        at += length
    return records
