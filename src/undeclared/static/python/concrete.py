"""Works out decoders whose input is constant, within limits and without the Python interpreter.

Only arithmetic, texts, bytes, lists and a few functions of the standard library are known here, and
each of them is carried out by us; anything else ends the attempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.static.python import library, pure
from undeclared.static.python.frame import Frame
from undeclared.static.python.library import Thing, Unknown, checked
from undeclared.static.python.syntax import children, text
from undeclared.static.python.values import Consts, Name, Obj, Value

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter

MAX_STEPS = 60_000
"""Expressions and statements of one attempt."""
MAX_DEPTH = 24
MAX_ENTRIES = 5_000


class _Return(Exception):
    def __init__(self, value: Thing) -> None:
        self.value = value


class Attempt:
    """One attempt to work an expression out."""

    def __init__(self, it: Interpreter, frame: Frame) -> None:
        self._it = it
        self._frame = frame
        self._steps = 0
        self._depth = 0
        self.decodes = False
        """Whether something was done that makes texts of what is none to a reader."""

    def value(self, node: Node) -> Value | None:
        """What a call gives, if everything about it is constant."""
        try:
            return _as_value(self.evaluate(node, {}))
        except (Unknown, _Return, RecursionError):
            return None

    def evaluate(self, node: Node | None, names: dict[str, Thing]) -> Thing:
        """The Python value of an expression. Raises Unknown."""
        if node is None:
            raise Unknown
        self._steps += 1
        if self._steps > MAX_STEPS or self._depth > MAX_DEPTH:
            raise Unknown
        known = pure.EXPRESSIONS.get(node.type)
        if known is None:
            raise Unknown
        self._depth += 1
        try:
            return checked(known(self, node, names))
        finally:
            self._depth -= 1

    def name(self, name: str, names: dict[str, Thing]) -> Thing:
        """The value of a name."""
        if name in names:
            return names[name]
        value = self._frame.scope.get(name)
        if value is None:
            return library.Outside(name)
        return self._from_value(value)

    def _from_value(self, value: Value) -> Thing:
        if len(value) != 1:
            raise Unknown
        (atom,) = value
        if isinstance(atom, Name):
            return library.Outside(atom.dotted)
        if isinstance(atom, Consts) and not atom.partial and len(atom.values) == 1:
            return library.constant(atom.values[0], atom.kind)
        if isinstance(atom, Consts) and not atom.partial:
            return [library.constant(own, atom.kind) for own in atom.values]
        if isinstance(atom, Obj) and atom.kind == "function" and atom.node is not None:
            return atom
        if isinstance(atom, Obj) and atom.kind == "list":
            if atom.fields.keys() == {"*"}:
                whole = self._from_value(atom.fields["*"])
                return whole if isinstance(whole, list) else [whole]
            return [self._from_value(own) for own in atom.fields.values()]
        raise Unknown

    def call(self, callee: Thing, given: list[Thing], named: dict[str, Thing]) -> Thing:
        """What a function gives. Raises Unknown."""
        if isinstance(callee, Obj) and callee.node is not None:
            return self._function(callee.node, given, named, {})
        if isinstance(callee, pure.Closure):
            return self._function(callee.node, given, named, callee.names)
        self.decodes |= library.decodes(callee, given)
        return library.call(callee, given, named, self.call)

    def _function(
        self, node: Node, given: list[Thing], named: dict[str, Thing], outer: dict[str, Thing]
    ) -> Thing:
        names = dict(outer)
        parameters = node.child_by_field_name("parameters")
        for number, part in enumerate(children(parameters) if parameters is not None else []):
            label = text(part.child_by_field_name("name") or part).partition(":")[0].strip()
            if number < len(given):
                names[label] = given[number]
            elif label in named:
                names[label] = named[label]
            else:
                names[label] = self.evaluate(part.child_by_field_name("value"), outer)
        body = node.child_by_field_name("body")
        if node.type == "lambda":
            return self.evaluate(body, names)
        try:
            self.block(body, names)
        except _Return as returned:
            return returned.value
        return None

    def block(self, node: Node | None, names: dict[str, Thing]) -> None:
        """Carry out statements."""
        for statement in children(node) if node is not None else []:
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise Unknown
            self._statement(statement, names)

    def _statement(self, node: Node, names: dict[str, Thing]) -> None:
        match node.type:
            case "expression_statement":
                for inner in children(node):
                    self._statement(inner, names)
            case "assignment":
                value = self.evaluate(node.child_by_field_name("right"), names)
                self.assign(node.child_by_field_name("left"), value, names)
            case "augmented_assignment":
                left = node.child_by_field_name("left")
                operator = text(node.child_by_field_name("operator")).removesuffix("=")
                right = self.evaluate(node.child_by_field_name("right"), names)
                old = self.evaluate(left, names)
                self.assign(left, library.operate(operator, old, right), names)
            case "return_statement":
                inner_nodes = children(node)
                raise _Return(self.evaluate(inner_nodes[0], names) if inner_nodes else None)
            case "for_statement":
                for item in library.listed(self.evaluate(node.child_by_field_name("right"), names)):
                    self.assign(node.child_by_field_name("left"), item, names)
                    self.block(node.child_by_field_name("body"), names)
            case "while_statement":
                while self.evaluate(node.child_by_field_name("condition"), names):
                    self.block(node.child_by_field_name("body"), names)
            case "if_statement":
                self._if(node, names)
            case "pass_statement" | "import_statement" | "comment":
                if node.type == "import_statement":
                    raise Unknown
            case _:
                self.evaluate(node, names)

    def _if(self, node: Node, names: dict[str, Thing]) -> None:
        if self.evaluate(node.child_by_field_name("condition"), names):
            self.block(node.child_by_field_name("consequence"), names)
            return
        for part in node.children_by_field_name("alternative"):
            own = part.child_by_field_name("condition")
            if own is None:
                self.block(part.child_by_field_name("body"), names)
                return
            if self.evaluate(own, names):
                self.block(part.child_by_field_name("consequence"), names)
                return

    def assign(self, target: Node | None, value: Thing, names: dict[str, Thing]) -> None:
        """Give a name, or several, a value."""
        if target is None:
            raise Unknown
        if target.type == "identifier":
            names[text(target)] = value
        elif target.type in ("pattern_list", "tuple_pattern", "list_pattern"):
            parts = children(target)
            values = library.listed(value)
            if len(parts) != len(values):
                raise Unknown
            for part, own in zip(parts, values, strict=True):
                self.assign(part, own, names)
        elif target.type == "subscript":
            holder = self.evaluate(target.child_by_field_name("value"), names)
            key = self.evaluate(target.child_by_field_name("subscript"), names)
            library.put(holder, key, value)
        else:
            raise Unknown


def _as_value(made: Thing) -> Value | None:
    entries = made if isinstance(made, list | tuple | set | frozenset) else [made]
    known = [
        own.decode("utf-8", "replace") if isinstance(own, bytes | bytearray) else own
        for own in entries
    ]
    if not known or not all(isinstance(own, str) for own in known):
        return None
    values = tuple(sorted(known) if isinstance(made, set | frozenset) else known)[:MAX_ENTRIES]
    of_bytes = isinstance(made, bytes | bytearray)
    return (Consts(values, kind="bytes" if of_bytes else "text"),)
