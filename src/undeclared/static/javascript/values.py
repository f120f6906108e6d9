"""Constants, and what the language makes of them."""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import NamedTuple

from tree_sitter import Node

from undeclared.static.javascript.naming import plain
from undeclared.static.javascript.program import text

MOST_TEXT = 100_000


class Unknown(NamedTuple):
    """What is not constant."""


class Pattern(NamedTuple):
    """A regular expression, as written."""

    source: str


class Several(list[object]):
    """Any one of these, as an item of a list that is gone through."""


class Octets(list[object]):
    """Bytes, as a Buffer or an array of them has."""


class Hidden(list[object]):
    """Entries of hidden constants."""

    def __init__(self, entries: Sequence[object], id_: str) -> None:
        super().__init__(entries)
        self.id = id_


UNKNOWN = Unknown()

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def part(value: object, key: object) -> object:
    """A part of a constant: an item by its number, a value by its key; `*` is any of them."""
    if isinstance(value, Hidden):
        return Hidden(value, value.id)
    if key == "*" and isinstance(value, list):
        return Several(value)
    if key == "*" and isinstance(value, dict):
        return Several(value.values())
    if isinstance(value, dict) and isinstance(key, str | int):
        return value.get(key, UNKNOWN)
    if isinstance(value, list | str) and isinstance(key, int | str) and str(key).isdecimal():
        index = int(key)
        return value[index] if index < len(value) else UNKNOWN
    if isinstance(value, list | str) and key == "length":
        return len(value)
    return UNKNOWN


def added(one: object, other: object) -> object:
    """The sum of two constants; of each, where one is any of several."""
    if isinstance(one, Hidden):
        return Hidden([added(item, other) for item in one], one.id)
    if isinstance(other, Hidden):
        return Hidden([added(one, item) for item in other], other.id)
    if isinstance(one, Several):
        return Several(added(item, other) for item in one)
    if isinstance(other, Several):
        return Several(added(one, item) for item in other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one + other
    if isinstance(one, str | int | float) and isinstance(other, str | int | float):
        found = f"{one}{other}"
        return found if len(found) <= MOST_TEXT else UNKNOWN
    return UNKNOWN


def method(value: object, name: str, given: list[object]) -> object:
    """What a method of a constant gives."""
    if isinstance(value, Hidden):
        return value
    first = given[0] if given else UNKNOWN
    if isinstance(value, str):
        if name == "split" and isinstance(first, str):
            return list(value) if first == "" else list(value.split(first))
        if name in ("toLowerCase", "toLocaleLowerCase"):
            return value.lower()
        if name in ("toUpperCase", "toLocaleUpperCase"):
            return value.upper()
        if name in ("trim", "toString", "valueOf", "normalize"):
            return value.strip() if name == "trim" else value
        if name in ("slice", "substring") and all(type(one) is int for one in given):
            ends = [one for one in given[:2] if isinstance(one, int)]
            return value[ends[0] if ends else 0 : ends[1] if len(ends) > 1 else None]
        if name == "concat":
            return added(value, first)
        if name == "replace" and isinstance(first, str) and len(given) > 1:
            return value.replace(first, given[1], 1) if isinstance(given[1], str) else UNKNOWN
        if name in ("charCodeAt", "codePointAt", "at", "charAt"):
            index = first if isinstance(first, int) else 0
            sign = value[index : index + 1] if index >= 0 else ""
            return (
                UNKNOWN
                if not sign
                else ord(sign)
                if name.startswith("c") and "Code" in name
                else sign
            )
    if isinstance(value, Octets) and name == "toString":
        raw = bytes(item & 255 for item in value if isinstance(item, int))
        if first in ("hex", "base64"):
            return raw.hex() if first == "hex" else base64.b64encode(raw).decode()
        return raw.decode("latin-1" if first in ("latin1", "binary") else "utf-8", errors="replace")
    if isinstance(value, list):
        if name == "at" and type(first) is int:
            return value[first] if -len(value) <= first < len(value) else UNKNOWN
        if name == "join":
            parts = [item for item in value if isinstance(item, str | int)]
            glue = first if isinstance(first, str) else ","
            return glue.join(map(str, parts)) if len(parts) == len(value) else UNKNOWN
        if name == "reverse":
            return type(value)(value[::-1]) if isinstance(value, Octets) else value[::-1]
        if name == "concat" and isinstance(first, list):
            return value + first
        if name in ("filter", "sort", "flat", "slice", "values", "map", "toSorted") and not (
            name == "map" and given
        ):
            return value
    if isinstance(value, dict):
        if name == "get":
            return part(value, first)
        if name == "keys":
            return list(value)
    return UNKNOWN


def flat(value: object) -> list[object]:
    """All texts and numbers in a constant, in order."""
    if isinstance(value, dict):
        return [key for key in value if isinstance(key, str | int)]
    if isinstance(value, list):
        return [inner for item in value for inner in flat(item)]
    return [] if value is UNKNOWN else [value]


def decoded(value: str, how: str) -> object:
    """Bytes of an encoding that Buffer knows."""
    try:
        if how in ("base64", "base64url"):
            raw = base64.b64decode(value.translate(str.maketrans("-_", "+/")) + "==")
        elif how == "hex":
            raw = bytes.fromhex(value)
        else:
            raw = value.encode("latin-1" if how in ("latin1", "binary") else "utf-8")
        return Octets(raw)
    except (ValueError, binascii.Error):
        return UNKNOWN


def from_codes(codes: list[object]) -> object:
    """The text of some code units."""
    if all(type(code) is int and 0 <= code < 0x110000 for code in codes):
        return "".join(chr(code) for code in codes if isinstance(code, int))
    return UNKNOWN


def unescaped(node: Node) -> str:
    """The text that a string literal stands for."""
    return "".join(
        escaped(child) if child.type == "escape_sequence" else text(child)
        for child in node.named_children
    ) or plain(node)


def escaped(node: Node) -> str:
    """What an escape sequence stands for."""
    code = text(node)[1:]
    digits = re.fullmatch(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}", code)
    if digits is not None:
        value = int(digits[1] or digits[2] or digits[3], 16)
        return chr(value) if value < 0x110000 else ""
    return _ESCAPES.get(code, code)


def number(node: Node) -> object:
    """The number that a literal stands for."""
    written = text(node).replace("_", "").rstrip("n")
    try:
        return int(written, 0)
    except ValueError:
        try:
            return float(written)
        except ValueError:
            return UNKNOWN
