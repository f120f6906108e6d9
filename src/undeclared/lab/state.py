"""The folder of a lab on this machine: its certificate authority, and the log of each worker."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from undeclared.lab import authority
from undeclared.model import Incomplete

_PREFIX = "undeclared-lab-"
_ABANDONED = 3600.0
"""Seconds after which a folder that nobody holds is taken for the remains of a killed lab."""


@contextmanager
def state_folder() -> Iterator[Path]:
    """A folder with a new authority, removed afterwards.

    What a killed process left behind is removed too, after a while: its lock is free. Raises
    Incomplete if there is no room.
    """
    try:
        _sweep(Path(tempfile.gettempdir()))
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    except OSError as error:
        raise _no_room(error) from error
    try:
        lock = _locked(folder)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise _no_room(error) from error
    try:
        try:
            (folder / "space").mkdir()
            authority.create(folder)
        except OSError as error:
            raise _no_room(error) from error
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked(folder: Path) -> int:
    """Hold the folder itself, for as long as this process has the handle open."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _sweep(temporary: Path) -> None:
    for folder in temporary.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            # A lab that is just making its folder does not hold it yet.
            if found.st_uid == os.getuid() and time.time() - found.st_mtime > _ABANDONED:
                lock = _locked(folder)
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _no_room(error: OSError) -> Incomplete:
    return Incomplete(
        f"the lab's temporary folder could not be made ({error.strerror})",
        means="nothing was started, so nothing was audited",
        next_step="Make room for temporary files, or name another folder in TMPDIR.",
    )
