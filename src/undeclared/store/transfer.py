"""The file in which audits travel from one store to another.

One stream, compressed with Zstandard (RFC 8878), of records: a line of JSON, and as many bytes as
it says. A digest stands with every piece, and the last record says how much there was, so that a
file that was cut off is noticed. Order: `file`, then for each audit `audit`, before each `run` the
`blob`s that no run before it referred to, `report`, `audit-end`; then every `result`; `end`.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, BinaryIO, Literal

import zstandard
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from undeclared.model import Frozen, NotFound

FORMAT = 1
"""Raised when what was written before cannot be read any more."""
_LARGEST = 2**28
"""Bytes of one piece."""
_LINE = 2**16
_WINDOW = 2**27
"""Bytes of memory that a stream may ask for."""
_AT_ONCE = 2**20

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]


class FileHead(Frozen):
    """What this is."""

    kind: Literal["file"] = "file"
    undeclared: Literal["store"] = "store"
    format: int
    tool_version: Name


class AuditHead(Frozen):
    """What is known of an audit besides its report."""

    kind: Literal["audit"] = "audit"
    identity: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,128}$")]
    asked: Name
    finished: datetime


class Piece(Frozen):
    """A large value, a run with references to such values, or a report; its bytes follow."""

    kind: Literal["blob", "run", "report"]
    number: int = Field(default=0, ge=0, lt=2**31)
    """Of a run, within its audit."""
    bytes: int = Field(ge=0, le=_LARGEST)
    sha256: Digest


class AuditEnd(Frozen):
    """An audit is whole."""

    kind: Literal["audit-end"] = "audit-end"
    runs: int


class ResultHead(Frozen):
    """Another result; its bytes follow."""

    kind: Literal["result"] = "result"
    what: Name
    key: Name
    purl: Name
    kept: datetime
    bytes: int = Field(ge=0, le=_LARGEST)
    sha256: Digest


class FileEnd(Frozen):
    """The file is whole."""

    kind: Literal["end"] = "end"
    audits: int
    results: int


Head = FileHead | AuditHead | Piece | AuditEnd | ResultHead | FileEnd
_HEAD: TypeAdapter[Head] = TypeAdapter(Annotated[Head, Field(discriminator="kind")])


class Writer:
    """Writes records to a compressed stream."""

    def __init__(self, stream: zstandard.ZstdCompressionWriter) -> None:
        self._stream = stream

    def tell(self, head: Head, content: bytes = b"") -> None:
        """Write one record."""
        self._stream.write(head.model_dump_json().encode() + b"\n")
        self._stream.write(content)

    def piece(
        self, kind: Literal["blob", "run", "report"], content: bytes, number: int = 0
    ) -> None:
        """Write a piece with its digest."""
        digest = hashlib.sha256(content).hexdigest()
        head = Piece(kind=kind, number=number, bytes=len(content), sha256=digest)
        self.tell(head, content)

    def result(self, what: str, key: str, purl: str, kept: datetime, content: bytes) -> None:
        """Write another result with its digest."""
        size, digest = len(content), hashlib.sha256(content).hexdigest()
        head = ResultHead(what=what, key=key, purl=purl, kept=kept, bytes=size, sha256=digest)
        self.tell(head, content)


def compressed(file: BinaryIO) -> zstandard.ZstdCompressionWriter:
    """The compressed stream to write records to."""
    packer = zstandard.ZstdCompressor(level=6, write_checksum=True)
    return packer.stream_writer(file, closefd=False)


def records(file: BinaryIO, name: str) -> Iterator[tuple[Head, bytes]]:
    """The records of a file with their bytes, each of which has the digest that it should have.

    Raises NotFound for anything that is not such a file, or not a whole one.
    """
    try:
        unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        with unpacker.stream_reader(file, closefd=False) as stream:
            yield from _records(_Source(stream), name)
    except zstandard.ZstdError as error:
        raise refused(
            name, "is damaged, or no file that `undeclared store export` wrote"
        ) from error


class _Source:
    def __init__(self, stream: zstandard.ZstdDecompressionReader) -> None:
        self._stream = stream
        self._ahead = b""

    def line(self) -> bytes:
        """Up to the next line break; empty if there is none within reach."""
        while b"\n" not in self._ahead and len(self._ahead) < _LINE:
            if not (more := self._stream.read(_LINE)):
                return b""
            self._ahead += more
        line, _, self._ahead = self._ahead.partition(b"\n")
        return line if len(line) < _LINE else b""

    def content(self, size: int) -> bytes:
        parts, self._ahead = [self._ahead[:size]], self._ahead[size:]
        missing = size - len(parts[0])
        while missing > 0 and (more := self._stream.read(min(missing, _AT_ONCE))):
            parts.append(more)
            missing -= len(more)
        return b"".join(parts)


def _records(source: _Source, name: str) -> Iterator[tuple[Head, bytes]]:
    head: Head | None = None
    while not isinstance(head, FileEnd):
        first = head is None
        try:
            head = _HEAD.validate_json(source.line())
        except ValidationError as error:
            raise refused(name, "is not whole, or holds what this version does not know") from error
        if first != isinstance(head, FileHead):
            raise refused(name, "is no file that `undeclared store export` wrote")
        if isinstance(head, FileHead) and head.format != FORMAT:
            raise refused(name, f"has format {head.format}; this version reads {FORMAT}")
        content = source.content(head.bytes) if isinstance(head, Piece | ResultHead) else b""
        if isinstance(head, Piece | ResultHead) and (
            len(content) != head.bytes or hashlib.sha256(content).hexdigest() != head.sha256
        ):
            raise refused(name, "is damaged: a piece of it does not have its digest")
        yield head, content


def refused(name: str, why: str) -> NotFound:
    """For a file that is not taken in."""
    return NotFound(
        f"{name} {why}",
        means="audits before the faulty place were imported whole, the one there not at all",
        next_step="Export it again with a version of undeclared that is not newer, and copy it"
        " whole.",
    )
