"""Into functions, and out of them again."""

from tree_sitter import Node

from undeclared.catalogue.syntax import Meaning
from undeclared.static.javascript.carry import CALL, Carry
from undeclared.static.javascript.functions import functions
from undeclared.static.javascript.naming import arguments, member
from undeclared.static.javascript.places import Places
from undeclared.static.javascript.program import At, text
from undeclared.static.javascript.scope import FUNCTIONS

MOST_FRAMES = 10

TEXT_METHODS = frozenset(
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


class Calls(Places):
    """Follows a value that is given to a function, and what a function gives back."""

    def _compared(self, at: At, carry: Carry, condition: str | None) -> None:
        if (not carry.thing and carry.by == "choice") or carry.raw:
            says = "compared with constants" if condition else "compared"
            self.follow(at, carry.step(at, says).choosing(condition))

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
        if index == 1 and carry.path[1:2] == (CALL,) and node.type == "object":
            self._exported(above.up(node), carry)
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

    def _exported(self, given: At, carry: Carry) -> None:
        """`define(exports, {name: () => value})`, as bundles make the exports of a module."""
        for pair in given.node.named_children:
            key = pair.child_by_field_name("key")
            if key is not None and text(key) == carry.path[0]:
                self._properties(given.up(key), carry.out().out())

    def _of_another(self, call: At, callee: Node, key: str, name: str | None, carry: Carry) -> bool:
        """A method of something else is given the value."""
        owner = callee.child_by_field_name("object")
        if owner is None:
            return False
        if carry.raw and (found := self._conditions.theirs(call, owner, key, carry)):
            self._compared(call, carry, found)
            return True
        if key in TEXT_METHODS:
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
            carry = carry._replace(frames=(*carry.frames, (call, function)))
        pattern = pattern.child_by_field_name("pattern") or pattern
        self.bind(function.up(pattern), carry.step(function.up(pattern), "given to a function"))

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
            back = carry._replace(frames=carry.frames[:-1])
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
