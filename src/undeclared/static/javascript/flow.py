"""Follows a value from where it is read, by the syntax around it, to what becomes of it."""

from tree_sitter import Node

from undeclared.static.javascript.branches import called, decided
from undeclared.static.javascript.calls import TEXT_METHODS, Calls
from undeclared.static.javascript.carry import CALL, TEXT, Carry
from undeclared.static.javascript.functions import functions
from undeclared.static.javascript.naming import arguments, member
from undeclared.static.javascript.program import At, text
from undeclared.static.javascript.scope import FUNCTIONS

_PASS = frozenset(
    {"parenthesized_expression", "await_expression", "non_null_expression", "spread_element",
     "array", "satisfies_expression", "as_expression", "type_assertion"}
)  # fmt: skip
_CONTROL = frozenset({"if_statement", "while_statement", "do_statement"})


class Flow(Calls):
    """The values of one file on their ways."""

    def climb(self, at: At, carry: Carry) -> None:
        """See what becomes of the value of an expression where it stands."""
        if carry.thing and self.sources is not None and self.sources.recognise(at, carry):
            return
        node = at.node
        parent = node.parent
        if parent is None:
            return
        kind = parent.type
        above = at.up(parent)
        if kind in _PASS:
            if kind != "array" or not self._taken_apart(above, node, carry):
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

    def _taken_apart(self, array: At, node: Node, carry: Carry) -> bool:
        """`[a, b] = [value, other]`, `[a, b] = await Promise.all([value, other])`."""
        at = array.node
        while (outer := at.parent) is not None and (
            outer.type in ("arguments", "await_expression")
            or (outer.type == "call_expression" and text(outer).startswith("Promise.all("))
        ):
            at = outer
        name = outer.child_by_field_name("name") if outer is not None else None
        if name is None or name.type != "array_pattern" or node not in array.node.named_children:
            return False
        index = array.node.named_children.index(node)
        taken = name.named_children
        if index < len(taken) and name.named_child_count == text(name).count(",") + 1:
            self.bind(array.up(taken[index]), carry)
            return True
        return False

    def _tested(self, at: At, carry: Carry) -> Carry:
        """What is decided by the truth of a value."""
        if carry.by == "choice" or carry.thing:
            return carry
        if carry.path:
            return carry if carry.path[0] == CALL else carry.choosing(None)
        found = self._conditions.present(at, carry)
        return carry.step(at, "asks whether it is set").choosing(found, weak=True)

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
        """A function of the program is called by choice, which may send."""
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
                self.follow(above, carry._replace(what=name))
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
                and key in TEXT_METHODS | {"toString", "flat", "slice", "get"}
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
        if (
            loop is not None
            and loop.type == "for_statement"
            and loop.child_by_field_name("condition") == above.node
        ):
            self._decides(above.up(loop), self._tested(above, carry))

    def _in_sequence_expression(self, above: At, node: Node, carry: Carry) -> None:
        if above.node.named_children[-1] == node:
            self.follow(above, carry)
