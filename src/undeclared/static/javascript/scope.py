"""Which declaration a name belongs to, within one slice."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from tree_sitter import Language, Node, Query, QueryCursor

_DECLARES = """
(variable_declarator name: (_) @variable)
(function_declaration name: (identifier) @function)
(generator_function_declaration name: (identifier) @function)
(class_declaration name: (_) @function)
(function_expression name: (identifier) @self)
(formal_parameters (_) @parameter)
(arrow_function parameter: (identifier) @parameter)
(catch_clause parameter: (_) @parameter)
(for_in_statement left: (_) @loop)
(import_clause (identifier) @import)
(namespace_import (identifier) @import)
(import_specifier) @specifier
"""
FUNCTIONS = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
    }
)
_BLOCKS = FUNCTIONS | {
    "statement_block",
    "for_statement",
    "for_in_statement",
    "switch_body",
    "catch_clause",
    "program",
    "class_static_block",
}
_HOISTED = FUNCTIONS | {"program", "class_static_block"}
_PATTERNS = frozenset({"identifier", "shorthand_property_identifier_pattern", "type_identifier"})


class Binding(NamedTuple):
    """One declaration of a name."""

    name: bytes
    node: Node
    """The identifier that declares it."""
    start: int
    end: int
    """The part of the slice in which the name means this."""
    wide: bool
    """Whether the name is known beyond the slice."""
    parameter: bool


@cache
def _query(language: Language) -> Query:
    return Query(language, _DECLARES)


class Bindings:
    """All declarations in a slice."""

    def __init__(self, language: Language, root: Node, data: bytes) -> None:
        self._data = data
        self._root = root
        self._named: dict[bytes, list[Binding]] = {}
        for kind, nodes in QueryCursor(_query(language)).captures(root).items():
            for node in nodes:
                for identifier in _identifiers(_declared(kind, node)):
                    self._add(kind, node, identifier)

    def _add(self, kind: str, node: Node, identifier: Node) -> None:
        scope = _scope(kind, node)
        name = identifier.text or b""
        made = Binding(
            name,
            identifier,
            scope.start_byte,
            scope.end_byte,
            scope.type == "program" or scope == self._root,
            kind == "parameter",
        )
        self._named.setdefault(name, []).append(made)

    def of(self, name: bytes, place: int) -> Binding | None:
        """What a name means at a place of the slice; None if it is declared elsewhere."""
        found = None
        for binding in self._named.get(name, ()):
            inside = binding.start <= place < binding.end
            if inside and (found is None or binding.end - binding.start < found.end - found.start):
                found = binding
        return found

    def uses(self, name: bytes, start: int = 0, end: int | None = None) -> Iterator[Node]:
        """The identifiers of that name in a part of the slice, declared there or not."""
        for match in _word(name).finditer(
            self._data, start, len(self._data) if end is None else end
        ):
            node = self._root.descendant_for_byte_range(match.start(), match.end())
            if node is not None and node.type in NAMES and node.end_byte == match.end():
                yield node


NAMES = frozenset(
    {"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"}
)


@cache
def _word(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![\w$])" + re.escape(name) + rb"(?![\w$])")


def _declared(kind: str, node: Node) -> Node:
    if kind == "specifier":
        return node.child_by_field_name("alias") or node.child_by_field_name("name") or node
    if kind == "parameter":
        return node.child_by_field_name("pattern") or node
    return node


def _identifiers(pattern: Node) -> Iterator[Node]:
    """The names that a pattern declares, defaults and keys left out."""
    stack = [pattern]
    while stack:
        node = stack.pop()
        if node.type in _PATTERNS:
            yield node
        elif node.type in ("assignment_pattern", "object_assignment_pattern"):
            left = node.child_by_field_name("left")
            stack.extend([left] if left else [])
        elif node.type == "pair_pattern":
            value = node.child_by_field_name("value")
            stack.extend([value] if value else [])
        elif node.type in ("object_pattern", "array_pattern", "rest_pattern"):
            stack.extend(node.named_children)


def _scope(kind: str, node: Node) -> Node:
    hoisted = False
    if kind == "variable":
        statement = node.parent and node.parent.parent
        hoisted = statement is not None and statement.type == "variable_declaration"
    at = node.parent
    if kind in ("function", "self") and at is not None and kind == "function":
        at = at.parent
    while at is not None and at.parent is not None:
        if at.type in (_HOISTED if hoisted else _BLOCKS):
            return at
        at = at.parent
    return at or node
