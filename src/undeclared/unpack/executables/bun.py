"""Programs that `bun build --compile` put into an executable.

Bun's `src/StandaloneModuleGraph.zig`, and what real executables of 1.0 to 1.4 have: the data, then
the table of offsets, then a trailer. It lies in a section `.bun` (ELF since 1.3.9, PE) or
`__BUN,__bun` (Mach-O) after its own size, as u32 or u64; or at the end of the file, before the size
of the whole file as u64.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import zstandard

from undeclared.model.code import FileKind
from undeclared.unpack.executables.carve import text_runs
from undeclared.unpack.executables.image import Image
from undeclared.unpack.executables.tail import rfind
from undeclared.unpack.piece import Budget, Embedded, Fault, Piece, Pieces, Unreadable

_TRAILER = b"\n---- Bun! ----\n"
_SECTIONS = (".bun", "__BUN,__bun")
_RECORDS = (52, 36, 32, 28)
"""Bytes per module: pointers, and 4 single bytes. 3 pointers at first (and room to spare), 4 with
bytecode since 1.1.31, 6 with module information and the bytecode's path since 1.3.7. Newest first:
where two fit, the names decide."""
_TABLES = (32, 24)
_CONTROL = re.compile(rb"[\0-\x1f]")
_MAX_MODULES = 200_000


class _Graph(NamedTuple):
    start: int
    data: memoryview
    """Data only, without the table and trailer."""
    end: int
    modules: tuple[int, int]


class _Module(NamedTuple):
    name: str
    contents: tuple[int, int]
    source_map: tuple[int, int]
    bytecode: tuple[int, int]


def embedded(image: Image, budget: Budget) -> Embedded | None:
    """The program that Bun put into an executable, if it did."""
    whole = image.data
    for name in _SECTIONS:
        part = image.find(name)
        if part:
            section = whole[part.start : part.end]
            at = rfind(section, _TRAILER, len(section))
            if at >= 0:
                return _embedded(whole, part.start, part.start + at, budget)
    at = rfind(whole, _TRAILER, 1 << 20)
    if at < 0 or (at < image.end and not _graph(whole, 0, at)):
        return None
    return _embedded(whole, image.end if image.end <= at else 0, at, budget)


def _embedded(whole: memoryview, floor: int, trailer: int, budget: Budget) -> Embedded:
    graph = _graph(whole, floor, trailer)
    if graph is None:
        end = trailer + len(_TRAILER)
        why = "the table of its Bun program could not be read; long runs of text were taken instead"
        return Embedded(floor, end, _carved(whole[floor:end], why))
    return Embedded(graph.start, graph.end, _files(graph, budget))


def _carved(data: memoryview, why: str) -> Pieces:
    yield Fault("", why)
    for start, end in text_runs(data):
        yield Piece(f"text at {start:#x}", data[start:end])


def _graph(whole: memoryview, floor: int, trailer: int) -> _Graph | None:
    for size in _TABLES:
        table = trailer - size
        if table < floor:
            continue
        count, at, length = struct.unpack_from("<QII", whole, table)
        start = table - count
        if not floor <= start < table or at + length > count or not length:
            continue
        data = whole[start:table]
        return _Graph(start, data, trailer + len(_TRAILER), (at, length))
    return None


def _files(graph: _Graph, budget: Budget) -> Pieces:
    modules = _modules(graph)
    if modules is None:
        yield from _carved(
            graph.data,
            "the modules of its Bun program could not be told apart; long runs of text were "
            "taken instead",
        )
        return
    for module in modules:
        start, length = module.contents
        yield Piece(module.name, graph.data[start : start + length])
        if module.source_map[1]:
            at, size = module.source_map
            try:
                yield from _sources(graph.data[at : at + size], module.name, budget)
            except (Unreadable, zstandard.ZstdError, struct.error, ValueError) as error:
                yield Fault(module.name, f"its source map could not be read: {error}")
    for start, end in _union(module.bytecode for module in modules):
        yield Piece(f"bytecode at {start:#x}", graph.data[start:end], FileKind.BYTECODE)


def _modules(graph: _Graph) -> list[_Module] | None:
    at, length = graph.modules
    for size in _RECORDS:
        if length % size or length // size > _MAX_MODULES:
            continue
        found = [_module(graph.data, at + index * size, size) for index in range(length // size)]
        sound = [module for module in found if module]
        if len(sound) == len(found):
            return sound
    return None


def _module(data: memoryview, at: int, size: int) -> _Module | None:
    """One record; None if it makes no sense, as when records have another size than `size`."""
    count = (size - 4) // 8
    fields = struct.unpack_from(f"<{2 * count}I", data, at)
    pointers = list(zip(fields[::2], fields[1::2], strict=True))
    if any(length and start + length > len(data) for start, length in pointers):
        return None
    (name_at, name_length), contents, source_map, *more = pointers
    if not 0 < name_length <= 4096:
        return None
    name = bytes(data[name_at : name_at + name_length])
    if _CONTROL.search(name):
        return None
    return _Module(
        name.decode(errors="backslashreplace"), contents, source_map, more[0] if more else (0, 0)
    )


def _union(spans: Iterator[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Bytecode of several modules may share its bytes; each is given once."""
    runs: list[tuple[int, int]] = []
    for start, length in sorted(span for span in spans if span[1]):
        if runs and start <= runs[-1][1] + 4096:
            runs[-1] = (runs[-1][0], max(runs[-1][1], start + length))
        else:
            runs.append((start, start + length))
    return runs


def _sources(data: memoryview, name: str, budget: Budget) -> Pieces:
    """The sources of a module: Bun's own form since 1.1.21, before it JSON in zstd."""
    most = budget.limits.max_file_bytes
    if bytes(data[:4]) == zstandard.FRAME_HEADER[:4]:
        text = _decompressed(data, most)
        budget.unpack(len(text))
        yield Piece(f"{name}.map", memoryview(text))
        return
    count, _ = struct.unpack_from("<II", data, 0)
    if 8 + count * 16 > len(data):
        raise Unreadable("its list of sources is cut off")
    for index in range(count):
        name_at, name_size = struct.unpack_from("<II", data, 8 + index * 8)
        text_at, text_size = struct.unpack_from("<II", data, 8 + (count + index) * 8)
        source = bytes(data[name_at : name_at + min(name_size, 4096)])
        text = _decompressed(data[text_at : text_at + text_size], most)
        budget.unpack(len(text))
        yield Piece(f"{name}.map!/{source.decode(errors='backslashreplace')}", memoryview(text))


def _decompressed(data: memoryview, most: int) -> bytes:
    size = zstandard.frame_content_size(data)
    if size > most or (size > 16 << 20 and size > 200 * len(data)):
        raise Unreadable("it grows too much")
    return zstandard.ZstdDecompressor(max_window_size=256 << 20).decompress(
        data, max_output_size=size if size > 0 else 64 << 20
    )
