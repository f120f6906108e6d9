"""Looks for words that a program looks for, several in one level: group testing (Dorfman 1943).

A program that searches a host name for one of many words shows it as well where the name has twelve
of them. Groups are tried on a plain machine and on others, since what is gated on two facts does
not show on a plain one; a group that changes what is sent is split until single words are left.
All names have one length. Of the words that are found, the experiment then tries ordinary names:
one of twelve words is nobody's machine, and takes no part in what is concluded.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from undeclared.catalogue import SignalSpec
from undeclared.experiment.design import Repair, changed, default
from undeclared.experiment.hypotheses import is_stable
from undeclared.experiment.table import MISSING, Classes, Table
from undeclared.model import Environment, Signal

OF_A_GROUP = 10
"""Words that are tried together at first."""
ELSEWHERE = 2
"""Machines with a random level for every other signal, besides the plain one."""
MOST = 40
"""Runs in all."""

ROOM = 120
"""Characters for words, more than any group has."""

Words = tuple[str, ...]


def groups(words: Sequence[str]) -> list[Words]:
    """The groups that are tried first."""
    number = -(-len(words) // OF_A_GROUP)
    return [tuple(words[at::number]) for at in range(number)]


def halves(words: Words) -> list[Words]:
    """What a group is split into; nothing for a single word."""
    middle = (len(words) + 1) // 2
    return [words[:middle], words[middle:]] if len(words) > 1 else []


def sought(spec: SignalSpec) -> tuple[str, ...]:
    """Every name that the search may come to."""
    if spec.keywords is None:
        return ()
    waiting, found = [(), *groups(spec.keywords.words)], dict[str, None]()
    while waiting:
        words = waiting.pop()
        found[spec.keywords.having(words, ROOM)] = None
        waiting += halves(words)
    return tuple(found)


def findable(spec: SignalSpec) -> tuple[str, ...]:
    """Every level that the search may end with."""
    own = spec.keywords
    return tuple(own.having([word]) for word in own.words) if own else ()


@dataclass
class Search:
    """The search for one signal's words; asks for environments until there is nothing left."""

    spec: SignalSpec
    signals: Sequence[Signal]
    seed: int
    repair: Repair
    found: dict[Environment, None] = field(default_factory=dict)
    """Where a single word changes what is sent, with an ordinary name."""
    given_up: list[Words] = field(default_factory=list)
    """Groups that change something and were not split any further, for want of runs."""
    _left: int = MOST
    _neutral: dict[Environment, Environment] = field(default_factory=dict)
    """By where a group was tried, the same with a name without any of the words."""
    _asked: dict[Environment, Words] = field(default_factory=dict)

    def first(self) -> list[Environment]:
        """Every group on a plain machine and on others, and a name without a word on each."""
        generator = random.Random(f"words {self.seed}")  # noqa: S311 - not for secrets
        plain = default(self.signals)
        machines = [plain]
        for _ in range(ELSEWHERE):
            drawn = {own.id: generator.choice(own.levels) for own in self.signals}
            machines.append(self.repair(Environment.of(drawn), frozenset([self.spec.id])))
        neutral = self._name(())
        asked: list[Environment] = []
        for without in dict.fromkeys(changed(own, {self.spec.id: neutral}) for own in machines):
            asked.append(without)
            own = groups(self.spec.keywords.words) if self.spec.keywords else []
            asked += self._having(without, own)
        return self._allowed(asked)

    def further(self, table: Table) -> list[Environment]:
        """The halves of the groups that changed what is sent; nothing when the search is over.

        A group that did so on several machines is split on the plainest of them.
        """
        wanted: list[Environment] = []
        once: dict[Words, Environment] = {}
        for environment in self._telling(table):
            once.setdefault(self._asked[environment], environment)
        self._asked.clear()
        for words, environment in once.items():
            if len(words) == 1:
                self._find(environment, words)
                continue
            parts = halves(words)
            if len(wanted) + len(parts) > self._left:
                self.given_up.append(words)
            else:
                wanted += self._having(self._neutral[environment], parts)
        return self._allowed(wanted)

    def _having(self, without: Environment, parts: Sequence[Words]) -> list[Environment]:
        found = []
        for words in parts:
            own = changed(without, {self.spec.id: self._name(words)})
            if own not in self._neutral:
                self._neutral[own], self._asked[own] = without, words
                found.append(own)
        return found

    def _name(self, words: Words) -> str:
        assert self.spec.keywords is not None  # noqa: S101
        return self.spec.keywords.having(words, ROOM)

    def _find(self, environment: Environment, words: Words) -> None:
        assert self.spec.keywords is not None  # noqa: S101
        level = self.spec.keywords.having(words)
        for machine in (default(self.signals), environment):
            self.found[changed(machine, {self.spec.id: level})] = None

    def _allowed(self, wanted: Sequence[Environment]) -> list[Environment]:
        self._left -= len(wanted)
        return list(wanted)

    def _telling(self, table: Table) -> list[Environment]:
        """Those asked for that show something else than the name without a word at their place.

        Where every name shows something else, it is the name itself that is shown.
        """
        rows = _rows(table)
        found: dict[Environment, None] = {}
        for without in dict.fromkeys(self._neutral.values()):
            here = [own for own in self._neutral if self._neutral[own] == without and own in rows]
            if without not in rows or not here:
                continue
            at = [rows[without], *(rows[own] for own in here)]
            for pattern in table.patterns:
                shown = pattern.classes[at]
                itself = len(np.unique(shown)) == len(at) > 2 or shown[0] == MISSING
                if itself or (shown[1:] == shown[0]).all() or not _calm(pattern.classes, table):
                    continue
                found.update(
                    (own, None)
                    for own, differs in zip(here, shown[1:] != shown[0], strict=True)
                    if differs and own in self._asked
                )
        return list(found)


def _rows(table: Table) -> Mapping[Environment, int]:
    return {own: row for row, own in enumerate(table.environments)}


def _calm(classes: Classes, table: Table) -> bool:
    """Whether equal environments always showed the same."""
    present = np.flatnonzero(classes != MISSING)
    return is_stable(classes[present], [table.environments[row] for row in present.tolist()])
