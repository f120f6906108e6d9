"""All archives of an artifact put together, as an install would have laid them out."""

import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from undeclared.model import Part, Runtime
from undeclared.unpack.archive import unpack_archive
from undeclared.unpack.compiled import compile_all
from undeclared.unpack.limits import DEFAULT, Limits, malformed
from undeclared.unpack.wheel import LAYOUT, environment

_KEEP = 20
"""Trees in the folder; those used longest ago go first …"""
_DAY = 86_400.0
"""… but none that was used in the last day: an audit may still be running in it."""


def tree(
    parts: Sequence[tuple[Part, Path]],
    folder: Path,
    say: Callable[[str], None],
    limits: Limits = DEFAULT,
    runtime: Runtime | None = None,
) -> Path:
    """Unpack archives to their places in one root folder; return it.

    `parts` gives each part with its archive. With a `runtime` they are wheels, and become a virtual
    environment of it, compiled; nothing of them is run. The root lies in `folder` under a digest of
    all (place, sha256) pairs and the runtime, and is used again if it is still as it was made; it
    must not be written to. It appears whole or not at all, whatever other processes do. `limits`
    hold for all parts together; the time is for each archive, or for all wheels. Commands that a
    package declares become executable, as installing makes them.

    Raises NotFound and Incomplete as `unpack_archive` does.
    """
    pairs = sorted((str(part.place), part.sha256) for part, _ in parts)
    if runtime is not None:
        pairs.append((f"{LAYOUT} of {runtime.program_inside}", runtime.version))
    root = folder / hashlib.sha256(json.dumps(pairs).encode()).hexdigest()
    stamp = root.with_suffix(".state")
    if _unchanged(root, stamp):
        os.utime(stamp)
        return root
    folder.mkdir(parents=True, exist_ok=True)
    _tidy(folder)
    say(f"unpacking {len(parts)} archive{'s' if len(parts) > 1 else ''}")
    scratch = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        made = scratch / "root"
        made.mkdir()
        if runtime is None:
            _unpack_all(parts, made, limits)
        else:
            environment(parts, made, runtime, limits)
            say("compiling it, so that each start is quick")
            compile_all(made, runtime)
        state = scratch / "state"
        state.write_text(_state(made))
        _put(made, root, scratch / "old")
        state.replace(stamp)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return root


def _unpack_all(parts: Sequence[tuple[Part, Path]], root: Path, limits: Limits) -> None:
    """Outer packages first: what one bundles at the place of another gives way to the other."""
    for part, archive in sorted(parts, key=lambda pair: len(pair[0].place.parts)):
        place = root / _checked(part.place)
        if place.is_dir() and place != root:
            shutil.rmtree(place)
        elif place == root:
            place.rmdir()
        try:
            unpacked = unpack_archive(archive, place, limits, f"{part.name}@{part.version}")
        except (FileExistsError, NotADirectoryError) as error:
            raise malformed(part.name, f"a file lies where {part.place} should be") from error
        limits = limits.model_copy(
            update={
                "max_bytes": limits.max_bytes - unpacked.bytes,
                "max_files": limits.max_files - unpacked.files,
            }
        )
        _make_executable(place)


def _checked(place: PurePosixPath) -> PurePosixPath:
    if place.is_absolute() or ".." in place.parts:
        raise ValueError(f"{place} is not inside an artifact")
    return place


def _make_executable(package: Path) -> None:
    """No link is in a tree of ours, so that a path without `..` stays in it."""
    try:
        declared = json.loads((package / "package.json").read_bytes())["bin"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    commands = declared.values() if isinstance(declared, dict) else [declared]
    for command in commands:
        if isinstance(command, str) and ".." not in command.split("/") and "\0" not in command:
            file = package / command.lstrip("/")
            if file.is_file():
                file.chmod(0o755)


def _put(made: Path, root: Path, old: Path) -> None:
    """Rename into place; another process that was faster made the same."""
    for _ in range(3):
        try:
            made.rename(root)
        except OSError:
            # The place is taken: by a faster process, or by a tree that was changed.
            if root.exists() and _state(root) == _state(made):
                return
            try:
                root.rename(old)
            except FileNotFoundError:
                continue
            shutil.rmtree(old, ignore_errors=True)
        else:
            return
    raise OSError(f"{root} could not be put into place")


def _state(root: Path) -> str:
    """Digest over path, size and mode of everything in a tree.

    It notices a crash of the machine that lost what was not on disk yet, and an agent's update of
    itself; it is no defence against somebody who may write to the user's cache.
    """
    whole = hashlib.sha256()
    for file in _walk(root):
        found = file.lstat()
        size = found.st_size if stat.S_ISREG(found.st_mode) else 0
        place = os.fsencode(file.relative_to(root))
        whole.update(b"%o %d %s\0" % (found.st_mode, size, place))
    return whole.hexdigest()


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders.sort()
        yield from (Path(folder, name) for name in sorted((*folders, *files)))


def _unchanged(root: Path, stamp: Path) -> bool:
    try:
        return stamp.read_text() == _state(root)
    except FileNotFoundError:
        return False


def _tidy(folder: Path) -> None:
    """Remove what was used longest ago, and what a killed process left half made."""
    now = time.time()
    half_made = [path for path in folder.glob(".making-*") if _age(path, now) > _DAY]
    by_use = sorted(folder.glob("*.state"), key=lambda stamp: _age(stamp, now))
    for stamp in by_use[_KEEP - 1 :]:
        if _age(stamp, now) > _DAY:
            stamp.unlink(missing_ok=True)
            half_made.append(stamp.with_suffix(""))
    for path in half_made:
        shutil.rmtree(path, ignore_errors=True)


def _age(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
