"""The sources that a source map carries (ECMA-426, `sourcesContent`)."""

import base64
import binascii
import re
import urllib.parse

from undeclared.unpack.piece import Budget, Piece, Pieces, Unreadable
from undeclared.unpack.tables import parsed

_INLINE = re.compile(
    rb"sourceMappingURL=data:application/json[^,\s]{0,64},([A-Za-z0-9+/=%_.~!*'()-]{16,})"
)
_HINT = b"sourceMappingURL=data:"


def sources(data: memoryview, budget: Budget) -> Pieces:
    """Every source whose text a map carries, sections (index maps) included."""
    value = parsed(data)
    maps = [value]
    maps += [section["map"] for section in value.get("sections") or ()]
    for one in maps:
        names = one.get("sources") or []
        for index, text in enumerate(one.get("sourcesContent") or ()):
            if isinstance(text, str) and text:
                name = names[index] if index < len(names) else None
                label = name if isinstance(name, str) else f"source {index}"
                yield Piece(label, memoryview(text.encode("utf-8", "surrogatepass")))


def inline(data: memoryview, budget: Budget) -> Pieces:
    """The sources of a map that a script carries in its last line."""
    raw = data.obj if isinstance(data.obj, bytes) and len(data.obj) == len(data) else data
    if _HINT not in bytes(raw):  # much faster than a regular expression
        return
    for found in _INLINE.finditer(raw):
        text = found[1]
        try:
            decoded = (
                base64.b64decode(text + b"==")
                if b";base64," in found[0][:128]
                else urllib.parse.unquote_to_bytes(text)
            )
        except binascii.Error as error:
            raise Unreadable("its inline source map is no base64") from error
        budget.unpack(len(decoded))
        yield from sources(memoryview(decoded), budget)
