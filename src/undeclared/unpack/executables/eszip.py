"""Eszip archives, version 2 (denoland/eszip, `src/v2.rs`): what Deno 1.33 to 1.46 compiles to."""

import struct

from undeclared.unpack.piece import Budget, Piece, Pieces, Unreadable

MAGICS = (b"ESZIP_V2", b"ESZIP2.1", b"ESZIP2.2", b"ESZIP2.3")
_MODULE, _REDIRECT, _NPM = 0, 1, 2


def eszip(data: memoryview, budget: Budget) -> Pieces:
    """The modules of an eszip and the sources of their maps. All numbers are big-endian."""
    magic = bytes(data[:8])
    if magic not in MAGICS:
        raise Unreadable("an eszip of an unknown version")
    at, hashed = 8, 32
    if magic in (b"ESZIP2.2", b"ESZIP2.3"):
        (size,) = struct.unpack_from(">I", data, at)
        options = bytes(data[at + 4 : at + 4 + size])
        # Pairs of option and value: 0 is the kind of checksum (0: none), 1 its size.
        pairs = dict(zip(options[::2], options[1::2], strict=False))
        hashed = pairs.get(1, 32 if pairs.get(0) else 0)
        at += 4 + size + hashed
    (size,) = struct.unpack_from(">I", data, at)
    modules = data[at + 4 : at + 4 + size]
    at += 4 + size + hashed
    if magic != b"ESZIP_V2":
        (size,) = struct.unpack_from(">I", data, at)
        at += 4 + size + hashed
    (size,) = struct.unpack_from(">I", data, at)
    sources = data[at + 4 : at + 4 + size]
    at += 4 + size
    (size,) = struct.unpack_from(">I", data, at)
    maps = data[at + 4 : at + 4 + size]
    yield from _modules(modules, sources, maps, budget)


def _modules(header: memoryview, sources: memoryview, maps: memoryview, budget: Budget) -> Pieces:
    at = 0
    for _ in range(budget.limits.max_files):
        if at >= len(header):
            return
        (size,) = struct.unpack_from(">I", header, at)
        name = bytes(header[at + 4 : at + 4 + min(size, 4096)]).decode(errors="backslashreplace")
        at += 4 + size
        kind = header[at]
        at += 1
        if kind == _MODULE:
            source, length, map_at, map_length, _ = struct.unpack_from(">IIIIB", header, at)
            at += 17
            yield Piece(name, sources[source : source + length])
            if map_length:
                yield Piece(f"{name}.map", maps[map_at : map_at + map_length])
        elif kind == _REDIRECT:
            (size,) = struct.unpack_from(">I", header, at)
            at += 4 + size
        elif kind == _NPM:
            at += 4
        else:
            raise Unreadable(f"a module of kind {kind}")
