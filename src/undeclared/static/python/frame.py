"""One activation of a function, and what it is given."""

from dataclasses import dataclass
from typing import NamedTuple

from undeclared.static.python.syntax import Parsed
from undeclared.static.python.values import (
    NOTHING,
    Scope,
    Taint,
    Value,
    chosen,
    join,
    taints,
    tells,
)

MAX_DECIDING = 6
"""Facts that decide whether a place is reached."""


class Given(NamedTuple):
    """The arguments of a call."""

    positional: tuple[Value, ...] = ()
    named: tuple[tuple[str, Value], ...] = ()
    rest: Value = NOTHING
    """What `*x` and `**x` may hold, where its elements are not known."""

    def get(self, place: int, *keywords: str) -> Value:
        """An argument by its place or name."""
        for name, value in self.named:
            if name in keywords:
                return value
        return self.positional[place] if place < len(self.positional) else self.rest

    def all(self) -> Value:
        """Everything that is given."""
        return join(*self.positional, *(value for _, value in self.named), self.rest)


@dataclass(eq=False)
class Frame:
    """One activation of a function, or of a module."""

    parsed: Parsed
    scope: Scope
    activation: int
    control: tuple[Taint, ...] = ()
    """What decides whether the place is reached, within this function."""
    result: Value = NOTHING
    sends: bool = False
    """Whether something is sent in it or in what it calls."""
    turned: tuple[int, int] | None = None
    """The place of a call whose outcome is negated, from its first byte to the one after."""
    in_class: bool = False
    """Whether its names are those of a class, which functions inside do not see."""


def decided(frame: Frame, value: Value) -> Value:
    """A value that is set where something decides whether it is."""
    return join(value, frame.control) if frame.control and tells(value) else value


def under(frame: Frame, test: Value) -> tuple[Taint, ...]:
    """What decides whether a branch is reached: what did before, and its test."""
    more = [taint for taint in taints(chosen(test)) if taint not in frame.control]
    return (*frame.control, *more)[:MAX_DECIDING]
