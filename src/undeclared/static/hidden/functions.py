"""Decoders that a program brings along: cut out with what they need, and run on their literals.

A function that makes characters of codes, or text of base64, and is called with literals, is a
decoder whatever it does between. It is cut out of the code by its name, with the definitions it
uses, and run in the interpreter.
"""

import re
import time
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from undeclared.static.hidden.candidate import Candidate
from undeclared.static.hidden.interpreter import GaveNothing, Interpreter
from undeclared.static.hidden.reading import read
from undeclared.static.hidden.rounds import Found

MAX_FUNCTIONS = 40
MAX_MARKS = 200
"""Places that may belong to a decoder, of each mark."""
MAX_CALLS = 500
"""Of one function."""
_MAX_FUNCTION = 4000
_MAX_DEFINITION = 256 << 10
_MAX_NEEDED = 16
_NEAR = 256 << 10
"""Bytes around a decoder in which it is called, and what it needs is defined."""
_SECONDS = 0.5
"""For finding and cutting out all decoders of one file."""
_BEFORE = 1500
"""Bytes before a mark in which the function that holds it begins."""

_MARKS = (
    b"fromCharCode",
    b"fromCodePoint",
    b"atob(",
    b"base64",
    b"TextDecoder",
    b'"hex"',
    b"'hex'",
    b"decodeURIComponent(",
    b"parseInt(",
)
_DOES = re.compile(
    rb"\^|charCodeAt|codePointAt|\.reverse\(|%|\.split\(|\.map\(|\[\w+\]\s*-|-\s*\w+\b|indexOf"
)
_NAMED = re.compile(
    rb"(?:\bfunction\s*\*?\s*([\w$]+)\s*\(|(?:\b(?:var|let|const)\s+|[,;{\n]\s*)([\w$]+)\s*=\s*"
    rb"(?:function\b|(?:\([^()]{0,80}\)|[\w$]+)\s*=>))"
)
_KEYWORDS = frozenset(["if", "for", "while", "switch", "catch", "return", "function"])
_GLOBALS = frozenset(
    [
        "Array",
        "Boolean",
        "Buffer",
        "Date",
        "Error",
        "JSON",
        "Map",
        "Math",
        "Number",
        "Object",
        "RegExp",
        "Set",
        "String",
        "Symbol",
        "TextDecoder",
        "TextEncoder",
        "Uint8Array",
        "Uint16Array",
        "Uint32Array",
        "arguments",
        "atob",
        "btoa",
        "console",
        "decodeURIComponent",
        "encodeURIComponent",
        "escape",
        "globalThis",
        "isNaN",
        "parseInt",
        "parseFloat",
        "undefined",
        "unescape",
        "window",
        "self",
        "this",
        "process",
        "require",
        "module",
        "exports",
    ]
)
_ARGUMENT = frozenset(["string", "number", "array", "template_string", "unary_expression"])


class _Piece(NamedTuple):
    """A definition cut out of the code."""

    name: str
    start: int
    end: int
    text: str
    needs: frozenset[str]


def decoded(
    data: bytes, interpreter: Interpreter, taken: list[tuple[int, int]]
) -> tuple[list[Found], list[str]]:
    """What the program's own decoders give for their literals, and what could not be run.

    `taken`: places that are decoded already.
    """
    found: list[Found] = []
    problems: list[str] = []
    began = time.process_time()
    for piece in _decoders(data, began + _SECONDS):
        calls = [call for call in _calls(data, piece) if not _within(call, taken)]
        if not calls:
            continue
        code = "\n".join(_program(data, piece))
        try:
            said = interpreter.ask(code, [text for _, _, text in calls])
        except GaveNothing as problem:
            problems.append(f"the decoder {piece.name!r} was not run to its end: {problem}")
            continue
        late = sorted({one for one in said if isinstance(one, str) and "interrupted" in one})
        problems += [f"the decoder {piece.name!r} was stopped: {one}" for one in late[:1]]
        found += _answers(calls, said)
    return found, problems


def _within(call: tuple[int, int, str], taken: list[tuple[int, int]]) -> bool:
    return any(start < call[1] and call[0] < end for start, end in taken)


def _answers(
    calls: list[tuple[int, int, str]], said: list[tuple[str, ...] | str]
) -> Iterator[Found]:
    """One for every call that gives constants, or one for all where each gives a single text."""
    singles: list[tuple[int, int, str]] = []
    for (start, end, text), texts in zip(calls, said, strict=True):
        if isinstance(texts, str) or not texts:
            continue
        if len(texts) == 1 and texts[0] in text:
            continue
        reading = read([one.encode("utf-8", "replace") for one in texts])
        several = reading is not None and len(reading.entries) > 1
        if reading is not None and (several or reading.specific == 1):
            steps = ("function of the program", *reading.steps)
            found = Candidate(start, end, ())
            yield Found(found, steps, reading, 0.95 if reading.specific else 0.8, reading.bits)
        elif len(texts) == 1 and texts[0].isprintable():
            singles.append((start, end, texts[0]))
    different = dict.fromkeys(text for _, _, text in singles)
    if len(different) >= 3:
        reading = read([text.encode() for text in different])
        if reading is not None and reading.bits >= 2.2 * sum(map(len, different)):
            place = Candidate(singles[0][0], singles[0][1], ())
            steps = ("function of the program",)
            whole = reading._replace(entries=tuple(different))
            yield Found(place, steps, whole, 0.8, reading.bits)


def _decoders(data: bytes, until: float) -> Iterator[_Piece]:
    seen: set[int] = set()
    for mark in _MARKS:
        at = data.find(mark)
        count = 0
        while at >= 0 and count < MAX_MARKS and len(seen) < MAX_FUNCTIONS:
            if time.process_time() > until:
                return
            count += 1
            piece = _holding(data, at)
            if piece is not None and piece.start not in seen:
                seen.add(piece.start)
                yield piece
            at = data.find(mark, at + len(mark))


def _holding(data: bytes, at: int) -> _Piece | None:
    """The innermost named function around a place, if it looks like a decoder that is called."""
    low = max(0, at - _BEFORE)
    for named in reversed(list(_NAMED.finditer(data, low, at))):
        name = named[1] or named[2]
        if name.decode() in _KEYWORDS:
            continue
        piece = _definition(data, named.start(1 if named[1] else 2), name.decode())
        if piece is None or not piece.start <= at < piece.end:
            continue
        if piece.end - piece.start > _MAX_FUNCTION or not _DOES.search(piece.text.encode()):
            return None
        low, high = max(0, piece.start - _NEAR), piece.end + _NEAR
        called = re.compile(rb"(?<![\w$.])" + re.escape(name) + rb"\(\s*[\"'`\[\w$-]")
        return piece if called.search(data, low, high) else None
    return None


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))


def _definition(data: bytes, at: int, name: str) -> _Piece | None:
    """The definition whose name is at a place: a function, or a variable with its value."""
    head = data[max(0, at - 30) : at]
    function = re.search(rb"(?:async\s+)?function\s*\*?\s*$", head)
    for size in (2048, 16 << 10, _MAX_DEFINITION):
        prefix = b"function " if function else b"var "
        tree = _parser().parse(prefix + data[at : at + size])
        first = next(iter(tree.root_node.named_children), None)
        if first is not None and not function:
            first = next(iter(first.named_children), None)
        if first is None:
            return None
        end = first.end_byte - len(prefix)
        whole = end < size - 64 and not first.has_error
        if whole and first.type in ("function_declaration", "variable_declarator"):
            text = (first.text or b"").decode(errors="replace")
            names = frozenset(_free(first)) - {name}
            return _Piece(name, at, at + end, text if function else f"var {text}", names)
        if at + size >= len(data):
            return None
    return None


def _free(root: Node) -> Iterator[str]:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in ("identifier", "shorthand_property_identifier"):
            yield (node.text or b"").decode(errors="replace")
        stack.extend(node.children)


def _needed(data: bytes, name: str, near: int) -> _Piece | None:
    if name in _GLOBALS:
        return None
    defined = re.compile(
        rb"(?:\bfunction\s+("
        + re.escape(name.encode())
        + rb")\s*\(|(?:\b(?:var|let|const)\s+|[,;\n])\s*("
        + re.escape(name.encode())
        + rb")\s*=(?![=>]))"
    )
    best: tuple[int, int] | None = None
    for found in defined.finditer(data, max(0, near - _NEAR), near + _NEAR):
        at = found.start(1 if found[1] else 2)
        if best is None or abs(at - near) < best[0]:
            best = (abs(at - near), at)
    return _definition(data, best[1], name) if best else None


def _program(data: bytes, piece: _Piece) -> list[str]:
    """The function and all that it needs, in the order of the code."""
    pieces = {piece.name: piece}
    open_names = list(piece.needs)
    locals_ = set(
        re.findall(r"(?:var|let|const|function|[(,])\s*([\w$]+)\s*(?==[^=]|[,)])", piece.text)
    )
    while open_names and len(pieces) < _MAX_NEEDED:
        name = open_names.pop(0)
        if name in pieces or (name in locals_ and len(pieces) == 1):
            continue
        needed = _needed(data, name, piece.start)
        if needed is not None and len(needed.text) <= _MAX_DEFINITION:
            pieces[name] = needed
            open_names.extend(needed.needs)
    texts = [one.text for one in sorted(pieces.values(), key=lambda one: one.start)]
    functions = [text for text in texts if text.startswith("function")]
    return [*functions, *(_guarded(text) for text in texts if not text.startswith("function"))]


def _guarded(text: str) -> str:
    """A variable whose value cannot be had here must not keep the rest from running."""
    name, _, value = text.removeprefix("var ").partition("=")
    return f"var {name.strip()}; try {{ {name.strip()} = {value} }} catch (error) {{}}"


def _calls(data: bytes, piece: _Piece) -> Iterator[tuple[int, int, str]]:
    """Calls with nothing but literals, or variables that hold them: place and text."""
    pattern = re.compile(rb"(?<![\w$.])" + re.escape(piece.name.encode()) + rb"\(")
    low, high = max(0, piece.start - _NEAR), piece.end + _NEAR
    for count, found in enumerate(pattern.finditer(data, low, high)):
        if count >= MAX_CALLS:
            return
        at = found.start()
        if piece.start <= at < piece.end or data[max(0, at - 9) : at].rstrip().endswith(
            b"function"
        ):
            continue
        for size in (256, 8 << 10, _MAX_DEFINITION):
            tree = _parser().parse(b"x=" + data[at : at + size])
            call = _first(tree.root_node, "call_expression", 2)
            if call is not None and not call.has_error and call.end_byte - 2 < size:
                text = _as_literals(data, call, at)
                if text is not None:
                    yield at, at + call.end_byte - 2, text
                break


def _first(root: Node, kind: str, start: int) -> Node | None:
    """The innermost node of a kind that begins at a place."""
    node: Node | None = root
    found = None
    while node is not None:
        if node.type == kind and node.start_byte == start:
            found = node
        node = next((child for child in node.children if child.end_byte > start), None)
    return found


def _as_literals(data: bytes, call: Node, near: int) -> str | None:
    """The call with its variables replaced by what they hold; None if one is no literal."""
    function, arguments = (
        call.child_by_field_name("function"),
        call.child_by_field_name("arguments"),
    )
    if function is None or arguments is None:
        return None
    texts = []
    for argument in arguments.named_children:
        text = (argument.text or b"").decode(errors="replace")
        if argument.type == "identifier":
            held = _needed(data, text, near)
            if held is None or not re.match(r"var [\w$]+\s*=\s*[\"'`\[]", held.text):
                return None
            text = held.text.partition("=")[2].strip()
        elif argument.type not in _ARGUMENT or next(_free(argument), None) is not None:
            return None
        texts.append(text)
    name = (function.text or b"").decode(errors="replace")
    return f"{name}({','.join(texts)})" if texts else None
