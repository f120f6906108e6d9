"""JSON read without losing how it was written (RFC 8259).

An ordinary parser folds away what a mark may use: the order of keys, repeated keys, white space,
how a character is escaped, how a number is spelled. This reader keeps all of it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from json import decoder
from typing import Literal

MAX_DEPTH = 200
"""Deeper text is treated as opaque: no agent nests so far, and recursion must end."""

_string: Callable[[str, int, bool], tuple[str, int]] = decoder.scanstring  # type: ignore[attr-defined] # in every CPython, in no stub

_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")


@dataclass(slots=True)
class Node:
    """One JSON value with its source."""

    kind: Literal["object", "array", "string", "scalar"]
    source: str
    """As written; empty for objects and arrays, whose children hold it."""
    text: str = ""
    """Of a string: its decoded value. Of a scalar: the source."""
    members: list[tuple[str, "Node"]] = field(default_factory=list)
    """Of an object: keys and values in order, repeated keys included."""
    elements: list["Node"] = field(default_factory=list)
    """Of an array."""
    remembered: bool = False
    """It is kept in a memory, and is the same node wherever its source occurs."""


@dataclass(slots=True)
class Document:
    """A JSON text: its root and the white space between its tokens."""

    root: Node
    spacing: frozenset[tuple[str, str]]
    """`(character before, white space)`, each combination that occurs; `^` stands for the start."""


class NotJson(ValueError):
    """The text is not a JSON document, or is nested too deep to be looked into."""


@dataclass(slots=True)
class Memory:
    """Larger values that occurred again.

    Requests repeat most of what the ones before said: what was read twice is not read again, and
    equal values are then one and the same node.
    """

    nodes: dict[str, tuple[Node, frozenset[tuple[str, str]]]] = field(default_factory=dict)
    """By their source, with their spacing."""
    once: set[int] = field(default_factory=set)
    """Hashes of the sources of the others: what has a time in it never comes again, and there is
    too much of it to be kept."""


WORTH_REMEMBERING = 512
"""Characters from which a value is kept in a memory."""

_scan: Callable[[str, int], tuple[object, int]] = json.JSONDecoder(strict=False).scan_once  # type: ignore[attr-defined] # in every CPython, in no stub
"""Finds the end of a value at the speed of C; what it reads is thrown away."""


def read(text: str, memory: Memory | None = None) -> Document:
    """Read a JSON document; with a memory, only what is new in it.

    Raises NotJson.
    """
    reader = _Reader(text, Memory() if memory is None else memory)
    try:
        root, end = reader.value(reader.space(0, "^"), 0)
        end = reader.space(end, "$")
    except (ValueError, IndexError, StopIteration, RecursionError) as error:
        raise NotJson(str(error)) from error
    if end != len(text):
        raise NotJson(f"text goes on after the value at {end}")
    return Document(root, frozenset(reader.spacing))


class _Reader:
    def __init__(self, text: str, memory: Memory) -> None:
        self.text = text
        self.memory = memory
        self.spacing: set[tuple[str, str]] = set()
        self.in_small = False  # within a value that is too small to hold one worth remembering

    def space(self, at: int, after: str) -> int:
        """Skip white space from `at`, noting which follows the character `after`."""
        if self.text[at : at + 1] not in (" ", "\n", "\t", "\r"):
            self.spacing.add((after, ""))
            return at
        end = at
        while self.text[end : end + 1] in (" ", "\n", "\t", "\r"):
            end += 1
        self.spacing.add((after, self.text[at:end]))
        return end

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        if depth > MAX_DEPTH:
            raise ValueError("nested too deep")
        first = self.text[at]
        if first == '"':
            value, end = _string(self.text, at + 1, False)
            return Node("string", self.text[at:end], value), end
        if first in "{[":
            return self._container(at, depth)
        match = _SCALAR.match(self.text, at)
        if match is None:
            raise ValueError(f"no value at {at}")
        return Node("scalar", match.group(), match.group()), match.end()

    def _container(self, at: int, depth: int) -> tuple[Node, int]:
        """An object or an array, from the memory if it is there."""
        read = self._object if self.text[at] == "{" else self._array
        if self.in_small:
            return read(at + 1, depth)
        _, end = _scan(self.text, at)
        if end - at < WORTH_REMEMBERING:
            self.in_small = True
            node, end = read(at + 1, depth)
            self.in_small = False
            return node, end
        source = self.text[at:end]
        if source in self.memory.nodes:
            node, spacing = self.memory.nodes[source]
            self.spacing |= spacing
            return node, end
        outer, self.spacing = self.spacing, set()
        node, end = read(at + 1, depth)
        if hash(source) in self.memory.once:
            node.remembered = True
            self.memory.nodes[source] = node, frozenset(self.spacing)
        self.memory.once.add(hash(source))
        self.spacing |= outer
        return node, end

    def _object(self, at: int, depth: int) -> tuple[Node, int]:
        node = Node("object", "")
        at = self.space(at, "{")
        if self.text[at] == "}":
            return node, at + 1
        while True:
            if self.text[at] != '"':
                raise ValueError(f"no key at {at}")
            key, at = _string(self.text, at + 1, False)
            at = self.space(at, '"')
            if self.text[at] != ":":
                raise ValueError(f"no colon at {at}")
            value, at = self.value(self.space(at + 1, ":"), depth + 1)
            node.members.append((key, value))
            at = self.space(at, "v")
            if self.text[at] == "}":
                return node, at + 1
            if self.text[at] != ",":
                raise ValueError(f"no comma at {at}")
            at = self.space(at + 1, ",")

    def _array(self, at: int, depth: int) -> tuple[Node, int]:
        node = Node("array", "")
        at = self.space(at, "[")
        if self.text[at] == "]":
            return node, at + 1
        while True:
            value, at = self.value(at, depth + 1)
            node.elements.append(value)
            at = self.space(at, "v")
            if self.text[at] == "]":
                return node, at + 1
            if self.text[at] != ",":
                raise ValueError(f"no comma at {at}")
            at = self.space(at + 1, ",")
