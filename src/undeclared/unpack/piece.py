"""What comes out of a container, and what keeps a hostile one from costing too much."""

import lzma
import time
import zipfile
import zlib
from collections.abc import Iterator
from struct import error as struct_error
from typing import NamedTuple

import zstandard

from undeclared.model.code import FileKind
from undeclared.unpack.limits import Limits
from undeclared.unpack.tar import TarError


class Piece(NamedTuple):
    """One file found in a container."""

    name: str
    """As the container says, unchecked: nothing is ever written there."""
    data: memoryview
    kind: FileKind | None = None
    """What the container knows it to be. None: its content tells, and if that is a container
    itself it is opened too."""


class Fault(NamedTuple):
    """A part of a container that could not be taken out, while the rest could."""

    name: str
    """Of the part; empty: of the container itself."""
    what: str


Pieces = Iterator[Piece | Fault]


class Embedded(NamedTuple):
    """A program found in an executable."""

    start: int
    end: int
    """The bytes it takes; what is not in any program is the executable's own."""
    pieces: Pieces


class Unreadable(Exception):
    """A container is damaged or too costly; what came out of it before still counts."""


class Stopped(Exception):
    """The whole unpacking has come to a limit."""


HOSTILE = (
    Unreadable,
    TarError,
    # What the libraries raise on bad input; zipfile alone raises most of these.
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    struct_error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RuntimeError,
    MemoryError,
)
"""Everything that a damaged or misleading container may end in."""


class Budget:
    """What one unpacking has used of its limits. Its clock runs only while we work."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._files = 0
        self._given = 0
        self._unpacked = 0
        self._spent = 0.0
        self._since = time.monotonic()

    def give(self, size: int) -> None:
        """One more file goes to the caller; raises Stopped."""
        self._files += 1
        self._given += size
        if self._files > self.limits.max_files:
            raise Stopped(f"more than {self.limits.max_files} files")
        if self._given > self.limits.max_bytes:
            raise Stopped(f"the files have more than {self.limits.max_bytes} bytes")
        self.check()

    def unpack(self, size: int) -> None:
        """So many bytes were decompressed; raises Stopped."""
        self._unpacked += size
        if self._unpacked > self.limits.max_bytes:
            raise Stopped(f"its archives hold more than {self.limits.max_bytes} bytes")
        self.check()

    def check(self) -> None:
        """Raises Stopped when the time is up."""
        if self._spent + time.monotonic() - self._since > self.limits.seconds:
            raise Stopped(f"unpacking took more than {self.limits.seconds:g} seconds")

    def pause(self) -> None:
        """The caller has the turn."""
        self._spent += time.monotonic() - self._since

    def resume(self) -> None:
        """We have the turn again."""
        self._since = time.monotonic()
