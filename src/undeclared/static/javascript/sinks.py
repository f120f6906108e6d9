"""Where a value leaves the machine, or what it is built into."""

import re
from dataclasses import dataclass

from tree_sitter import Node

from undeclared.catalogue.syntax import Meaning, Sink, Syntax
from undeclared.model.code import CodeFlow, FlowStep
from undeclared.static.identity import identity
from undeclared.static.javascript.carry import CALL, Carry
from undeclared.static.javascript.naming import Naming, arguments, member, plain
from undeclared.static.javascript.program import At, Program, text

_EVENT = re.compile(r"[a-z][a-z0-9]*(?:[_.:/-][a-z0-9]+){1,8}")
_WORDS = re.compile(r"(?:(?<=\s)|^)[^\W\d_][\w'’-]*(?=[\s,.:;!?]|$)")
_MESSAGE = frozenset({"role", "type"})
_TEXTS = frozenset({"content", "text", "parts"})
PROSE = 3
"""Words that make a text one for people or models."""


@dataclass
class _Text:
    carry: Carry
    at: At


class Sinks:
    """Recognises sinks and keeps the ways that reach one."""

    def __init__(self, program: Program, naming: Naming, syntax: Syntax) -> None:
        self._program = program
        self._naming = naming
        self._syntax = syntax
        self.found: dict[tuple[str, int, int], CodeFlow] = {}
        self._texts: dict[tuple[object, ...], _Text] = {}
        self._told: set[tuple[object, ...]] = set()

    def argument(self, call: At, index: int, name: str | None, carry: Carry) -> bool:
        """Whether an argument of a call leaves, which is noted then."""
        callee = call.node.child_by_field_name("function") or call.node.child_by_field_name(
            "constructor"
        )
        if callee is None:
            return False
        sink = self._called(callee, index, name, carry)
        if sink is None and _is_event(arguments(call.node), index):
            sink = "telemetry event"
        if sink is not None:
            self.add(call, sink, carry)
        return sink is not None

    def _called(self, callee: Node, index: int, name: str | None, carry: Carry) -> Sink | None:
        names = [name] if name is not None else []
        receiver = ""
        if callee.type == "member_expression":
            receiver = text(callee.child_by_field_name("object"))[-60:]
            names.append(f"{re.sub(r'[^A-Za-z0-9_$.]+', '', receiver) or 'x'}.{member(callee)}")
        for one in names:
            rule = self._syntax.rule(Meaning.SENDS, one, receiver)
            if rule is None:
                continue
            for takes in rule.takes:
                inside = takes.member is None or takes.member in carry.path[:2]
                if takes.argument in (None, index) and inside:
                    return takes.sink
        return None

    def key(self, at: At, key: str, owner: Node, carry: Carry) -> bool:
        """Whether a key of an object says that its value leaves, which is noted then."""
        rule = self._syntax.rule(Meaning.PLACE, key)
        if rule is not None:
            self.add(at, rule.takes[0].sink, carry)
            return True
        if key in _TEXTS and _MESSAGE & set(_keys(owner)):
            self.add(at, "prompt", carry)
            return True
        return False

    def chosen(self, call: At, name: str | None, carry: Carry) -> bool:
        """Whether a call that a condition decides about sends, which is noted then."""
        callee = call.node.child_by_field_name("function")
        if callee is None:
            return False
        given = arguments(call.node)
        for index in range(max(1, len(given))):
            sink = self._called(callee, index, name, carry)
            if sink is not None or _is_event(given, 1):
                self.add(
                    call,
                    "request" if sink != "telemetry event" and sink else "telemetry event",
                    carry,
                )
                return True
        return False

    def built(self, at: At, carry: Carry) -> Carry:
        """A text that a value is built into; noted if it is one for people or models."""
        if carry.path[:1] == (CALL,):
            return carry
        carry = carry._replace(path=())
        if len(_WORDS.findall(_prose(at.node))) < PROSE:
            return carry
        step = carry.step(at, "put into a text" if carry.by == "value" else "decides a text")
        if carry.text is not None:
            # A text within a text: the way goes on in the outer one.
            self.dropped(carry)
        made = step._replace(text=at.span)
        self._texts.setdefault((carry.what, carry.start, at.span), _Text(made, at))
        return made

    def dropped(self, carry: Carry) -> None:
        """A text that goes nowhere but to a person."""
        if carry.text is not None:
            self._told.add((carry.what, carry.start, carry.text))

    def add(self, at: At, sink: Sink, carry: Carry) -> None:
        """Keep a way that reaches a sink."""
        if carry.text is not None:
            self._told.add((carry.what, carry.start, carry.text))
        id_ = identity("flow", carry.what, sink, carry.by, carry.condition or "")
        key = (id_, *at.span)
        if key in self.found:
            return
        region = self._program.region
        steps = [
            FlowStep(region=region(carry.start, carry.end), says=f"read of {carry.what}"),
            *(
                FlowStep(region=region(step.start, step.end), says=step.says)
                for step in carry.steps
            ),
            FlowStep(region=region(*at.span), says=f"goes to: {sink}"),
        ]
        self.found[key] = CodeFlow(
            id=id_,
            signals=carry.signals,
            what=carry.what,
            sink=sink,
            by=carry.by,
            steps=tuple(steps),
            condition=carry.condition,
        )

    def rest(self) -> None:
        """Keep the texts whose further way was lost."""
        for key, one in self._texts.items():
            if key not in self._told:
                self.add(one.at, "other", one.carry._replace(text=None))


def _prose(node: Node) -> str:
    if node.type == "template_string":
        return " ".join(
            text(child) for child in node.named_children if child.type == "string_fragment"
        )
    return " ".join(plain(child) for child in node.named_children if child.type == "string")


def _keys(owner: Node) -> list[str]:
    return [
        text(child.child_by_field_name("key") or child).strip("\"'")
        for child in owner.named_children[:40]
        if child.type in ("pair", "shorthand_property_identifier")
    ]


def _is_event(given: list[Node], index: int) -> bool:
    """`f("some_event", {…})`: an event with its properties, whatever the function is called."""
    return (
        index == 1
        and len(given) == 2
        and given[0].type == "string"
        and given[1].type == "object"
        and _EVENT.fullmatch(plain(given[0])) is not None
    )
