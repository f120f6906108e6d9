"""What branches, loops and matches do to the values of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.model.code import Comparison
from undeclared.static.python import conditions, models
from undeclared.static.python.expressions import told
from undeclared.static.python.frame import Frame, under
from undeclared.static.python.models import element
from undeclared.static.python.syntax import children, text
from undeclared.static.python.values import (
    NOTHING,
    Value,
    chosen,
    join,
    objects,
    taints,
    tells,
)

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter


def _branches(
    it: Interpreter, frame: Frame, arms: list[tuple[Value, list[Node]]], rest: bool
) -> bool:
    """Go through alternatives and bring together what they leave; `rest`: there is an else."""
    scope, before, control = frame.scope, dict(frame.scope.names), frame.control
    ends = []
    left: list[dict[str, Value]] = [] if rest else [before]
    decided = NOTHING
    for test, body in arms:
        decided = join(decided, test)
        scope.names.clear()
        scope.names.update(before)
        frame.control = under(frame, decided)
        ended = it.block(body, frame)
        frame.control = control
        ends.append(ended)
        if not ended:
            left.append(dict(scope.names))
    scope.names.clear()
    scope.names.update(_merged(left, before, chosen(decided)))
    if any(ends) and not all(ends):
        # What follows is reached or not as the test decides.
        frame.control = under(frame, decided)
    return rest and all(ends)


def _merged(
    left: list[dict[str, Value]], before: dict[str, Value], deciding: Value = NOTHING
) -> dict[str, Value]:
    """The values of names after alternatives; one that differs was chosen by what decides."""
    if not left:
        return before
    merged = dict(left[0])
    for names in left[1:]:
        for name in {**merged, **names}:
            one, two = merged.get(name, NOTHING), names.get(name, NOTHING)
            if one is not two:
                told_apart = (tells(one) or tells(two)) and set(one) != set(two)
                merged[name] = join(one, two, deciding if told_apart else NOTHING)
    return merged


def taken(it: Interpreter, node: Node, frame: Frame) -> bool:
    """`if`, with all its arms."""
    arms: list[tuple[Value, list[Node]]] = []
    condition = node.child_by_field_name("condition")
    if condition is not None:
        arms.append((_test(it, condition, frame), body(node, "consequence")))
    rest = False
    for part in node.children_by_field_name("alternative"):
        own = part.child_by_field_name("condition")
        if own is not None:
            arms.append((_test(it, own, frame), body(part, "consequence")))
        else:
            rest = True
            arms.append((NOTHING, body(part, "body")))
    return _branches(it, frame, arms, rest)


def _test(it: Interpreter, node: Node, frame: Frame) -> Value:
    return told(it, conditions.outcome(it, node, frame), node, frame, "decides what is done")


def body(node: Node, field: str) -> list[Node]:
    """The statements of a block."""
    block = node.child_by_field_name(field)
    return children(block) if block is not None else []


def _blocks(node: Node) -> list[Node]:
    return [own for part in children(node) if part.type == "block" for own in children(part)]


def repeated_for(it: Interpreter, node: Node, frame: Frame) -> bool:
    """`for`."""
    whole = it.evaluate(node.child_by_field_name("right"), frame)
    left = node.child_by_field_name("left")
    if left is not None:
        conditions.assign(it, left, element(it, whole), frame)
    return _loop(it, node, frame, chosen(whole))


def repeated_while(it: Interpreter, node: Node, frame: Frame) -> bool:
    """`while`."""
    condition = node.child_by_field_name("condition")
    test = _test(it, condition, frame) if condition is not None else NOTHING
    return _loop(it, node, frame, test)


def _loop(it: Interpreter, node: Node, frame: Frame, test: Value) -> bool:
    inside = body(node, "body")
    control = frame.control
    for _ in range(2):
        known, changes = dict(frame.scope.names), it.changes
        _branches(it, frame, [(test, inside)], rest=False)
        if it.changes == changes and not _more(known, frame.scope.names):
            break
    frame.control = control
    after = node.child_by_field_name("alternative")
    if after is not None:
        it.block(body(after, "body"), frame)
    return False


def _more(known: dict[str, Value], now: dict[str, Value]) -> bool:
    """Whether a name has come to hold a fact that it did not hold."""
    return any(
        now.get(name) is not value and not set(value).issuperset(taints(now.get(name, NOTHING)))
        for name, value in known.items()
    )


def tried(it: Interpreter, node: Node, frame: Frame) -> bool:
    """`try`, with what is done about failures."""
    ended = it.block(body(node, "body"), frame)
    for part in children(node):
        if part.type.startswith("except"):
            before = dict(frame.scope.names)
            it.block(_blocks(part), frame)
            merged = _merged([dict(frame.scope.names), before], before)
            frame.scope.names.clear()
            frame.scope.names.update(merged)
            ended = False
        elif part.type in ("finally_clause", "else_clause"):
            it.block(_blocks(part), frame)
    return ended


def entered(it: Interpreter, node: Node, frame: Frame) -> bool:
    """`with`."""
    for clause in children(node):
        if clause.type != "with_clause":
            continue
        for part in children(clause):
            value = part.child_by_field_name("value")
            if value is not None and value.type == "as_pattern":
                inner = children(value)
                made = it.evaluate(inner[0], frame)
                alias = value.child_by_field_name("alias")
                if alias is not None:
                    conditions.assign(it, alias, _entered(it, made), frame)
            else:
                it.evaluate(value, frame)
    return it.block(body(node, "body"), frame)


def _entered(it: Interpreter, made: Value) -> Value:
    """What `with x as y` gives: what `__enter__` does, or x itself."""
    own = tuple(objects(made, "instance"))
    results = [it.call_bare(models.member(it, own, "__enter__"))] if own else []
    return join(made, *results)


def matched(it: Interpreter, node: Node, frame: Frame) -> bool:
    """`match`, with all its cases."""
    subject = join(*(it.evaluate(own, frame) for own in node.children_by_field_name("subject")))
    arms: list[tuple[Value, list[Node]]] = []
    rest = False
    block = node.child_by_field_name("body")
    for case in children(block) if block is not None else []:
        if case.type != "case_clause":
            continue
        patterns = [own for own in children(case) if own.type == "case_pattern"]
        constants = [atom for own in patterns for atom in _patterns(it, own, frame)]
        listed = conditions.constants(it, tuple(constants))
        test = NOTHING
        if listed:
            test = conditions.found(
                it, subject, Comparison.EQUALS, listed, False, patterns[0], frame
            )
        else:
            rest = rest or case.child_by_field_name("guard") is None
            _capture(it, patterns, subject, frame)
        guard = case.child_by_field_name("guard")
        if guard is not None and children(guard):
            test = join(test, conditions.outcome(it, children(guard)[0], frame))
        arms.append((test, body(case, "consequence")))
    return _branches(it, frame, arms, rest)


def _patterns(it: Interpreter, node: Node, frame: Frame) -> Value:
    found: list[Value] = []
    waiting = [node]
    while waiting and len(found) < 1_000:
        inner = waiting.pop(0)
        if inner.type in ("string", "integer", "concatenated_string"):
            found.append(it.evaluate(inner, frame))
        elif inner.type == "dotted_name" and "." in text(inner):
            first, *rest = text(inner).split(".")
            value = frame.scope.get(first) or NOTHING
            for name in rest:
                value = models.member(it, value, name, inner, frame)
            found.append(value)
        else:
            waiting += children(inner)
    return join(*found)


def _capture(it: Interpreter, patterns: list[Node], subject: Value, frame: Frame) -> None:
    for pattern in patterns:
        inner = children(pattern)
        if len(inner) == 1 and inner[0].type == "dotted_name" and "." not in text(inner[0]):
            frame.scope.set(text(inner[0]), subject)
