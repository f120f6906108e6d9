"""Which declaration a name belongs to, within one slice."""

import re
from typing import NamedTuple

from tree_sitter import Node

from undeclared.static.javascript.words import Words

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
_PATTERNS = frozenset(
    {"object_pattern", "array_pattern", "rest_pattern", "pair_pattern", "required_parameter",
     "optional_parameter", "assignment_pattern", "object_assignment_pattern"}
)  # fmt: skip
_DEFAULTS = frozenset({"assignment_pattern", "object_assignment_pattern"})
_DECLARES = {
    "variable_declarator": ("name", "variable"),
    "function_declaration": ("name", "function"),
    "generator_function_declaration": ("name", "function"),
    "class_declaration": ("name", "function"),
    "function_expression": ("name", "self"),
    "arrow_function": ("parameter", "parameter"),
    "catch_clause": ("parameter", "parameter"),
    "for_in_statement": ("left", "loop"),
    "import_clause": ("", "import"),
    "namespace_import": ("", "import"),
    "formal_parameters": ("", "parameter"),
}
"""What declares a name: the field that it stands in, and the sort of it."""


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


class Bindings:
    """The declarations in a slice, of each name that is asked for."""

    def __init__(self, root: Node, data: bytes, words: Words | None = None) -> None:
        self._data = data
        self._root = root
        self._words = words or Words(data)
        self._nodes: dict[int, Node | None] = {}
        self._named: dict[bytes, list[Binding]] = {}
        self._meant: dict[tuple[bytes, int], Binding | None] = {}
        self._used: dict[int, list[Node]] = {}

    def _declared(self, name: bytes) -> list[Binding]:
        found = []
        for place in self._words.places(name):
            if not _may_declare(self._data, place, place + len(name)):
                continue
            node = self._identifier(place, len(name))
            kind, declaring = _declaration(node) if node is not None else ("", None)
            if node is None or declaring is None:
                continue
            scope = _scope(kind, declaring)
            wide = scope.type == "program" or scope == self._root
            found.append(Binding(name, node, scope.start_byte, scope.end_byte, wide))
        return found

    def of(self, name: bytes, place: int) -> Binding | None:
        """What a name means at a place of the slice; None if it is declared elsewhere."""
        key = (name, place)
        if key not in self._meant:
            self._meant[key] = self._of(name, place)
        return self._meant[key]

    def _of(self, name: bytes, place: int) -> Binding | None:
        declared = self._named.get(name)
        if declared is None:
            declared = self._named[name] = self._declared(name)
        found = None
        for binding in declared:
            inside = binding.start <= place < binding.end
            if inside and (found is None or binding.end - binding.start < found.end - found.start):
                found = binding
        return found

    def uses(self, binding: Binding) -> list[Node]:
        """The identifiers that mean what one of these bindings declares, that one among them."""
        key = binding.node.id
        if key not in self._used:
            size = len(binding.name)
            self._used[key] = [
                node
                for place in self._words.within(binding.name, binding.start, binding.end)
                if self.of(binding.name, place) is binding
                and (node := self._identifier(place, size)) is not None
                and node.type in NAMES
            ]
        return self._used[key]

    def _identifier(self, place: int, size: int) -> Node | None:
        """The identifier at a place."""
        if place not in self._nodes:
            node = self._root.descendant_for_byte_range(place, place + size)
            named = (
                node is not None
                and node.end_byte == place + size
                and (node.type in NAMES or node.type == "type_identifier")
            )
            self._nodes[place] = node if named else None
        return self._nodes[place]


NAMES = frozenset(
    {"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"}
)

_AFTER = frozenset(b" \t\n\r=,)}];:?!<{/(")
_BEFORE = frozenset(b" \t\n\r(,{[:*/")
_ARROW = re.compile(rb"\s*=>")
_FUNCTION = re.compile(rb"(?:\bfunction|\*)[\s*]*(?:/\*[^*]*\*/\s*)?$")


def _may_declare(data: bytes, start: int, end: int) -> bool:
    """Whether the bytes around a name leave it open that it is declared there; most uses do not."""
    after = data[end] if end < len(data) else 0x20
    if after not in _AFTER:
        return False
    if start and data[start - 1] not in _BEFORE:
        return data.endswith(b"...", 0, start) or _ARROW.match(data, end) is not None
    if after == 0x28:
        return _FUNCTION.search(data, max(0, start - 80), start) is not None
    return after != 0x3D or data[end + 1 : end + 2] != b"="


def _declaration(name: Node) -> tuple[str, Node | None]:
    """What declares a name where it stands, and its sort; None if nothing does."""
    node = name
    parent = node.parent
    while parent is not None and parent.type in _PATTERNS:
        if parent.type in _DEFAULTS and parent.child_by_field_name("left") != node:
            return "", None
        node, parent = parent, parent.parent
    kind = parent.type if parent is not None else ""
    if parent is None or kind == "import_specifier":
        local = parent and (
            parent.child_by_field_name("alias") or parent.child_by_field_name("name")
        )
        return "import", node if local == node else None
    field, sort = _DECLARES.get(kind, (None, ""))
    if field is None or (field and parent.child_by_field_name(field) != node):
        return "", None
    return sort, node


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
