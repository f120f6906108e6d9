"""Kernel, processor, memory, room on disk, and what the machine runs in."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from undeclared.acquire.cache import default_cache
from undeclared.lab import dns, syscalls
from undeclared.lab.doctor.piece import Piece, limited, missing, ok
from undeclared.lab.limits import Limits, size, version
from undeclared.model import UndeclaredError
from undeclared.store import default_store, state_folder

_OLDEST = (5, 4)
"""Linux version since which there is all that the lab calls (pidfd_open: 5.3)."""
_PATIENCE = 5.0
"""Seconds to wait for others who write to the store."""
_COUNTED = (5, 14)
_COUNTED_OF_ROOT = (6, 14)
_ROOM = 3 * 2**30
"""Bytes that an agent and the evidence of its audit may need."""
_MARKS = {
    "/.dockerenv": "Docker",
    "/run/.containerenv": "Podman",
    "/dev/lxd/sock": "LXD",
}


def kernel() -> Piece:
    """Its version, and whether it can hold a fork bomb."""
    release = os.uname().release
    own = version(release)
    if own < _OLDEST:
        return missing(
            "kernel", f"Linux {release} is too old", "Use Linux 5.4 or newer (5.14 if you can)."
        )
    counted = _COUNTED_OF_ROOT if os.getuid() == 0 else _COUNTED
    if own < counted:
        fix = "Use Linux 5.14 or newer, and not root." if os.getuid() else (
            "Start labs as an ordinary user, or use Linux 6.14 or newer."
        )  # fmt: skip
        return limited(
            "kernel",
            f"Linux {release}",
            "an agent that makes processes without end is ended, but only after a moment",
            fix,
        )
    return ok("kernel", f"Linux {release}")


def processor() -> Piece:
    """Its architecture, and the number of processors."""
    name, cores = os.uname().machine, len(os.sched_getaffinity(0))
    if not syscalls.available():
        return missing(
            "processor",
            f"{name}: its system calls are not known to the lab",
            "Use a machine with x86_64 or aarch64 (64-bit ARM).",
        )
    return ok("processor", f"{name}, {cores} of them" if cores > 1 else name)


def memory() -> Piece:
    """Whether an agent at its limit fits."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    fields = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    free, wanted = fields.get("MemAvailable", 0), Limits().memory
    found = f"{free / 2**30:.1f} GiB available"
    if free < wanted:
        return limited(
            "memory",
            found,
            f"an agent that needs its limit of {size(wanted)} may end as a failure of the lab",
            "Audit with --jobs 1, or on a machine with more memory.",
        )
    return ok("memory", found)


def disk() -> list[Piece]:
    """Room in each folder that is written to."""
    return [
        _room("cache", default_cache().root, "UNDECLARED_CACHE"),
        _room("state", state_folder(), "UNDECLARED_STATE"),
        _room("temporary files", Path(tempfile.gettempdir()), "TMPDIR"),
    ]


def _room(name: str, folder: Path, variable: str) -> Piece:
    # On the temporary folder, a lab keeps little; what a run writes is in memory.
    wanted = 2**26 if variable == "TMPDIR" else _ROOM
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    free = shutil.disk_usage(place).free
    found = f"{free / 2**30:.1f} GiB free"
    if not os.access(place, os.W_OK | os.X_OK) or not place.is_dir():
        return missing(name, f"{folder} cannot be written", f"Name another folder in {variable}.")
    if free < wanted:
        return limited(
            name,
            found,
            "an audit may end for want of room",
            f"Make room in {folder}, or name another folder in {variable}.",
        )
    return ok(name, found)


def store() -> Piece:
    """Whether what an audit measures can be kept: makes the store where there is none yet."""
    try:
        kept = default_store(patience=_PATIENCE)
        with kept.database.writing():
            return ok("store", kept.place)
    except UndeclaredError as error:
        return missing("store", error.what, error.next_step)


def ipv6() -> Piece:
    """Whether agents can use it."""
    if dns.has_ipv6():
        return ok("IPv6", "there")
    return limited(
        "IPv6",
        "this machine has none",
        "what an agent would send over IPv6 is not seen; most use IPv4 then",
        "Boot without ipv6.disable=1; sudo sysctl -w net.ipv6.conf.all.disable_ipv6=0",
    )


def surroundings(root: Path = Path("/")) -> str | None:
    """The container or subsystem that this machine is; None for an ordinary or virtual one."""
    for mark, name in _MARKS.items():
        if (root / mark.lstrip("/")).exists():
            return name
    for place, pattern in (
        ("run/systemd/container", r"\S+"),
        ("proc/1/cgroup", r"docker|kubepods|containerd|lxc|libpod"),
        ("proc/sys/kernel/osrelease", r"(?i:microsoft\S*)"),
    ):
        try:
            found = re.search(pattern, (root / place).read_text(errors="replace"))
        except OSError:
            continue
        if found:
            told = found[0]
            return "WSL" if "microsoft" in told.lower() else told
    return None
