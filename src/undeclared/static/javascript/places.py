"""Where a value is kept: variables, patterns, objects and their properties."""

from tree_sitter import Node

from undeclared.static.javascript.carry import CALL, Carry, Kind
from undeclared.static.javascript.naming import member
from undeclared.static.javascript.program import MOST_PLACES, At, calls, text
from undeclared.static.javascript.worklist import Worklist

MOST_USES = {Kind.VALUE: 40, Kind.CHOICE: 16, Kind.DECIDED: 16, Kind.BUILT: 8, Kind.WEAK: 6}
"""Of one name; what has more is a helper of the whole program, and tells nothing."""


class Places(Worklist):
    """Follows a value to where what keeps it is used."""

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
            moved: Carry | None = carry._replace(what=f"{carry.what}.{name}")
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
        like = calls if carry.path[:1] == (CALL,) else None
        most = MOST_USES.get(carry.kind, MOST_PLACES)
        for count, use in enumerate(self._program.uses(at, like)):
            if count >= most:
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
            if (name := node.child_by_field_name("property")) is not None and any(
                definition.parameter is not None
                for definition in self._program.definitions(at.up(owner))
            ):
                # What is given to a function from outside, such as the exports of a module.
                self._properties(at.up(name), carry)
        elif (name := node.child_by_field_name("property")) is not None:
            self._properties(at.up(name), carry)

    def _properties(self, at: At, carry: Carry) -> None:
        """A property is given the value, of an object that is not followed: by its name."""
        if carry.weak:
            return
        for count, place in enumerate(self._program.members(text(at.node), at)):
            parent = place.node.parent
            if parent is None or place.span == at.span or count >= MOST_USES[Kind.VALUE]:
                continue
            if parent.type == "member_expression":
                self._use(place.up(parent), carry)
            elif place.node.type == "shorthand_property_identifier_pattern":
                self._name(place, carry)
            elif parent.type == "pair_pattern" and (value := parent.child_by_field_name("value")):
                self.bind(place.up(value), carry)

    def _put(self, owner: At, at: At, key: str, carry: Carry) -> None:
        if (
            carry.thing
            or carry.path[:1] == (CALL,)
            or not self._sinks.key(at, key, owner.node, carry)
        ):
            self.follow(owner, carry.into(key))

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
            if any(child.type == "accessibility_modifier" for child in above.node.children):
                self._properties(above.up(pattern), carry)

    def _in_for_in_statement(self, above: At, node: Node, carry: Carry) -> None:
        left = above.node.child_by_field_name("left")
        if left is not None and left != node and not carry.thing:
            self.bind(above.up(left), carry)

    def _in_field_definition(self, above: At, node: Node, carry: Carry) -> None:
        name = above.node.child_by_field_name("property") or above.node.child_by_field_name("name")
        if name is not None and name != node:
            self._properties(above.up(name), carry)

    _in_public_field_definition = _in_field_definition

    def _in_pair(self, above: At, node: Node, carry: Carry) -> None:
        key = above.node.child_by_field_name("key")
        if key is not None and key != node and above.node.parent is not None:
            name = "*" if key.type == "computed_property_name" else text(key).strip("\"'")
            self._put(above.up(above.node.parent), above, name, carry)

    def _in_object(self, above: At, node: Node, carry: Carry) -> None:
        self.follow(above, carry)
