"""Attributes, elements and contents of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.model.code import Comparison
from undeclared.static.python import reads
from undeclared.static.python.frame import Frame
from undeclared.static.python.values import (
    NOTHING,
    Atom,
    Bound,
    Consts,
    Name,
    Obj,
    Taint,
    Value,
    chosen,
    const,
    distinct,
    hidden,
    join,
    taints,
    texts,
)

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter

MAX_FIELDS = 4_096
MAX_NESTED = 6
MAX_OBJECTS = 2_000
MAX_MODULES = 8
"""That one name of a module in `sys.modules` may be; more are a list of all of them."""
MAX_SHOWN = 48
"""Attributes of an object that is sent as it is."""
MAX_DOTTED = 160
"""Characters of a name from outside."""


def dotted(name: str) -> Value:
    """Something from outside, unless its name has grown too long to mean anything."""
    return (Name(name),) if len(name) <= MAX_DOTTED else NOTHING


def put(it: Interpreter, obj: Obj, key: str, value: Value) -> None:
    """Keep a value under a key, beside those that are there."""
    known = obj.fields.get(key)
    if known is None and len(obj.fields) >= MAX_FIELDS:
        return
    obj.fields[key] = after = join(known or NOTHING, value)
    if len(after) != len(known or NOTHING) and taints(value):
        it.changes += 1


def member(
    it: Interpreter, receiver: Value, name: str, node: Node | None = None,
    frame: Frame | None = None,
) -> Value:  # fmt: skip
    """The attribute of a value."""
    found: list[Value] = []
    for atom in receiver:
        if isinstance(atom, Obj):
            found.append(_own(it, atom, name, frame))
        elif isinstance(atom, Name):
            full = f"{atom.dotted}.{name}"
            inside = it.named(full)
            if inside is not None:
                found.append((inside,))
                continue
            fact = full in it.knows.syntax.attributes and node is not None and frame is not None
            taint = it.record.read(full, node, it.span(node, frame)) if fact else None  # type: ignore[arg-type]
            found.append((taint,) if taint else dotted(full))
        elif isinstance(atom, Taint):
            found.append((atom.through(f".{name}"),))
        elif isinstance(atom, Consts):
            found.append(_of_text(atom, name))
    if not receiver and name in it.attributes:
        owners = it.attributes[name]
        if len(owners) == 1:
            found.append(_own(it, owners[0], name, frame))
    return join(*found)


def _of_text(atom: Consts, name: str) -> Value:
    if name == "parent" or name == "name":
        folder, last = 0, 2
        part = folder if name == "parent" else last
        return join(*(const(value.rpartition("/")[part]) for value in atom.values[:16]))
    return (atom,) if atom.hidden else NOTHING


def _own(it: Interpreter, obj: Obj, name: str, frame: Frame | None) -> Value:
    if obj.kind in ("list", "dict"):
        return NOTHING
    value = obj.fields.get(name)
    if value is not None and obj.kind != "class":
        return value
    for cls in (obj, *_ancestors(obj)) if obj.kind == "class" else _ancestors(obj):
        value = cls.fields.get(name)
        if value is not None:
            return join(*(_bound(it, atom, obj, cls, frame) for atom in value))
    if obj.kind == "module":
        return it.imported_member(obj, name)
    return NOTHING


def _ancestors(obj: Obj) -> list[Obj]:
    found: list[Obj] = []
    waiting = list(obj.bases)
    while waiting and len(found) < 32:
        cls = waiting.pop(0)
        if cls not in found:
            found.append(cls)
            waiting.extend(cls.bases)
    return found


def _bound(it: Interpreter, atom: Atom, obj: Obj, cls: Obj, frame: Frame | None) -> Value:
    if not isinstance(atom, Obj) or atom.kind != "function":
        return (atom,)
    marks = texts(atom.fields.get("@", NOTHING))
    if "staticmethod" in marks:
        return (atom,)
    receiver = cls if "classmethod" in marks else obj
    if obj.kind == "class" and receiver is obj and "classmethod" not in marks:
        return (atom,)
    bound: Value = (Bound(atom, (receiver,)),)
    if any("property" in mark for mark in marks):
        return it.call_bare(bound, frame)
    return bound


def item(it: Interpreter, receiver: Value, key: Value, node: Node, frame: Frame) -> Value:
    """What lies under a key; a fact as the key chooses."""
    found: list[Value] = [chosen(key)]
    keys = texts(key)
    for atom in receiver:
        if isinstance(atom, Name):
            found.append(_outside(it, atom.dotted, keys, node, frame))
        elif isinstance(atom, Obj):
            own = [atom.fields[one] for one in keys if one in atom.fields]
            if not own or "*" in atom.fields:
                known = [atom.fields["*"]] if "*" in atom.fields and keys else atom.fields.values()
                own = [*own, *known]
            place = keys[0] if len(keys) == 1 and atom.fields.keys() == {"*"} else ""
            found.extend(_nth(value, place) for value in own)
            found.append(looked_up(it, atom, key, node, frame))
        elif isinstance(atom, Taint):
            found.append((atom,))
        elif isinstance(atom, Consts):
            found.append(_nth((atom,), keys[0] if len(keys) == 1 else ""))
    return join(*found)


def looked_up(it: Interpreter, table: Obj, key: Value, node: Node, frame: Frame) -> Value:
    """What a fact chooses as the key of a table."""
    constants = [own for own in table.fields if own != "*"]
    if table.kind != "dict" or not constants:
        return NOTHING
    listed = (Consts(tuple(constants)),)
    return distinct(
        it.record.condition(
            taint, Comparison.EQUALS, listed, False, node, it.span(node, frame)
        ).step(it.span(node, frame), "chooses an entry of a table")
        for taint in taints(key)
        if taint.by == "value"
    )


def _nth(value: Value, place: str) -> Value:
    if not place.lstrip("-").isdigit() or len(place) > 6:
        return value
    found: list[Value] = []
    for atom in value:
        if isinstance(atom, Consts) and len(atom.values) > 1:
            inside = -len(atom.values) <= int(place) < len(atom.values)
            one = (atom.values[int(place)],) if inside else atom.values
            found.append((Consts(one, atom.hidden),))
        else:
            found.append((atom,))
    return join(*found)


def _outside(it: Interpreter, name: str, keys: list[str], node: Node, frame: Frame) -> Value:
    if name in it.knows.syntax.environments:
        return reads.variables(it, keys, node, frame)
    if name == "sys.modules":
        return join(*(it.imported(own, frame) for own in keys[:MAX_MODULES]))
    for ending in (".__dict__", "vars()"):
        if name.endswith(ending) and keys:
            module = name.removesuffix(ending)
            return join(*(dotted(f"{module}.{own}") for own in keys))
    return dotted(f"{name}[]")


def element(it: Interpreter, value: Value) -> Value:
    """What going through a value gives, one at a time."""
    found: list[Value] = []
    for atom in value:
        if isinstance(atom, Obj):
            if atom.kind == "dict":
                keys = tuple(key for key in atom.fields if key != "*")
                found.append((Consts(keys),) if keys else NOTHING)
                found.append(atom.fields.get("*", NOTHING) if not keys else NOTHING)
            elif atom.kind == "list":
                found.extend(atom.fields.values())
        elif isinstance(atom, Name):
            found.append(dotted(f"{atom.dotted}[]"))
        else:
            found.append((atom,))
    return join(*found)


def spread(value: Value) -> Value:
    """The constants of a value itself, and the facts in it however deep."""
    direct = tuple(atom for atom in value if isinstance(atom, Consts))
    return join(direct, tuple(_inside(value, "", None)))


def contents(it: Interpreter, value: Value, place: str = "") -> list[Taint]:
    """The facts in a value however deep, each with the place that keys on the way say."""
    return sorted(
        _inside(value, place, it.knows.places),
        key=lambda own: (own.what, own.via, own.by, own.condition or "", own.place),
    )


def _inside(value: Value, place: str, places: dict[str, str] | None) -> list[Taint]:
    found: dict[Taint, Taint] = {}
    known: set[tuple[int, str]] = set()
    seen: set[tuple[int, str]] = set()
    waiting: list[tuple[Value, str, int]] = [(value, place, 0)]
    while waiting and len(found) < 200 and len(seen) < MAX_OBJECTS:
        inner, where, depth = waiting.pop()
        for atom in inner:
            # The type itself is asked for: these are tables of many thousands.
            if type(atom) is Taint:
                if (id(atom), where) in known:
                    continue
                known.add((id(atom), where))
                put_there = Taint(
                    atom.what, atom.signals, atom.via, atom.by, atom.condition,
                    atom.place or where, atom.reads, atom.steps,
                ) if where and not atom.place else atom  # fmt: skip
                found.setdefault(put_there, put_there)
            elif type(atom) is Obj and atom.kind in ("list", "dict", "instance"):
                if (id(atom), where) in seen or depth >= MAX_NESTED:
                    continue
                if atom.kind == "instance" and (depth or len(atom.fields) > MAX_SHOWN):
                    # An object of the program that holds all the rest is seldom sent as it is.
                    continue
                seen.add((id(atom), where))
                for key, own in atom.fields.items():
                    for one in own:
                        if type(one) is Taint or type(one) is Obj:
                            there = where or (places or {}).get(key, "")
                            waiting.append((own, there, depth + 1))
                            break
    return list(found)


def whole(it: Interpreter, value: Value) -> Value:
    """A value as one text: its facts with their places, and hidden constants."""
    return join(tuple(contents(it, value)), hidden(value))
