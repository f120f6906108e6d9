"""Electron's archives (electron/asar, README, "Format"): a header in JSON, then the files."""

import struct
from typing import Any

from undeclared.unpack.piece import Budget, Fault, Piece, Pieces, Unreadable
from undeclared.unpack.tables import parsed

_DEPTH = 100


def is_asar(head: bytes) -> bool:
    """Whether a file begins as an asar archive does: with the sizes of its header, as pickled."""
    if len(head) < 24:
        return False
    four, whole, inner, text = struct.unpack_from("<IIII", head)
    return four == 4 and whole >= inner > text >= 2 and head[16:24].startswith(b'{"files"')


def asar(data: memoryview, budget: Budget) -> Pieces:
    """Its files. What lies beside it in `….unpacked` is not in it, and comes by itself."""
    whole, _, text = struct.unpack_from("<III", data, 4)
    if 16 + text > len(data):
        raise Unreadable("its header is cut off")
    yield from _folder(parsed(data[16 : 16 + text]), data[8 + whole :], "", 0, budget)


def _folder(
    folder: dict[str, Any], files: memoryview, path: str, depth: int, budget: Budget
) -> Pieces:
    if depth > _DEPTH:
        yield Fault(path, "its folders are too deep to be read")
        return
    for name, entry in folder["files"].items():
        budget.check()
        place = f"{path}/{name}" if path else name
        if "files" in entry:
            yield from _folder(entry, files, place, depth + 1, budget)
        elif "link" not in entry and not entry.get("unpacked"):
            start, size = int(entry["offset"]), int(entry["size"])
            if not 0 <= start <= start + size <= len(files):
                yield Fault(place, "it lies outside of the archive")
            else:
                yield Piece(place, files[start : start + size])
