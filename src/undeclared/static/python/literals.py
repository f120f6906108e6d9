"""What texts, lists, sets and dictionaries are worth as they are written."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.static.python import conditions
from undeclared.static.python.frame import Frame
from undeclared.static.python.models import element, put, spread
from undeclared.static.python.syntax import children, pieces
from undeclared.static.python.syntax import text as source
from undeclared.static.python.values import (
    JOINED,
    MAX_TEXT,
    NOTHING,
    UNKNOWN,
    WITHIN,
    Consts,
    Obj,
    Taint,
    Value,
    chosen,
    const,
    distinct,
    hidden,
    join,
    objects,
    taints,
    texts,
    through,
)

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter


MAX_AROUND = 24
"""Characters around a fact, from which on a text is more than the fact with a mark."""
MAX_COMBINED = 64
"""Texts that one expression can put together."""


def text_of(it: Interpreter, node: Node, frame: Frame) -> Value:
    """A text, with what is put into it."""
    concealed = frame.parsed.hidden and frame.parsed.concealed(node)
    if concealed:
        return (Consts(concealed.entries, concealed.id),)
    opening = source(node.children[0] if node.children else None)
    if all(part.type != "interpolation" for part in node.named_children):
        whole = "".join(piece for piece in pieces(node) if isinstance(piece, str))
        of_bytes = "b" in opening.lower()
        return (Consts((whole[:MAX_TEXT],), kind="bytes" if of_bytes else "text"),)
    parts: list[Value] = []
    for piece in pieces(node):
        if isinstance(piece, str):
            parts.append(const(piece))
            continue
        inner = it.evaluate(piece.child_by_field_name("expression"), frame)
        parts.append(spread(inner))
    return concatenated(parts)


def texts_of(it: Interpreter, node: Node, frame: Frame) -> Value:
    """Texts side by side."""
    return concatenated([it.evaluate(child, frame) for child in children(node)])


def concatenated(parts: list[Value], between: str = "") -> Value:
    """Texts one after the other, and the facts that are in them."""
    facts = join(*(own for part in parts for own in (tuple(taints(part)), hidden(part))))
    around = sum(min(map(len, texts(part)), default=0) for part in parts)
    if facts and (between == "/" or around > MAX_AROUND):
        how = JOINED if between == "/" else WITHIN
        facts = distinct(a.through(how) if isinstance(a, Taint) else a for a in facts)
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
    return join(facts, distinct(made))


def filled(template: Value, sign: str, given: Value) -> Value:
    """The facts in what is put into a text; none if no sign in it says that something is."""
    known = [atom for atom in template if isinstance(atom, Consts)]
    partial = any(atom.partial for atom in known)
    whole = [own for atom in known for own in atom.values if sign in own]
    if not whole and not partial:
        return NOTHING
    longer = partial or max(map(len, whole)) > MAX_AROUND
    return through(spread(given), WITHIN if longer else "%")


def number(it: Interpreter, node: Node, frame: Frame) -> Value:
    """A number."""
    return (Consts((source(node)[:MAX_COMBINED],), kind="number"),)


def sequence(it: Interpreter, node: Node, frame: Frame) -> Value:
    """A list, tuple or set."""
    concealed = frame.parsed.hidden and frame.parsed.concealed(node)
    if concealed:
        return (Consts(concealed.entries, concealed.id),)
    made = it.object("list", node, frame)
    parts = children(node)
    if len(parts) > 8 and all(part.type == "string" for part in parts):
        values = [it.evaluate(part, frame) for part in parts]
        listed = tuple(text for value in values for text in texts(value))
        if len(listed) == len(parts) == sum(len(value) for value in values):
            made.fields["*"] = (Consts(listed),)
            return (made,)
    made.fields.clear()
    for part in parts:
        if part.type == "list_splat":
            _splat(made, it.evaluate(next(iter(children(part)), None), frame), it)
        else:
            _add(it, made, it.evaluate(part, frame))
    return (made,)


def _add(it: Interpreter, made: Obj, value: Value) -> None:
    number = len(made.fields)
    put(it, made, str(number) if number < MAX_COMBINED and "*" not in made.fields else "*", value)


def _splat(made: Obj, whole: Value, it: Interpreter) -> None:
    lists = objects(whole, "list")
    if len(whole) == len(lists) == 1 and "*" not in lists[0].fields:
        for value in list(lists[0].fields.values()):
            _add(it, made, value)
    else:
        put(it, made, "*", element(it, whole))


def dictionary(it: Interpreter, node: Node, frame: Frame) -> Value:
    """A dictionary."""
    made = it.object("dict", node, frame)
    result: Value = (made,)
    for part in children(node):
        if part.type == "pair":
            keys = it.evaluate(part.child_by_field_name("key"), frame)
            value = it.evaluate(part.child_by_field_name("value"), frame)
            known = texts(keys)
            for key in known or ["*"]:
                put(it, made, key, value)
            if taints(keys):
                put(it, made, "*", tuple(taints(keys)))
        elif part.type == "dictionary_splat":
            whole = it.evaluate(next(iter(children(part)), None), frame)
            for atom in whole:
                fields = getattr(atom, "fields", None)
                if fields is None:
                    result = join(result, (atom,))
                    continue
                for key, value in list(fields.items()):
                    put(it, made, key, value)
    return result


def comprehension(it: Interpreter, node: Node, frame: Frame) -> Value:
    """A list, set or dictionary made by going through others."""
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
            put(it, made, own, join(value, tests))
    else:
        value = it.evaluate(body, frame)
        made = it.object("list", node, frame)
        put(it, made, "*", join(value, tests))
    scope.names = saved if scope.names is not saved else scope.names
    return join((made,), sources, chosen(value))
