"""What leaves the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.catalogue.syntax import Sink
from undeclared.static.python.frame import Frame, Given, decided
from undeclared.static.python.models import contents
from undeclared.static.python.syntax import text
from undeclared.static.python.values import Bound, Name, Obj, Value, objects

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter

_SAYS: dict[Sink, str] = {
    "request body": "goes into the body of a request",
    "header": "goes into a header of a request",
    "url": "goes into the address of a request",
    "prompt": "goes into a prompt",
    "telemetry event": "goes into a telemetry event",
    "request": "goes into a request",
    "other": "goes to something that sends",
}


def sent(
    it: Interpreter, callee: Value, given: Given, node: Node, target: Node, frame: Frame
) -> None:
    """Keep what a call sends, if it does."""
    rules = _rules(it, callee, given, target)
    if not rules:
        return
    span = it.span(node, frame)
    for rule in rules:
        default = rule.get("*", "other" if "*" in rule else None)
        for name, value in _arguments(given):
            sink = rule.get(name, default)
            if sink is None:
                continue
            for taint in contents(it, value):
                where: Sink = sink
                if taint.place == "prompt" and sink in ("request body", "prompt", "request"):
                    where = "prompt"
                elif taint.place == "header" and sink != "telemetry event":
                    where = "header"
                it.record.flow(taint, where, span, _SAYS[where])
    if any(rule.get("0", rule.get("*", "other")) != "other" for rule in rules):
        frame.sends = True
        reached(it, node, frame)
    else:
        for taint in frame.control:
            it.record.flow(taint, "other", span, "decides whether this is done")


def kept(
    it: Interpreter, holder: Node | None, held: Value, value: Value, node: Node, frame: Frame
) -> None:
    """Keep what is put among the headers of something that is not of the program."""
    if holder is None or holder.type != "attribute" or objects(held):
        return
    place = it.knows.places.get(text(holder.child_by_field_name("attribute")))
    if place == "header":
        for taint in contents(it, decided(frame, value)):
            it.record.flow(taint, "header", it.span(node, frame), _SAYS["header"])


def reached(it: Interpreter, node: Node, frame: Frame) -> None:
    """Keep what decides whether something is sent here at all."""
    span = it.span(node, frame)
    for taint in frame.control:
        it.record.flow(taint, "request", span, "decides whether something is sent")


def _arguments(given: Given) -> list[tuple[str, Value]]:
    numbered = [(str(number), value) for number, value in enumerate(given.positional)]
    return [*numbered, *given.named, ("*", given.rest)]


def _rules(it: Interpreter, callee: Value, given: Given, target: Node) -> list[dict[str, Sink]]:
    found = []
    for atom in callee:
        if isinstance(atom, Name):
            rule = it.knows.sink(atom.dotted)
            if rule is not None:
                found.append(rule.arguments)
    own = any(isinstance(atom, Bound | Obj) for atom in callee)
    if found or own or target.type != "attribute":
        return found[:2]
    receiver = text(target.child_by_field_name("object"))
    method = text(target.child_by_field_name("attribute"))
    named = [name for name, _ in given.named]
    for loose in it.knows.syntax.methods:
        if len(receiver) < 200 and loose.match(receiver, method, named):
            return [loose.arguments]
    return []
