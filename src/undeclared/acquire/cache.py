"""A content-addressed cache on disk, limited in size, safe for several processes."""

import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from undeclared.model import Incomplete, NotFound

GIB = 1 << 30
_WRITING = ".writing-"
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT)
_ABANDONED = 86_400.0
"""Seconds after which a half-written file is taken for the remains of a killed process."""


class Cache:
    """Archives by their SHA-256, and a small index beside them.

        blobs/sha256/ab/cdef…        an archive
        files/abcdef…/NAME           a single local program, alone in a folder
        npm/NAME/VERSION-PLATFORM.json          what an exact version was resolved to …
        pypi/NAME/VERSION-PLATFORM-py3.11.json  … and for which Python

    Every file is written beside its place and renamed, so that another process sees it whole or
    not at all. Above `limit` bytes, what was used longest ago goes first; what this object has
    handed out stays. An archive that goes while its index entry stays is only fetched again.
    """

    def __init__(self, root: Path, limit: int = 10 * GIB) -> None:
        self.root = root
        self.limit = limit
        self.added = 0
        """Bytes that this object has put there."""
        self._used: set[Path] = set()

    def path(self, sha256: str) -> Path:
        """The archive with this hex digest, hashed anew on every call.

        Raises NotFound if it is not there, or was damaged; a damaged one is removed.
        """
        file = self._blob(sha256)
        try:
            damaged = _digest(file) != sha256
        except FileNotFoundError:
            raise NotFound(
                f"the cache does not hold {sha256[:12]}…",
                means="nothing was audited",
                next_step="Run the same command again; it is downloaded anew.",
            ) from None
        if damaged:
            file.unlink(missing_ok=True)
            raise NotFound(
                f"{sha256[:12]}… in the cache was damaged and has been removed",
                means="nothing was audited",
                next_step="Run the same command again; it is downloaded anew.",
            )
        self._touch(file)
        return file

    def add(self, source: Path) -> tuple[str, int]:
        """Copy a file into the cache; return its SHA-256 and its size in bytes.

        Raises Incomplete if the cache cannot be written.
        """
        sha256 = _digest(source)
        file = self._blob(sha256)
        with self._writing(file) as temporary:
            shutil.copyfile(source, temporary)
        self._touch(file)
        self._shrink()
        size = file.stat().st_size
        self.added += size
        return sha256, size

    def alone(self, source: Path) -> Path:
        """Copy a program into a folder that holds nothing else; return the folder.

        Its neighbours are the user's business, so no agent is given them.
        """
        folder = self.root / "files" / _digest(source)
        with self._writing(folder / source.name) as temporary:
            shutil.copyfile(source, temporary)
            temporary.chmod(0o755)
        self._touch(folder / source.name)
        self._shrink()
        return folder

    def entry(self, registry: str, name: str, key: str) -> str | None:
        """The index entry of a package name, or None."""
        try:
            return self._entry(registry, name, key).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def set_entry(self, registry: str, name: str, key: str, text: str) -> None:
        """Keep an index entry. Raises Incomplete if the cache cannot be written."""
        with self._writing(self._entry(registry, name, key)) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def keys(self, registry: str, name: str) -> list[str]:
        """The keys of a package's index entries, newest first."""
        entries = self._entry(registry, name, "any").parent.glob("*.json")
        by_age = sorted(entries, key=lambda file: file.stat().st_mtime, reverse=True)
        return [file.name.removesuffix(".json") for file in by_age]

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for downloads on the same disk, removed afterwards."""
        with _told(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            for left in self.root.glob(".scratch-*"):
                if _age(left) > _ABANDONED:
                    shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix=".scratch-", dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _blob(self, sha256: str) -> Path:
        return self.root / "blobs" / "sha256" / sha256[:2] / sha256[2:]

    def _entry(self, registry: str, name: str, key: str) -> Path:
        return self.root / registry / name / f"{key}.json"

    @contextmanager
    def _writing(self, file: Path) -> Iterator[Path]:
        with _told(self.root):
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=_WRITING, dir=file.parent)
            os.close(handle)
            try:
                yield Path(temporary)
                Path(temporary).replace(file)
            finally:
                Path(temporary).unlink(missing_ok=True)

    def _touch(self, file: Path) -> None:
        self._used.add(file)
        with suppress(FileNotFoundError):
            os.utime(file)

    def _shrink(self) -> None:
        """Another process may do the same at the same time, so that files may be gone."""
        held: list[tuple[float, int, Path]] = []
        for file in (*self.root.glob("blobs/sha256/*/*"), *self.root.glob("files/*/*")):
            try:
                found = file.stat()
            except FileNotFoundError:
                continue
            if file.name.startswith(_WRITING) and _age(file) < _ABANDONED:
                continue
            held.append((found.st_mtime, found.st_size, file))
        total = sum(size for _, size, _ in held)
        for _, size, file in sorted(held):
            if total <= self.limit:
                return
            if file not in self._used:
                file.unlink(missing_ok=True)
                total -= size


def default_cache() -> Cache:
    """The user's cache: 10 GiB in the folder for caches, or in `UNDECLARED_CACHE`."""
    chosen = os.environ.get("UNDECLARED_CACHE")
    return Cache(Path(chosen) if chosen else platformdirs.user_cache_path("undeclared"))


def _age(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _told(root: Path) -> Iterator[None]:
    """Say what a person can do about a cache that cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            what = f"the disk is full: the cache in {root} could not be written"
        elif error.errno in _NOT_WRITABLE:
            what = f"the cache in {root} cannot be written ({error.strerror})"
        else:
            raise
        raise Incomplete(
            what,
            means="nothing was audited",
            next_step="Make room there, or name another folder in UNDECLARED_CACHE.",
        ) from error
