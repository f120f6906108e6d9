"""The library that shifts the clock of programs: libfaketime.

The kernel has one clock for all, and no namespace for the time of day (time_namespaces(7)). The
library is loaded into every program by the dynamic linker (ld.so(8)); statically linked ones, of Go
for instance, keep the real time.
"""

import struct
from pathlib import Path

VARIABLES = {"FAKETIME_SHARED": "/faketime_sem_1 /faketime_shm_1"}
"""What the library says to the programs that a program starts."""

_PLACES = ("lib/*/faketime", "lib/faketime", "lib64/faketime", "local/lib/faketime")
_NAME = "libfaketimeMT.so.1"
_SEMAPHORE = struct.pack("=QI20x", 1, 128)
"""A free semaphore between processes, as the C library lays it out (sem_overview(7))."""
_SHARED = bytes(4096)


def library() -> str | None:
    """Its path, the same inside an agent's world; None if it is not installed."""
    for pattern in _PLACES:
        for folder in sorted(Path("/usr").glob(pattern)):
            if (folder / _NAME).is_file():
                return str(folder / _NAME)
    return None


def files(library: str, shift: str) -> dict[str, str]:
    """Texts by absolute path that shift the clock of every program: `+30d`, `-2h`."""
    return {"/etc/ld.so.preload": f"{library}\n", "/etc/faketimerc": f"{shift}\n"}


def share(shm: Path) -> None:
    """Put into /dev/shm what programs share of the shifted clock.

    Where the first program must make it itself, it also removes it at its end, and those that
    follow complain on their standard error.
    """
    (shm / "sem.faketime_sem_1").write_bytes(_SEMAPHORE)
    (shm / "faketime_shm_1").write_bytes(_SHARED)
