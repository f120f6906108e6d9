"""Programs in Node.js single executable applications.

Node.js docs, "Single executable applications", and its `src/node_sea.cc`: one blob, injected as a
note of ELF, a section of Mach-O or a resource of PE. All numbers are little-endian, all texts have
their size before them as u64.
"""

import struct
from typing import NamedTuple

from undeclared.model.code import FileKind
from undeclared.unpack.executables.carve import text_runs
from undeclared.unpack.executables.image import Image, Part
from undeclared.unpack.piece import Budget, Embedded, Fault, Piece, Pieces, Unreadable

_MAGIC = 0x0143DA20
_SNAPSHOT, _CODE_CACHE, _ASSETS, _ARGUMENTS = 2, 4, 8, 16
_KNOWN = 31
_PLACES = ("NODE_SEA_BLOB", "NODE_JS_CODE")
"""The second was the name up to Node.js 20.0, and held the code alone."""


class _Blob(NamedTuple):
    path: str
    main: memoryview
    snapshot: bool
    cache: memoryview | None
    assets: list[tuple[str, memoryview]]


def embedded(image: Image, budget: Budget) -> Embedded | None:
    """The program of a single executable application, if it is one."""
    part = next((part for part in image.parts if _is_place(part)), None)
    if part is None:
        return None
    blob = image.data[part.start : part.end]
    if len(blob) >= 8 and struct.unpack_from("<I", blob)[0] != _MAGIC:
        return Embedded(part.start, part.end, iter([Piece("main.js", blob)]))
    return Embedded(part.start, part.end, _files(blob, budget))


def _is_place(part: Part) -> bool:
    # A name of a Mach-O section has at most 16 characters.
    place, _, name = part.name.replace(",__", ":", 1).rpartition(":")
    return name.removeprefix("10/").upper() in _PLACES and place in ("note", "resource", "NODE_SEA")


def _files(data: memoryview, budget: Budget) -> Pieces:
    blob = _parsed(data, budget)
    if blob is None:
        yield Fault("", "its blob is of a version not known here; long runs of text were taken")
        for start, end in text_runs(data, least=64):
            yield Piece(f"text at {start:#x}", data[start:end])
        return
    yield Piece(blob.path, blob.main, FileKind.BYTECODE if blob.snapshot else None)
    if blob.cache:
        yield Piece(f"{blob.path}.cache", blob.cache, FileKind.BYTECODE)
    for name, asset in blob.assets:
        yield Piece(name, asset)


def _parsed(data: memoryview, budget: Budget) -> _Blob | None:
    """The blob, with as many unknown bytes after its flags as make it come out even."""
    (flags,) = struct.unpack_from("<I", data, 4)
    for unknown in range(9):
        try:
            return _read(data, 8 + unknown, flags, budget)
        except (struct.error, Unreadable, UnicodeDecodeError):
            continue
    return None


def _read(data: memoryview, at: int, flags: int, budget: Budget) -> _Blob:
    path, at = _text(data, at)
    name = bytes(path[:4097]).decode()
    if not 0 < len(name) <= 4096 or not name.isprintable():
        raise Unreadable("no path")
    main, at = _text(data, at)
    cache = None
    if flags & _CODE_CACHE and not flags & _SNAPSHOT:
        cache, at = _text(data, at)
    assets: list[tuple[str, memoryview]] = []
    if flags & _ASSETS:
        (count,) = struct.unpack_from("<Q", data, at)
        at += 8
        if count > budget.limits.max_files:
            raise Unreadable("too many assets")
        for _ in range(count):
            key, at = _text(data, at)
            asset, at = _text(data, at)
            assets.append((bytes(key[:4096]).decode(errors="backslashreplace"), asset))
    if not flags & ~_KNOWN and not flags & _ARGUMENTS and len(data) - at > 8:
        raise Unreadable("something is left over")
    return _Blob(name, main, bool(flags & _SNAPSHOT), cache, assets)


def _text(data: memoryview, at: int) -> tuple[memoryview, int]:
    (size,) = struct.unpack_from("<Q", data, at)
    end = at + 8 + size
    if end > len(data):
        raise Unreadable("it is cut off")
    return data[at + 8 : end], end
