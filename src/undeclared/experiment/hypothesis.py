"""What discovery runs suggest of one pattern, in a form that fresh runs can refute."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from undeclared.model import Environment


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """With `signal` at one of `levels` it shows class `shows`, at one of `against` it does not.

    It is said of the environments that have, for the signals that matter besides, one of the
    combinations of levels in `rests`; the signals that do not matter may have any level.
    """

    pattern: int
    signal: str
    shows: int
    levels: frozenset[str]
    against: frozenset[str]
    rests: frozenset[Environment]
    beside: tuple[str, ...] = ()
    """The signals that `rests` is about."""
    always: bool = True
    """Said of every run; else only that more runs show it."""
    telling: float = 1.0
    """What one run is expected to tell, as a share of what it would if all runs showed the class
    in one arm and none in the other."""
    support: float = 0.0
    """By how much the discovery runs speak for what its pattern is explained with, in nats."""

    def rest(self, environment: Environment) -> Environment:
        """What the other signals that matter are at."""
        return projected(environment, self.beside)

    def arm(self, environment: Environment) -> int | None:
        """0 if the class is predicted, 1 if not, None if nothing is said of this environment."""
        if self.rest(environment) not in self.rests:
            return None
        level = environment[self.signal]
        return 0 if level in self.levels else 1 if level in self.against else None


@dataclass(frozen=True, slots=True)
class Effect:
    """What the discovery runs say about one pattern."""

    base: int
    """The class of the default environment; of the first in the design that has the place."""
    cause: tuple[str, ...]
    """The signals that decide; empty for a pattern that varies by itself."""
    predicted: dict[Environment, int]
    """The class by the levels of those signals; empty for a pattern that varies by itself."""
    hypotheses: tuple[Hypothesis, ...]

    def shows(self, environment: Environment) -> int | None:
        """The class that is predicted; None if none is."""
        return self.predicted.get(projected(environment, self.cause))

    def differs(self, environment: Environment) -> bool:
        """Whether another class than that of the default environment is predicted."""
        return self.shows(environment) not in (None, self.base)


Memory = dict[bytes, Effect | None]
"""Effects of patterns by their classes in the discovery runs."""


def projected(environment: Environment, signals: Sequence[str]) -> Environment:
    """The environment reduced to some signals."""
    return _projected(environment, tuple(signals))


@lru_cache(maxsize=65_536)
def _projected(environment: Environment, signals: tuple[str, ...]) -> Environment:
    wanted = set(signals)
    levels = tuple(pair for pair in environment.levels if pair[0] in wanted) if wanted else ()
    return Environment(levels=levels)
