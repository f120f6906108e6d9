"""Runs as small files, with what is large kept once, by its content."""

import base64
import errno
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import zstandard

from undeclared.model import Incomplete, Run

_INLINE = 512
"""Bytes up to which a value stays in the run's own file."""
_KEY = "evidence"
"""A JSON object with this one key stands for a value in the evidence folder; the types of a run
have no such field."""
_REFERENCE = re.compile(rb'\{"evidence": "([0-9a-f]{64})"\}')


class Damaged(Exception):
    """A file is not as it was written."""


def pack_run(run: Run, keep: Callable[[bytes], str]) -> bytes:
    """A run as compressed JSON; `keep` stores a large value and returns its digest."""

    def encode(value: object) -> object:
        if isinstance(value, bytes):
            if len(value) > _INLINE:
                return {_KEY: keep(value)}
            return base64.b64encode(value).decode("ascii")
        if isinstance(value, datetime):
            return value.isoformat()
        raise TypeError(f"a run holds a {type(value).__name__}")

    text = json.dumps(run.model_dump(), default=encode).encode()
    return zstandard.ZstdCompressor().compress(text)


def unpack_run(packed: bytes, fetch: Callable[[str], bytes]) -> Run:
    """The run again; `fetch` gives a large value by its digest. Raises Damaged."""

    def restore(value: dict[str, Any]) -> object:
        if value.keys() == {_KEY}:
            return base64.b64encode(fetch(value[_KEY])).decode("ascii")
        return value

    try:
        return Run.model_validate_json(json.dumps(json.loads(_text(packed), object_hook=restore)))
    except (ValueError, OSError) as error:
        raise Damaged from error


def references(packed: bytes) -> set[str]:
    """Digests of the large values that a packed run refers to. Raises Damaged."""
    return {found.decode() for found in _REFERENCE.findall(_text(packed))}


def _text(packed: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    except zstandard.ZstdError as error:
        raise Damaged from error


class Evidence:
    """Large values by their SHA-256, compressed: `ab/<sha256>.zst`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, value: bytes) -> str:
        """Store a value, durably on return, and return its hex digest."""
        digest = hashlib.sha256(value).hexdigest()
        try:
            self.fetch(digest)
        except (OSError, Damaged):
            write_durably(self._file(digest), zstandard.ZstdCompressor().compress(value))
        return digest

    def fetch(self, digest: str) -> bytes:
        """A value by its digest. Raises Damaged if it is not as it was, OSError if not there."""
        value = _text(self._file(digest).read_bytes())
        if hashlib.sha256(value).hexdigest() != digest:
            raise Damaged
        return value

    def only(self, wanted: set[str]) -> None:
        """Remove every value that is not wanted; nobody may be writing one meanwhile."""
        for file in self.root.glob("*/*"):
            if file.name.removesuffix(".zst") not in wanted:
                file.unlink()

    def _file(self, digest: str) -> Path:
        return self.root / digest[:2] / f"{digest}.zst"


def write_durably(file: Path, content: bytes) -> None:
    """Write a file so that after a crash it is there whole or not at all.

    Raises Incomplete if the disk is full.
    """
    with told(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(file)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def told(file: Path) -> Iterator[None]:
    """Raise Incomplete where writing a file fails for want of room or of the right to."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            raise
        raise Incomplete(
            f"what was measured could not be written to {file.parent} ({error.strerror})",
            means="the audit stopped; the runs kept before are still there and are used again",
            next_step="Make room, or name another folder in UNDECLARED_STATE, and start it again.",
        ) from error
