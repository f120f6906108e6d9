"""The library that shifts the clock of programs: libfaketime.

The kernel has one clock for all, and no namespace for the time of day (time_namespaces(7)). The
library is loaded into every program by the dynamic linker; statically linked ones, of Go for
instance, keep the real time.
"""

from pathlib import Path

_PLACES = ("lib/*/faketime", "lib/faketime", "lib64/faketime", "local/lib/faketime")
_NAME = "libfaketimeMT.so.1"


def library() -> str | None:
    """Its path, the same inside an agent's world; None if it is not installed."""
    for pattern in _PLACES:
        for folder in sorted(Path("/usr").glob(pattern)):
            if (folder / _NAME).is_file():
                return str(folder / _NAME)
    return None
