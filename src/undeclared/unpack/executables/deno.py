"""Programs that `deno compile` put into an executable.

Deno's `cli/standalone/`, and what real executables of 1.46 to 2.9 have. The program begins with
`d3n0l4nd` and lies in a note of ELF, a section of Mach-O, a resource of PE, or at the end of the
file. In it, by age: a bundled script and metadata; an eszip and metadata; or metadata, an npm
snapshot, remote modules and a tree of files, each with its size before it.
"""

import re
import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any

from undeclared.unpack.executables.carve import text_runs
from undeclared.unpack.executables.eszip import MAGICS, eszip
from undeclared.unpack.executables.image import Image, Part
from undeclared.unpack.executables.tail import rfind
from undeclared.unpack.piece import HOSTILE, Budget, Embedded, Fault, Piece, Pieces, Stopped
from undeclared.unpack.tables import parsed

_MAGIC = b"d3n0l4nd"
_TREE = re.compile(
    rb'(?:\[|\{"n(?:ame)?":"[^"]{0,4096}","e(?:ntries)?":\[)\{"(?:Dir|File|Symlink)":'
)
_DEPTH = 100
_TRIES = 20


def embedded(image: Image, budget: Budget) -> Embedded | None:
    """The program that Deno put into an executable, if it did."""
    for part in image.parts:
        if _is_place(part):
            data = image.data[part.start : part.end]
            at = bytes(data[:64]).find(_MAGIC + bytes(0))
            # The note begins with its name, which is the same word.
            again = bytes(data[:64]).find(_MAGIC, at + 8)
            at = again if again >= 0 else max(at, 0)
            return Embedded(part.start, part.end, _program(data[at:], budget))
    tail = rfind(image.data, _MAGIC, 64)
    if tail < 0:
        start = rfind(image.data[image.end :], _MAGIC, 64 << 20) if image.end else -1
        if start < 0 or bytes(image.data[image.end + start + 40 :][:6]) != b"ESZIP2":
            return None
        return _at_end(image, image.end + start, budget)
    # The last eight bytes say how much was appended, as u64, or u32 after a hash.
    for shape, back in (("<Q", 8), ("<I", 4)):
        (size,) = struct.unpack_from(shape, image.data, len(image.data) - back)
        for more in (0, 8, 12, 16, 20, 24):
            start = len(image.data) - size - more
            if 0 <= start < tail and bytes(image.data[start : start + 8]) == _MAGIC:
                return _at_end(image, start, budget)
    if len(image.data) - tail == 24:
        return _trailed(image, tail, budget)
    start = rfind(image.data[:tail], _MAGIC, tail - image.end)
    return _at_end(image, start, budget) if start >= 0 else None


def _is_place(part: Part) -> bool:
    name = part.name
    return name == "note:SUI" or name.endswith(",d3n0l4nd") or name == "resource:10/D3N0L4ND"


def _at_end(image: Image, start: int, budget: Budget) -> Embedded:
    return Embedded(start, len(image.data), _program(image.data[start:], budget))


def _trailed(image: Image, tail: int, budget: Budget) -> Embedded | None:
    """Before 1.46: the program, metadata, then the magic and where both begin, big-endian."""
    start, metadata = struct.unpack_from(">QQ", image.data, tail + 8)
    if not 0 < start <= metadata <= tail:
        return None
    return Embedded(
        start, len(image.data), _older(image.data[start:tail], metadata - start, budget)
    )


def _older(data: memoryview, size: int, budget: Budget) -> Pieces:
    yield Piece("metadata.json", data[size:])
    if bytes(data[:8]) in MAGICS:
        yield from eszip(data[:size], budget)
    else:
        yield Piece("bundle.js", data[:size])


def _program(data: memoryview, budget: Budget) -> Pieces:
    given = 0
    try:
        for piece in _newer(data, budget):
            given += 1
            yield piece
    except Stopped:
        raise
    except HOSTILE as error:
        why = str(error) or type(error).__name__
        yield Fault("", f"the layout of its Deno program is not known here ({why})")
    if not given:
        for start, end in text_runs(data, least=256):
            yield Piece(f"text at {start:#x}", data[start:end])


def _newer(data: memoryview, budget: Budget) -> Pieces:
    if bytes(data[40:46]) == b"ESZIP2":
        yield from eszip(data[40:], budget)
        return
    (size,) = struct.unpack_from("<Q", data, 8)
    at = 16 + size
    yield Piece("metadata.json", data[16:at])
    (size,) = struct.unpack_from("<Q", data, at)
    at += 8 + size
    header, tree = _tree(data, at)
    yield from _remote(data[at : header - 8], budget)
    end = header + struct.unpack_from("<Q", data, header - 8)[0]
    (size,) = struct.unpack_from("<Q", data, end)
    yield from _entries(tree, data[end + 8 : end + 8 + size], "", 0)


def _tree(data: memoryview, at: int) -> tuple[int, Any]:
    """Where the table of files begins, and what it says: it is JSON with its size before it."""
    for found in islice(_TREE.finditer(data[at:]), _TRIES):
        start = at + found.start()
        (size,) = struct.unpack_from("<Q", data, start - 8)
        if 2 <= size <= len(data) - start and bytes(data[start + size - 1 : start + size]) in b"]}":
            try:
                return start, parsed(data[start : start + size])
            except ValueError:
                continue
    raise LookupError("no table of files")


def _entries(tree: Any, files: memoryview, path: str, depth: int) -> Pieces:  # noqa: ANN401
    if depth > _DEPTH:
        yield Fault(path, "its folders are too deep to be read")
        return
    for entry in _either(tree, "e", "entries") if isinstance(tree, dict) else tree:
        ((kind, one),) = entry.items()
        name = f"{path}/{_either(one, 'n', 'name')}"
        if kind == "Dir":
            yield from _entries(one, files, name, depth + 1)
        elif kind == "File":
            yield from _versions(one, files, name)


def _versions(file: dict[str, Any], files: memoryview, name: str) -> Pieces:
    """As written (`o`), as run (`m`), and its source map (`s`); 2.0 had one version only."""
    if "offset" in file:
        file = {"o": [file["offset"], file.get("len")]}
    seen: set[tuple[int, int]] = set()
    for key, label in (("o", name), ("m", f"{name}.js"), ("s", f"{name}.map")):
        span = _span(file.get(key))
        if span and span not in seen and span[1] <= len(files):
            seen.add(span)
            yield Piece(label, files[span[0] : span[1]])
    spans = {span for value in file.values() if (span := _span(value))}
    for start, end in sorted(spans - seen):
        yield Piece(f"{name}.{start:#x}", files[start:end])


def _either(value: dict[str, Any], short: str, long: str) -> Any:  # noqa: ANN401
    """Names in the table of files were long in 2.0."""
    return value[short] if short in value else value[long]


def _span(value: object) -> tuple[int, int] | None:
    if isinstance(value, dict):
        value = [value.get("o"), value.get("l")]
    if not isinstance(value, list) or len(value) != 2:
        return None
    at, size = value
    if not isinstance(at, int) or not isinstance(size, int) or at < 0 or size <= 0:
        return None
    return at, at + size


def _remote(data: memoryview, budget: Budget) -> Pieces:
    """Modules fetched from elsewhere. Their table differs by version; their texts are taken."""
    if len(data) < 64:
        return
    try:
        found = list(_remote_modules(data, budget))
    except HOSTILE:
        yield Fault("remote", "its table of remote modules could not be read; texts were taken")
        for start, end in text_runs(data, least=64):
            yield Piece(f"remote/text at {start:#x}", data[start:end])
    else:
        yield from found


def _remote_modules(data: memoryview, budget: Budget) -> Iterator[Piece]:
    """As 2.1 has them: specifiers with offsets, redirects, then kind, source and what is run."""
    count, redirects = struct.unpack_from("<II", data, 0)
    at = 8
    places: list[tuple[str, int]] = []
    for _ in range(min(count, budget.limits.max_files)):
        text, at = _text(data, at)
        (offset,) = struct.unpack_from("<Q", data, at)
        at += 8
        places.append((bytes(text[:4096]).decode(errors="backslashreplace"), offset))
    for _ in range(2 * min(redirects, budget.limits.max_files)):
        _, at = _text(data, at)
    (size,) = struct.unpack_from("<Q", data, at)
    files = data[at + 8 :]
    if size != len(files):
        raise LookupError("another table")
    for name, offset in places:
        source, after = _text(files, offset + 1)
        yield Piece(name, source)
        if bytes(files[after : after + 1]) == b"\1":
            yield Piece(f"{name}.js", _text(files, after + 1)[0])


def _text(data: memoryview, at: int) -> tuple[memoryview, int]:
    (size,) = struct.unpack_from("<I", data, at)
    if at + 4 + size > len(data):
        raise LookupError("it is cut off")
    return data[at + 4 : at + 4 + size], at + 4 + size
