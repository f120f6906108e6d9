"""What each kind of expression is worth."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.static.python import calls, conditions
from undeclared.static.python.frame import Frame
from undeclared.static.python.models import element, item, member, put, spread
from undeclared.static.python.syntax import children, pieces
from undeclared.static.python.syntax import text as source
from undeclared.static.python.values import (
    NOTHING,
    UNKNOWN,
    Consts,
    Name,
    Obj,
    Value,
    chosen,
    const,
    hidden,
    join,
    objects,
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
    return frozenset(atom for atom in found if not isinstance(atom, Name))


def _inner(it: Interpreter, node: Node, frame: Frame) -> Value:
    inner = children(node)
    return it.evaluate(inner[0], frame) if inner else NOTHING


def _identifier(it: Interpreter, node: Node, frame: Frame) -> Value:
    name = source(node)
    value = frame.scope.get(name)
    if value is not None:
        return value
    for module in frame.scope.get("*") or NOTHING:
        found = member(it, frozenset((module,)), name, node, frame)
        known = [atom for atom in found if not isinstance(atom, Name)]
        if known or any(isinstance(a, Name) and it.knows.means(a.dotted) for a in found):
            return found
    return frozenset((Name(name),))


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
        kept = frozenset(a for a in receiver if not isinstance(a, Consts) or a.hidden)
        return kept if len(inner) > 1 else receiver
    key = it.evaluate(parts[0], frame)
    return item(it, receiver, key, node, frame)


def _string(it: Interpreter, node: Node, frame: Frame) -> Value:
    concealed = frame.parsed.hidden and frame.parsed.concealed(node)
    if concealed:
        return frozenset((Consts(concealed.entries, concealed.id),))
    parts: list[Value] = []
    for piece in pieces(node):
        if isinstance(piece, str):
            parts.append(const(piece))
            continue
        inner = it.evaluate(piece.child_by_field_name("expression"), frame)
        parts.append(spread(inner))
    return concatenated(parts) if parts else const("")


def _concatenated_string(it: Interpreter, node: Node, frame: Frame) -> Value:
    return concatenated([it.evaluate(child, frame) for child in children(node)])


def concatenated(parts: list[Value], between: str = "") -> Value:
    """Texts one after the other, and the facts that are in them."""
    facts = join(*(frozenset(taints(part)) | hidden(part) for part in parts))
    choices: list[list[tuple[str, bool]]] = []
    size = 1
    for part in parts:
        own = [
            (value, atom.partial)
            for atom in part
            if isinstance(atom, Consts)
            for value in atom.values[:MAX_COMBINED]
        ]
        own = sorted(set(own)) or [(UNKNOWN, True)]
        size *= len(own)
        if size > MAX_COMBINED:
            return facts
        choices.append(own)
    made = []
    for combined in product(*choices):
        whole = between.join(value for value, _ in combined)
        if len(whole) <= 4096 and whole.strip(UNKNOWN):
            made.append(Consts((whole,), partial=any(partial for _, partial in combined)))
    return join(facts, frozenset(made))


def _number(it: Interpreter, node: Node, frame: Frame) -> Value:
    return const(source(node))


def _sequence(it: Interpreter, node: Node, frame: Frame) -> Value:
    concealed = frame.parsed.hidden and frame.parsed.concealed(node)
    if concealed:
        return frozenset((Consts(concealed.entries, concealed.id),))
    made = it.object("list", node, frame)
    parts = children(node)
    if len(parts) > 8 and all(part.type == "string" for part in parts):
        values = [it.evaluate(part, frame) for part in parts]
        listed = tuple(text for value in values for text in texts(value))
        if len(listed) == len(parts) == sum(len(value) for value in values):
            made.fields["*"] = frozenset((Consts(listed),))
            return frozenset((made,))
    made.fields.clear()
    for part in parts:
        if part.type == "list_splat":
            _splat(made, _inner(it, part, frame), it)
        else:
            _add(made, it.evaluate(part, frame))
    return frozenset((made,))


def _add(made: Obj, value: Value) -> None:
    number = len(made.fields)
    put(made, str(number) if number < MAX_COMBINED and "*" not in made.fields else "*", value)


def _splat(made: Obj, whole: Value, it: Interpreter) -> None:
    lists = objects(whole, "list")
    if len(whole) == len(lists) == 1 and "*" not in lists[0].fields:
        for value in list(lists[0].fields.values()):
            _add(made, value)
    else:
        put(made, "*", element(it, whole))


def _dictionary(it: Interpreter, node: Node, frame: Frame) -> Value:
    made = it.object("dict", node, frame)
    result: Value = frozenset((made,))
    for part in children(node):
        if part.type == "pair":
            keys = it.evaluate(part.child_by_field_name("key"), frame)
            value = it.evaluate(part.child_by_field_name("value"), frame)
            known = texts(keys)
            for key in known or ["*"]:
                put(made, key, value)
            if taints(keys):
                put(made, "*", frozenset(taints(keys)))
        elif part.type == "dictionary_splat":
            whole = _inner(it, part, frame)
            for atom in whole:
                fields = getattr(atom, "fields", None)
                if fields is None:
                    result = join(result, frozenset((atom,)))
                    continue
                for key, value in list(fields.items()):
                    put(made, key, value)
    return result


def _comprehension(it: Interpreter, node: Node, frame: Frame) -> Value:
    scope = frame.scope
    saved = dict(scope.names)
    tests = NOTHING
    sources = NOTHING
    for part in children(node)[1:]:
        if part.type == "for_in_clause":
            # One clause may name several sources without brackets.
            for source in part.children_by_field_name("right"):
                whole = it.evaluate(source, frame)
                sources = join(sources, hidden(whole), chosen(whole))
                target = part.child_by_field_name("left")
                if target is not None:
                    conditions.assign(it, target, element(it, whole), frame)
        elif part.type == "if_clause":
            tests = join(tests, conditions.outcome(it, children(part)[0], frame))
    body = node.child_by_field_name("body") or children(node)[0]
    if body.type == "pair":
        key = it.evaluate(body.child_by_field_name("key"), frame)
        value = it.evaluate(body.child_by_field_name("value"), frame)
        made = it.object("dict", node, frame)
        for own in texts(key) or ["*"]:
            put(made, own, join(value, tests))
    else:
        value = it.evaluate(body, frame)
        made = it.object("list", node, frame)
        put(made, "*", join(value, tests))
    scope.names = saved if scope.names is not saved else scope.names
    return join(frozenset((made,)), sources, chosen(value))


def _lambda(it: Interpreter, node: Node, frame: Frame) -> Value:
    return frozenset((it.object("function", node, frame),))


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
    return frozenset(taint.step(span, says) for taint in taints(chosen(test)))


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
        return concatenated([one, two])
    if operator == "/":
        made = concatenated([one, two], "/")
        paths = [atom for atom in made if isinstance(atom, Consts)]
        return join(made, frozenset(paths))
    if operator == "|":
        return join(one, two)
    if operator == "&":
        return join(conditions.overlap(it, one, two, frame), hidden(one), hidden(two))
    if operator == "%" and texts(one):
        given = spread(two)
        if not taints(given):
            return join(hidden(one), hidden(two))
    return join(through(spread(one), operator), through(spread(two), operator),
                hidden(one), hidden(two))  # fmt: skip


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
        return join(value, frozenset((Consts(concealed.entries, concealed.id),)))
    return value


def _nothing(it: Interpreter, node: Node, frame: Frame) -> Value:
    return NOTHING


def _literal(it: Interpreter, node: Node, frame: Frame) -> Value:
    return frozenset((Name(_LITERALS[node.type]),))


def _compare(it: Interpreter, node: Node, frame: Frame) -> Value:
    return conditions.compare(it, node, frame)


_LITERALS = {"true": "True", "false": "False", "none": "None"}

EXPRESSIONS: dict[str, Callable[[Interpreter, Node, Frame], Value]] = {
    "identifier": _identifier,
    "dotted_name": _inner,
    "attribute": _attribute,
    "subscript": _subscript,
    "string": _string,
    "concatenated_string": _concatenated_string,
    "integer": _number,
    "float": _number,
    "true": _literal,
    "false": _literal,
    "none": _literal,
    "ellipsis": _nothing,
    "list": _sequence,
    "tuple": _sequence,
    "set": _sequence,
    "expression_list": _sequence,
    "pattern_list": _sequence,
    "dictionary": _dictionary,
    "list_comprehension": _comprehension,
    "set_comprehension": _comprehension,
    "generator_expression": _comprehension,
    "dictionary_comprehension": _comprehension,
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
