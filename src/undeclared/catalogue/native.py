"""How machine code and bytecode show that they learn facts of the machine."""

from functools import cache
from importlib import resources
from typing import Self

from pydantic import model_validator

from undeclared.catalogue.entry import Entry, Examples
from undeclared.catalogue.loader import parse


class NativeSyntax(Entry):
    """Names that stay in machine code, and what they tell."""

    id: str
    title: str
    getters: tuple[str, ...]
    """One of these is in a program that reads variables."""
    families: tuple[str, ...]
    """Parts of names of variables that stand for a rule with `*`: other such parts are too common
    as names of constants."""
    packed: tuple[str, ...]
    """One of these is in a program whose texts lie side by side without an end: Rust, Go."""
    imports: dict[str, str]
    """Function of a system library to what it reads; it counts as a whole name between NULs."""
    names: dict[str, str]
    """Name of Go's or Rust's libraries to what it reads; it counts wherever it stands."""
    examples: Examples
    """Names that tell a read, and others."""

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        known = {*self.imports, *self.names}
        for name in self.examples.match:
            if name not in known:
                raise ValueError(f"{name} should tell a read")
        for name in self.examples.reject:
            if name in known:
                raise ValueError(f"{name} should not tell a read")
        return self


@cache
def native_syntax() -> NativeSyntax:
    """What is known of machine code."""
    file = resources.files("undeclared.catalogue").joinpath("syntax", "native.yaml")
    return parse(file.read_bytes(), NativeSyntax, file.name)
