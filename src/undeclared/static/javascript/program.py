"""One file as a program: what its names mean, across the slices that were cut out of it."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tree_sitter import Node

from undeclared.model.code import Region, SourceFile
from undeclared.static.excerpt import region
from undeclared.static.javascript.scope import FUNCTIONS, NAMES, Binding
from undeclared.static.javascript.slices import Slice, Slices

MOST_PLACES = 400
"""Places of one name; one that stands in more is too common to be followed."""
MOST_DEFINITIONS = 6
SHORT = 2
"""Letters that a name has at least, to be one of a whole bundle."""
MOST_MEMBERS = 24
"""Places of a property's name, likewise."""

_DECLARED = (b"function ", b"function* ", b"function*", b"class ")
_NAMED = (*_DECLARED, b"as ", b":", b"...")
_LISTED = (b"{", b",", b"{ ", b", ")
_SET = re.compile(rb" ?=[^=>]|\?\?=|\|\|=")
_AMONG = re.compile(rb" ?(?:\}|,[^(){}\[\];]{0,60}+(?:\}|[^)\[\](;{]))")
_CALLED = re.compile(rb"\s?[(,)}]|\?\.\(|`")
_OWN = re.compile(rb" ?= ?(?:async\b|function\b|class\b|\([\w$, ]*\) ?=>|[\w$]+ ?=>|[\"'`0-9\[{!])")
_USED = (b"(", b"=")

Span = tuple[int, int]
Like = Callable[[bytes, int, int], bool]
"""Judges a name by the bytes around it: those of the file, where it begins and where it ends."""


def defines(data: bytes, start: int, end: int) -> bool:
    """Whether a name may be given its meaning there."""
    if _SET.match(data, end) or data.endswith(_NAMED, 0, start):
        return True
    return data.endswith(_LISTED, 0, start) and _AMONG.match(data, end) is not None


def calls(data: bytes, start: int, end: int) -> bool:
    """Whether a function may be called there, or handed on."""
    return _CALLED.match(data, end) is not None


def _of_program(data: bytes, start: int, end: int) -> bool:
    """Whether a meaning is given there that is the program's own, and none of the language's."""
    if data.endswith(_DECLARED, 0, start):
        return True
    return data[start - 1 : start] != b"." and _OWN.match(data, end) is not None


class At(NamedTuple):
    """A node, and the slice that it stands in."""

    slice: Slice
    node: Node

    def up(self, node: Node) -> "At":
        """Another node of the same slice."""
        return At(self.slice, node)

    @property
    def span(self) -> tuple[int, int]:
        """Where in the file it lies."""
        return self.slice.span(self.node)

    @property
    def text(self) -> str:
        """Its source text."""
        return text(self.node)


class Definition(NamedTuple):
    """What a name is bound to."""

    at: At
    """The expression, function, class or import specifier; or the function of a parameter."""
    path: tuple[str, ...] = ()
    """Which part of it."""
    parameter: int | None = None
    """Which parameter of the function."""
    default: Node | None = None
    """What a parameter is if nothing is given."""


def text(node: Node | None) -> str:
    """The source text of a node."""
    return (node.text or b"").decode(errors="backslashreplace") if node is not None else ""


class Program:
    """A file to ask what a name means."""

    def __init__(self, file: SourceFile, ordinary: Iterable[str] = ()) -> None:
        """`ordinary` names belong to the language: they are not looked for."""
        self.file = file
        self._ordinary = frozenset(name.encode() for name in ordinary)
        self.slices = Slices(file)
        self.data = self.slices.data
        self.common: set[bytes] = set()
        """Names that were not followed because they stand in too many places."""
        self._places: dict[bytes, list[int]] = {}
        self._words = self.slices.words
        self._regions: dict[tuple[int, int], Region] = {}
        self._defined: dict[tuple[int, int], list[Definition]] = {}
        self._used: dict[tuple[bytes, Like | None], _Lazily] = {}
        self._meanings: dict[object, list[tuple[Span, Definition]]] = {}
        self._owned: dict[bytes, bool] = {}

    def forget(self) -> None:
        """Let go what holds on to this; nothing can be asked any more."""
        self._used.clear()

    def region(self, start: int, end: int) -> Region:
        """A place in the file, with an excerpt."""
        found = self._regions.get((start, end))
        if found is None:
            found = self._regions[start, end] = region(self.file, start, end)
        return found

    def at(self, start: int, end: int) -> At | None:
        """The smallest node over a place."""
        piece = self.slices.at(start)
        node = piece.node_at(start, end)
        return At(piece, node) if node is not None else None

    def places(self, name: bytes) -> list[int]:
        """Where a name stands as a whole word, in code or not; nothing for a common one."""
        known = self._places.get(name)
        if known is None:
            known = self._places[name] = self._found(name)
        return known

    def _found(self, name: bytes) -> list[int]:
        if name in self._ordinary or len(name) < SHORT:
            return []
        found = self._words.places(name)
        if len(name) == SHORT:
            # Of a short name, only where it is called or set: `ss` alone stands in every `class`.
            found = [
                start for start in found if self.data[start + SHORT : start + SHORT + 1] in _USED
            ]
        if len(found) > MOST_PLACES:
            self.common.add(name)
            return []
        return found

    def binding(self, at: At) -> Binding | None:
        """The declaration of an identifier within its slice."""
        return at.slice.bindings.of(at.node.text or b"", at.node.start_byte)

    def uses(self, at: At, like: Like | None = None) -> Iterator[At]:
        """All identifiers that mean the same as this one, itself left out.

        With `like`, in a file that is not parsed whole, only those that it holds for.
        """
        span = at.span
        for use in self._same(at, self.binding(at), like):
            if use.span != span:
                yield use

    def _same(self, at: At, binding: Binding | None, like: Like | None) -> Iterable[At]:
        """All identifiers that mean the same as this one."""
        if binding is not None and (not binding.wide or at.slice.whole):
            return (at.up(node) for node in at.slice.bindings.uses(binding))
        key = (at.node.text or b"", like)
        if key not in self._used:
            self._used[key] = _Lazily(self._everywhere(*key))
        return self._used[key]

    def _everywhere(self, name: bytes, like: Like | None) -> Iterator[At]:
        """All identifiers of a name that is known beyond its slice."""
        for start in self.places(name):
            if like is not None and not like(self.data, start, start + len(name)):
                continue
            other = self.at(start, start + len(name))
            if other is None or other.node.type not in NAMES:
                continue
            found = self.binding(other)
            if found is None or found.wide:
                yield other

    def own(self, at: At) -> bool:
        """Whether a name is seen, without parsing more, to be the program's own."""
        binding = self.binding(at)
        if at.slice.whole or (binding is not None and (not binding.wide or _holds(binding.node))):
            return False
        name = at.node.text or b""
        if name not in self._owned:
            size = len(name)
            places = [s for s in self.places(name) if defines(self.data, s, s + size)]
            self._owned[name] = bool(places) and all(
                _of_program(self.data, s, s + size) for s in places
            )
        return self._owned[name]

    def definitions(self, at: At) -> list[Definition]:
        """What an identifier can be bound to; nothing for a global of the language."""
        key = at.span
        if key not in self._defined:
            binding = self.binding(at)
            found = []
            if binding is not None and (own := _definition(at.up(binding.node))) is not None:
                found.append(own)
            if binding is None or binding.wide or not _holds(binding.node):
                found += [made for span, made in self._meant(at, binding) if span != key]
            self._defined[key] = found[:MOST_DEFINITIONS]
        return self._defined[key]

    def _meant(self, at: At, binding: Binding | None) -> list[tuple[Span, Definition]]:
        """Where the name of an identifier is given a meaning, and which."""
        inner = binding is not None and (not binding.wide or at.slice.whole)
        key = (at.slice.base, binding.node.id) if binding and inner else at.node.text
        if key not in self._meanings:
            self._meanings[key] = [
                (place.span, made)
                for place in self._same(at, binding, defines)
                if (made := _definition(place)) is not None
            ]
        return self._meanings[key]

    def members(self, name: str, near: At) -> list[At]:
        """Where a property of that name is written `x.name`, as the whole member expression.

        Only for names that are telling enough.
        """
        raw = name.encode()
        if near.slice.whole:
            starts = self._words.places(raw)
        elif len(raw) > 3:
            starts = self.places(raw)
            starts = starts if len(starts) <= MOST_MEMBERS else []
        else:
            starts = []
        found = []
        for start in starts[:MOST_PLACES]:
            other = self.at(start, start + len(raw))
            if other is not None and other.node.type in (
                "property_identifier",
                "private_property_identifier",
                "shorthand_property_identifier_pattern",
            ):
                found.append(other)
        return found


class _Lazily:
    """What an iterator gives, for several to go through; no further than any of them has come."""

    def __init__(self, left: Iterator[At]) -> None:
        self._left = left
        self._known: list[At] = []

    def __iter__(self) -> Iterator[At]:
        index = 0
        while True:
            if index == len(self._known):
                following = next(self._left, None)
                if following is None:
                    return
                self._known.append(following)
            yield self._known[index]
            index += 1


def _holds(node: Node) -> bool:
    """Whether the place that declares a name also says what it is."""
    parent = node.parent
    return not (
        parent is not None
        and parent.type == "variable_declarator"
        and parent.child_by_field_name("value") is None
        and parent.parent is not None
        and (parent.parent.parent is None or parent.parent.parent.type != "for_in_statement")
    )


def _definition(at: At) -> Definition | None:
    """What an identifier is given where it stands; None if it is only used there."""
    node, path, default = at.node, [], None
    if node.type == "shorthand_property_identifier_pattern":
        path.append(text(node))
    while (parent := node.parent) is not None:
        kind = parent.type
        if kind == "pair_pattern":
            path.append(text(parent.child_by_field_name("key")))
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            if parent.child_by_field_name("left") != node:
                return None
            default = parent.child_by_field_name("right")
        elif kind == "array_pattern":
            path.append(str(parent.named_children.index(node)))
        elif kind in ("object_pattern", "rest_pattern", "required_parameter", "optional_parameter"):
            if kind in ("required_parameter", "optional_parameter"):
                default = parent.child_by_field_name("value") or default
        else:
            break
        node = parent
    path.reverse()
    if parent is None:
        return None
    return _given(at, node, parent, tuple(path), default)


def _given(
    at: At, node: Node, parent: Node, path: tuple[str, ...], default: Node | None
) -> Definition | None:
    kind = parent.type
    if kind == "variable_declarator" and parent.child_by_field_name("name") == node:
        value = parent.child_by_field_name("value")
        return Definition(at.up(value), path, default=default) if value is not None else None
    if kind in ("assignment_expression", "augmented_assignment_expression"):
        right = parent.child_by_field_name("right")
        sign = text(parent.child_by_field_name("operator")) or "="
        if parent.child_by_field_name("left") == node and right is not None and sign != "+=":
            return Definition(at.up(right), path)
        return None
    if kind == "formal_parameters" and parent.parent is not None:
        index = [child for child in parent.named_children if child.type != "comment"].index(node)
        return Definition(at.up(parent.parent), path, index, default)
    if kind in FUNCTIONS | {"class_declaration", "class"}:
        if parent.child_by_field_name("parameter") == node:
            return Definition(at.up(parent), path, 0, default)
        return Definition(at.up(parent)) if parent.child_by_field_name("name") == node else None
    if kind in ("import_specifier", "import_clause", "namespace_import"):
        return Definition(at.up(parent))
    if kind == "for_in_statement" and parent.child_by_field_name("left") == node:
        right = parent.child_by_field_name("right")
        return Definition(at.up(right), ("*", *path)) if right is not None else None
    return None
