"""Programs that `nexe` put into a Node.js executable.

Its `src/compiler.ts`: after the executable the script, then the resources, then a footer of
`<nexe~~sentinel>` and the sizes of both as doubles. The script begins with a table of the
resources.
"""

import json
import re
import struct

from undeclared.unpack.executables.image import Image
from undeclared.unpack.executables.tail import rfind
from undeclared.unpack.piece import Budget, Embedded, Piece, Pieces, Unreadable

_SENTINEL = b"<nexe~~sentinel>"
_WITHIN = 16_000
"""So far from the end nexe itself looks."""
_TABLE = re.compile(rb"process\.__nexe\s*=\s*(?=\{)")


def embedded(image: Image, budget: Budget) -> Embedded | None:
    """The program that nexe put into an executable, if it did."""
    data = image.data
    footer = rfind(data, _SENTINEL, _WITHIN)
    if footer < 0:
        return None
    script, resources = (int(size) for size in struct.unpack_from("<dd", data, footer + 16))
    start = footer - resources - script
    if min(start, script, resources) < 0:
        raise Unreadable("its sizes make no sense")
    middle = start + script
    return Embedded(start, footer + 32, _files(data[start:middle], data[middle:footer]))


def _files(script: memoryview, resources: memoryview) -> Pieces:
    yield Piece("nexe.js", script)
    table = _resources(bytes(script))
    if not table and resources:
        # Newer versions keep them as a zip archive.
        yield Piece("resources", resources)
    for name, span in table.items():
        at, length = span
        yield Piece(name, resources[at : at + length])


def _resources(script: bytes) -> dict[str, tuple[int, int]]:
    found = _TABLE.search(script)
    if not found:
        return {}
    try:
        value, _ = json.JSONDecoder().raw_decode(script[found.end() :].decode("utf-8", "replace"))
        table = value["resources"]
        return {
            str(name): (max(0, int(at)), max(0, int(size))) for name, (at, size) in table.items()
        }
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError):
        return {}
