"""What constant expressions come to, as far as it is worth knowing without running them."""

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from urllib.parse import unquote

from tree_sitter import Node

from undeclared.model.code import HiddenConstants
from undeclared.static.javascript.functions import Frames, functions, results
from undeclared.static.javascript.naming import Naming, arguments, member
from undeclared.static.javascript.program import At, Definition, Program, text
from undeclared.static.javascript.scope import FUNCTIONS
from undeclared.static.javascript.values import (
    UNKNOWN,
    Hidden,
    Octets,
    Pattern,
    added,
    decoded,
    escaped,
    flat,
    from_codes,
    method,
    number,
    part,
    unescaped,
)

MOST_LEVELS = 24
MOST_STEPS = 3_000
"""Of one evaluation."""
MOST_ITEMS = 2_000
MOST_MAPPED = 600

_PASSING = frozenset(
    {"parenthesized_expression", "await_expression", "non_null_expression", "as_expression",
     "satisfies_expression", "sequence_expression"}
)  # fmt: skip
_NUMERIC: dict[str, Callable[[int, int], int]] = {
    "-": operator.sub, "*": operator.mul, "^": operator.xor, "&": operator.and_,
    "|": operator.or_, "%": lambda a, b: a % b if b else 0,
    "<<": lambda a, b: (a << (b & 31)) & 0xFFFFFFFF, ">>": lambda a, b: a >> (b & 31),
    ">>>": lambda a, b: (a & 0xFFFFFFFF) >> (b & 31),
}  # fmt: skip
_CONTAINERS = frozenset({"Set", "Array.from", "Object.freeze", "Array", "Array.of", "Object.keys"})


class Constants:
    """Evaluates expressions of a program."""

    def __init__(
        self,
        program: Program,
        naming: Naming,
        hidden: Iterable[HiddenConstants],
        iterations: Sequence[str],
    ) -> None:
        self._program = program
        self._naming = naming
        self._iterations = frozenset(iterations)
        self._left = MOST_STEPS
        self._known: dict[tuple[int, int, str], object] = {}
        self._items: dict[tuple[int, int], tuple[object, int]] = {}
        self._given = hidden

    def of(self, at: At, frames: Frames = (), levels: int = MOST_LEVELS) -> object:
        """Its value: text, number, list, mapping, Pattern, Several, Hidden; or UNKNOWN."""
        self._left = MOST_STEPS if levels == MOST_LEVELS else self._left - 1
        if levels <= 0 or self._left <= 0:
            return UNKNOWN
        if frames or self._items:
            return self._of(at, frames, levels)
        # By itself it is always the same, unless it was cut short.
        key = (*at.span, at.node.type)
        if key not in self._known:
            value = self._of(at, frames, levels)
            if self._left <= 0 or (value is UNKNOWN and levels < MOST_LEVELS // 2):
                return value
            self._known[key] = value
        return self._known[key]

    def _of(self, at: At, frames: Frames, levels: int) -> object:
        node = at.node
        found = self._covered(at)
        if found is not None:
            return found
        match node.type:
            case "string":
                return unescaped(node)
            case "number":
                return number(node)
            case "true" | "false":
                return node.type == "true"
            case "template_string":
                return self._template(at, frames, levels)
            case "regex":
                return Pattern(text(node))
            case "array":
                return self._array(at, frames, levels)
            case "object":
                return self._object(at, frames, levels)
            case "unary_expression":
                return self._unary(at, frames, levels)
            case "binary_expression":
                return self._binary(at, frames, levels)
            case "identifier" | "shorthand_property_identifier":
                return self._identifier(at, frames, levels)
            case "member_expression" | "subscript_expression":
                return self._member(at, frames, levels)
            case "call_expression" | "new_expression":
                return self._call(at, frames, levels)
            case "assignment_expression" | "augmented_assignment_expression":
                right = node.child_by_field_name("right")
                return self.of(at.up(right), frames, levels - 1) if right else UNKNOWN
            case kind if kind in _PASSING and node.named_child_count:
                which = 0 if kind in ("as_expression", "satisfies_expression") else -1
                return self.of(at.up(node.named_children[which]), frames, levels - 1)
        return UNKNOWN

    def definitions(self, at: At) -> list[Definition]:
        """What an identifier can be bound to."""
        return self._program.definitions(at)

    @cached_property
    def _hidden(self) -> list[HiddenConstants]:
        return [one for one in self._given if one.region.path == self._program.file.path]

    def _covered(self, at: At) -> Hidden | None:
        """The hidden constants that a literal is the encoded form of, or a call decodes."""
        if not self._hidden:
            return None
        start, end = at.span
        literal = at.node.type in ("string", "array", "template_string", "object", "regex")
        found = [
            one
            for one in self._hidden
            if (one.region.start <= start and end <= one.region.end)
            or (literal and one.region.start < end and start < one.region.end)
        ]
        if not found or at.node.type == "identifier":
            return None
        return Hidden([entry for one in found for entry in one.entries], found[0].id)

    def _template(self, at: At, frames: Frames, levels: int) -> object:
        parts: object = ""
        for child in at.node.named_children:
            if child.type == "template_substitution":
                inner = child.named_children
                value = self.of(at.up(inner[0]), frames, levels - 1) if inner else UNKNOWN
            else:
                value = escaped(child) if child.type == "escape_sequence" else text(child)
            parts = added(parts, value)
            if parts is UNKNOWN:
                return UNKNOWN
        return parts

    def _array(self, at: At, frames: Frames, levels: int) -> object:
        items: list[object] = []
        for child in at.node.named_children[:MOST_ITEMS]:
            if child.type == "spread_element":
                more = self.of(at.up(child.named_children[0]), frames, levels - 1)
                if not isinstance(more, list):
                    return UNKNOWN
                items += more
                if isinstance(more, Hidden):
                    return Hidden(items, more.id)
            elif child.type != "comment":
                items.append(self.of(at.up(child), frames, levels - 1))
        hidden = next((item for item in items if isinstance(item, Hidden)), None)
        if hidden is not None:
            return Hidden(flat(items), hidden.id)
        return items

    def _object(self, at: At, frames: Frames, levels: int) -> object:
        found: dict[object, object] = {}
        for child in at.node.named_children[:MOST_ITEMS]:
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and value is not None:
                name = (
                    unescaped(key)
                    if key.type == "string"
                    else self.of(at.up(key.named_children[0]), frames, levels - 1)
                    if key.type == "computed_property_name"
                    else text(key)
                )
                if isinstance(name, str | int):
                    found[name] = self.of(at.up(value), frames, levels - 1)
            elif child.type == "shorthand_property_identifier":
                found[text(child)] = self.of(at.up(child), frames, levels - 1)
            elif child.type == "spread_element":
                more = self.of(at.up(child.named_children[0]), frames, levels - 1)
                if isinstance(more, dict):
                    found |= more
        return found

    def _unary(self, at: At, frames: Frames, levels: int) -> object:
        inner = at.node.child_by_field_name("argument")
        value = self.of(at.up(inner), frames, levels - 1) if inner is not None else UNKNOWN
        sign = text(at.node.child_by_field_name("operator"))
        if isinstance(value, int | float):
            if sign == "!":
                return not value
            if sign == "-":
                return -value
            if sign == "~" and isinstance(value, int):
                return ~value
            return value if sign == "+" else UNKNOWN
        return UNKNOWN

    def _binary(self, at: At, frames: Frames, levels: int) -> object:
        left, right = at.node.child_by_field_name("left"), at.node.child_by_field_name("right")
        sign = text(at.node.child_by_field_name("operator"))
        if left is None or right is None:
            return UNKNOWN
        one = self.of(at.up(left), frames, levels - 1)
        if sign in ("||", "??") and one not in (UNKNOWN, "", 0, False):
            return one
        other = self.of(at.up(right), frames, levels - 1)
        if sign in ("||", "??"):
            return other
        if sign == "+":
            return added(one, other)
        compute = _NUMERIC.get(sign)
        if compute is not None and type(one) is int and type(other) is int:
            return compute(one, other) if abs(one) < 1 << 64 and abs(other) < 1 << 64 else UNKNOWN
        return UNKNOWN

    def _identifier(self, at: At, frames: Frames, levels: int) -> object:
        found: list[object] = []
        for definition in self._program.definitions(at):
            if definition.parameter is not None:
                value = self._parameter(definition.at, definition.parameter, frames, levels)
                if value is UNKNOWN and definition.default is not None:
                    value = self.of(definition.at.up(definition.default), (), levels - 1)
            elif definition.at.node.type in FUNCTIONS:
                continue
            else:
                value = self.of(definition.at, frames, levels - 1)
            for key in definition.path:
                value = part(value, key)
            if value is not UNKNOWN and value not in found:
                found.append(value)
        return found[0] if len(found) == 1 else UNKNOWN

    def _parameter(self, function: At, index: int, frames: Frames, levels: int) -> object:
        if function.span in self._items and index < 2:
            return self._items[function.span][index]
        for depth in range(len(frames) - 1, -1, -1):
            call, entered = frames[depth]
            if entered.span == function.span:
                given = arguments(call.node)
                if index < len(given):
                    return self.of(call.up(given[index]), frames[:depth], levels - 1)
                return UNKNOWN
        return self._item(function, index, frames, levels)

    def _item(self, function: At, index: int, frames: Frames, levels: int) -> object:
        """The items of a list that gives them to a function: `LIST.some((x) => …)`."""
        call = function.node.parent and function.node.parent.parent
        callee = call.child_by_field_name("function") if call is not None else None
        if call is None or callee is None or callee.type != "member_expression" or index > 1:
            return UNKNOWN
        owner = callee.child_by_field_name("object")
        if owner is None or member(callee) not in self._iterations:
            return UNKNOWN
        listed = self.of(function.up(owner), frames, levels - 1)
        return part(listed, "*") if index == 0 or member(callee) == "reduce" else UNKNOWN

    def _member(self, at: At, frames: Frames, levels: int) -> object:
        owner = at.node.child_by_field_name("object")
        if owner is None:
            return UNKNOWN
        key: object = member(at.node)
        index = at.node.child_by_field_name("index")
        if key is None and index is not None:
            key = self.of(at.up(index), frames, levels - 1)
            key = "*" if key is UNKNOWN else key
        if owner.type == "this" and isinstance(key, str):
            return self._own(at, key, frames, levels)
        found = part(self.of(at.up(owner), frames, levels - 1), key)
        if found is UNKNOWN and owner.type == "identifier" and isinstance(key, str) and key != "*":
            return self._own(at, key, frames, levels)
        return found

    def _own(self, at: At, key: str, frames: Frames, levels: int) -> object:
        """What a class sets one of its own properties to, where it does so once."""
        found = []
        for place in self._program.members(key, at):
            parent = place.node.parent
            value = None
            if parent is not None and parent.type in (
                "field_definition",
                "public_field_definition",
            ):
                value = parent.child_by_field_name("value")
            elif parent is not None and parent.parent is not None:
                outer = parent.parent
                if outer.type == "assignment_expression" and (
                    outer.child_by_field_name("left") == parent
                ):
                    value = outer.child_by_field_name("right")
            if value is not None:
                found.append(place.up(value))
        return self.of(found[0], frames, levels - 2) if len(found) == 1 else UNKNOWN

    def _call(self, at: At, frames: Frames, levels: int) -> object:
        callee = at.node.child_by_field_name("function") or at.node.child_by_field_name(
            "constructor"
        )
        if callee is None:
            return UNKNOWN
        given = [at.up(node) for node in arguments(at.node)]
        first = self.of(given[0], frames, levels - 1) if given else UNKNOWN
        if callee.type == "member_expression":
            owner = callee.child_by_field_name("object")
            value = self.of(at.up(owner), frames, levels - 1) if owner is not None else UNKNOWN
            if isinstance(value, list) and member(callee) == "map" and given:
                return self._mapped(value, given[0], frames, levels)
            if value is not UNKNOWN:
                rest = [self.of(one, frames, levels - 1) for one in given[1:3]]
                return method(value, member(callee) or "", [first, *rest] if given else [])
        if isinstance(first, Hidden):
            return first
        name = self._naming.of(at.up(callee))
        if name in ("String.fromCharCode", "String.fromCodePoint") and given:
            spread = [
                one.up(one.node.named_children[0]) if one.node.type == "spread_element" else one
                for one in given[:MOST_ITEMS]
            ]
            return from_codes(flat([self.of(one, frames, levels - 1) for one in spread]))
        if name == "Map" and isinstance(first, list):
            pairs = [pair for pair in first if isinstance(pair, list) and len(pair) == 2]
            return {pair[0]: pair[1] for pair in pairs if isinstance(pair[0], str | int)}
        if name in _CONTAINERS:
            if isinstance(first, dict) and name == "Object.keys":
                return list(first)
            return first
        if name in ("atob", "Buffer.from") and isinstance(first, str):
            none = "base64" if name == "atob" else "utf8"
            how = self.of(given[1], frames, levels - 1) if len(given) > 1 else none
            raw = decoded(first, how if isinstance(how, str) else "utf8")
            return method(raw, "toString", ["latin1"]) if name == "atob" else raw
        if name in ("decodeURIComponent", "unescape") and isinstance(first, str):
            return unquote(first)
        if name == "RegExp" and isinstance(first, str | Pattern):
            return Pattern(first if isinstance(first, str) else first.source)
        return self._returned(at, callee, frames, levels)

    def _mapped(self, value: list[object], given: At, frames: Frames, levels: int) -> object:
        """`LIST.map((item, index) => …)`, each item by itself."""
        if isinstance(value, Hidden):
            return value
        if len(value) > MOST_MAPPED:
            return UNKNOWN
        name = self._naming.of(given) if given.node.type == "identifier" else None
        if name == "String.fromCharCode":
            return [from_codes([item]) for item in value]
        if name == "atob":
            return [method(decoded(str(item), "base64"), "toString", ["latin1"]) for item in value]
        for function in functions(self._program, given):
            body = results(function)
            if len(body) != 1 or function.span in self._items:
                continue
            made: list[object] = []
            try:
                for index, item in enumerate(value):
                    self._items[function.span] = (item, index)
                    made.append(self.of(body[0], frames, levels - 2))
                    if made[-1] is UNKNOWN:
                        break
            finally:
                self._items.pop(function.span, None)
            if UNKNOWN not in made:
                return type(value)(made) if isinstance(value, Octets) else made
        return UNKNOWN

    def _returned(self, at: At, callee: Node, frames: Frames, levels: int) -> object:
        """What a function of the program gives back, if that is one constant."""
        found: list[object] = []
        for function in functions(self._program, at.up(callee)):
            for expression in results(function):
                value = self.of(expression, (*frames, (at, function)), levels - 2)
                if value is not UNKNOWN and value not in found:
                    found.append(value)
        return found[0] if len(found) == 1 else UNKNOWN
