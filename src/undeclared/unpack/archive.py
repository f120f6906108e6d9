"""One package archive to one folder."""

import errno
import gzip
import os
import re
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from undeclared.model import Frozen, Incomplete
from undeclared.unpack.limits import DEFAULT, Limits, exceeded, malformed
from undeclared.unpack.tar import Member, Reader, TarError

_RATIO_FROM = 16 << 20
_OTHER_ROOT = re.compile(rb"\\|[A-Za-z]:")


class Unpacked(Frozen):
    """What came out of an archive."""

    files: int
    bytes: int
    skipped: int
    """Members that npm does not install either: links, devices, pipes, unknown kinds."""


def unpack_archive(
    archive: Path, target: Path, limits: Limits = DEFAULT, name: str | None = None
) -> Unpacked:
    """Unpack a gzipped tar archive into a new folder, as npm does.

    The first component of every path is dropped, whatever its name. Modes are 755 or 644, owners,
    times and set-id bits are not taken over. Of two files with one name the later stays, as with
    npm. `target` must not exist; it is made by us, and no link is ever put into it, so that no
    path can lead out of it. Messages call the archive `name`, or else as its file is called.

    Raises NotFound if the archive is unreadable, damaged or made to mislead (a path that is
    absolute or goes up, a file in the place of a folder), Incomplete if it needs more than
    `limits` or the disk is full, FileExistsError if `target` exists. `target` is removed then.
    """
    name = name or archive.name
    target.mkdir(parents=True)
    try:
        with on_disk(name), archive.open("rb") as compressed:
            try:
                source = _Measured(compressed, archive, name, limits)
                unpacked = _Unpacking(Reader(source), target, name, limits).run()
                while source.read(1 << 20):
                    pass
            except (TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise malformed(name, str(error) or "it ends too early") from error
            return unpacked
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


@contextmanager
def on_disk(name: str) -> Iterator[None]:
    """Say what an error of the disk means while the archive `name` is unpacked."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Incomplete(
                f"the disk is full: {name} could not be unpacked",
                means="nothing was audited",
                next_step="Make room there, or name another folder in UNDECLARED_CACHE.",
            ) from error
        raise malformed(name, error.strerror or type(error).__name__) from error


class _Measured:
    """The decompressed bytes, counted and timed; at most 1 MiB of them is ever in memory."""

    def __init__(self, compressed: BinaryIO, archive: Path, name: str, limits: Limits) -> None:
        self._stream = gzip.GzipFile(fileobj=compressed, mode="rb")
        self._name = name
        self._limits = limits
        self._compressed = max(1, archive.stat().st_size)
        self._total = 0
        self._until = time.monotonic() + limits.seconds

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._total += len(data)
        # Headers, padding and the end of an archive are no files, and not much.
        if self._total > self._limits.max_bytes + self._limits.max_files * 2048:
            raise exceeded(self._name, f"it holds more than {self._limits.max_bytes} bytes")
        ratio = self._total / self._compressed
        if self._total > _RATIO_FROM and ratio > self._limits.max_ratio:
            raise exceeded(self._name, f"it grows by more than {self._limits.max_ratio} times")
        if time.monotonic() > self._until:
            raise exceeded(self._name, f"it takes more than {self._limits.seconds:g} seconds")
        return data


class _Unpacking:
    def __init__(self, reader: Reader, target: Path, name: str, limits: Limits) -> None:
        self._reader = reader
        self._target = target
        self._name = name
        self._limits = limits
        self._members = 0
        self._files: set[bytes] = set()
        self._bytes = 0
        self._skipped = 0

    def run(self) -> Unpacked:
        for member in self._reader:
            self._members += 1
            if self._members > self._limits.max_files:
                raise exceeded(self._name, f"it has more than {self._limits.max_files} members")
            place = self._place(member.path)
            if member.kind == b"5":
                self._folder(place)
            elif member.kind == b"0" and place:
                self._file(member, place)
            else:
                self._skipped += 1
        if not self._members:
            raise malformed(self._name, "it holds nothing")
        return Unpacked(files=len(self._files), bytes=self._bytes, skipped=self._skipped)

    def _place(self, path: bytes) -> list[bytes]:
        """Path components within the target; the first is dropped before `.` is, as npm does."""
        parts = path.split(b"/")
        if path.startswith(b"/") or b".." in parts:
            raise malformed(self._name, f"the path {os.fsdecode(path)[:80]!r} leads out of it")
        place = [part for part in parts[1:] if part not in (b"", b".")]
        if _OTHER_ROOT.match(b"/".join(place)):
            raise malformed(self._name, "a path begins as on Windows, which npm takes away")
        limits = self._limits
        if len(place) > limits.max_depth + 1:
            raise exceeded(self._name, f"a path is more than {limits.max_depth} folders deep")
        if len(b"/".join(place)) > limits.max_path:
            raise exceeded(self._name, f"a path has more than {limits.max_path} bytes")
        if any(len(part) > limits.max_name for part in place):
            raise exceeded(self._name, f"a name has more than {limits.max_name} bytes")
        return place

    def _folder(self, place: list[bytes]) -> Path:
        folder = self._target
        for part in place:
            folder /= os.fsdecode(part)
            folder.mkdir(exist_ok=True)
        return folder

    def _file(self, member: Member, place: list[bytes]) -> None:
        limits = self._limits
        self._bytes += member.size
        if member.size > limits.max_file_bytes:
            raise exceeded(self._name, f"a file has more than {limits.max_file_bytes} bytes")
        if self._bytes > limits.max_bytes:
            raise exceeded(self._name, f"it holds more than {limits.max_bytes} bytes")
        file = self._folder(place[:-1]) / os.fsdecode(place[-1])
        name = b"/".join(place)
        if name in self._files:
            file.unlink()
        self._files.add(name)
        # O_EXCL: neither a link nor a name that this disk takes for another's is ever written to.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as stream:
            for piece in self._reader.content():
                stream.write(piece)
            os.fchmod(handle, 0o755 if member.mode & 0o111 else 0o644)
