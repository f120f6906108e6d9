"""Reading the JSON of others without paying any price."""

import json
from typing import Any

from undeclared.unpack.piece import Unreadable

_MOST = 64 << 20
_VALUES = 8_000_000
"""Lists and objects, of 64 bytes each or more in memory, where the text has two."""


def parsed(data: memoryview) -> Any:  # noqa: ANN401
    """The value that a JSON text says.

    Raises Unreadable if it is too long, too deep or has too many parts, ValueError if it is none.
    """
    if len(data) > _MOST:
        raise Unreadable(f"JSON of more than {_MOST} bytes is not read")
    text = bytes(data)
    if text.count(b"[") + text.count(b"{") > _VALUES:
        raise Unreadable(f"JSON of more than {_VALUES} parts is not read")
    try:
        return json.loads(text.removeprefix(b")]}'").decode("utf-8-sig", "replace"))
    except RecursionError as error:
        raise Unreadable("its JSON is nested too deeply") from error
