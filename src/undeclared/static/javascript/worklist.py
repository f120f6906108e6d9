"""What is still to be followed, in which order, and how long."""

import heapq
from collections import Counter
from typing import Protocol

from undeclared.catalogue.syntax import Meaning, Syntax
from undeclared.static.javascript.carry import TEXT, Carry, Kind
from undeclared.static.javascript.conditions import Conditions
from undeclared.static.javascript.constants import Constants
from undeclared.static.javascript.naming import Naming
from undeclared.static.javascript.program import At, Program
from undeclared.static.javascript.sinks import Sinks

MOST = 40_000
"""Steps in one file …"""
MOST_THINGS = 10_000
"""… those of things of the language, before they are reads …"""
_MOST = {
    Kind.THING: 10_000,
    Kind.TEXT: 12,
    Kind.VALUE: 60,
    Kind.CHOICE: 120,
    Kind.DECIDED: 300,
    Kind.BUILT: 12,
    Kind.WEAK: 8,
}
"""… from one read, by what it may still show, and from one comparison of it with constants: what
spreads further is everywhere …"""
_MOST_OF_ALL = {
    Kind.THING: 10_000,
    Kind.TEXT: 10_000,
    Kind.VALUE: 240,
    Kind.CHOICE: 1500,
    Kind.DECIDED: 300,
    Kind.BUILT: 40,
    Kind.WEAK: 24,
}
"""… and from all reads of the same: what is read everywhere says little in each place; of what is
decided about a text, from each comparison."""
_LATER = {
    Kind.THING: 0,
    Kind.TEXT: 0,
    Kind.VALUE: 0,
    Kind.CHOICE: 2,
    Kind.DECIDED: 0,
    Kind.BUILT: 8,
    Kind.WEAK: 16,
}
_TOLD = (Kind.CHOICE, Kind.DECIDED)
"""Those of which a person is told if they are not followed to their end."""
TURN = 16


class Recogniser(Protocol):
    """Knows which things of the language are reads."""

    def recognise(self, at: At, carry: Carry) -> bool:
        """Whether a thing is a read, which is followed then."""

    def subscript(self, at: At, index: At, carry: Carry) -> None:
        """A member of a thing whose key is computed."""

    def narrowed(self, carry: Carry, key: str | None) -> Carry:
        """Without the signals that this part of a read does not tell."""


class Worklist:
    """The values of one file that are still to be followed."""

    def __init__(
        self,
        program: Program,
        naming: Naming,
        constants: Constants,
        conditions: Conditions,
        sinks: Sinks,
        syntax: Syntax,
    ) -> None:
        self._program = program
        self._naming = naming
        self._constants = constants
        self._conditions = conditions
        self._sinks = sinks
        self._syntax = syntax
        self._iterations = frozenset(syntax.iterations)
        self._queue: list[tuple[int, int, At, Carry]] = []
        self._count = 0
        self._bound: list[tuple[At, Carry]] = []
        self._seen: set[tuple[object, ...]] = set()
        self._cost: Counter[tuple[str, int, Kind, str | None]] = Counter()
        self._turns: Counter[tuple[str, Kind, str | None]] = Counter()
        self.cut = 0
        """Ways of what a comparison with constants chooses that were not followed to their end."""
        self.sources: Recogniser | None = None
        """Asked at every place where a thing of the language is named."""

    def follow(self, at: At, carry: Carry) -> None:
        """The expression at a place has this value: see what becomes of it, later."""
        if carry.thing and not self._leads(carry.what):
            return
        key = (*at.span, at.node.type, carry.key())
        if key not in self._seen:
            self._seen.add(key)
            self._push(at, carry)

    def _push(self, at: At, carry: Carry) -> None:
        # What is read in one place is followed far before what is read everywhere.
        self._count += 1
        kind = carry.kind
        turn = carry.far + _LATER[kind] + self._turns[_family(carry)] // TURN
        heapq.heappush(self._queue, (turn, self._count, at, carry))

    def _leads(self, thing: str) -> bool:
        if thing.startswith(TEXT) or thing in self._syntax.globals or self._syntax.leads(thing):
            return True
        owner = thing.rpartition(".")[0]
        return self._syntax.rule(Meaning.VARIABLES, owner) is not None

    def bind_later(self, at: At, carry: Carry) -> None:
        """A name that is declared there has this value."""
        self._bound.append((at, carry))

    def run(self) -> None:
        """Follow everything to its end, or to the limits."""
        for at, carry in self._bound:
            self.bind(at, carry)
        steps, things = 0, 0
        while self._queue and steps < MOST:
            _, _, at, carry = heapq.heappop(self._queue)
            if self._spent(carry) or (carry.thing and things >= MOST_THINGS):
                continue
            things += carry.thing
            steps += not carry.thing
            self.climb(at, carry)
        self.cut += sum(_telling(carry) for *_, carry in self._queue)

    def _spent(self, carry: Carry) -> bool:
        """Whether a read has been followed long enough."""
        kind = carry.kind
        one = (carry.what, carry.start, kind, carry.condition)
        self._cost[one] += 1
        self._turns[_family(carry)] += 1
        return self._cost[one] >= _MOST[kind] or self._turns[_family(carry)] >= _MOST_OF_ALL[kind]

    def climb(self, at: At, carry: Carry) -> None:
        """See what becomes of the value of an expression where it stands."""
        raise NotImplementedError

    def bind(self, at: At, carry: Carry) -> None:
        """A pattern is given the value."""
        raise NotImplementedError


def _family(carry: Carry) -> tuple[str, Kind, str | None]:
    """Those that have their steps together."""
    kind = carry.kind
    return carry.what, kind, carry.condition if kind is Kind.DECIDED else None


def _telling(carry: Carry) -> bool:
    return carry.kind in _TOLD and carry.condition is not None
