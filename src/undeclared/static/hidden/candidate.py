"""A place in a program that may be an encoded form."""

from typing import NamedTuple

MAX_LITERAL = 4 << 20


class Candidate(NamedTuple):
    """A literal, or several that belong together; positions are byte offsets."""

    start: int
    end: int
    elements: tuple[bytes, ...]
    """What they say, escapes undone."""
    steps: tuple[str, ...] = ()
    """What was undone already."""
    plain: float = 0.0
    """Bits of what is written: how much it reads like text as it is."""
