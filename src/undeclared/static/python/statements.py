"""What each kind of statement does to the values of names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.static.python import branches, conditions, models
from undeclared.static.python.frame import Frame, Given, decided
from undeclared.static.python.models import dotted, element, put
from undeclared.static.python.syntax import children, text
from undeclared.static.python.values import (
    NOTHING,
    Name,
    Scope,
    Taint,
    Value,
    const,
    join,
    objects,
    taints,
)

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter

__all__ = ["STATEMENTS", "bind"]


def _expression(it: Interpreter, node: Node, frame: Frame) -> bool:
    for child in children(node):
        it.execute(child, frame)
    return False


def _assignment(it: Interpreter, node: Node, frame: Frame) -> bool:
    left = node.child_by_field_name("left")
    right = node.child_by_field_name("right")
    if left is None:
        return False
    if right is None:
        # `x: int` in a class: a field of that name.
        if left.type == "identifier" and text(left) not in frame.scope.names:
            frame.scope.names[text(left)] = _annotated(it, node, frame)
        return False
    if right.type in ("assignment", "augmented_assignment"):
        it.execute(right, frame)
        inner = right.child_by_field_name("left")
        value = it.evaluate(inner, frame)
    else:
        value = it.evaluate(right, frame)
    if not value and node.child_by_field_name("type") is not None:
        value = _annotated(it, node, frame)
    conditions.assign(it, left, value, frame)
    return False


def _annotated(it: Interpreter, node: Node, frame: Frame) -> Value:
    """What a type says of a value: an instance of a class of the program."""
    kind = node.child_by_field_name("type")
    if kind is None or len(text(kind)) > 200:
        return NOTHING
    made = it.evaluate(kind, frame)
    classes = objects(made, "class")
    own = [(it.instance(cls),) for cls in classes]
    outside = [dotted(f"{atom.dotted}()") for atom in made if isinstance(atom, Name)]
    shown = [value for value in outside for atom in value if "." in getattr(atom, "dotted", "")]
    return join(*own, *shown)


def _augmented(it: Interpreter, node: Node, frame: Frame) -> bool:
    left = node.child_by_field_name("left")
    right = it.evaluate(node.child_by_field_name("right"), frame)
    if left is None:
        return False
    before = it.evaluate(left, frame)
    for atom in before:
        if getattr(atom, "kind", "") == "list":
            put(it, atom, "*", decided(frame, element(it, right)))  # type: ignore[arg-type]
    added = join(tuple(taints(before)), tuple(taints(right)))
    conditions.assign(it, left, join(before, right, added), frame)
    return False


def _function(it: Interpreter, node: Node, frame: Frame) -> bool:
    made = it.object("function", node, frame)
    if frame.in_class:
        made.scope = frame.scope.outer
    frame.scope.set(text(node.child_by_field_name("name")), (made,))
    return False


def _decorated(it: Interpreter, node: Node, frame: Frame) -> bool:
    inner = node.child_by_field_name("definition")
    if inner is None:
        return False
    it.execute(inner, frame)
    marks = [own for own in children(node) if own.type == "decorator"]
    if inner.type == "function_definition":
        made = it.object("function", inner, frame)
        for mark in marks:
            put(it, made, "@", const(text(mark).lstrip("@").strip()[:80]))
            it.evaluate(children(mark)[0] if children(mark) else None, frame)
    return False


def _class(it: Interpreter, node: Node, frame: Frame) -> bool:
    made = it.object("class", node, frame)
    name = text(node.child_by_field_name("name"))
    above = node.child_by_field_name("superclasses")
    bases = [it.evaluate(own, frame) for own in children(above)] if above is not None else []
    made.bases = tuple(own for value in bases for own in objects(value, "class") if own is not made)
    frame.scope.set(name, (made,))
    inner = it.frame(frame.parsed, Scope(frame.scope.file, frame.scope))
    inner.in_class = True
    inner.control = frame.control
    it.block(branches.body(node, "body"), inner)
    for key, value in inner.scope.names.items():
        put(it, made, key, value)
        if not objects(value, "function", "class"):
            it.note_attribute(key, it.instance(made))
    frame.sends = frame.sends or inner.sends
    return False


def _return(it: Interpreter, node: Node, frame: Frame) -> bool:
    inner = children(node)
    value = it.evaluate(inner[0], frame) if inner else NOTHING
    span = it.span(node, frame)
    value = tuple(
        atom.step(span, "returned by a function") if isinstance(atom, Taint) else atom
        for atom in decided(frame, value)
    )
    frame.result = join(frame.result, value)
    return True


def _raise(it: Interpreter, node: Node, frame: Frame) -> bool:
    for child in children(node):
        it.evaluate(child, frame)
    # A failure decides nothing that is sent.
    return False


def _leave(it: Interpreter, node: Node, frame: Frame) -> bool:
    return True


def _import(it: Interpreter, node: Node, frame: Frame) -> bool:
    for part in node.children_by_field_name("name"):
        if part.type == "aliased_import":
            name = text(part.child_by_field_name("name"))
            alias = text(part.child_by_field_name("alias"))
            frame.scope.set(alias, it.imported(name, frame))
        else:
            first = text(part).partition(".")[0]
            it.imported(text(part), frame)
            frame.scope.set(first, it.imported(first, frame))
    return False


def _import_from(it: Interpreter, node: Node, frame: Frame) -> bool:
    source = text(node.child_by_field_name("module_name"))
    module = it.imported(source, frame)
    if any(child.type == "wildcard_import" for child in node.children):
        frame.scope.names["*"] = join(frame.scope.names.get("*", NOTHING), module)
        return False
    for part in node.children_by_field_name("name"):
        aliased = part.type == "aliased_import"
        name = text(part.child_by_field_name("name")) if aliased else text(part)
        alias = text(part.child_by_field_name("alias")) if aliased else name
        value = models.member(it, module, name, part, frame)
        frame.scope.set(alias, value)
    return False


def _global(it: Interpreter, node: Node, frame: Frame) -> bool:
    top: Scope = frame.scope
    outer = frame.scope.outer
    while top.outer is not None:
        top = top.outer
    for child in children(node):
        home = top if node.type == "global_statement" else (outer or top)
        if home is not frame.scope:
            frame.scope.shared[text(child)] = home
    return False


def bind(it: Interpreter, node: Node, given: Given, frame: Frame) -> None:
    """Give the parameters of a function their arguments."""
    parameters = node.child_by_field_name("parameters")
    named = dict(given.named)
    place = 0
    for part in children(parameters) if parameters is not None else []:
        kind = part.type
        inner = children(part)
        if kind == "typed_parameter" and inner and inner[0].type.endswith("splat_pattern"):
            kind, inner = inner[0].type, children(inner[0])
        if kind in ("list_splat_pattern", "dictionary_splat_pattern"):
            if not inner:
                continue
            made = it.object("list" if kind[0] == "l" else "dict", part, frame)
            if kind[0] == "l":
                for number, value in enumerate(given.positional[place:]):
                    put(it, made, str(number), value)
                place = len(given.positional)
            else:
                for name, value in named.items():
                    put(it, made, name, value)
            if given.rest:
                put(it, made, "*", given.rest)
            frame.scope.names[text(inner[0])] = (made,)
            continue
        label = part.child_by_field_name("name") or (
            inner[0] if kind == "typed_parameter" and inner else part
        )
        name = text(label)
        if not name.isidentifier():
            continue
        own = named.pop(name, None)
        if own is None and place < len(given.positional):
            own = given.positional[place]
            place += 1
        elif own is None:
            default = part.child_by_field_name("value")
            own = join(given.rest, it.evaluate(default, frame) if default is not None else NOTHING)
            if not own and part.child_by_field_name("type") is not None:
                own = _annotated(it, part, frame)
        frame.scope.names[name] = own


STATEMENTS: dict[str, Callable[[Interpreter, Node, Frame], bool]] = {
    "expression_statement": _expression,
    "assignment": _assignment,
    "augmented_assignment": _augmented,
    "if_statement": branches.taken,
    "for_statement": branches.repeated_for,
    "while_statement": branches.repeated_while,
    "try_statement": branches.tried,
    "with_statement": branches.entered,
    "match_statement": branches.matched,
    "function_definition": _function,
    "decorated_definition": _decorated,
    "class_definition": _class,
    "return_statement": _return,
    "raise_statement": _raise,
    "continue_statement": _leave,
    "break_statement": _leave,
    "import_statement": _import,
    "import_from_statement": _import_from,
    "future_import_statement": _expression,
    "global_statement": _global,
    "nonlocal_statement": _global,
    "pass_statement": _expression,
}
"""By the node types of tree-sitter-python."""
