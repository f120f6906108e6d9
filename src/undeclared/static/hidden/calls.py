"""Calls of a program's own decoder with nothing but literals, or variables that hold them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from undeclared.static.hidden.cut import MAX_DEFINITION, NEAR, Code, Piece, free

_SIZES = (256, 8 << 10, MAX_DEFINITION)
"""Bytes that are parsed for one call: so many, or more if they do not hold all of it."""
_GIVEN = re.compile(rb"\(\s*(?:[\"'`\[\d-]|([A-Za-z_$][\w$]*)\s*[,)])")
"""How a call begins that is given literals, or variables alone."""
_DEFINES = re.compile(rb"\bfunction\s*\*?\s*$")
_HOLDS = re.compile(r"var [\w$]+\s*=\s*[\"'`\[]")
_ARGUMENT = frozenset(["string", "number", "array", "template_string", "unary_expression"])


class Call(NamedTuple):
    """One call; positions are byte offsets."""

    start: int
    end: int
    text: str
    """What to run: variables are replaced by what they hold."""
    given: tuple[tuple[int, int], ...]
    """Where the literals are that it is given: in the call, or where the variables are defined."""


def called(code: Code, name: bytes, at: int) -> Iterator[int]:
    """Where a function that is defined at a place may be called with literals."""
    data = code.data
    for start in code.called.places(name, at - NEAR, at + NEAR):
        if start == at or _DEFINES.search(data[max(0, start - 12) : start]):
            continue
        given = _GIVEN.match(data, start + len(name), start + len(name) + 100)
        if given is not None and (given[1] is None or code.holds(given[1], start)):
            yield start


def calls(code: Code, piece: Piece) -> Iterator[Call]:
    """Calls of a decoder, without those within itself. Raises TooMuch."""
    for at in called(code, piece.name.encode(), piece.start):
        if piece.start <= at < piece.end:
            continue
        for size in _SIZES:
            tree = code.parse(b"x=" + code.data[at : at + size])
            call = _first(tree.root_node, "call_expression", 2)
            if call is not None and not call.has_error and call.end_byte - 2 < size:
                literal = _as_literals(code, call, at, at + call.end_byte - 2)
                if literal is not None:
                    yield literal
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


def _as_literals(code: Code, call: Node, start: int, end: int) -> Call | None:
    """The call with its variables replaced by what they hold; None if one is no literal."""
    function, arguments = (
        call.child_by_field_name("function"),
        call.child_by_field_name("arguments"),
    )
    if function is None or arguments is None:
        return None
    texts = []
    given = [(start, end)]
    for argument in arguments.named_children:
        text = (argument.text or b"").decode(errors="replace")
        if argument.type == "identifier":
            held = code.needed(text, start) if code.holds(text.encode(), start) else None
            if held is None or not _HOLDS.match(held.text):
                return None
            given.append((held.start, held.end))
            text = held.text.partition("=")[2].strip()
        elif argument.type not in _ARGUMENT or next(free(argument), None) is not None:
            return None
        texts.append(text)
    name = (function.text or b"").decode(errors="replace")
    return Call(start, end, f"{name}({','.join(texts)})", tuple(given)) if texts else None
