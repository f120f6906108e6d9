"""Programs that `pkg` (Vercel's or yao-pkg's) put into a Node.js executable.

Their `lib/producer.ts` and `lib/packer.ts`: after the executable the payload, and after that the
prelude, a script whose last arguments are the table of files, the entry point, links, and since 5.0
a dictionary of path components and the kind of compression.
"""

import json
import re
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import brotli  # type: ignore[import-untyped]

from undeclared.model.code import FileKind
from undeclared.unpack.executables.image import Image
from undeclared.unpack.executables.tail import rfind
from undeclared.unpack.piece import Budget, Embedded, Fault, Piece, Pieces, Unreadable
from undeclared.unpack.stream import Decompressed, grown, pieces_of, whole

_PRELUDE = b"(function(process, require, console, EXECPATH_FD, PAYLOAD_POSITION, PAYLOAD_SIZE) {"
_MOST = 32 << 20
_TRIES = 200
_TABLE = re.compile(r"\n\},\n(?=\{)")
_BLOB, _CONTENT = "0", "1"
_GZIP, _BROTLI = 1, 2


def embedded(image: Image, budget: Budget) -> Embedded | None:
    """The program that pkg put into an executable, if it did."""
    data = image.data
    start = rfind(data, _PRELUDE, _MOST if image.end < len(data) else 1 << 20)
    if start < 0:
        return None
    prelude = bytes(data[start : start + _MOST])
    values = _arguments(prelude)
    files = values[0]
    spans = [
        span
        for stores in files.values()
        for store, span in stores.items()
        if store.isdigit() and _is_span(span)
    ]
    size = max((at + length for at, length in spans), default=0)
    if size > start:
        raise Unreadable("its table of files leads out of it")
    payload = data[start - size : start]
    own = Piece("pkg-prelude.js", data[start:])
    return Embedded(start - size, len(data), _files(payload, values, own, budget))


def _arguments(prelude: bytes) -> list[Any]:
    """The JSON values at the end of the prelude."""
    text = prelude.decode("utf-8", "replace")
    for found in islice(_TABLE.finditer(text), _TRIES):
        decoder = json.JSONDecoder()
        values: list[Any] = []
        at = found.end()
        try:
            while len(values) < 5:
                value, at = decoder.raw_decode(text, at)
                values.append(value)
                if not text.startswith("\n,\n", at):
                    break
                at += 3
        except (ValueError, RecursionError):
            continue
        if isinstance(values[0], dict) and len(values) >= 2:
            return values
    raise Unreadable("its table of files was not found")


def _is_span(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(one, int) and 0 <= one < 1 << 40 for one in value)
    )


def _files(payload: memoryview, values: list[Any], own: Piece, budget: Budget) -> Pieces:
    yield own
    table, words, method = values[0], {}, 0
    if len(values) > 4 and isinstance(values[3], dict):
        words = {str(key): name for name, key in values[3].items()}
        method = values[4]
    for key, stores in table.items():
        name = "/".join(words.get(part, part) for part in key.split("/")) if method else key
        for store in (_CONTENT, _BLOB):
            if not _is_span(stores.get(store)):
                continue
            at, length = stores[store]
            try:
                data = _decompressed(payload[at : at + length], method, budget)
            except (Unreadable, OSError, EOFError, zlib.error, brotli.error) as error:
                yield Fault(name, f"it could not be decompressed: {error}")
                continue
            if store == _BLOB:
                yield Piece(f"{name}.bytecode", data, FileKind.BYTECODE)
            else:
                yield Piece(name, data)


def _decompressed(data: memoryview, method: int, budget: Budget) -> memoryview:
    if method == _GZIP:
        return whole(pieces_of(Decompressed("gzip", data, budget)), budget)
    if method == _BROTLI:
        return whole(_unbrotli(data, budget), budget)
    if method:
        raise Unreadable(f"compression method {method} is not known")
    return data


def _unbrotli(data: memoryview, budget: Budget) -> Iterator[bytes]:
    """Little by little: the library sets no bound on what one piece gives."""
    decoder = brotli.Decompressor()
    total = 0
    for at in range(0, len(data), 64):
        piece = decoder.process(bytes(data[at : at + 64]))
        total += len(piece)
        grown(total, at + 64, budget)
        budget.unpack(len(piece))
        yield piece
    if not decoder.is_finished():
        raise EOFError("it ends too early")
