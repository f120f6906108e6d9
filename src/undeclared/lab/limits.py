"""How much of the machine one run may use; beyond it, the run is ended or its calls fail."""

import contextlib
import os
import re
import resource
from pathlib import Path

from undeclared.model import Frozen

MIB = 2**20

_OWN_LIMIT_OF_PROCESSES = (6, 14)
"""Linux version since which a process namespace has a `kernel.pid_max` of its own. Before it, the
sysctl is the machine's."""
_OWN_COUNT_OF_PROCESSES = (5, 14)
"""Linux version since which RLIMIT_NPROC counts within a user namespace."""
_RESERVED = 300
"""Process numbers that the kernel does not give out again once they wrapped (RESERVED_PIDS)."""


class Limits(Frozen):
    """What one run may use; how long is for the scenario to say."""

    memory: int = 6 * 2**30
    """Bytes in use by all its processes together. Address space is not limited: JavaScript
    engines reserve far more of it than they use."""
    processes: int = 512
    threads: int = 8192
    """Of all its processes together, themselves included; more cannot be started. Only Linux 6.14
    and later can hold an agent that root started to it, and to 300 more."""
    disk: int = 2**30
    """Bytes of files, in its home, its temporary folders and /dev/shm together."""
    files: int = 200_000
    """Files, likewise."""
    file: int = 2**30
    """Bytes of one file."""
    open_files: int = 65536
    """Descriptors of one process."""
    output: int = 64 * 1024
    """Bytes that are kept of standard output and standard error each, from the end."""

    def tmpfs(self) -> str:
        """Options of the file system that holds what a run writes."""
        return f"size={self.disk},nr_inodes={self.files},mode=700"


def size(count: int) -> str:
    """Bytes for a person: `6 GiB`, `128 MiB`."""
    return f"{count / 2**30:g} GiB" if count >= 2**30 else f"{count / MIB:g} MiB"


def impose(limits: Limits) -> None:
    """Set limits of the kernel that every run inherits from this process.

    Must be called in a process namespace whose first process this is.
    """
    for kind, wanted in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_NOFILE, limits.open_files),
    ):
        _lower(kind, wanted)
    kernel = version(os.uname().release)
    if kernel >= _OWN_COUNT_OF_PROCESSES:
        _lower(resource.RLIMIT_NPROC, limits.threads)
    if kernel >= _OWN_LIMIT_OF_PROCESSES and os.getpid() == 1:
        # RLIMIT_NPROC does not hold what belongs to root outside; this does.
        with contextlib.suppress(OSError):
            Path("/proc/sys/kernel/pid_max").write_text(
                str(_RESERVED + limits.threads), encoding="ascii"
            )


def _lower(kind: int, wanted: int) -> None:
    _, hard = resource.getrlimit(kind)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (limit, limit))


def version(release: str) -> tuple[int, int]:
    """Major and minor number of a kernel's release string; (0, 0) if it names none."""
    found = re.match(r"(\d+)\.(\d+)", release)
    return (int(found[1]), int(found[2])) if found else (0, 0)
