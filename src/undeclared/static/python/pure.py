"""What each kind of expression gives where everything about it is constant."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.static.python import library
from undeclared.static.python.library import Thing, checked
from undeclared.static.python.syntax import children, pieces, text

if TYPE_CHECKING:
    from undeclared.static.python.concrete import Attempt


class Closure:
    """A function without a name, and the names around it."""

    def __init__(self, node: Node, names: dict[str, Thing]) -> None:
        self.node = node
        self.names = names


def _identifier(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    return own.name(text(node), names)


def _number(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    return library.constant(text(node), "number")


def _string(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    opening = text(node.children[0] if node.children else None).lower()
    made = "".join(
        piece
        if isinstance(piece, str)
        else library.written(own.evaluate(piece.child_by_field_name("expression"), names))
        for piece in pieces(node)
    )
    return made.encode("latin-1", "replace") if "b" in opening else made


def _joined(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    parts = [own.evaluate(part, names) for part in children(node)]
    return library.total(parts)


def _list(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    made: list[Thing] = []
    for part in children(node):
        if part.type == "list_splat":
            made += library.listed(own.evaluate(children(part)[0], names))
        else:
            made.append(own.evaluate(part, names))
    return tuple(made) if node.type == "tuple" else made


def _set(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    return library.unique(_list(own, node, names))


def _dictionary(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    made: dict[Thing, Thing] = {}
    for part in children(node):
        key = own.evaluate(part.child_by_field_name("key"), names)
        library.put(made, key, own.evaluate(part.child_by_field_name("value"), names))
    return made


def _binary(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    left = own.evaluate(node.child_by_field_name("left"), names)
    right = own.evaluate(node.child_by_field_name("right"), names)
    return library.operate(text(node.child_by_field_name("operator")), left, right)


def _unary(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    value = own.evaluate(node.child_by_field_name("argument"), names)
    return library.turned(text(node.children[0]), value)


def _boolean(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    left = own.evaluate(node.child_by_field_name("left"), names)
    if bool(left) == (text(node.child_by_field_name("operator")) == "or"):
        return left
    return own.evaluate(node.child_by_field_name("right"), names)


def _compare(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    values = [own.evaluate(part, names) for part in children(node)]
    operators = [" ".join(text(one).split()) for one in node.children_by_field_name("operators")]
    return all(
        library.compare(operator, values[place], values[place + 1])
        for place, operator in enumerate(operators)
    )


def _conditional(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    one, test, two = children(node)[:3]
    return own.evaluate(one if own.evaluate(test, names) else two, names)


def _subscript(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    holder = own.evaluate(node.child_by_field_name("value"), names)
    key = node.child_by_field_name("subscript")
    if key is None or key.type != "slice":
        return library.item(holder, own.evaluate(key, names))
    bounds: list[Thing] = [None]
    for part in key.children:
        if part.type == ":":
            bounds.append(None)
        else:
            bounds[-1] = own.evaluate(part, names)
    made = slice(*bounds)
    own.decodes |= made.step is not None
    return library.item(holder, made)


def _attribute(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    receiver = own.evaluate(node.child_by_field_name("object"), names)
    return library.member(receiver, text(node.child_by_field_name("attribute")))


def _call(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    callee = own.evaluate(node.child_by_field_name("function"), names)
    arguments = node.child_by_field_name("arguments")
    if arguments is not None and arguments.type == "generator_expression":
        return own.call(callee, [own.evaluate(arguments, names)], {})
    given: list[Thing] = []
    named: dict[str, Thing] = {}
    for part in children(arguments) if arguments is not None else []:
        if part.type == "keyword_argument":
            name = text(part.child_by_field_name("name"))
            named[name] = own.evaluate(part.child_by_field_name("value"), names)
        elif part.type == "list_splat":
            given += library.listed(own.evaluate(children(part)[0], names))
        else:
            given.append(own.evaluate(part, names))
    return own.call(callee, given, named)


def _comprehension(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    body = node.child_by_field_name("body")
    clauses = [part for part in children(node) if part.type in ("for_in_clause", "if_clause")]
    made: list[Thing] = []

    def go(place: int, inner: dict[str, Thing]) -> None:
        if place == len(clauses):
            made.append(own.evaluate(body, inner))
            checked(made)
            return
        clause = clauses[place]
        if clause.type == "if_clause":
            if own.evaluate(children(clause)[0], inner):
                go(place + 1, inner)
            return
        for item in library.listed(own.evaluate(clause.child_by_field_name("right"), inner)):
            own.assign(clause.child_by_field_name("left"), item, inner)
            go(place + 1, inner)

    go(0, dict(names))
    return library.unique(made) if node.type == "set_comprehension" else made


def _inner(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    return own.evaluate(children(node)[0] if children(node) else None, names)


def _literal(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    return {"true": True, "false": False, "none": None}[node.type]


def _lambda(own: Attempt, node: Node, names: dict[str, Thing]) -> Thing:
    return Closure(node, names)


EXPRESSIONS: dict[str, Callable[[Attempt, Node, dict[str, Thing]], Thing]] = {
    "identifier": _identifier,
    "integer": _number,
    "string": _string,
    "concatenated_string": _joined,
    "list": _list,
    "tuple": _list,
    "expression_list": _list,
    "set": _set,
    "dictionary": _dictionary,
    "binary_operator": _binary,
    "unary_operator": _unary,
    "boolean_operator": _boolean,
    "comparison_operator": _compare,
    "conditional_expression": _conditional,
    "subscript": _subscript,
    "attribute": _attribute,
    "call": _call,
    "list_comprehension": _comprehension,
    "generator_expression": _comprehension,
    "set_comprehension": _comprehension,
    "parenthesized_expression": _inner,
    "lambda": _lambda,
    "true": _literal,
    "false": _literal,
    "none": _literal,
}
