"""Comparisons of facts with constants, and what they decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.model.code import Comparison
from undeclared.static.python import reads, sinks
from undeclared.static.python.frame import Frame, decided
from undeclared.static.python.models import dotted, element, put
from undeclared.static.python.syntax import children, text
from undeclared.static.python.values import (
    JOINED,
    NOTHING,
    WITHIN,
    Consts,
    Name,
    Obj,
    Taint,
    Value,
    chosen,
    distinct,
    join,
    objects,
    taints,
    texts,
)

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter

_ORDER = frozenset({"<", ">", "<=", ">="})
_EQUAL = frozenset({"==", "!=", "is", "is not", "<>"})
_MEMBER = frozenset({"in", "not in"})
_NEGATED = frozenset({"!=", "is not", "not in", "<>"})
MAX_DEEP = 200
"""Of `and` and `or` inside each other."""
MAX_MADE = 3
"""Steps after which a value is no longer there just if the fact is."""
_MIXED = frozenset({WITHIN, "format", "render", "substitute", "safe_substitute"})
"""Steps after which a comparison is one of a whole text, and not of the fact in it."""
_EMPTY = frozenset({"none", "true", "false"})


def constants(it: Interpreter, value: Value) -> list[Consts]:
    """The constants of a value, or in a list."""
    own = [atom for atom in value if isinstance(atom, Consts) and not atom.partial]
    for atom in value:
        if isinstance(atom, Obj) and atom.kind in ("list", "dict"):
            listed = element(it, (atom,))
            own += [one for one in listed if isinstance(one, Consts) and not one.partial]
    return own


def found(
    it: Interpreter, value: Value, how: Comparison, against: list[Consts], negated: bool,
    node: Node, frame: Frame,
) -> Value:  # fmt: skip
    """What is chosen by comparing the facts in a value."""
    if how is not Comparison.PRESENT and not any(own.values for own in against):
        return chosen(value)
    span = it.span(node, frame)
    negated = negated != (frame.turned == (node.start_byte, node.end_byte))
    value = tuple(own for own in taints(value) if _telling(own, how))
    return distinct(
        it.record.condition(taint, how, against, negated, node, span)
        if taint.by == "value"
        else taint
        for taint in taints(value)
    )


def _telling(taint: Taint, how: Comparison) -> bool:
    """Whether comparing a value so is comparing the fact that it was made from."""
    if taint.place or not _MIXED.isdisjoint(taint.via):
        return False
    if JOINED in taint.via and how is not Comparison.PREFIX:
        return False
    # What has lines is a text that the fact is in, but for what a file or a command says.
    content = taint.what.startswith(("file:", "run:"))
    return content or "splitlines" not in taint.via


def compare(it: Interpreter, node: Node, frame: Frame, negated: bool = False) -> Value:
    """A comparison, or several in a row."""
    operands = [it.evaluate(child, frame) for child in children(node)]
    nodes = children(node)
    operators = [" ".join(text(own).split()) for own in node.children_by_field_name("operators")]
    results = []
    for number, operator in enumerate(operators[: len(operands) - 1]):
        sides = (operands[number], operands[number + 1])
        kinds = (nodes[number].type, nodes[number + 1].type)
        results.append(_compared(it, operator, negated, sides, kinds, node, frame))
    return join(*results)


def _compared(
    it: Interpreter, operator: str, turned: bool, sides: tuple[Value, Value],
    kinds: tuple[str, str], node: Node, frame: Frame,
) -> Value:  # fmt: skip
    one, two = sides
    negated = (operator in _NEGATED) != turned
    if operator in _MEMBER:
        variables = [own for own in two if isinstance(own, Name)]
        if any(own.dotted in it.knows.syntax.environments for own in variables):
            read = reads.variables(it, texts(one), node, frame)
            return found(it, read, Comparison.PRESENT, [], negated, node, frame)
        held = constants(it, two)
        inner = element(it, two)
        results = []
        if taints(one) and held:
            results.append(found(it, one, Comparison.EQUALS, held, negated, node, frame))
        if taints(two):
            parts = constants(it, one)
            results.append(found(it, two, Comparison.CONTAINS, parts, negated, node, frame))
        elif taints(inner):
            parts = constants(it, one)
            results.append(found(it, inner, Comparison.EQUALS, parts, negated, node, frame))
        return join(*results, chosen(one))
    results = []
    for this, that, kind in ((one, two, kinds[1]), (two, one, kinds[0])):
        if not taints(this):
            continue
        values = constants(it, that)
        if operator in _ORDER:
            results.append(found(it, this, Comparison.COMPARES, values, False, node, frame))
        elif kind in _EMPTY:
            # `is None`: it is not set.
            absent = kind != "true"
            results.append(found(it, this, Comparison.PRESENT, [], absent != negated, node, frame))
        elif values:
            results.append(found(it, this, Comparison.EQUALS, values, negated, node, frame))
        else:
            results.append(chosen(this))
    return join(*results)


def overlap(it: Interpreter, one: Value, two: Value, frame: Frame) -> Value:
    """What two sets have in common."""
    results = []
    for this, that in ((one, two), (two, one)):
        inner = element(it, this)
        values = constants(it, that)
        node = next((own.node for own in this if isinstance(own, Obj) and own.node), None)
        if taints(inner) and values and node is not None:
            results.append(found(it, inner, Comparison.EQUALS, values, False, node, frame))
    return join(*results)


def truth(it: Interpreter, value: Value, node: Node, frame: Frame, negated: bool = False) -> Value:
    """Whether a value is there, or true; of what is always there, and what was made of it, no."""
    kept = tuple(
        taint
        for taint in taints(value)
        if taint.by == "choice" or (":" in taint.what and _there(taint))
    )
    return found(it, kept, Comparison.PRESENT, [], negated, node, frame)


def _there(taint: Taint) -> bool:
    """Whether a value is there just if the fact is; what matched a pattern is told as that."""
    return len(taint.via) <= MAX_MADE and "re" not in taint.via


def outcome(it: Interpreter, node: Node, frame: Frame, *, negated: bool = False) -> Value:
    """What the outcome of a test depends on."""
    while node.type == "parenthesized_expression" and children(node):
        node = children(node)[0]
    if node.type == "not_operator":
        inner = node.child_by_field_name("argument")
        return outcome(it, inner, frame, negated=not negated) if inner is not None else NOTHING
    if node.type == "boolean_operator":
        sides = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        it.depth += 1
        try:
            deep = it.depth > MAX_DEEP
            return (
                NOTHING
                if deep
                else join(*(outcome(it, own, frame, negated=negated) for own in sides if own))
            )
        finally:
            it.depth -= 1
    if node.type == "comparison_operator":
        return compare(it, node, frame, negated)
    turned = frame.turned
    frame.turned = _turned(node) if negated else None
    value = it.evaluate(node, frame)
    frame.turned = turned
    return truth(it, value, node, frame, negated)


def _turned(node: Node) -> tuple[int, int] | None:
    """The place whose outcome is negated with that of a call: its own, or that of what any is."""
    if node.type != "call":
        return None
    given = node.child_by_field_name("arguments")
    if given is not None and text(node.child_by_field_name("function")) in ("any", "all"):
        inner = given if given.type == "generator_expression" else next(iter(children(given)), None)
        node = (inner.child_by_field_name("body") if inner is not None else None) or node
    return (node.start_byte, node.end_byte)


def assign(it: Interpreter, target: Node, value: Value, frame: Frame) -> None:
    """Give a target of an assignment a value."""
    match target.type:
        case "identifier":
            frame.scope.set(text(target), value)
        case "attribute":
            name = text(target.child_by_field_name("attribute"))
            for atom in it.evaluate(target.child_by_field_name("object"), frame):
                if isinstance(atom, Obj) and atom.kind not in ("list", "dict"):
                    put(it, atom, name, decided(frame, value))
                    it.note_attribute(name, atom)
        case "subscript":
            keys = [it.evaluate(own, frame) for own in target.children_by_field_name("subscript")]
            known = [own for key in keys for own in texts(key)] or ["*"]
            holder = target.child_by_field_name("value")
            held = it.evaluate(holder, frame)
            sinks.kept(it, holder, held, value, target, frame)
            for atom in held:
                if isinstance(atom, Obj):
                    for key in known:
                        put(it, atom, key, decided(frame, value))
            if holder is not None and holder.type == "identifier" and not objects(held):
                facts = tuple(taints(decided(frame, value)))
                kept = tuple(atom for atom in held if facts and not isinstance(atom, Name))
                frame.scope.set(text(holder), join(kept if facts else held, facts))
        case "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list":
            _unpack(it, children(target), value, frame)
        case "list_splat_pattern" | "parenthesized_expression" | "as_pattern_target":
            for inner in children(target):
                assign(it, inner, value, frame)
        case _:
            pass


def _unpack(it: Interpreter, targets: list[Node], value: Value, frame: Frame) -> None:
    for number, target in enumerate(targets):
        parts = []
        for atom in value:
            if isinstance(atom, Obj) and atom.kind == "list":
                key = str(number)
                known = atom.fields.get(key) if target.type != "list_splat_pattern" else None
                parts.append(known if known is not None else element(it, (atom,)))
            elif isinstance(atom, Name):
                parts.append(dotted(f"{atom.dotted}[]"))
            else:
                parts.append(element(it, (atom,)))
        assign(it, target, join(*parts), frame)
