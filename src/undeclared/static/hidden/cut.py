"""Pieces of JavaScript cut out of a program of any size: a definition, and all that it needs.

Only what is cut out is parsed, never the program; positions are byte offsets.
"""

import re
from collections.abc import Iterator
from functools import cache, cached_property, lru_cache

import numpy as np
import tree_sitter_javascript
from tree_sitter import Language, Node, Parser, Tree

from undeclared.static.hidden import names

NEAR = 256 << 10
"""Bytes around a decoder in which it is called, and what it needs is defined."""
MAX_PARSED = 32 << 20
"""Bytes that are parsed for one file in all."""
MAX_DEFINITION = 256 << 10
_MAX_NEEDED = 16
_SIZES = (2 << 10, 16 << 10, MAX_DEFINITION)
"""Bytes that are parsed for one definition: so many, or more if they do not hold all of it."""
_MARGIN = 128
"""Bytes behind a definition that show that it ends there."""
_GUESSED = 4 << 10
"""Bytes of a definition whose end is guessed by its brackets, so that less has to be parsed."""
_WINDOWS = (8 << 10, 64 << 10, NEAR)
"""The nearest definition of a name is meant; it is looked for in ever larger surroundings."""
_AFTER = rb"(?:\s*=(?![=>])|\s*\()"
_DECLARED = re.compile(rb"(?:(\bfunction\s+)|\b(?:var|let|const)\s+|[,;\n]\s*)$")
_FUNCTION = re.compile(rb"(?:async\s+)?function\s*\*?\s*\Z")
_DEFINITIONS = ("function_declaration", "variable_declarator")
_BRACKETS = re.compile(
    rb"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|//[^\n]*|/\*.*?\*/|[][(){},;]",
    re.DOTALL,
)
_GLOBALS = re.compile(
    "Array|Boolean|Buffer|Date|Error|JSON|Map|Math|Number|Object|RegExp|Set|String|Symbol"
    "|TextDecoder|TextEncoder|Uint8Array|Uint16Array|Uint32Array|arguments|atob|btoa|console"
    "|decodeURIComponent|encodeURIComponent|escape|globalThis|isNaN|parseInt|parseFloat"
    "|undefined|unescape|window|self|this|process|require|module|exports"
)


class TooMuch(Exception):
    """So much was parsed for this file that no more is; the text says what that means."""


class Piece:
    """A definition cut out of the code."""

    def __init__(self, name: str, start: int, end: int, text: str, node: Node) -> None:
        self.name, self.start, self.end, self.text = name, start, end, text
        self._node = node

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Names that it uses, in the order of the code."""
        return tuple(one for one in dict.fromkeys(free(self._node)) if one != self.name)


class Code:
    """A program that pieces are cut out of."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._parsed = 0
        self._needed = lru_cache(maxsize=4096)(self._needed_near)
        self.definition = lru_cache(maxsize=4096)(self._definition)
        self._code = np.frombuffer(data, dtype=np.uint8)

    @cached_property
    def called(self) -> names.Names:
        """Functions that are called with a literal, or a variable, first."""
        return names.called(self._code)

    @cached_property
    def _holding(self) -> names.Names:
        return names.holding(self._code)

    def holds(self, name: bytes, near: int) -> bool:
        """Whether a variable of that name holds a literal somewhere near a place."""
        return bool(self._holding.places(name, near - NEAR, near + NEAR))

    def parse(self, text: bytes) -> Tree:
        """Its syntax. Raises TooMuch."""
        self._parsed += len(text)
        if self._parsed > MAX_PARSED:
            raise TooMuch(f"after {MAX_PARSED >> 20} MB of code no further decoder was cut out")
        return _parser().parse(text)

    def _definition(self, at: int, name: str, most: int = MAX_DEFINITION) -> Piece | None:
        """The definition whose name is at a place: a function, or a variable with its value.

        None if there is none, or it has more than `most` bytes. Raises TooMuch.
        """
        function = _FUNCTION.search(self.data, max(0, at - 30), at) is not None
        guess = _end(self.data[at : at + min(most, _GUESSED)], function=function)
        sizes = [guess] if guess else []
        for size in [*sizes, *(min(size, most + _MARGIN) for size in _SIZES)]:
            text = self.data[at : at + size]
            tree = self.parse((b"function " if function else b"var ") + text)
            first = next(iter(tree.root_node.named_children), None)
            if first is not None and not function:
                first = next(iter(first.named_children), None)
            if first is None:
                return None
            end = first.end_byte - len(b"function " if function else b"var ")
            whole = end == size if size == guess else end < size - _MARGIN // 2
            if whole and not first.has_error and first.type in _DEFINITIONS:
                said = (first.text or b"").decode(errors="replace")
                return Piece(name, at, at + end, said if function else f"var {said}", first)
            if size != guess and (at + size >= len(self.data) or size > most):
                return None
        return None

    def needed(self, name: str, near: int) -> Piece | None:
        """The nearest definition of a name. Raises TooMuch."""
        return None if _GLOBALS.fullmatch(name) else self._needed(name, near)

    def _needed_near(self, name: str, near: int) -> Piece | None:
        defined = re.compile(re.escape(name.encode()) + _AFTER)
        for window in _WINDOWS:
            low, high = max(0, near - window), near + window
            places = (
                found.start()
                for found in defined.finditer(self.data, low, high)
                if self._declared(found.start(), function=found[0].endswith(b"("))
            )
            at = min(places, key=lambda place: abs(place - near), default=None)
            if at is not None:
                return self.definition(at, name)
        return None

    def _declared(self, at: int, *, function: bool) -> bool:
        before = _DECLARED.search(self.data[max(0, at - 40) : at])
        return before is not None and bool(before[1]) is function

    def program(self, piece: Piece) -> list[str]:
        """A function and all that it needs, in the order of the code. Raises TooMuch."""
        pieces = {piece.name: piece}
        open_names = list(piece.needs)
        locals_ = set(
            re.findall(r"(?:var|let|const|function|[(,])\s*([\w$]+)\s*(?==[^=]|[,)])", piece.text)
        )
        while open_names and len(pieces) < _MAX_NEEDED:
            name = open_names.pop(0)
            if name in pieces or (name in locals_ and len(pieces) == 1):
                continue
            needed = self.needed(name, piece.start)
            if needed is not None and len(needed.text) <= MAX_DEFINITION:
                pieces[name] = needed
                open_names.extend(needed.needs)
        texts = [one.text for one in sorted(pieces.values(), key=lambda one: one.start)]
        functions = [text for text in texts if text.startswith("function")]
        variables = [text for text in texts if not text.startswith("function")]
        return [*functions, *map(_guarded, variables)]


def _end(text: bytes, *, function: bool) -> int:
    """Where a definition ends, by its brackets; 0 if it goes on behind the text."""
    depth = 0
    for token in _BRACKETS.finditer(text):
        sign = token[0]
        if sign in b"([{":
            depth += 1
        elif sign in b")]}":
            depth -= 1
            if function and not depth and sign == b"}":
                return token.end()
            if depth < 0:
                return token.start()
        elif sign in b",;" and not depth and not function:
            return token.start()
    return 0


def free(root: Node) -> Iterator[str]:
    """Names that a piece of code uses or defines."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in ("identifier", "shorthand_property_identifier"):
            yield (node.text or b"").decode(errors="replace")
        stack.extend(reversed(node.children))


def _guarded(text: str) -> str:
    """A variable whose value cannot be had here must not keep the rest from running."""
    name, _, value = text.removeprefix("var ").partition("=")
    return f"var {name.strip()}; try {{ {name.strip()} = {value} }} catch (error) {{}}"


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))
