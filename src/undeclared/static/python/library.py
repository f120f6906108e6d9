"""The few operations and functions that decoders are made of, each with its limits."""

import base64
import binascii
import codecs
import contextlib
import itertools
import operator as operators
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

Thing: TypeAlias = Any
"""A value of the program that is worked out."""
MAX_SIZE = 64 * 1024
"""Bytes, characters or entries of a value."""
MAX_INTEGER = 1 << 4096


class Unknown(Exception):
    """It cannot be worked out here."""


@dataclass(frozen=True)
class Outside:
    """A function or module that is not of the program."""

    dotted: str


class _Method(NamedTuple):
    receiver: Thing
    name: str


def checked(value: Thing) -> Thing:
    """The value, if it is not too large. Raises Unknown."""
    if isinstance(value, int) and not -MAX_INTEGER < value < MAX_INTEGER:
        raise Unknown
    sized = isinstance(value, str | bytes | bytearray | list | tuple | dict | set | frozenset)
    if sized and len(value) > MAX_SIZE:
        raise Unknown
    return value


@contextlib.contextmanager
def _known() -> Iterator[None]:
    try:
        yield
    except (
        ValueError, TypeError, KeyError, IndexError, ArithmeticError, LookupError,
        AttributeError, zlib.error, StopIteration,
    ) as error:  # fmt: skip
        raise Unknown from error


def constant(text: str, kind: str) -> Thing:
    """A constant as a Python value. Raises Unknown."""
    if kind == "number":
        with _known():
            if len(text) > 400:
                raise Unknown
            return checked(int(text.replace("_", ""), 0))
    return text.encode("latin-1", "replace") if kind == "bytes" else text


_OPERATIONS: dict[str, Callable[[Thing, Thing], Thing]] = {
    "+": operators.add,
    "-": operators.sub,
    "^": operators.xor,
    "&": operators.and_,
    "|": operators.or_,
    "%": operators.mod,
    "//": operators.floordiv,
    ">>": operators.rshift,
}


def operate(operator: str, one: Thing, two: Thing) -> Thing:
    """One operation. Raises Unknown."""
    if operator == "%" and not (isinstance(one, int) and isinstance(two, int)):
        raise Unknown
    with _known():
        if operator == "*":
            sizes = [len(own) if hasattr(own, "__len__") else abs(own) for own in (one, two)]
            numbers = isinstance(one, int) and isinstance(two, int)
            if not numbers and sizes[0] * sizes[1] > MAX_SIZE:
                raise Unknown
            return checked(one * two)
        if operator in ("<<", "**"):
            if not isinstance(one, int) or not isinstance(two, int) or not 0 <= two <= 512:
                raise Unknown
            return checked(one << two if operator == "<<" else one**two)
        if operator not in _OPERATIONS:
            raise Unknown
        return checked(_OPERATIONS[operator](one, two))


def turned(operator: str, value: Thing) -> Thing:
    """`-x`, `~x`, `+x`. Raises Unknown."""
    if not isinstance(value, int):
        raise Unknown
    return {"-": -value, "~": ~value, "+": value}.get(operator, value)


_COMPARISONS: dict[str, Callable[[Thing, Thing], Thing]] = {
    "==": operators.eq,
    "!=": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
    "in": lambda one, two: one in two,
    "not in": lambda one, two: one not in two,
    "is": operators.is_,
    "is not": operators.is_not,
}


def compare(operator: str, one: Thing, two: Thing) -> bool:
    """One comparison. Raises Unknown."""
    if isinstance(one, Outside) or isinstance(two, Outside):
        raise Unknown
    with _known():
        return bool(_COMPARISONS[operator](one, two))


def listed(value: Thing) -> list[Thing]:
    """The elements of a value. Raises Unknown."""
    if isinstance(value, str | bytes | bytearray | list | tuple | dict | range):
        if len(value) > MAX_SIZE:
            raise Unknown
        return list(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    raise Unknown


def unique(values: Thing) -> frozenset[Thing]:
    """A set. Raises Unknown."""
    with _known():
        return frozenset(listed(values))


def total(parts: list[Thing]) -> Thing:
    """Texts one after the other. Raises Unknown."""
    with _known():
        return checked((b"" if isinstance(parts[0], bytes) else "").join(parts))


def item(holder: Thing, key: Thing) -> Thing:
    """An element or a part. Raises Unknown."""
    if not isinstance(holder, str | bytes | bytearray | list | tuple | dict | range):
        raise Unknown
    with _known():
        return holder[key]


def put(holder: Thing, key: Thing, value: Thing) -> None:
    """Set an element. Raises Unknown."""
    if not isinstance(holder, list | bytearray | dict):
        raise Unknown
    with _known():
        holder[key] = value
        checked(holder)


def member(receiver: Thing, name: str) -> Thing:
    """A member of a module, or a method."""
    if isinstance(receiver, Outside):
        return Outside(f"{receiver.dotted}.{name}")
    return _Method(receiver, name)


_FEW, _PIECE = 3, 3
"""Parts of a text, and their characters on average, up to which one reads them in its parts."""

_METHODS: dict[type, frozenset[str]] = {
    str: frozenset({
        "split", "rsplit", "join", "encode", "lower", "upper", "strip", "lstrip", "rstrip",
        "replace", "startswith", "endswith", "find", "index", "removeprefix", "removesuffix",
        "partition", "splitlines", "swapcase", "casefold", "isdigit", "isalpha", "count",
        "isupper", "islower", "isalnum",
    }),
    bytes: frozenset({"decode", "split", "join", "hex", "replace", "strip", "find", "lower"}),
    bytearray: frozenset({"decode", "append", "extend", "hex", "reverse"}),
    list: frozenset({"append", "extend", "reverse", "index", "pop", "insert", "copy", "sort"}),
    dict: frozenset({"get", "items", "keys", "values"}),
}  # fmt: skip


def decodes(callee: Thing, given: list[Thing]) -> bool:
    """Whether a function of the library makes of what is written what nobody reads in it.

    Texts that are split, cut, replaced and put together stay legible, but for single signs.
    """
    if isinstance(callee, Outside):
        return callee.dotted in _DECODERS
    if not isinstance(callee, _Method) or callee.name != "join" or not given:
        return False
    parts = given[0] if isinstance(given[0], list) else []
    return len(parts) > _FEW and sum(map(len, parts)) <= _PIECE * len(parts)


def call(
    callee: Thing, given: list[Thing], named: dict[str, Thing],
    back: Callable[[Thing, list[Thing], dict[str, Thing]], Thing],
) -> Thing:  # fmt: skip
    """What a function of the library gives; `back` calls one of the program. Raises Unknown."""
    with _known():
        if isinstance(callee, _Method):
            return _method(callee, given, named)
        if not isinstance(callee, Outside):
            raise Unknown
        if callee.dotted == "map":
            columns = [listed(own) for own in given[1:]]
            return [back(given[0], list(row), {}) for row in zip(*columns, strict=False)]
        if callee.dotted == "filter":
            return [own for own in listed(given[1]) if back(given[0], [own], {})]
        known = _FUNCTIONS.get(callee.dotted)
        if known is None or any(isinstance(own, Outside) for own in given):
            raise Unknown
        return checked(known(*given, **named))


def _method(callee: _Method, given: list[Thing], named: dict[str, Thing]) -> Thing:
    kind = type(callee.receiver)
    if callee.name not in _METHODS.get(kind, frozenset()):
        raise Unknown
    if callee.name == "join":
        given = [listed(given[0])]
    if callee.name in ("replace", "sort") and (named or len(given) > 2):
        raise Unknown
    if callee.name == "replace" and len(given[1]) * (len(callee.receiver) + 1) > MAX_SIZE:
        raise Unknown
    made = getattr(callee.receiver, callee.name)(*given, **named)
    checked(callee.receiver)
    return list(made) if kind is dict and callee.name != "get" else checked(made)


def _inflated(data: bytes, wbits: int) -> bytes:
    inflater = zlib.decompressobj(wbits)
    made = inflater.decompress(data, MAX_SIZE)
    if inflater.unconsumed_tail:
        raise Unknown
    return made


def _decoded(text: Thing, form: str) -> Thing:
    if form in ("rot13", "rot_13"):
        return codecs.decode(text, "rot13")
    if form in ("hex", "base64"):
        return codecs.decode(text, form)
    raise Unknown


def _cycled(values: Thing) -> list[Thing]:
    own = listed(values)
    return list(itertools.islice(itertools.cycle(own), 4_096)) if own else []


def _range(*bounds: int) -> range:
    made = range(*bounds)
    if len(made) > MAX_SIZE:
        raise Unknown
    return made


def _bytes(value: Thing = b"", *rest: Thing) -> bytes:
    if isinstance(value, int):
        raise Unknown
    return value.encode(*rest) if isinstance(value, str) else bytes(listed(value))


def written(value: Thing) -> str:
    """What stands in a text for a value. Raises Unknown."""
    if not isinstance(value, str | bytes | int | float):
        raise Unknown
    return str(value)


def _text(value: Thing = "", *rest: Thing) -> str:
    return value.decode(*rest) if isinstance(value, bytes) and rest else written(value)


_FUNCTIONS: dict[str, Callable[..., Thing]] = {
    "len": len,
    "chr": chr,
    "ord": ord,
    "int": int,
    "str": _text,
    "bytes": _bytes,
    "bytearray": lambda value=b"": bytearray(_bytes(value)),
    "bytes.fromhex": bytes.fromhex,
    "bytearray.fromhex": bytearray.fromhex,
    "list": lambda values=(): listed(values),
    "tuple": lambda values=(): tuple(listed(values)),
    "set": lambda values=(): unique(values),
    "frozenset": lambda values=(): unique(values),
    "sorted": lambda values: sorted(listed(values)),
    "reversed": lambda values: listed(values)[::-1],
    "range": _range,
    "enumerate": lambda values, start=0: list(enumerate(listed(values), start)),
    "zip": lambda *columns: list(zip(*map(listed, columns), strict=False)),
    "sum": lambda values: sum(listed(values)),
    "min": min,
    "max": max,
    "abs": abs,
    "divmod": divmod,
    "itertools.cycle": _cycled,
    "base64.b64decode": lambda data, *_: base64.b64decode(data),
    "base64.standard_b64decode": base64.standard_b64decode,
    "base64.urlsafe_b64decode": base64.urlsafe_b64decode,
    "base64.b32decode": base64.b32decode,
    "base64.b16decode": lambda data: base64.b16decode(data, casefold=True),
    "base64.b85decode": base64.b85decode,
    "base64.a85decode": base64.a85decode,
    "binascii.unhexlify": binascii.unhexlify,
    "binascii.a2b_hex": binascii.unhexlify,
    "binascii.a2b_base64": binascii.a2b_base64,
    "codecs.decode": _decoded,
    "str.lower": str.lower,
    "str.upper": str.upper,
    "str.strip": str.strip,
    "str.casefold": str.casefold,
    "urllib.parse.unquote": urllib.parse.unquote,
    "zlib.decompress": lambda data: _inflated(data, zlib.MAX_WBITS),
    "gzip.decompress": lambda data: _inflated(data, zlib.MAX_WBITS | 16),
}
_DECODERS = frozenset({
    "chr", "bytes", "bytearray", "reversed", "codecs.decode", "urllib.parse.unquote",
    *(name for name in _FUNCTIONS if name.startswith(("base64.", "binascii.", "zlib.", "gzip."))),
    *(name for name in _FUNCTIONS if name.endswith(".fromhex")),
})  # fmt: skip
