"""Libraries that send by themselves: telemetry, errors, flags."""

from typing import Literal, Self

from pydantic import model_validator

from undeclared.catalogue.entry import Entry, Examples


class ComponentSpec(Entry):
    """How the code of a library is recognised, also when its names are minified."""

    id: str
    name: str
    role: Literal["telemetry", "errors", "flags"]
    markers: tuple[str, ...] = ()
    """Texts each of which stands in this library's code and in no other …"""
    together: tuple[str, ...] = ()
    """… and texts of which two are needed, since each alone may stand elsewhere."""
    examples: Examples
    """Pieces of code with the library, and without."""

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        if not self.markers and len(self.together) < 2:
            raise ValueError("give a marker, or two that stand together")
        if any(len(text) < 6 for text in (*self.markers, *self.together)):
            raise ValueError("a marker of fewer than 6 characters stands anywhere")
        for code in self.examples.match:
            if not self.match(code):
                raise ValueError(f"{code!r} should be recognised as {self.name}")
        for code in self.examples.reject:
            if self.match(code):
                raise ValueError(f"{code!r} should not be recognised as {self.name}")
        return self

    def match(self, code: str) -> bool:
        """Whether the library's code is in a text."""
        return any(text in code for text in self.markers) or (
            sum(text in code for text in self.together) > 1
        )
