"""A place in a program that may be an encoded form."""

from typing import NamedTuple

MAX_LITERAL = 4 << 20
CODES = "character codes"
"""How the step is called that takes numbers for characters."""


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

    @property
    def of_numbers(self) -> bool:
        """Whether it is a list of numbers: most are tables, and few numbers look like words."""
        return bool(self.steps) and self.steps[0].startswith(CODES)
