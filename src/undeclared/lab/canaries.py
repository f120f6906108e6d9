"""Plants secrets of one run where programs that look for secrets find them.

All of it is constant between runs but the secrets themselves: names, sizes, modes and dates of
files, the commit that is checked out, what `git status` and `git log` say. So the secrets change
no comparison: what an agent sends of them differs between any two runs, whatever their
environments.
"""

import os
import secrets
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from undeclared.catalogue import FAKE, SECRET, CanaryPlace, CanaryShape, CanarySpec, canaries
from undeclared.lab.history import add_branch
from undeclared.lab.launch import Launch
from undeclared.lab.repository import overlook
from undeclared.model import Canary

_WRITTEN = 1_767_603_600
"""2026-01-05 09:00:00 UTC, as the repository's commits."""


def plant(launch: Launch, without: Collection[str] = ()) -> tuple[Canary, ...]:
    """Plant every canary of the catalogue in the folders and variables of a run.

    Left out are those of the ids `without` (`*` for all), and those where something of the agent's
    own lies already. Returns what was planted.
    """
    planted = []
    for spec in canaries().values():
        if "*" in without or spec.id in without:
            continue
        value = _secret(spec.shape)
        if _put(spec, spec.text.replace(SECRET, value), launch):
            planted.append(Canary(id=spec.id, place=spec.where, value=value))
    return tuple(planted)


def _secret(shape: CanaryShape) -> str:
    free = shape.length - len(shape.prefix) - len(FAKE)
    drawn = "".join(secrets.choice(shape.alphabet) for _ in range(free))
    return f"{shape.prefix}{drawn[: free // 2]}{FAKE}{drawn[free // 2 :]}"


def _put(spec: CanarySpec, text: str, launch: Launch) -> bool:
    repository = launch.folders.repository
    match spec.place:
        case CanaryPlace.VARIABLE:
            return launch.variables.setdefault(spec.path, text) == text
        case CanaryPlace.HOME:
            return _write(launch.folders.home, spec, text)
        case CanaryPlace.REPOSITORY:
            written = _write(repository, spec, text)
            if written:
                overlook(repository, [spec.path])
            return written
        case CanaryPlace.HISTORY:
            return add_branch(repository, spec.path, text.encode())


def _write(folder: Path, spec: CanarySpec, text: str) -> bool:
    place = folder / spec.path
    before = b""
    if place.is_symlink() or place.exists():
        if not spec.append or place.is_symlink():
            return False
        before = place.read_bytes()
        if before and not before.endswith(b"\n"):
            before += b"\n"
        # It may be a link to what other runs share.
        place.unlink()
    made = _make_folders(folder, PurePosixPath(spec.path).parent)
    place.write_bytes(before + text.encode())
    place.chmod(0o600 if spec.private else 0o644)
    for path in (place, *made):
        os.utime(path, (_WRITTEN, _WRITTEN))
    return True


def _make_folders(folder: Path, relative: PurePosixPath) -> list[Path]:
    """The new folders, innermost first; programs insist that ~/.ssh is private."""
    made: list[Path] = []
    place = folder
    for part in relative.parts:
        place = place / part
        if not place.is_dir():
            place.mkdir(mode=0o700)
            made.insert(0, place)
    return made
