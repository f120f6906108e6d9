"""What is said of one piece of the machine."""

from enum import StrEnum

from undeclared.model import Frozen


class State(StrEnum):
    """How a piece is."""

    OK = "ok"
    LIMITED = "limited"
    """A lab can run, and something cannot be done in it."""
    MISSING = "missing"
    """No lab can run."""


class Piece(Frozen):
    """One piece of the machine."""

    id: str
    state: State
    found: str
    """What is there, or what is wrong, in one line."""
    means: str | None = None
    """What cannot be done; None if all can."""
    fix: str | None = None
    """What to type or to change; None if nothing is wrong. May have several lines."""


class Diagnosis(Frozen):
    """Whether this machine can hold a lab."""

    pieces: tuple[Piece, ...]

    @property
    def able(self) -> bool:
        """Whether no piece is missing; one of them is a lab that was really started."""
        return all(piece.state is not State.MISSING for piece in self.pieces)


def ok(name: str, found: str) -> Piece:
    """A piece that is as it should be."""
    return Piece(id=name, state=State.OK, found=found)


def limited(name: str, found: str, means: str, fix: str) -> Piece:
    """A piece without which a lab can do less."""
    return Piece(id=name, state=State.LIMITED, found=found, means=means, fix=fix)


def missing(name: str, found: str, fix: str) -> Piece:
    """A piece without which there is no lab."""
    means = "no lab can be started, so nothing can be audited"
    return Piece(id=name, state=State.MISSING, found=found, means=means, fix=fix)
