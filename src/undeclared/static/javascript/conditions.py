"""Comparisons of a value with constants."""

from tree_sitter import Node

from undeclared.model.code import CodeCondition, Comparison
from undeclared.static.identity import identity
from undeclared.static.javascript.carry import Carry
from undeclared.static.javascript.constants import Constants
from undeclared.static.javascript.program import At, Program, text
from undeclared.static.javascript.values import UNKNOWN, Hidden, Pattern, flat

MOST_VALUES = 1_000
MOST_TEXT = 300

_EQUAL = {"===": False, "==": False, "!==": True, "!=": True}
_ORDER = frozenset({"<", ">", "<=", ">="})
_OWN = {
    "includes": Comparison.CONTAINS,
    "indexOf": Comparison.CONTAINS,
    "lastIndexOf": Comparison.CONTAINS,
    "startsWith": Comparison.PREFIX,
    "endsWith": Comparison.SUFFIX,
    "match": Comparison.MATCHES,
    "matchAll": Comparison.MATCHES,
    "search": Comparison.MATCHES,
    "localeCompare": Comparison.EQUALS,
    "equals": Comparison.EQUALS,
}
"""Methods of the value that compare it with their argument …"""
_THEIRS = {
    "includes": Comparison.EQUALS,
    "indexOf": Comparison.EQUALS,
    "lastIndexOf": Comparison.EQUALS,
    "has": Comparison.EQUALS,
    "get": Comparison.EQUALS,
    "hasOwnProperty": Comparison.EQUALS,
    "test": Comparison.MATCHES,
    "exec": Comparison.MATCHES,
}
"""… and methods of constants that compare them with the value."""
_ABSENT = frozenset({"undefined", "null", "void 0", '""', "''", "``"})


class Conditions:
    """All comparisons found so far, each once."""

    def __init__(self, program: Program, constants: Constants) -> None:
        self._program = program
        self._constants = constants
        self.found: dict[tuple[str, int, int], CodeCondition] = {}

    def binary(self, at: At, other: Node, sign: str, carry: Carry) -> str | None:
        """`value === constant` and the like."""
        if sign in _ORDER:
            value = self._constants.of(at.up(other), carry.frames)
            values = _values(value) or ((text(other),) if len(text(other)) < 40 else ())
            return self._add(at, carry, Comparison.COMPARES, values, value) if values else None
        negated = _EQUAL[sign]
        if text(other) in _ABSENT:
            return self._add(at, carry, Comparison.PRESENT, (), UNKNOWN, negated=not negated)
        value = self._constants.of(at.up(other), carry.frames)
        outer, others = _alternatives(at.node, other, sign)
        if others and _values(value):
            more = [self._constants.of(at.up(one), carry.frames) for one in others]
            at, value = at.up(outer), next((one for one in more if isinstance(one, Hidden)), more)
        return self._add(at, carry, Comparison.EQUALS, _values(value), value, negated=negated)

    def own(self, call: At, method: str, given: list[Node], carry: Carry) -> str | None:
        """`value.startsWith(constant)` and the like."""
        test = _OWN.get(method)
        if test is None or not given:
            return None
        value = self._constants.of(call.up(given[0]), carry.frames)
        if isinstance(value, Pattern) and test is Comparison.CONTAINS:
            test = Comparison.MATCHES
        if method in ("indexOf", "includes") and "split" in carry.via[-2:]:
            test = Comparison.EQUALS
        return self._add(call, carry, test, _values(value), value)

    def theirs(self, call: At, owner: Node, method: str, carry: Carry) -> str | None:
        """`constants.has(value)` and the like."""
        test = _THEIRS.get(method)
        if test is None:
            return None
        value = self._constants.of(call.up(owner), carry.frames)
        if test is Comparison.MATCHES and not isinstance(value, Pattern | Hidden):
            return None
        if isinstance(value, str) and test is Comparison.EQUALS:
            return None
        return self._add(call, carry, test, _values(value), value)

    def lookup(self, at: At, owner: Node, carry: Carry) -> str | None:
        """`TABLE[value]`, `value in TABLE`."""
        value = self._constants.of(at.up(owner), carry.frames)
        if not isinstance(value, dict | Hidden):
            return None
        return self._add(at, carry, Comparison.EQUALS, _values(value), value)

    def cases(self, at: At, body: Node, carry: Carry) -> str | None:
        """`switch (value) { case constant: … }`."""
        cases = [child.child_by_field_name("value") for child in body.named_children]
        values = [self._constants.of(at.up(case), carry.frames) for case in cases if case]
        return self._add(at, carry, Comparison.EQUALS, _values(values), values)

    def present(self, at: At, carry: Carry, *, negated: bool = False) -> str | None:
        """`if (value)`; a text that the value was built into is always there."""
        if not {"text", "+"}.isdisjoint(carry.via):
            return None
        return self._add(at, carry, Comparison.PRESENT, (), UNKNOWN, negated=negated)

    def _add(
        self,
        at: At,
        carry: Carry,
        test: Comparison,
        values: tuple[str, ...],
        value: object,
        *,
        negated: bool = False,
    ) -> str | None:
        if not carry.raw or (not values and test is not Comparison.PRESENT):
            return None
        negated ^= _denied(at.node)
        hidden = value.id if isinstance(value, Hidden) else None
        parts = (carry.what, "/".join(carry.via), test, str(negated), *values)
        id_ = identity("condition", *parts)
        key = (id_, *at.span)
        if key not in self.found:
            self.found[key] = CodeCondition(
                id=id_,
                signals=carry.signals,
                what=carry.what,
                via=carry.via,
                test=test,
                values=values,
                hidden=hidden,
                negated=negated,
                region=self._program.region(*at.span),
                reads=(self._program.region(carry.start, carry.end),),
            )
        return id_


def _alternatives(node: Node, constant: Node, sign: str) -> tuple[Node, list[Node]]:
    """The constants of `v === a || v === b`, and the whole of it; none if there is only one."""
    joint = "||" if not _EQUAL[sign] else "&&"
    outer, parent = node, node.parent
    while parent is not None and parent.type in ("binary_expression", "parenthesized_expression"):
        own = text(parent.child_by_field_name("operator"))
        if parent.type == "binary_expression" and own != joint:
            break
        outer, parent = parent, parent.parent
    sides = [node.child_by_field_name(side) for side in ("left", "right")]
    subject = next((text(side) for side in sides if side is not None and side != constant), "")
    found: list[Node] = []
    stack = [outer]
    while stack and len(found) < MOST_VALUES:
        one = stack.pop()
        left, right = one.child_by_field_name("left"), one.child_by_field_name("right")
        if one.type == "parenthesized_expression":
            stack.extend(one.named_children)
        elif one.type == "binary_expression" and left is not None and right is not None:
            if text(one.child_by_field_name("operator")) == joint:
                stack += [right, left]
            elif text(one.child_by_field_name("operator")) == sign and subject in (
                text(left),
                text(right),
            ):
                found.append(right if text(left) == subject else left)
    return outer, found if len(found) > 1 else []


def _denied(node: Node) -> bool:
    """Whether the truth of an expression is turned around where it stands."""
    parent, turned = node.parent, False
    while parent is not None and parent.type in ("parenthesized_expression", "unary_expression"):
        if parent.type == "unary_expression":
            if text(parent.child_by_field_name("operator")) != "!":
                break
            turned = not turned
        parent = parent.parent
    return turned


def _values(value: object) -> tuple[str, ...]:
    """The texts that a constant stands for, in its order and each once."""
    found = []
    for item in flat(value):
        if isinstance(item, Pattern):
            found.append(item.source[:MOST_TEXT])
        elif isinstance(item, bool):
            found.append("true" if item else "false")
        elif isinstance(item, str | int | float):
            found.append(str(item)[:MOST_TEXT])
    return tuple(dict.fromkeys(found))[:MOST_VALUES]
