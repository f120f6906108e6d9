"""The tools that agents offer to a model, by kind: how to recognise one and what to give it."""

import re
from fnmatch import fnmatchcase
from typing import Self

from pydantic import Field, model_validator

from undeclared.catalogue.entry import Entry


class Form(Entry):
    """One way in which agents offer a tool of a kind."""

    names: tuple[str, ...] = ()
    """Globs over the name as `plain_name` gives it; none: the properties alone tell."""
    types: tuple[str, ...] = ()
    """Globs over the type of a tool whose schema the API itself knows."""
    arguments: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """For each template of the kind, the names of properties that take it; all must be found."""
    constants: dict[str, str] = Field(default_factory=dict)
    """Properties that choose what the tool does, with their value."""
    freeform: str | None = None
    """The template that is the whole input of a tool without a schema."""

    def names_it(self, name: str) -> bool:
        """Whether a tool may be of this form by its name."""
        plain = plain_name(name)
        return not self.names or any(fnmatchcase(plain, glob) for glob in self.names)


class Offer(Entry):
    """A tool as an agent offers it, shortened."""

    name: str
    properties: dict[str, str] = Field(default_factory=dict)
    """JSON type by name; `string[]` is an array of strings, `a|b` an enumeration, `{x}[]` an array
    of objects with the property x."""
    required: tuple[str, ...] = ()
    gives: dict[str, str] | None = None
    """What it is called with for the kind's `sample`, where that is worth showing."""


class ToolExamples(Entry):
    """Tools that are of a kind, and near misses that are not."""

    match: tuple[Offer, ...] = Field(min_length=1)
    reject: tuple[Offer, ...] = Field(min_length=1)


class ToolKind(Entry):
    """What a tool is for."""

    id: str
    title: str
    templates: dict[str, str]
    """Texts made from a scenario's arguments, as they are given to tools."""
    shell: str | None = None
    """A shell command with the same effect; None if there is none."""
    forms: tuple[Form, ...] = Field(min_length=1)
    """The surest first."""
    vectors: tuple[str, ...] = ()
    """Properties that, being arrays of strings, take the words of a command line."""
    absolute: str | None = None
    """Regular expression for the name or description of a property that must have an absolute
    path where `path` is written into it."""
    others: dict[str, str] = Field(default_factory=dict)
    """Values for further properties that are required, by name."""
    examples: ToolExamples

    @model_validator(mode="after")
    def _templates_are_there(self) -> Self:
        for form in self.forms:
            used = {*form.arguments, *([form.freeform] if form.freeform else [])}
            if missing := used - self.templates.keys():
                raise ValueError(f"no template is called {', '.join(sorted(missing))}")
            if not form.names and not form.arguments and not form.types:
                raise ValueError("a form needs names, types or arguments to be recognised by")
        re.compile(self.absolute or "")
        return self


def plain_name(name: str) -> str:
    """A tool's name in lower-case letters and digits, without the name of its server.

    `mcp__files__Read_File` and `ReadFile` are both `readfile`.
    """
    return re.sub(r"[^a-z0-9]", "", re.split(r"__|[./:]", name)[-1].lower())
