"""What methods of texts, paths, lists and dictionaries give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.model.code import Comparison
from undeclared.static.python import conditions, reads
from undeclared.static.python.frame import Frame, Given, decided
from undeclared.static.python.models import contents, element, item, looked_up, put, spread, whole
from undeclared.static.python.syntax import text
from undeclared.static.python.values import (
    NOTHING,
    Consts,
    Name,
    Obj,
    Value,
    chosen,
    const,
    join,
    taints,
    texts,
    through,
)

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter

_TESTS = {
    "startswith": Comparison.PREFIX,
    "endswith": Comparison.SUFFIX,
    "find": Comparison.CONTAINS,
    "rfind": Comparison.CONTAINS,
    "count": Comparison.CONTAINS,
    "index": Comparison.CONTAINS,
    "__contains__": Comparison.CONTAINS,
    "__eq__": Comparison.EQUALS,
    "is_relative_to": Comparison.PREFIX,
    "match": Comparison.MATCHES,
}
_HOLDING = frozenset({"__contains__", "count", "index"})
_OVERLAPS = frozenset({"isdisjoint", "intersection", "issubset", "issuperset", "difference"})
_ADDING = frozenset({"append", "add", "appendleft", "insert", "push"})
_ALL = frozenset({"extend", "update", "union", "extendleft"})
_MOVING = frozenset({"reverse", "sort", "remove", "discard", "clear", "popleft"})
_TAKING = frozenset({"get", "pop", "setdefault", "__getitem__"})


def call(
    it: Interpreter, receiver: Value, name: str, given: Given, node: Node, frame: Frame
) -> Value:
    """What a method gives, for all that its receiver may be."""
    results: list[Value] = []
    # Which of several objects it is does not say what they answer.
    outside = any(isinstance(atom, Name) for atom in receiver)
    facts = tuple(own for own in taints(receiver) if own.by == "value" or not outside)
    if facts:
        results.append(_of_fact(it, facts, name, given, node, frame))
    constants = tuple(atom for atom in receiver if isinstance(atom, Consts))
    if constants:
        results.append(_of_text(it, constants, name, given, node, frame))
    for atom in receiver:
        if isinstance(atom, Obj) and atom.kind in ("list", "dict"):
            results.append(_of_list(it, atom, name, given, node, frame))
        elif isinstance(atom, Name) and atom.dotted == "re.compile()":
            subject = spread(given.get(0, "string"))
            patterns = [own for own in receiver if isinstance(own, Consts)]
            if taints(subject) and patterns:
                results.append(
                    conditions.found(it, subject, Comparison.MATCHES, patterns, False, node, frame)
                )
    if not receiver and name in _ADDING | _ALL:
        # A list that came from elsewhere: what it holds is unknown, what is added is not.
        holder = (node.child_by_field_name("function") or node).child_by_field_name("object")
        facts = tuple(contents(it, decided(frame, given.all())))
        if holder is not None and holder.type == "identifier" and facts:
            frame.scope.set(text(holder), facts)
    if name in _OVERLAPS:
        results.append(conditions.overlap(it, receiver, given.get(0), frame))
    if name in _HOLDING and taints(given.get(0)):
        held = conditions.constants(it, receiver)
        if held:
            results.append(
                conditions.found(it, given.get(0), Comparison.EQUALS, held, False, node, frame)
            )
    return join(*results)


def _of_fact(
    it: Interpreter, facts: Value, name: str, given: Given, node: Node, frame: Frame
) -> Value:
    test = _TESTS.get(name)
    first = given.get(0)
    if test is not None:
        against = conditions.constants(it, first)
        if against:
            return conditions.found(it, facts, test, against, False, node, frame)
        return chosen(facts)
    if name in it.knows.syntax.same_methods:
        return through(facts, name) if name in ("encode", "decode") else facts
    if name in it.knows.syntax.file_methods:
        # What lies in a file, or whether it is there, is another fact than its path.
        return tuple(own for own in taints(facts) if own.what.startswith("file:"))
    more = through(whole(it, given.all()), name) if name not in _TAKING else NOTHING
    return join(through(facts, name), more)


def _of_text(
    it: Interpreter, constants: Value, name: str, given: Given, node: Node, frame: Frame
) -> Value:
    from undeclared.static.python.literals import concatenated, filled

    if name in it.knows.syntax.file_methods:
        opened = reads.file(it, constants, node, frame)
        kept = constants if name in it.knows.syntax.same_methods else NOTHING
        return join(opened, kept)
    if name == "joinpath":
        return concatenated([constants, *given.positional], "/")
    if name == "join":
        return _joined(it, constants, given)
    if name == "format":
        return filled(constants, "{", given.all())
    made: list[Value] = []
    for atom in constants:
        if isinstance(atom, Consts):
            values = _changed(atom, name, given)
            if values is not None:
                made.append((Consts(values, atom.hidden, atom.partial),))
            elif atom.hidden:
                made.append((atom,))
    return join(*made, through(whole(it, given.all()), name))


def _changed(atom: Consts, name: str, given: Given) -> tuple[str, ...] | None:
    """What a method makes of constants; None if it is none that we follow."""
    values = atom.values
    match name:
        case "lower" | "casefold":
            return tuple(value.lower() for value in values)
        case "upper":
            return tuple(value.upper() for value in values)
        case "strip" | "lstrip" | "rstrip" if not given.positional:
            return tuple(value.strip() for value in values)
        case "split" | "splitlines" if len(values) == 1:
            sign = next(iter(texts(given.get(0))), None) or None
            parts = values[0].splitlines() if name == "splitlines" else values[0].split(sign)
            return tuple(parts[:5_000]) or None
        case "replace":
            pairs = (texts(given.get(0)), texts(given.get(1)))
            if len(pairs[0]) == len(pairs[1]) == 1:
                one, two = pairs[0][0], pairs[1][0]
                if len(two) <= 64:
                    return tuple(value.replace(one, two)[:4_096] for value in values)
            return None
        case _ if name in ("encode", "decode", "expanduser", "absolute", "resolve", "as_posix"):
            return values
        case _:
            return None


def _joined(it: Interpreter, between: Value, given: Given) -> Value:
    from undeclared.static.python.literals import concatenated

    first = given.get(0)
    signs = texts(between)
    lists = [atom for atom in first if isinstance(atom, Obj) and atom.kind == "list"]
    if len(lists) == 1 and len(signs) == 1 and "*" not in lists[0].fields:
        parts = list(lists[0].fields.values())
        if parts and len(parts) <= 64:
            made = concatenated(parts, signs[0])
            if any(isinstance(atom, Consts) and not atom.partial for atom in made):
                return made
    return whole(it, first)


def _of_list(it: Interpreter, obj: Obj, name: str, given: Given, node: Node, frame: Frame) -> Value:
    first = given.get(0)
    if name in _ADDING:
        value = given.positional[-1] if given.positional else NOTHING
        put(it, obj, "*", decided(frame, value))
        return NOTHING
    if name in _ALL:
        for atom in first:
            if isinstance(atom, Obj) and atom.kind in ("list", "dict"):
                for key, value in list(atom.fields.items()):
                    place = key if atom.kind == obj.kind == "dict" else "*"
                    put(it, obj, place, decided(frame, value))
        for key, value in given.named:
            put(it, obj, key, decided(frame, value))
        return (obj,)
    if name in _TAKING:
        if not given.positional:
            return element(it, (obj,))
        if name == "setdefault":
            for key in texts(first):
                put(it, obj, key, given.get(1))
        found = item(it, (obj,), first, node, frame)
        return join(found, tuple(a for a in given.get(1) if not isinstance(a, Name)))
    if name == "items":
        pair = it.object("list", node, frame)
        keys = tuple(key for key in obj.fields if key != "*")
        put(it, pair, "0", (Consts(keys),) if keys else NOTHING)
        put(it, pair, "1", join(*obj.fields.values()))
        made = it.object("list of", node, frame)
        made.kind = "list"
        put(it, made, "*", (pair,))
        return (made,)
    if name == "values":
        made = it.object("list", node, frame)
        put(it, made, "*", join(*obj.fields.values()))
        return (made,)
    if name == "keys":
        return element(it, (obj,))
    if name in ("__contains__", "has_key"):
        return looked_up(it, obj, first, node, frame)
    if name in _MOVING:
        # In which order they lie, or whether they are there, was decided.
        put(it, obj, "*", frame.control) if frame.control else None
        return element(it, (obj,)) if name == "popleft" else NOTHING
    return (obj,) if name == "copy" else through(whole(it, (obj,)), name)


__all__ = ["call", "const"]
