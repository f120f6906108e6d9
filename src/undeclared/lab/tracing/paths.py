"""Which system calls touch paths, how, and which path it is."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from undeclared.lab.tracing.calls import Call, strings

Access = Literal["read", "write", "look", "list", "execute"]

OPENING = {"open", "openat", "openat2", "creat"}
LISTING = {"getdents", "getdents64"}
MOVING = {"chdir", "fchdir"}

_PLAIN: Mapping[str, tuple[Access, tuple[int, ...]]] = {
    "stat": ("look", (0,)),
    "lstat": ("look", (0,)),
    "access": ("look", (0,)),
    "readlink": ("look", (0,)),
    "unlink": ("write", (0,)),
    "rmdir": ("write", (0,)),
    "mkdir": ("write", (0,)),
    "truncate": ("write", (0,)),
    "chmod": ("write", (0,)),
    "rename": ("write", (0, 1)),
    "link": ("write", (0, 1)),
    "symlink": ("write", (1,)),
}
"""Access, and the places of the paths among the arguments."""

_BELOW: Mapping[str, tuple[Access, tuple[int, ...]]] = {
    "newfstatat": ("look", (0,)),
    "statx": ("look", (0,)),
    "faccessat": ("look", (0,)),
    "faccessat2": ("look", (0,)),
    "readlinkat": ("look", (0,)),
    "unlinkat": ("write", (0,)),
    "mkdirat": ("write", (0,)),
    "fchmodat": ("write", (0,)),
    "renameat": ("write", (0, 2)),
    "renameat2": ("write", (0, 2)),
    "linkat": ("write", (0, 2)),
    "symlinkat": ("write", (1,)),
}
"""The same for calls that take a folder's descriptor, its place, before each path."""

CALLS = {*OPENING, *LISTING, *MOVING, *_PLAIN, *_BELOW}

_WRITING = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC")


@dataclass(frozen=True, slots=True)
class Touched:
    """A path that a call names."""

    path: str
    access: Access


def touched(call: Call, folder: str, opened: Mapping[int, str]) -> Iterator[Touched]:
    """What a call touches; `opened` are paths by descriptor, `folder` the working directory."""
    if call.name in LISTING:
        if place := opened.get(descriptor(call.arguments[0]) if call.arguments else -1):
            yield Touched(place, "list")
    elif call.name in OPENING:
        first = 1 if call.name in {"openat", "openat2"} else 0
        if path := _path(call, first, folder, opened, below=first == 1):
            yield Touched(path, _how(call))
    else:
        access, places = _PLAIN.get(call.name) or _BELOW.get(call.name) or ("look", (0,))
        below = call.name in _BELOW
        for number in places:
            if path := _path(call, number + below, folder, opened, below=below):
                yield Touched(path, access)


def _how(call: Call) -> Access:
    flags = call.arguments[-2:] if call.name == "openat" else call.arguments
    said = " ".join(flags)
    if call.name == "creat" or any(flag in said for flag in _WRITING):
        return "write"
    return "look" if "O_PATH" in said or "O_DIRECTORY" in said else "read"


def _path(
    call: Call, place: int, folder: str, opened: Mapping[int, str], *, below: bool
) -> str | None:
    if place >= len(call.arguments) or not call.arguments[place].startswith('"'):
        return None
    path = next(strings(call.arguments[place]), "")
    if not path:
        return None  # a question about an open file, whose opening was seen
    base = folder
    if below and not call.arguments[place - 1].startswith("AT_FDCWD"):
        number = descriptor(call.arguments[place - 1])
        base = opened.get(number, f"/proc/self/fd/{number}")
    return absolute(path, base)


def absolute(path: str, base: str) -> str:
    """A path without `.` and `..`: the name that was asked for, not where links lead."""
    joined = posixpath.normpath(posixpath.join(base, path))
    return "/" + joined.lstrip("/")


def descriptor(argument: str) -> int:
    """The number of a descriptor; -1 if the argument is none."""
    return int(argument) if argument.isdecimal() else -1
