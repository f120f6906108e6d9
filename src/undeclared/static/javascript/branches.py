"""What a condition decides: what is returned, kept or called in its branches."""

from collections.abc import Iterator
from typing import Literal

from tree_sitter import Node

from undeclared.static.javascript.program import At
from undeclared.static.javascript.scope import FUNCTIONS

MOST_NODES = 400
MOST_FOUND = 24

Decided = tuple[Literal["result", "variable", "call"], At]

_BRANCHES = ("consequence", "alternative", "body", "right")
_CHANGING = frozenset({"push", "unshift", "add", "append", "set", "splice", "reverse", "sort"})


def decided(statement: At) -> Iterator[Decided]:
    """Returns, assignments and calls in the branches of a statement or an expression.

    Of a return, the statement; of an assignment, what is assigned to.
    """
    stack = [
        branch
        for field in _BRANCHES
        if (branch := statement.node.child_by_field_name(field)) is not None
    ]
    left, found = MOST_NODES, 0
    while stack and left and found < MOST_FOUND:
        left -= 1
        node = stack.pop()
        if node.type in FUNCTIONS:
            continue
        for one in _decided(node):
            found += 1
            yield one[0], statement.up(one[1])
        stack.extend(reversed(node.named_children))


def _decided(node: Node) -> Iterator[tuple[Literal["result", "variable", "call"], Node]]:
    if node.type == "return_statement" and node.named_child_count:
        yield "result", node
    elif node.type in ("assignment_expression", "augmented_assignment_expression"):
        target = node.child_by_field_name("left")
        if target is not None:
            yield "variable", target
    elif node.type == "call_expression":
        callee = node.child_by_field_name("function")
        if callee is not None and callee.type == "member_expression":
            key = callee.child_by_field_name("property")
            owner = callee.child_by_field_name("object")
            if (
                key is not None
                and owner is not None
                and (key.text or b"").decode(errors="replace") in _CHANGING
            ):
                yield "variable", owner
        yield "call", node


def called(function: At) -> Iterator[At]:
    """The calls within a function."""
    stack, left, found = [function.node], MOST_NODES, 0
    while stack and left and found < MOST_FOUND:
        left -= 1
        node = stack.pop()
        if node.type == "call_expression":
            found += 1
            yield function.up(node)
        stack.extend(reversed(node.named_children))
