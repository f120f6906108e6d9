"""Follows a value from where it is read, through variables and functions, to what becomes of it."""

import heapq
from collections import Counter
from dataclasses import replace
from typing import Protocol

from tree_sitter import Node

from undeclared.catalogue.syntax import Meaning, Syntax
from undeclared.static.javascript.branches import called, decided
from undeclared.static.javascript.carry import CALL, TEXT, Carry, Kind
from undeclared.static.javascript.conditions import Conditions
from undeclared.static.javascript.constants import Constants
from undeclared.static.javascript.functions import functions
from undeclared.static.javascript.naming import Naming, arguments, member
from undeclared.static.javascript.program import CALLS, At, NotYet, Program, text
from undeclared.static.javascript.scope import FUNCTIONS
from undeclared.static.javascript.sinks import Sinks

MOST = 16_000
"""Steps in one file …"""
MOST_THINGS = 10_000
"""… those of things of the language, before they are reads …"""
MOST_OF_ROUND = 2_000
"""… before names are looked for …"""
_MOST = {
    Kind.THING: 10_000,
    Kind.TEXT: 30,
    Kind.VALUE: 200,
    Kind.CHOICE: 120,
    Kind.BUILT: 40,
    Kind.WEAK: 20,
}
"""… and from one read, by what it may still show."""
_LATER = {Kind.THING: 0, Kind.TEXT: 0, Kind.VALUE: 0, Kind.CHOICE: 2, Kind.BUILT: 8, Kind.WEAK: 16}
_TOLD = (Kind.VALUE, Kind.CHOICE)
"""Those of which a person is told if they are not followed to their end."""
TURN = 16
MOST_ROUNDS = 40
MOST_FRAMES = 10
MOST_USES = 60
"""Of one name; one with more is a helper of the whole program, and tells nothing."""
MOST_USES_OF_WEAK = 8

_TEXT_METHODS = frozenset(
    {
        "concat",
        "replace",
        "replaceAll",
        "join",
        "padStart",
        "padEnd",
        "repeat",
        "fill",
        "with",
        "update",
    }
)
_FILLS = frozenset({"push", "unshift", "add", "append", "set"})
_PASS = frozenset(
    {"parenthesized_expression", "await_expression", "non_null_expression", "spread_element",
     "array", "satisfies_expression", "as_expression", "type_assertion"}
)  # fmt: skip
_CONTROL = frozenset({"if_statement", "while_statement", "do_statement"})


class Recogniser(Protocol):
    """Knows which things of the language are reads."""

    def recognise(self, at: At, carry: Carry) -> bool:
        """Whether a thing is a read, which is followed then."""

    def subscript(self, at: At, index: At, carry: Carry) -> None:
        """A member of a thing whose key is computed."""

    def narrowed(self, carry: Carry, key: str | None) -> Carry:
        """Without the signals that this part of a read does not tell."""


class Flow:
    """The one worklist of a file."""

    def __init__(
        self,
        program: Program,
        naming: Naming,
        constants: Constants,
        conditions: Conditions,
        sinks: Sinks,
        syntax: Syntax,
    ) -> None:
        self._program = program
        self._naming = naming
        self._constants = constants
        self._conditions = conditions
        self._sinks = sinks
        self._syntax = syntax
        self._iterations = frozenset(syntax.iterations)
        self._queue: list[tuple[int, int, At, Carry]] = []
        self._count = 0
        self._waiting: list[tuple[At, Carry]] = []
        self._bound: list[tuple[At, Carry]] = []
        self._seen: set[tuple[object, ...]] = set()
        self._cost: Counter[tuple[str, int, Kind]] = Counter()
        self._turns: Counter[tuple[str, Kind]] = Counter()
        self.cut = 0
        """Ways that were not followed to their end, for there were too many."""
        self.sources: Recogniser | None = None
        """Asked at every place where a thing of the language is named."""

    def follow(self, at: At, carry: Carry) -> None:
        """The expression at a place has this value: see what becomes of it, later."""
        if carry.thing and not self._leads(carry.what):
            return
        key = (*at.span, at.node.type, carry.key())
        if key not in self._seen:
            self._seen.add(key)
            self._push(at, carry)

    def _push(self, at: At, carry: Carry) -> None:
        # What is read in one place is followed far before what is read everywhere.
        self._count += 1
        kind = carry.kind
        turn = carry.far + _LATER[kind] + self._turns[carry.what, kind] // TURN
        heapq.heappush(self._queue, (turn, self._count, at, carry))

    def _leads(self, thing: str) -> bool:
        if thing.startswith(TEXT) or thing in self._syntax.globals or self._syntax.leads(thing):
            return True
        owner = thing.rpartition(".")[0]
        return self._syntax.rule(Meaning.VARIABLES, owner) is not None

    def bind_later(self, at: At, carry: Carry) -> None:
        """A name that is declared there has this value."""
        self._bound.append((at, carry))

    def run(self) -> None:
        """Follow everything to its end, or to the limits."""
        steps, things = 0, 0
        for _ in range(MOST_ROUNDS):
            bound, self._bound = self._bound, []
            for at, carry in bound:
                try:
                    self.bind(at, carry)
                except NotYet:
                    self._bound.append((at, carry))
            most = min(MOST, steps + MOST_OF_ROUND)
            while self._queue and steps < most:
                _, _, at, carry = heapq.heappop(self._queue)
                if self._spent(carry) or (carry.thing and things >= MOST_THINGS):
                    continue
                things += carry.thing
                steps += not carry.thing
                try:
                    self._climb(at, carry)
                except NotYet:
                    self._waiting.append((at, carry))
            waiting, self._waiting = self._waiting, []
            for at, carry in waiting:
                self._push(at, carry)
            if steps >= MOST or not (self._program.fetch() or self._queue):
                break
        self.cut += sum(carry.kind in _TOLD for *_, carry in self._queue)

    def _spent(self, carry: Carry) -> bool:
        """Whether a read has been followed long enough."""
        kind = carry.kind
        one = (carry.what, carry.start, kind)
        self._cost[one] += 1
        self._turns[carry.what, kind] += 1
        if self._cost[one] == _MOST[kind] and kind in _TOLD:
            self.cut += 1
        return self._cost[one] >= _MOST[kind]

    def _climb(self, at: At, carry: Carry) -> None:
        if carry.thing and self.sources is not None and self.sources.recognise(at, carry):
            return
        node = at.node
        parent = node.parent
        if parent is None:
            return
        kind = parent.type
        above = at.up(parent)
        if kind in _PASS:
            self._passed(above, carry)
        elif kind in FUNCTIONS:
            if parent.child_by_field_name("body") == node:
                self._returned(above, above, carry)
        else:
            handler = getattr(self, f"_in_{kind}", None)
            if handler is not None:
                handler(above, node, carry)

    def _passed(self, above: At, carry: Carry) -> None:
        outer = above.node.parent
        if above.node.type == "parenthesized_expression" and outer is not None:
            if outer.type in _CONTROL and outer.child_by_field_name("condition") == above.node:
                self._decides(above.up(outer), self._tested(above, carry))
                return
            if outer.type == "switch_statement":
                self._switched(above.up(outer), carry)
                return
        self.follow(above, carry)

    # Conditions

    def _tested(self, at: At, carry: Carry) -> Carry:
        """What is decided by the truth of a value."""
        if carry.by == "choice" or carry.thing:
            return carry
        if carry.path:
            return carry if carry.path[0] == CALL else carry.choosing(None)
        found = self._conditions.present(at, carry)
        return carry.step(at, "asks whether it is set").choosing(found, weak=True)

    def _compared(self, at: At, carry: Carry, condition: str | None) -> None:
        if (not carry.thing and carry.by == "choice") or carry.raw:
            says = "compared with constants" if condition else "compared"
            self.follow(at, carry.step(at, says).choosing(condition))

    def _decides(self, statement: At, carry: Carry) -> None:
        """What a condition of a statement decides: results, variables, requests."""
        if carry.thing or carry.by == "value":
            return
        for what, at in decided(statement):
            if what == "result":
                self._returned(at, self._function(at), carry.step(at, "chooses what is returned"))
            elif what == "variable":
                self._stored(at, carry.step(at, "chooses what is kept"))
            else:
                callee = at.node.child_by_field_name("function")
                name = self._naming.of(at.up(callee)) if callee is not None else None
                if not self._sinks.chosen(at, name, carry) and callee is not None and not name:
                    self._sending(at, callee, carry)

    def _sending(self, call: At, callee: Node, carry: Carry) -> None:
        """A function of the program is called by choice: does it send?"""
        for function in functions(self._program, call.up(callee)):
            for inner in called(function):
                own = inner.node.child_by_field_name("function")
                name = self._naming.of(inner.up(own)) if own is not None else None
                if self._sinks.chosen(
                    inner, name, carry.step(call, "decides whether it is called")
                ):
                    return

    def _switched(self, statement: At, carry: Carry) -> None:
        body = statement.node.child_by_field_name("body")
        if body is None or carry.thing:
            return
        found = self._conditions.cases(statement, body, carry) if carry.raw else carry.condition
        self._decides(statement, carry.step(statement, "decides a switch").choosing(found))

    def _in_ternary_expression(self, above: At, node: Node, carry: Carry) -> None:
        if above.node.child_by_field_name("condition") != node:
            self.follow(above, carry)
        elif not carry.thing:
            chosen = self._tested(above.up(node), carry)
            self.follow(above, chosen.step(above, "chooses between two values"))
            self._decides(above, chosen)

    def _in_binary_expression(self, above: At, node: Node, carry: Carry) -> None:
        left, right = (
            above.node.child_by_field_name("left"),
            above.node.child_by_field_name("right"),
        )
        other = right if left == node else left
        sign = text(above.node.child_by_field_name("operator"))
        if other is None:
            return
        if sign in ("||", "??") or (sign == "&&" and right == node):
            self.follow(above, carry)
            if left == node and sign == "||" and carry.by == "choice":
                self._decides(above, carry)
        elif carry.thing:
            if carry.what.startswith(TEXT) and sign == "+":
                self.follow(above, carry)
        elif sign == "&&":
            chosen = self._tested(above.up(node), carry)
            self.follow(above, chosen)
            self._decides(above, chosen)
        elif sign == "+":
            self.follow(above, self._sinks.built(above, carry.done("+")))
        elif sign in ("===", "==", "!==", "!=", "<", ">", "<=", ">="):
            if other.type == "unary_expression" and text(other).startswith("typeof"):
                return
            found = self._conditions.binary(above, other, sign, carry) if carry.raw else None
            self._compared(above, carry, found)
        elif sign == "in":
            if left == node:
                self._compared(above, carry, self._conditions.lookup(above, other, carry))
        elif sign != "instanceof":
            self.follow(above, carry.done(sign))

    def _in_unary_expression(self, above: At, node: Node, carry: Carry) -> None:
        sign = text(above.node.child_by_field_name("operator"))
        if carry.thing or sign in ("typeof", "void", "delete"):
            return
        self.follow(above, self._tested(above, carry) if sign == "!" else carry.done(sign))

    # Members and calls

    def _in_member_expression(self, above: At, node: Node, carry: Carry) -> None:
        if above.node.child_by_field_name("object") == node:
            self._member(above, member(above.node), carry)

    def _in_subscript_expression(self, above: At, node: Node, carry: Carry) -> None:
        if above.node.child_by_field_name("object") == node:
            key: object = member(above.node)
            index = above.node.child_by_field_name("index")
            if key is None and index is not None and carry.thing and self.sources is not None:
                self.sources.subscript(above, above.up(index), carry)
            elif key is None and index is not None:
                key = self._constants.of(above.up(index), carry.frames)
            self._member(above, str(key) if isinstance(key, str | int) else None, carry)
        elif not carry.thing:
            owner = above.node.child_by_field_name("object")
            found = self._conditions.lookup(above, owner, carry) if owner is not None else None
            self._compared(above, carry, found)

    def _member(self, above: At, key: str | None, carry: Carry) -> None:
        call = above.node.parent
        called = (
            call is not None
            and call.type == "call_expression"
            and call.child_by_field_name("function") == above.node
        )
        if carry.thing:
            if key is not None and not carry.path:
                base = carry.what if carry.what not in self._syntax.globals else ""
                name = f"{base}.{key}".lstrip(".") if key != "default" else carry.what
                self.follow(above, replace(carry, what=name))
            elif carry.path and carry.path[0] in (key, "*"):
                self.follow(above, carry.out())
            return
        if called and call is not None and key in self._iterations:
            self._iterated(above.up(call), key, carry)
        elif carry.path:
            if carry.path[0] in (key, "*") or (key is None and carry.path[0] != CALL):
                self.follow(above, carry.out())
            elif (
                called
                and call is not None
                and key in _TEXT_METHODS | {"toString", "flat", "slice", "get"}
            ):
                self.follow(above.up(call), carry)
            elif key is not None and key.isdecimal():
                self.follow(above, carry)
        elif key in self._syntax.outcomes and carry.what.startswith("run:"):
            return
        elif called and call is not None and key is not None:
            given = arguments(call)
            if carry.raw and (found := self._conditions.own(above.up(call), key, given, carry)):
                self._compared(above.up(call), carry, found)
            elif key not in ("push", "forEach", "on", "once"):
                self.follow(above.up(call), carry.done(key))
        else:
            if self.sources is not None and not carry.via:
                carry = self.sources.narrowed(carry, key)
            self.follow(above, carry.done(f".{key}" if key is not None else "[]"))

    def _iterated(self, call: At, key: str, carry: Carry) -> None:
        """`value.map((item) => …)`, `value.then((it) => …)`."""
        inner = carry.out() if carry.path and carry.path[0] == "*" else carry
        for given in arguments(call.node)[:1]:
            for function in functions(self._program, call.up(given)):
                self.enter(function, 1 if key == "reduce" else 0, inner.done(key))
        if key in ("filter", "find", "findLast", "sort"):
            self.follow(call, carry.done(key))

    def _in_call_expression(self, above: At, node: Node, carry: Carry) -> None:
        if above.node.child_by_field_name("function") != node:
            return
        if carry.thing and not carry.path:
            self.follow(above, carry)
        elif carry.path and carry.path[0] == CALL:
            self.follow(above, carry.out().step(above, "returned by a function"))

    def _in_new_expression(self, above: At, node: Node, carry: Carry) -> None:
        if above.node.child_by_field_name("constructor") == node and carry.thing:
            self.follow(above, carry)

    def _in_arguments(self, above: At, node: Node, carry: Carry) -> None:
        if above.node.parent is None:
            return
        call = above.up(above.node.parent)
        callee = call.node.child_by_field_name("function") or call.node.child_by_field_name(
            "constructor"
        )
        given = arguments(call.node)
        if callee is None or node not in given:
            return
        index = given.index(node)
        name = self._naming.of(above.up(callee))
        key = member(callee) if callee.type == "member_expression" else None
        if carry.path and carry.path[0] == CALL:
            if key in self._iterations or key in ("catch", "finally", "replace", "replaceAll"):
                chosen = carry.by == "choice" or key in ("map", "flatMap", "then", "reduce")
                self.follow(call, carry.out() if chosen else carry.out().choosing(None))
            elif name is None or self._syntax.rule(Meaning.BLIND, name) is None:
                self.follow(call, carry)
            return
        if carry.thing:
            if (name is not None and self._syntax.rule(Meaning.SAME, name)) or (
                index == 0 and name is None and given[1:2] and given[1].type == "number"
            ):
                self.follow(call, carry)
            self._entered(call, callee, index, carry)
            return
        if self._sinks.argument(call, index, name, carry):
            return
        if name is not None and self._syntax.rule(Meaning.BLIND, name) is not None:
            self._sinks.dropped(carry)
        elif key is not None and self._of_another(call, callee, key, name, carry):
            return
        elif name is not None and self._syntax.rule(Meaning.SAME, name) is not None:
            self.follow(
                call, carry.done(f"new {name}" if call.node.type == "new_expression" else name)
            )
        elif name is not None and key not in self._iterations:
            # A function that is not of this program: what it gives depends on what it is given.
            self.follow(call, carry.done(name))
        else:
            self._entered(call, callee, index, carry)

    def _of_another(self, call: At, callee: Node, key: str, name: str | None, carry: Carry) -> bool:
        """A method of something else is given the value."""
        owner = callee.child_by_field_name("object")
        if owner is None:
            return False
        if carry.raw and (found := self._conditions.theirs(call, owner, key, carry)):
            self._compared(call, carry, found)
            return True
        if key in _TEXT_METHODS:
            self.follow(call, carry.done(key))
            if owner.type == "identifier" and key == "update":
                self._stored(call.up(owner), carry.done(key))
            return True
        if key in _FILLS and (name is None or "." not in name or owner.type == "identifier"):
            self._stored(call.up(owner), carry)
            return True
        return False

    def _entered(self, call: At, callee: Node, index: int, carry: Carry) -> None:
        for function in functions(self._program, call.up(callee)):
            self.enter(function, index, carry, call)
        if callee.type == "identifier" and not carry.thing:
            self._settled(call, callee, carry)

    def _settled(self, call: At, callee: Node, carry: Carry) -> None:
        """`new Promise((resolve) => … resolve(value))`."""
        for definition in self._program.definitions(call.up(callee)):
            function = definition.at.node
            outer = function.parent and function.parent.parent
            if definition.parameter == 0 and outer is not None and outer.type == "new_expression":
                self.follow(definition.at.up(outer), carry)

    def enter(self, function: At, index: int, carry: Carry, call: At | None = None) -> None:
        """Into a function, by one of its parameters."""
        single = function.node.child_by_field_name("parameter")
        listed = function.node.child_by_field_name("parameters")
        taken = [single] if single is not None else []
        if listed is not None:
            taken = [child for child in listed.named_children if child.type != "comment"]
        if not taken or len(carry.frames) >= MOST_FRAMES:
            return
        pattern = taken[min(index, len(taken) - 1)]
        if index >= len(taken) and pattern.type != "rest_pattern":
            return
        if call is not None:
            if any(entered.span == function.span for _, entered in carry.frames):
                return
            carry = replace(carry, frames=(*carry.frames, (call, function)))
        pattern = pattern.child_by_field_name("pattern") or pattern
        self.bind(function.up(pattern), carry.step(function.up(pattern), "given to a function"))

    # Results

    def _function(self, at: At) -> At:
        node: Node | None = at.node
        while node is not None and node.type not in FUNCTIONS:
            node = node.parent
        return at.up(node) if node is not None else at

    def _in_return_statement(self, above: At, node: Node, carry: Carry) -> None:
        self._returned(above, self._function(above), carry)

    def _returned(self, at: At, function: At, carry: Carry) -> None:
        if function.node.type not in FUNCTIONS:
            return
        if carry.frames and carry.frames[-1][1].span == function.span:
            call = carry.frames[-1][0]
            back = replace(carry, frames=carry.frames[:-1])
            self.follow(call, back.step(call, "returned by a function"))
            return
        kind = function.node.type
        name = function.node.child_by_field_name("name")
        if kind == "method_definition":
            if name is not None:
                getter = any(child.type == "get" for child in function.node.children)
                self._properties(function.up(name), carry if getter else carry.into(CALL))
        elif (
            kind in ("function_declaration", "generator_function_declaration") and name is not None
        ):
            self._name(function.up(name), carry.into(CALL))
        else:
            self.follow(function, carry.into(CALL))

    # Names and places

    def bind(self, at: At, carry: Carry) -> None:
        """A pattern is given the value."""
        node = at.node
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            self._name(at, carry)
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            if (left := node.child_by_field_name("left")) is not None:
                self._keyed(at.up(left), carry) if kind[0] == "o" else self.bind(at.up(left), carry)
        elif kind in ("array_pattern", "rest_pattern"):
            for child in node.named_children:
                self.bind(at.up(child), carry)
        elif kind == "object_pattern":
            for child in node.named_children:
                self._keyed(at.up(child), carry)
        elif kind in ("member_expression", "subscript_expression"):
            self._stored(at, carry)

    def _keyed(self, at: At, carry: Carry) -> None:
        """One entry of `{a, b: c, d = 1} = value`."""
        node, inner = at.node, at.node
        if node.type == "object_assignment_pattern":
            inner = node.child_by_field_name("left") or node
        key = node.child_by_field_name("key") or inner
        value = node.child_by_field_name("value") or inner
        if node.type == "rest_pattern":
            self.bind(at, carry)
            return
        name = text(key).strip("\"'")
        if carry.thing and not carry.path:
            moved: Carry | None = replace(carry, what=f"{carry.what}.{name}")
        elif carry.path:
            moved = carry.out() if carry.path[0] in (name, "*") else None
        else:
            if name in self._syntax.outcomes and carry.what.startswith("run:"):
                return
            moved = self.sources.narrowed(carry, name) if self.sources is not None else carry
            moved = moved.done(f".{name}")
        if moved is not None:
            if (
                carry.thing
                and self.sources is not None
                and self.sources.recognise(at.up(value), moved)
            ):
                return
            self.bind(at.up(value), moved)

    def _name(self, at: At, carry: Carry) -> None:
        """A name is given the value: follow all its uses."""
        like = CALLS if carry.path[:1] == (CALL,) else None
        most = MOST_USES_OF_WEAK if carry.weak else MOST_USES
        for count, use in enumerate(self._program.uses(at, like)):
            if count >= most and not carry.thing:
                return
            self._use(use, carry)

    def _use(self, at: At, carry: Carry) -> None:
        node, parent = at.node, at.node.parent
        if parent is None or node.type == "shorthand_property_identifier_pattern":
            return
        if node.type == "shorthand_property_identifier":
            self._put(at.up(parent), at, text(node), carry)
        elif parent.child_by_field_name("left") == node and parent.type.endswith(
            ("assignment_expression", "assignment_pattern")
        ):
            return
        elif parent.child_by_field_name("name") != node:
            self.follow(at, carry)

    def _in_variable_declarator(self, above: At, node: Node, carry: Carry) -> None:
        name = above.node.child_by_field_name("name")
        if name is not None and name != node:
            self.bind(above.up(name), carry)

    def _in_assignment_expression(self, above: At, node: Node, carry: Carry) -> None:
        left = above.node.child_by_field_name("left")
        if left is not None and left != node:
            self.bind(above.up(left), carry)
            self.follow(above, carry)

    def _in_augmented_assignment_expression(self, above: At, node: Node, carry: Carry) -> None:
        self._in_assignment_expression(above, node, carry)

    def _in_assignment_pattern(self, above: At, node: Node, carry: Carry) -> None:
        left = above.node.child_by_field_name("left")
        if left is not None and left != node:
            self.bind(above.up(left), carry)

    _in_object_assignment_pattern = _in_assignment_pattern

    def _in_required_parameter(self, above: At, node: Node, carry: Carry) -> None:
        pattern = above.node.child_by_field_name("pattern")
        if pattern is not None and above.node.child_by_field_name("value") == node:
            self.bind(above.up(pattern), carry)

    def _in_for_in_statement(self, above: At, node: Node, carry: Carry) -> None:
        left = above.node.child_by_field_name("left")
        if left is not None and left != node and not carry.thing:
            self.bind(above.up(left), carry)

    def _stored(self, at: At, carry: Carry) -> None:
        """A variable, or a property of something, is given the value."""
        node = at.node
        if node.type == "identifier":
            self._name(at, carry)
            return
        key = member(node)
        owner = node.child_by_field_name("object")
        if owner is None:
            return
        key = key or "*"
        if self._sinks.key(at, key, owner, carry) and not carry.thing:
            return
        if owner.type == "identifier" and text(owner) not in ("exports", "module"):
            self._name(at.up(owner), carry.into(key))
        elif (name := node.child_by_field_name("property")) is not None:
            self._properties(at.up(name), carry)

    def _properties(self, at: At, carry: Carry) -> None:
        """A property is given the value, of an object that is not followed: by its name."""
        if carry.weak:
            return
        for count, place in enumerate(self._program.members(text(at.node), at)):
            parent = place.node.parent
            if parent is None or place.span == at.span or count >= MOST_USES:
                continue
            if parent.type == "member_expression":
                self._use(place.up(parent), carry)
            elif place.node.type == "shorthand_property_identifier_pattern":
                self._name(place, carry)
            elif parent.type == "pair_pattern" and (value := parent.child_by_field_name("value")):
                self.bind(place.up(value), carry)

    def _in_field_definition(self, above: At, node: Node, carry: Carry) -> None:
        name = above.node.child_by_field_name("property") or above.node.child_by_field_name("name")
        if name is not None and name != node:
            self._properties(above.up(name), carry)

    _in_public_field_definition = _in_field_definition

    # Objects and texts

    def _in_pair(self, above: At, node: Node, carry: Carry) -> None:
        key = above.node.child_by_field_name("key")
        if key is not None and key != node and above.node.parent is not None:
            name = "*" if key.type == "computed_property_name" else text(key).strip("\"'")
            self._put(above.up(above.node.parent), above, name, carry)

    def _put(self, owner: At, at: At, key: str, carry: Carry) -> None:
        if (
            carry.thing
            or carry.path[:1] == (CALL,)
            or not self._sinks.key(at, key, owner.node, carry)
        ):
            self.follow(owner, carry.into(key))

    def _in_object(self, above: At, node: Node, carry: Carry) -> None:
        self.follow(above, carry)

    def _in_template_substitution(self, above: At, node: Node, carry: Carry) -> None:
        if above.node.parent is None:
            return
        outer = above.up(above.node.parent)
        if carry.thing:
            self.follow(outer, carry)
        else:
            self.follow(outer, self._sinks.built(outer, carry.done("text")))

    def _in_expression_statement(self, above: At, node: Node, carry: Carry) -> None:
        loop = above.node.parent
        if loop is not None and loop.type == "for_statement":
            if loop.child_by_field_name("condition") == above.node:
                self._decides(above.up(loop), self._tested(above, carry))

    def _in_sequence_expression(self, above: At, node: Node, carry: Carry) -> None:
        if above.node.named_children[-1] == node:
            self.follow(above, carry)
