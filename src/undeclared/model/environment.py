"""What an experiment varies, and one point in it."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from undeclared.model.base import Frozen

UNSET = "unset"
"""The level of a signal that is not given to the agent at all."""


class Signal(Frozen):
    """A fact of the environment, with the levels that an experiment gives to it."""

    id: str
    levels: tuple[str, ...]
    """In catalogue order; the first is the default, the one a plain machine shows."""


class Environment(Frozen):
    """One level for every signal of an experiment.

    >>> Environment.of({"timezone": "Etc/UTC"})["timezone"]
    'Etc/UTC'
    """

    levels: tuple[tuple[str, str], ...]
    """`(signal, level)` pairs, sorted by signal; hashable, so an environment can be a key."""

    @classmethod
    def of(cls, levels: Mapping[str, str]) -> "Environment":
        """Build an environment from `{signal: level}`."""
        return cls(levels=tuple(sorted(levels.items())))

    @cached_property
    def _by_signal(self) -> dict[str, str]:
        """For looking up: an experiment asks millions of times."""
        return dict(self.levels)

    def __getitem__(self, signal: str) -> str:
        return self._by_signal[signal]

    def get(self, signal: str, default: str = UNSET) -> str:
        """The level of a signal; `default` where the experiment does not vary it."""
        return self._by_signal.get(signal, default)

    def as_dict(self) -> dict[str, str]:
        """The levels as `{signal: level}`."""
        return dict(self.levels)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Environment) and self.levels == other.levels

    @cached_property
    def _hash(self) -> int:
        return hash(self.levels)

    def __hash__(self) -> int:
        return self._hash

    def __getstate__(self) -> dict[Any, Any]:
        """Without what was worked out: another process hashes texts otherwise."""
        return {**super().__getstate__(), "__dict__": {"levels": self.levels}}

    def signals(self) -> Iterator[str]:
        """The ids of the signals, sorted."""
        return (name for name, _ in self.levels)

    def __str__(self) -> str:
        return " ".join(f"{name}={level}" for name, level in self.levels)
