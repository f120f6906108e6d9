"""What the processes of a run use together, read from /proc of their process namespace."""

import asyncio
import contextlib
import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path

from undeclared.lab.limits import Limits, size

INTERVAL = 0.2
"""Seconds between two looks."""
_PAGE = resource.getpagesize()
_SHOWN = 200
"""Characters of a command line."""
_RESERVE = 0.02
"""Part of the machine's memory below which nothing may go on."""


async def excess(limits: Limits) -> str:
    """Return when the run uses too much, saying of what.

    Raises OSError if it is the machine that has no memory left, whoever used it.
    """
    shared_before = _machine("Shmem")
    while True:
        await asyncio.sleep(INTERVAL)
        processes = list(others())
        if len(processes) > limits.processes:
            return f"more than {limits.processes} processes"
        used = sum(map(_private, processes))
        # Memory that is in no process, such as a file without a name, is dear to count; so only
        # if it could matter.
        if _machine("Shmem") - shared_before > limits.memory // 4:
            used += _shared(processes)
        if used > limits.memory:
            return f"more than {size(limits.memory)} of memory"
        if _machine("MemAvailable") < _RESERVE * _machine("MemTotal"):
            raise OSError(errno.ENOMEM, "the machine ran out of memory")


def others() -> Iterator[Path]:
    """Every process of this process namespace but this one, as its folder in /proc."""
    own = str(os.getpid())
    for name in os.listdir("/proc"):  # noqa: PTH208 # this is done several times a second
        if name.isdigit() and name != own:
            yield Path("/proc", name)


def commands() -> tuple[str, ...]:
    """The command lines of the agent's processes in this namespace, each once, cut to a line.

    Without bubblewrap's own, which stay as long as any other does.
    """
    found = []
    for process in others():
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            if words != [b""] and Path(os.fsdecode(words[0])).name != "bwrap":
                found.append(b" ".join(words).decode(errors="replace")[:_SHOWN])
    return tuple(dict.fromkeys(found))


def full(folder: Path) -> bool:
    """Whether a file system has no room left, for bytes or for files."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize < _PAGE or found.f_favail == 0


def _private(process: Path) -> int:
    """Bytes of memory that only this process has (proc(5), statm)."""
    try:
        resident, shared = (process / "statm").read_bytes().split()[1:3]
    except (OSError, ValueError):
        return 0  # it has ended
    return (int(resident) - int(shared)) * _PAGE


def _shared(processes: list[Path]) -> int:
    """Bytes of memory without a name that these processes share, mapped or not."""
    mapped, held = 0, dict[tuple[int, int], int]()
    for process in processes:
        with contextlib.suppress(OSError):
            for line in (process / "smaps_rollup").read_text(encoding="ascii").splitlines():
                if line.startswith("Pss_Shmem:"):
                    mapped += int(line.split()[1]) * 1024
        with contextlib.suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(descriptor.readlink()).startswith("/memfd:"):
                        found = descriptor.stat()
                        held[found.st_dev, found.st_ino] = found.st_blocks * 512
    return max(mapped, sum(held.values()))


def _machine(name: str) -> int:
    """A line of /proc/meminfo, in bytes; if there is none, more than any machine has."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 2**63
