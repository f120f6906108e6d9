"""The library that shifts the clock of programs: libfaketime.

The kernel has one clock for all, and no namespace for the time of day (time_namespaces(7)). The
library is loaded into every program by the dynamic linker (ld.so(8)); statically linked ones, of Go
for instance, keep the real time.
"""

from pathlib import Path

_PLACES = ("lib/*/faketime", "lib/faketime", "lib64/faketime", "local/lib/faketime")
_NAME = "libfaketimeMT.so.1"
_CLAIMED = 1000
"""Process ids of a run; they begin at 1 in its namespace, and few agents come so far."""


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


def claim(shm: Path) -> None:
    """Keep the library from sharing its state between programs, in the /dev/shm of a run.

    Only counted clocks need that. A program makes a semaphore named after its id, and hands the
    name on; those that it starts stop if they cannot open it, as programs that bring along their
    own allocator (of Bun, for instance) never can. Where the name is taken, the library goes
    without.
    """
    first = shm / "sem.faketime_sem_1"
    first.touch()
    for number in range(2, _CLAIMED):
        (shm / f"sem.faketime_sem_{number}").hardlink_to(first)
