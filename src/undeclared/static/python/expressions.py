"""What each kind of expression is worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.static.python import calls, conditions, literals
from undeclared.static.python.frame import Frame
from undeclared.static.python.models import item, member, spread
from undeclared.static.python.syntax import children
from undeclared.static.python.syntax import text as source
from undeclared.static.python.values import (
    NOTHING,
    Consts,
    Name,
    Value,
    chosen,
    const,
    hidden,
    join,
    taints,
    tells,
    texts,
    through,
)

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter

MAX_COMBINED = 64
"""Texts that one expression can put together."""

__all__ = ["EXPRESSIONS", "other"]


def other(it: Interpreter, node: Node, frame: Frame) -> Value:
    """An expression of no kind we know: whatever is in it."""
    found = join(*(it.evaluate(child, frame) for child in children(node)))
    return tuple(atom for atom in found if not isinstance(atom, Name))


def _inner(it: Interpreter, node: Node, frame: Frame) -> Value:
    inner = children(node)
    return it.evaluate(inner[0], frame) if inner else NOTHING


def _identifier(it: Interpreter, node: Node, frame: Frame) -> Value:
    name = source(node)
    value = frame.scope.get(name)
    if value is not None:
        return value
    for module in frame.scope.get("*") or NOTHING:
        found = member(it, (module,), name, node, frame)
        known = [atom for atom in found if not isinstance(atom, Name)]
        if known or any(isinstance(a, Name) and it.knows.means(a.dotted) for a in found):
            return found
    return (Name(name),)


def _attribute(it: Interpreter, node: Node, frame: Frame) -> Value:
    receiver = it.evaluate(node.child_by_field_name("object"), frame)
    return member(it, receiver, source(node.child_by_field_name("attribute")), node, frame)


def _subscript(it: Interpreter, node: Node, frame: Frame) -> Value:
    receiver = it.evaluate(node.child_by_field_name("value"), frame)
    parts = node.children_by_field_name("subscript")
    if not parts:
        return receiver
    if parts[0].type == "slice":
        inner = [source(child) for child in parts[0].children]
        reverse = inner[-2:] == [":", "-1"] and len(inner) == 3
        if reverse and texts(receiver):
            return join(*(const(own[::-1]) for own in texts(receiver)[:MAX_COMBINED]))
        kept = tuple(a for a in receiver if not isinstance(a, Consts) or a.hidden)
        return kept if len(inner) > 1 else receiver
    key = it.evaluate(parts[0], frame)
    return item(it, receiver, key, node, frame)


def _lambda(it: Interpreter, node: Node, frame: Frame) -> Value:
    return (it.object("function", node, frame),)


def _conditional(it: Interpreter, node: Node, frame: Frame) -> Value:
    parts = children(node)
    if len(parts) != 3:
        return other(it, node, frame)
    test = conditions.outcome(it, parts[1], frame)
    one, two = it.evaluate(parts[0], frame), it.evaluate(parts[2], frame)
    if one and two and not (tells(one) or tells(two)):
        return join(one, two)
    return join(one, two, told(it, test, node, frame, "chooses between two values"))


def told(it: Interpreter, test: Value, node: Node, frame: Frame, says: str) -> Value:
    """What is chosen by a test, with the place in its steps."""
    span = it.span(node, frame)
    return tuple(taint.step(span, says) for taint in taints(chosen(test)))


def _boolean(it: Interpreter, node: Node, frame: Frame) -> Value:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    one = it.evaluate(left, frame)
    two = it.evaluate(right, frame)
    if source(node.child_by_field_name("operator")) == "and" and left is not None:
        return join(conditions.truth(it, one, left, frame), two)
    return join(one, two)


def _not(it: Interpreter, node: Node, frame: Frame) -> Value:
    return conditions.outcome(it, node, frame)


def _binary(it: Interpreter, node: Node, frame: Frame) -> Value:
    # A long chain leans to the left: go down it without a call for each.
    chain: list[Node] = []
    inner: Node | None = node
    while inner is not None and inner.type == "binary_operator" and len(chain) < 2_000:
        chain.append(inner)
        inner = inner.child_by_field_name("left")
    value = it.evaluate(inner, frame)
    for operation in reversed(chain):
        right = it.evaluate(operation.child_by_field_name("right"), frame)
        value = _operate(it, source(operation.child_by_field_name("operator")), value, right, frame)
    return value


def _operate(it: Interpreter, operator: str, one: Value, two: Value, frame: Frame) -> Value:
    if operator == "+":
        lists = [atom for atom in (*one, *two) if getattr(atom, "kind", "") in ("list", "dict")]
        if lists:
            return join(one, two)
        return literals.concatenated([one, two])
    if operator == "/":
        return literals.concatenated([one, two], "/")
    if operator == "|":
        return join(one, two)
    if operator == "&":
        return join(conditions.overlap(it, one, two, frame), hidden(one), hidden(two))
    if operator == "%" and texts(one):
        made = literals.filled(one, "%", two)
    else:
        made = join(through(spread(one), "arithmetic"), through(spread(two), "arithmetic"))
    return join(made, hidden(one), hidden(two))


def _named(it: Interpreter, node: Node, frame: Frame) -> Value:
    value = it.evaluate(node.child_by_field_name("value"), frame)
    target = node.child_by_field_name("name")
    if target is not None:
        conditions.assign(it, target, value, frame)
    return value


def _yield(it: Interpreter, node: Node, frame: Frame) -> Value:
    value = _inner(it, node, frame)
    frame.result = join(frame.result, value)
    return NOTHING


def _call(it: Interpreter, node: Node, frame: Frame) -> Value:
    concealed = frame.parsed.hidden and frame.parsed.concealed(node)
    value = calls.call(it, node, frame)
    if concealed:
        return join(value, (Consts(concealed.entries, concealed.id),))
    if not taints(value) and not it.record.found_hidden(value):
        worked_out = it.worked_out(node, frame)
        if worked_out is not None:
            return worked_out
    return value


def _nothing(it: Interpreter, node: Node, frame: Frame) -> Value:
    return NOTHING


def _literal(it: Interpreter, node: Node, frame: Frame) -> Value:
    return (Name(_LITERALS[node.type]),)


def _compare(it: Interpreter, node: Node, frame: Frame) -> Value:
    return conditions.compare(it, node, frame)


_LITERALS = {"true": "True", "false": "False", "none": "None"}

EXPRESSIONS: dict[str, Callable[[Interpreter, Node, Frame], Value]] = {
    "identifier": _identifier,
    "dotted_name": _inner,
    "attribute": _attribute,
    "subscript": _subscript,
    "string": literals.text_of,
    "concatenated_string": literals.texts_of,
    "integer": literals.number,
    "float": literals.number,
    "true": _literal,
    "false": _literal,
    "none": _literal,
    "ellipsis": _nothing,
    "list": literals.sequence,
    "tuple": literals.sequence,
    "set": literals.sequence,
    "expression_list": literals.sequence,
    "pattern_list": literals.sequence,
    "dictionary": literals.dictionary,
    "list_comprehension": literals.comprehension,
    "set_comprehension": literals.comprehension,
    "generator_expression": literals.comprehension,
    "dictionary_comprehension": literals.comprehension,
    "lambda": _lambda,
    "conditional_expression": _conditional,
    "boolean_operator": _boolean,
    "not_operator": _not,
    "comparison_operator": _compare,
    "binary_operator": _binary,
    "unary_operator": _inner,
    "named_expression": _named,
    "yield": _yield,
    "await": _inner,
    "parenthesized_expression": _inner,
    "call": _call,
    "type": _inner,
    "error": _nothing,
}
"""By the node types of tree-sitter-python."""
