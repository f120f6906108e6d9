"""Protocol Buffers without their schema: fields by number, from the wire format alone.

https://protobuf.dev/programming-guides/encoding/
"""

from dataclasses import dataclass

MOST_FIELDS = 20_000
_LEAST_TEXT = 4
_HIGHEST = 2000
"""Field numbers beyond this are allowed, and hardly ever used: they speak against a message."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message."""

    number: int
    kind: str
    """`varint`, `fixed64`, `fixed32` or `bytes`."""
    content: bytes
    """Of `bytes`: what it holds; of fixed ones: as sent."""
    value: int = 0
    """Of a varint."""
    overlong: bool = False
    """The varint, the tag or the length takes more bytes than it needs."""


def fields(data: bytes) -> list[Field] | None:
    """The fields of a message, in order; None if the bytes are none to their last."""
    found: list[Field] = []
    at = 0
    while at < len(data):
        if len(found) == MOST_FIELDS:
            return None
        tag = _varint(data, at)
        if tag is None:
            return None
        number, wire = tag[0] >> 3, tag[0] & 7
        at, overlong = tag[1], tag[2]
        if not 1 <= number <= _HIGHEST:
            return None
        if wire == 0:
            value = _varint(data, at)
            if value is None:
                return None
            found.append(Field(number, "varint", b"", value[0], overlong or value[2]))
            at = value[1]
            continue
        if wire == 2:
            length = _varint(data, at)
            if length is None:
                return None
            size, at, overlong = length[0], length[1], overlong or length[2]
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            return None  # groups are long deprecated
        if at + size > len(data):
            return None
        kind = {1: "fixed64", 2: "bytes", 5: "fixed32"}[wire]
        found.append(Field(number, kind, data[at : at + size], 0, overlong))
        at += size
    return found


def plausible(data: bytes, *, depth: int = 0) -> bool:
    """Whether bytes are a message by more than chance: some field of it, or below, is a text.

    Random bytes are messages to their last byte now and then, and hold no text.
    """
    own = fields(data)
    if not own or depth > 8:
        return False
    return any(
        field.kind == "bytes"
        and (is_field_text(field.content) or plausible(field.content, depth=depth + 1))
        for field in own
    )


def is_field_text(content: bytes) -> bool:
    """Whether the content of a field is a text."""
    if len(content) < _LEAST_TEXT:
        return False
    try:
        return all(c.isprintable() or c in "\t\r\n" for c in content.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _varint(data: bytes, at: int) -> tuple[int, int, bool] | None:
    """Value, where it ends, and whether it is longer than it need be."""
    value = shift = 0
    for position in range(at, min(at + 10, len(data))):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position + 1, byte == 0 and position > at
        shift += 7
    return None
