"""The functions of a program: which one a call enters, what it gives back, who calls it."""

from undeclared.static.javascript.naming import arguments, member
from undeclared.static.javascript.program import At, Program
from undeclared.static.javascript.scope import FUNCTIONS

MOST_CALLS = 80

Frames = tuple[tuple[At, At], ...]
"""Calls that led here, the outermost first: the call, and the function that it enters."""


def functions(program: Program, callee: At, levels: int = 4) -> list[At]:
    """The functions that a callee can be."""
    node = callee.node
    if node.type in FUNCTIONS:
        return [callee]
    if levels <= 0:
        return []
    if node.type == "parenthesized_expression" and node.named_child_count:
        return functions(program, callee.up(node.named_children[-1]), levels - 1)
    if node.type in ("call_expression", "new_expression"):
        # What a helper makes of a function is taken for the function: `memoize(() => …)`.
        return [
            found
            for given in arguments(node)[:2]
            if given.type in FUNCTIONS
            for found in functions(program, callee.up(given), levels - 1)
        ]
    if node.type == "identifier":
        return [
            found
            for definition in program.definitions(callee)
            if definition.parameter is None and not definition.path
            for found in functions(program, definition.at, levels - 1)
        ]
    if node.type == "assignment_expression" and (right := node.child_by_field_name("right")):
        return functions(program, callee.up(right), levels - 1)
    if node.type == "member_expression":
        return methods(program, callee)
    return []


def methods(program: Program, callee: At) -> list[At]:
    """The functions that are a property of the name that a callee ends in; one, or none."""
    name = member(callee.node) or ""
    found = []
    for place in program.members(name, callee):
        parent = place.node.parent
        if parent is None:
            continue
        if parent.type == "method_definition":
            found.append(place.up(parent))
        elif parent.type in ("pair", "field_definition", "public_field_definition"):
            value = parent.child_by_field_name("value")
            if (
                value is not None
                and value.type in FUNCTIONS
                and value.start_byte > place.node.start_byte
            ):
                found.append(place.up(value))
    return found if len(found) == 1 else []


def results(function: At) -> list[At]:
    """The expressions that a function gives back."""
    body = function.node.child_by_field_name("body")
    if body is None:
        return []
    if body.type != "statement_block":
        return [function.up(body)]
    found: list[At] = []
    stack = [body]
    while stack and len(found) < 8:
        node = stack.pop()
        if node.type == "return_statement" and node.named_child_count:
            found.append(function.up(node.named_children[0]))
        elif node.type not in FUNCTIONS and (
            node.type.endswith(("statement", "clause", "body", "case", "default", "block"))
        ):
            stack.extend(node.named_children)
    return found


def callers(program: Program, name: At, frames: Frames, levels: int = 3) -> list[Frames]:
    """Ways to call the function that an identifier is a parameter of."""
    found: list[Frames] = []
    for definition in program.definitions(name) if name.node.type == "identifier" else ():
        if definition.parameter is None or levels <= 0:
            continue
        function = definition.at
        for call in calls(program, function)[:MOST_CALLS]:
            found.append(((call, function), *frames))
            given = arguments(call.node)
            if definition.parameter < len(given):
                passed = call.up(given[definition.parameter])
                outer = callers(program, passed, (), levels - 1)
                found += [(*before, (call, function), *frames) for before in outer]
    return found[:MOST_CALLS]


def calls(program: Program, function: At) -> list[At]:
    """The calls of a function by its name."""
    node = function.node
    name = node.child_by_field_name("name")
    parent = node.parent
    places: list[At] = []
    if node.type == "method_definition" and name is not None:
        places = [
            place.up(place.node.parent)
            for place in program.members(name.text.decode() if name.text else "", function)
            if place.node.parent is not None
        ]
    elif name is not None and node.type.endswith("declaration"):
        places = list(program.uses(function.up(name)))
    elif parent is not None and parent.type == "variable_declarator":
        declared = parent.child_by_field_name("name")
        if declared is not None and declared.type == "identifier":
            places = list(program.uses(function.up(declared)))
    return [
        place.up(call)
        for place in places
        if (call := place.node.parent) is not None
        and call.type == "call_expression"
        and call.child_by_field_name("function") == place.node
    ]
