"""Finds the tool, among those that an agent offers, for what a scenario wants, and fills it in.

What tools of a kind are called, and what they take, is knowledge of the catalogue.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from undeclared.catalogue import Form, ToolCall, ToolKind, fill, tool_kinds
from undeclared.lab.standin.exchange import mapping
from undeclared.lab.standin.schema import Schema

FUNCTION = "function"
CUSTOM = "custom"
"""A tool without a schema, whose input is one text."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool that an agent offers."""

    name: str
    schema: Mapping[str, Any] = field(default_factory=dict)
    type: str = FUNCTION
    """`function`, `custom`, or the API's own name for a tool whose schema it knows."""
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call in terms of what the agent offers."""

    tool: Offered
    arguments: dict[str, Any]
    """Empty for a tool without a schema …"""
    text: str = ""
    """… which gets this."""


def call(
    wanted: ToolCall, offered: Iterable[Offered], text: str, repository: str | None
) -> Call | None:
    """The tool for what is wanted, else a shell command with the same effect; None: neither.

    `text` is for properties that ask for words of explanation; `repository` is its absolute path
    in the agent's world.
    """
    tools = tuple(offered)
    kinds = tool_kinds()
    kind = kinds[wanted.wants]
    values = wanted.values()
    if found := _first(kind, tools, values, text, repository):
        return found
    if kind.id == "shell" or kind.shell is None:
        return None
    command = {"command": fill(kind.shell, values)}
    return _first(kinds["shell"], tools, command, text, repository)


def finish(offered: Iterable[Offered], text: str, command: str | None = None) -> Call | None:
    """The tool by which an agent wants to be told that the task is done.

    `command` is a shell command by which it wants to be told, if there is one.
    """
    tools = tuple(offered)
    if command is not None:
        return _first(tool_kinds()["shell"], tools, {"command": command}, text, None)
    return _first(tool_kinds()["finish"], tools, {"text": text}, text, None)


def forced(tool: Offered, text: str) -> Call:
    """A call of a tool that the request insists on, filled plausibly."""
    if tool.type == CUSTOM:
        return Call(tool, {}, text)
    value = Schema(tool.schema).value(text, {})
    return Call(tool, value if isinstance(value, dict) else {})


def is_of_kind(kind: ToolKind, tool: Offered) -> bool:
    """Whether a tool can be used as one of a kind."""
    return _first(kind, (tool,), {}, "", None) is not None


def _first(
    kind: ToolKind,
    tools: tuple[Offered, ...],
    values: Mapping[str, str],
    text: str,
    repository: str | None,
) -> Call | None:
    made = {name: fill(template, values) for name, template in kind.templates.items()}
    for form in kind.forms:
        for tool in tools:
            if found := _Filling(kind, form, made, text, repository).call(tool):
                return found
    return None


@dataclass(frozen=True, slots=True)
class _Filling:
    """One attempt to call a tool as one of a form."""

    kind: ToolKind
    form: Form
    values: Mapping[str, str]
    """The templates of the kind, filled."""
    text: str
    repository: str | None

    def call(self, tool: Offered) -> Call | None:
        if tool.type == FUNCTION:
            return self._function(tool) if self.form.names_it(tool.name) else None
        if tool.type == CUSTOM:
            if self.form.freeform is None or not self.form.names_it(tool.name):
                return None
            return Call(tool, {}, self.values[self.form.freeform])
        if not any(fnmatchcase(tool.type, glob) for glob in self.form.types):
            return None
        # The API knows its schema: the properties are the first that the form names.
        given = {
            properties[0]: self.values[name] for name, properties in self.form.arguments.items()
        }
        return Call(tool, {**self.form.constants, **given})

    def _function(self, tool: Offered) -> Call | None:
        schema = Schema(tool.schema)
        placed: set[str] = set()
        arguments = self._object(schema, placed)
        if placed != {*self.form.arguments, *self.form.constants}:
            return None
        return Call(tool, arguments)

    def _object(self, schema: Schema, placed: set[str]) -> dict[str, Any]:
        """Fill an object; what was placed in it, or in an array of objects in it, is noted."""
        properties = schema.properties
        found: dict[str, Any] = {}
        for name, value in self.form.constants.items():
            if name in properties and name not in placed and _may_be(properties[name], value):
                found[name] = value
                placed.add(name)
        for name, candidates in self.form.arguments.items():
            for candidate in candidates:
                if name in placed or candidate not in properties:
                    continue
                for value in self._values(name, candidate, properties[candidate]):
                    found[candidate] = value
                    placed.add(name)
        for name, inner in properties.items() if placed != self._all else ():
            array = inner.kind == "array"
            before = set(placed)
            part = self._object(inner.items if array else inner, placed)
            if placed != before:
                found[name] = [part] if array else part
        for name in schema.required:
            if name not in found:
                found[name] = properties[name].value(self.text, self.kind.others, name)
        return {name: found[name] for name in properties if name in found}

    @property
    def _all(self) -> set[str]:
        return {*self.form.arguments, *self.form.constants}

    def _values(self, argument: str, name: str, schema: Schema) -> Iterator[Any]:
        """The value of a property that is to take an argument; nothing if it cannot."""
        value = self.values[argument]
        if argument == "path" and self.repository and self._absolute(name, schema):
            value = f"{self.repository}/{value}".removesuffix("/.")
        if schema.takes_text:
            yield value
        elif schema.kind == "array" and schema.items.kind == "string":
            yield ["bash", "-lc", value] if name in self.kind.vectors else [value]

    def _absolute(self, name: str, schema: Schema) -> bool:
        if self.kind.absolute is None:
            return False
        said = f"{name} {schema.part.get('description')}"
        return re.search(self.kind.absolute, said, re.IGNORECASE) is not None


def _may_be(schema: Schema, value: str) -> bool:
    return value in schema.choices if schema.choices else schema.kind == "string"


def offered_of(name: object, schema: object, **more: Any) -> Iterator[Offered]:  # noqa: ANN401
    """The tool, if it has a name."""
    if isinstance(name, str):
        yield Offered(name, mapping(schema), **more)
