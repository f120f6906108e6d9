"""What calls give, and what they send."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.static.python import external, methods, models, sinks
from undeclared.static.python.frame import Frame, Given
from undeclared.static.python.models import element
from undeclared.static.python.syntax import children, text
from undeclared.static.python.values import (
    NOTHING,
    Bound,
    Name,
    Obj,
    Taint,
    Value,
    hidden,
    join,
    objects,
    through,
)

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter

MAX_ELEMENTS = 64
"""Of a list that is given as arguments, those that are told apart."""


def call(it: Interpreter, node: Node, frame: Frame) -> Value:
    """A call, as it is written."""
    target = node.child_by_field_name("function")
    if target is None:
        return NOTHING
    receiver: Value = NOTHING
    method = ""
    callee: Value
    if target.type == "attribute":
        receiver = it.evaluate(target.child_by_field_name("object"), frame)
        method = text(target.child_by_field_name("attribute"))
        if text(target.child_by_field_name("object")) == "super()":
            receiver = _above(it, frame)
            if method == "__new__":
                return _instances(it, frame)
        found = models.member(it, receiver, method, target, frame)
        callee = tuple(atom for atom in found if not isinstance(atom, Taint))
    else:
        callee = it.evaluate(target, frame)
        method = text(target)
    given = arguments(it, node.child_by_field_name("arguments"), frame)
    sinks.sent(it, callee, given, node, target, frame)
    if method in ("update", "setdefault", "add", "append", "set"):
        sinks.kept(it, target.child_by_field_name("object"), receiver, given.all(), node, frame)
    results = [
        hidden(given.all()),
        apply(it, callee, given, node, frame),
    ]
    if target.type == "attribute":
        results.append(methods.call(it, receiver, method, given, node, frame))
    if not callee and not receiver:
        # Nothing is known of it: what it is given may come out.
        facts = (own for own in given.all() if not it.knows.path(own))
        results.append(through(facts, method.rpartition(".")[2]))
    return join(*results)


def apply(it: Interpreter, callee: Value, given: Given, node: Node, frame: Frame) -> Value:
    """What calling a value gives, whatever it is."""
    results = []
    own = tuple(
        atom
        for atom in callee
        if isinstance(atom, Bound)
        or (isinstance(atom, Obj) and atom.kind in ("function", "class", "instance"))
    )
    if own:
        before = frame.sends
        frame.sends = False
        results.append(it.call(own, given, frame))
        if frame.sends:
            sinks.reached(it, node, frame)
        frame.sends = frame.sends or before
    for atom in callee:
        if isinstance(atom, Name):
            results.append(external.call(it, atom.dotted, given, node, frame))
        elif isinstance(atom, Taint) and atom.via and atom.via[-1].startswith("."):
            # A method of a fact, taken as a value: `map(zone.endswith, …)`.
            holder: Value = (replace(atom, via=atom.via[:-1]),)
            results.append(methods.call(it, holder, atom.via[-1][1:], given, node, frame))
    return join(*results)


def arguments(it: Interpreter, node: Node | None, frame: Frame) -> Given:
    """The values of the arguments of a call."""
    positional: list[Value] = []
    named: list[tuple[str, Value]] = []
    rest: list[Value] = []
    parts = children(node) if node is not None else []
    if node is not None and node.type == "generator_expression":
        return Given((it.evaluate(node, frame),))
    for part in parts[:256]:
        if part.type == "keyword_argument":
            value = it.evaluate(part.child_by_field_name("value"), frame)
            named.append((text(part.child_by_field_name("name")), value))
        elif part.type == "list_splat":
            value = it.evaluate(children(part)[0], frame)
            lists = [atom for atom in value if isinstance(atom, Obj) and atom.kind == "list"]
            if len(lists) == 1 and "*" not in lists[0].fields:
                positional += list(lists[0].fields.values())[:MAX_ELEMENTS]
            else:
                rest.append(element(it, value))
        elif part.type == "dictionary_splat":
            value = it.evaluate(children(part)[0], frame)
            for atom in value:
                if isinstance(atom, Obj):
                    named += [(key, own) for key, own in atom.fields.items() if key != "*"]
                    rest.append(atom.fields.get("*", NOTHING))
                else:
                    rest.append((atom,))
        else:
            positional.append(it.evaluate(part, frame))
    return Given(tuple(positional), tuple(named), join(*rest))


def _instances(it: Interpreter, frame: Frame) -> Value:
    own = frame.scope.get("cls") or frame.scope.get("self") or NOTHING
    return tuple(it.instance(cls) for cls in objects(own, "class"))


def _above(it: Interpreter, frame: Frame) -> Value:
    """What `super()` gives: the instance, looked at from the classes above."""
    own = frame.scope.get("self") or frame.scope.get("cls") or NOTHING
    found: Value = NOTHING
    for atom in own:
        if isinstance(atom, Obj) and atom.kind == "instance":
            view = Obj("instance", atom.node, atom.scope)
            view.fields = atom.fields
            view.bases = tuple(base for cls in atom.bases for base in cls.bases)
            found = join(found, (view,))
    return found
