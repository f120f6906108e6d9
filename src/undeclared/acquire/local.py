"""A local path: the folder as it is, or one program put alone into a folder of the cache."""

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from packageurl import PackageURL

from undeclared.acquire.acquired import Acquired
from undeclared.acquire.cache import Cache
from undeclared.model import Incomplete, NotFound, UsageError

_MOST_FILES = 200_000
_ARCHIVES = (".tgz", ".tar", ".gz", ".zip", ".whl", ".vsix", ".xz", ".bz2", ".zst")


def local(path: Path, name: str, cache: Cache) -> Acquired:
    """Describe a folder, or a single program, as an artifact of its own.

    Raises NotFound if it is not there or not readable, UsageError for an archive, Incomplete for
    a folder of more files than any agent has.
    """
    try:
        if path.is_file() and path.suffix in _ARCHIVES:
            raise UsageError(
                f"{path.name} is an archive",
                means="nothing was audited",
                next_step="Unpack it into a folder and give that folder.",
            )
        root = path if path.is_dir() else cache.alone(path)
        sha256, size = _contents(root)
    except OSError as error:
        raise _unreadable(path, error) from error
    return _described(name, root, sha256, size)


def as_it_is(path: Path, name: str) -> Acquired:
    """Describe a folder, or a single file of any kind, that is only to be read.

    `root` is the path itself. The digest of a file is that of its bytes. Raises NotFound if it is
    not there or not readable, Incomplete for a folder of too many files.
    """
    try:
        if path.is_dir():
            return _described(name, path, *_contents(path))
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        return _described(name, path, sha256, path.stat().st_size)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> NotFound:
    return NotFound(
        f"{path} cannot be read ({error.strerror})",
        means="nothing was audited",
        next_step="Check the path and its permissions.",
    )


def _described(name: str, root: Path, sha256: str, size: int) -> Acquired:
    version = _version(root) or f"local-{sha256[:12]}"
    return Acquired(
        purl=PackageURL("generic", None, name, version).to_string(),
        name=name,
        version=version,
        sha256=sha256,
        size=size,
        root=root,
    )


def _contents(root: Path) -> tuple[str, int]:
    """Digest over path, kind and content of everything in a folder, and bytes of its files."""
    whole = hashlib.sha256()
    size = 0
    for number, file in enumerate(_files(root)):
        if number >= _MOST_FILES:
            raise Incomplete(
                f"{root} holds more than {_MOST_FILES} files",
                means="nothing was audited",
                next_step="Give the folder of the agent alone.",
            )
        found = file.lstat()
        if stat.S_ISLNK(found.st_mode):
            kind, digest = "link", hashlib.sha256(os.fsencode(file.readlink())).hexdigest()
        elif stat.S_ISREG(found.st_mode):
            kind = "program" if found.st_mode & stat.S_IXUSR else "file"
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size += found.st_size
        else:
            continue
        place = os.fsencode(file.relative_to(root))
        whole.update(b"%s %s %s\0" % (kind.encode(), digest.encode(), place))
    return whole.hexdigest(), size


def _files(root: Path) -> Iterator[Path]:
    """Everything that is no folder, in a fixed order; links are not followed."""

    def fail(error: OSError) -> None:
        raise error

    for folder, folders, files in os.walk(root, onerror=fail):
        folders.sort()
        links = [name for name in folders if Path(folder, name).is_symlink()]
        yield from (Path(folder, name) for name in sorted((*files, *links)))


def _version(root: Path) -> str:
    try:
        version = json.loads((root / "package.json").read_bytes())["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return version if isinstance(version, str) else ""
