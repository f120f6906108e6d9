"""Keeps the home of a run for the next one, as people keep theirs."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from undeclared.model import HomeFile

MOST_BYTES = 256 * 1024
"""Bytes of a file that are told, from its beginning …"""
MOST_IN_ALL = 8 * 2**20
"""… and of all files together, the smallest first: what is long is a log or a download."""


class Keeping:
    """At most one home at a time, on the worker's file system, out of the agent's reach."""

    def __init__(self, place: Path) -> None:
        """`place` is where it lies between two runs; nothing is there yet."""
        self._place = place
        self._name: str | None = None
        self._laid_out: dict[str, bytes] = {}

    def begin(self, name: str | None, home: Path) -> None:
        """Put the home that is kept under a name in the place of a new one, before a run.

        What only the new one has is added to it, such as another repository; what both have stays
        as the last run left it. A home kept under any other name is removed.
        """
        if name is None or name != self._name:
            shutil.rmtree(self._place, ignore_errors=True)
            self._name, self._laid_out = name, {}
        if name is not None:
            self._laid_out = {**dict(_digests(home)), **self._laid_out}
        if self._place.exists():
            _add(home, self._place)
            shutil.rmtree(home)
            self._place.rename(home)

    def end(self, home: Path) -> tuple[HomeFile, ...]:
        """Take the home away after a run, if it is to be kept; what was written in it, by path."""
        if self._name is None or not home.exists():
            return ()
        written = [
            path for path, digest in _digests(home) if self._laid_out.get(path) != digest
        ]  # fmt: skip
        found, room = [], MOST_IN_ALL
        for path in sorted(written, key=lambda path: ((home / path).stat().st_size, path)):
            with (home / path).open("rb") as file:
                content = file.read(MOST_BYTES)
            room -= len(content) + len(path)
            if room < 0:
                break
            found.append(HomeFile(path=path, content=content))
        home.rename(self._place)
        return tuple(sorted(found, key=lambda file: file.path))


def _add(source: Path, target: Path) -> None:
    """Copy what is not there yet; a folder with a repository of its own only as a whole."""
    for entry in sorted(source.iterdir()):
        place = target / entry.name
        if not place.exists() and not place.is_symlink():
            if entry.is_dir() and not entry.is_symlink():
                shutil.copytree(entry, place, symlinks=True)
            else:
                shutil.copy2(entry, place, follow_symlinks=False)
        elif entry.is_dir() and place.is_dir() and not (entry / ".git").exists():
            _add(entry, place)


def _digests(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file but links and pipes: its path relative to the home, and a digest."""
    for folder, folders, names in os.walk(home):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            place = Path(folder, name)
            if stat.S_ISREG(place.lstat().st_mode):
                with place.open("rb") as file:
                    yield (
                        place.relative_to(home).as_posix(),
                        hashlib.file_digest(file, "sha256").digest(),
                    )
