"""What is known of a value on its way through a program."""

from enum import StrEnum
from typing import Literal, NamedTuple

from undeclared.static.javascript.functions import Frames
from undeclared.static.javascript.program import At

MOST_STEPS = 14
MOST_VIA = 8

CALL = "()"
"""In a path: what calling it gives."""
TEXT = "text:"
"""Begins the name of a thing that is a constant, such as a path or the words of a command."""


class Kind(StrEnum):
    """What a value on its way may still show."""

    THING = "thing"
    TEXT = "text"
    VALUE = "value"
    """It can be compared."""
    CHOICE = "choice"
    """A comparison with constants decides about it."""
    DECIDED = "decided"
    """A text that such a comparison decides about."""
    BUILT = "built"
    """A part of a text."""
    WEAK = "weak"
    """Nothing but its being there decides."""


class Step(NamedTuple):
    """One step of a way, before it is made readable."""

    start: int
    end: int
    says: str


class Carry(NamedTuple):
    """A value that comes from a read, or a thing of the language that reads may come from."""

    what: str
    """The read; or the dotted name of the thing."""
    thing: bool = False
    start: int = 0
    end: int = 0
    """Place of the read."""
    signals: tuple[str, ...] = ()
    by: Literal["value", "choice"] = "value"
    via: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    """Where in what is carried it lies: `("zone",)` in `{zone: …}`, CALL in a function."""
    condition: str | None = None
    weak: bool = False
    """Whether nothing but its being there decides: so much hangs on this that it says little."""
    text: tuple[int, int] | None = None
    """Place of the text for people or models that it was built into."""
    steps: tuple[Step, ...] = ()
    frames: Frames = ()

    @property
    def raw(self) -> bool:
        """Whether it is still the value itself."""
        return not self.thing and self.by == "value" and not self.path

    def done(self, *via: str) -> "Carry":
        """With something done to the value."""
        if self.by == "choice" or self.thing:
            return self
        return self._replace(via=(*self.via, *via)[:MOST_VIA])

    def into(self, *keys: str) -> "Carry":
        """Put into something, under a key."""
        return self._replace(path=(*keys, *self.path))

    def out(self) -> "Carry":
        """Taken out of what it was put into last."""
        return self._replace(path=self.path[1:])

    def step(self, at: At, says: str) -> "Carry":
        """One step on."""
        if self.thing or len(self.steps) >= MOST_STEPS:
            return self
        return self._replace(steps=(*self.steps, Step(*at.span, says)))

    @property
    def kind(self) -> Kind:
        """What there is still to be learnt from it."""
        if self.thing:
            return Kind.TEXT if self.what.startswith(TEXT) else Kind.THING
        if self.weak:
            return Kind.WEAK
        if self.by == "choice":
            return Kind.CHOICE if self.text is None else Kind.DECIDED
        return Kind.VALUE if {"text", "+"}.isdisjoint(self.via) else Kind.BUILT

    @property
    def far(self) -> int:
        """How far it has come."""
        return len(self.steps) + len(self.frames)

    def choosing(self, condition: str | None, *, weak: bool = False) -> "Carry":
        """What is decided by it."""
        return self._replace(
            by="choice",
            path=(),
            via=(),
            weak=weak or self.weak,
            condition=condition or self.condition,
        )

    def key(self) -> tuple[object, ...]:
        """Two of the same key go the same ways."""
        frames = () if self.thing else tuple(call.span for call, _ in self.frames)
        text = self.text is not None
        return (self.what, self.start, self.by, self.path, self.condition, self.weak, text, frames)
