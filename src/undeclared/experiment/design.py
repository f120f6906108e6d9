"""Which environments are run, how often, and in which order.

Few signals are crossed: every combination of levels, replicated. With many, that is out of reach;
then each level is tried in little company on an otherwise plain machine, twice and with others each
time, which shows what matters by itself; and every pair of levels occurs together in some run of a
covering array, which shows what matters only in company: real marks are gated on two facts.
Everything is in random order within blocks, so that whatever drifts with time is spread over all
environments.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice, pairwise, product

import covertable
import numpy as np
from covertable.criteria import simple

from undeclared.model import Environment, Phase, Signal, Trial

OBSERVERS = "observers"
"""The signal that says how an agent is watched …"""
OBSERVING = ("tracer", "hooks")
"""… and its levels that see the agent's own side."""

MOST_CROSSED = 64
"""Environments up to which all combinations are run."""
PLAIN_RUNS = 3
"""Times that the plain environment is run in a block of a screening design, in the first one for
each replicate: what differs between these runs is noise, or has changed with time."""
PLACES = 6
"""Levels of each signal that are combined with every level of every other."""
FILLING = 3
"""Times that an array is gone through for room to spare; after that hardly any is left."""
PLAIN_SHARE = 0.4
"""How often the default is drawn where an array leaves a level open."""
COMPANY = 8
"""Signals that are unusual at the same time where each level is tried for itself."""

Repair = Callable[[Environment, frozenset[str]], Environment]
"""Puts signals back to their default until the levels of all can be given together; those named
are left alone as long as there are others."""


def as_it_is(environment: Environment, kept: frozenset[str] = frozenset()) -> Environment:
    """The repair where all levels can be given together."""
    return environment


def default(signals: Sequence[Signal]) -> Environment:
    """The environment of a plain machine: every signal at its first level."""
    return Environment.of({signal.id: signal.levels[0] for signal in signals})


def rank(signals: Sequence[Signal]) -> Callable[[Environment], tuple[int, ...]]:
    """A key that sorts environments, plainer ones first, else as the catalogue names the levels."""

    def key(own: Environment) -> tuple[int, ...]:
        found = [signal.levels.index(own[signal.id]) for signal in signals]
        return sum(map(bool, found)), *found

    return key


def crossed(signals: Sequence[Signal]) -> tuple[Environment, ...]:
    """Every combination of levels; the first is the default environment."""
    ids = [signal.id for signal in signals]
    return tuple(
        Environment.of(dict(zip(ids, levels, strict=True)))
        for levels in product(*(signal.levels for signal in signals))
    )


def singles(signals: Sequence[Signal]) -> tuple[Environment, ...]:
    """Every level that is not a default, alone on an otherwise plain machine."""
    plain = default(signals)
    return tuple(
        changed(plain, {signal.id: level}) for signal in signals for level in signal.levels[1:]
    )


def sparse(
    signals: Sequence[Signal], generator: random.Random, repair: Repair = as_it_is
) -> list[Environment]:
    """Environments in which few signals are unusual, with each unusual level in one of them.

    Group testing (Dorfman 1943): most levels change nothing, and several can be tried at once.
    """
    wanted = [(signal.id, level) for signal in signals for level in signal.levels[1:]]
    generator.shuffle(wanted)
    plain = default(signals)
    found: list[Environment] = []
    while wanted:
        levels: dict[str, str] = {}
        for signal, level in tuple(wanted):
            fits = {**levels, signal: level}
            if signal not in levels and repair(changed(plain, fits), frozenset()) == changed(
                plain, fits
            ):
                levels = fits
                wanted.remove((signal, level))
            if len(levels) == COMPANY:
                break
        if not levels:  # a level that cannot be given even alone
            wanted.pop()
            continue
        found.append(changed(plain, levels))
    return found


def covering(
    signals: Sequence[Signal],
    strength: int = 2,
    repair: Repair = as_it_is,
    tried: Sequence[Environment] = (),
) -> tuple[Environment, ...]:
    """Environments in which every combination of levels of any `strength` signals occurs.

    A covering array (Colbourn 2004), made by covertable, around the environments that were `tried`
    already: what occurs together there need not do so again. Levels of a signal beyond `PLACES`
    take turns in the places of others: the array's size goes with the product of the two signals
    that have most. Nearly all pairs of theirs still fit in where an array has room to spare.
    Combinations that cannot be given together are left out.
    """
    places = {signal.id: [signal.levels[at::PLACES] for at in range(PLACES)] for signal in signals}
    factors = {
        name: [at for at, levels in enumerate(own) if levels] for name, own in places.items()
    }
    turns = {own.id: {level: at % PLACES for at, level in enumerate(own.levels)} for own in signals}
    given = [
        {name: own[tested[name]] for name, own in turns.items()}
        for tested in dict.fromkeys(tried)
        if all(tested[name] in own for name, own in turns.items())
    ]
    used = Counter[tuple[str, int]]()
    found: list[Environment] = []
    rows = covertable.make(factors, strength=strength, criterion=simple, presets=given)
    for row in islice(rows, len(given), None):
        levels = {}
        for name, at in sorted(row.items()):
            sharing = places[name][at]
            levels[name] = sharing[used[name, at] % len(sharing)]
            used[name, at] += 1
        found.append(Environment.of(levels))
    if strength == 2:
        found = _filled(found, signals, tried)
    return tuple(repair(own, frozenset()) for own in found)


def _filled(
    rows: Sequence[Environment], signals: Sequence[Signal], tried: Sequence[Environment]
) -> list[Environment]:
    """The rows with other levels where that makes more pairs of levels occur together somewhere.

    Where it makes no difference to any pair, a level is drawn: what three signals decide together
    shows only if they do not always come in the same company.
    """
    starts = np.cumsum([0, *(len(own.levels) for own in signals)]).tolist()
    levels = [(own.id, level) for own in signals for level in own.levels]
    codes = {pair: code for code, pair in enumerate(levels)}
    together = np.zeros((len(codes), len(codes)), dtype=np.int64)
    for environment in tried:
        known = [codes[pair] for pair in environment.levels if pair in codes]
        together[np.ix_(known, known)] += 1
    array = np.array([[codes[own.id, row[own.id]] for own in signals] for row in rows])
    for row in array:
        together[np.ix_(row, row)] += 1
    generator = random.Random("room to spare")  # noqa: S311 - not for secrets
    for last in (*[False] * FILLING, True):
        for row in array:
            for place, (start, end) in enumerate(pairwise(starts)):
                others = np.delete(row, place)
                lost = int((together[row[place], others] == 1).sum())
                won = (together[start:end, others] == 0).sum(axis=1)
                if won.max() > lost:
                    best = start + int(won.argmax())
                elif last and not lost:
                    plain = generator.random() < PLAIN_SHARE
                    best = start if plain else generator.randrange(start + 1, end)
                else:
                    continue
                for code, change in ((row[place], -1), (best, 1)):
                    together[code, others] += change
                    together[others, code] += change
                row[place] = best
    return [Environment.of(dict(levels[code] for code in row)) for row in array.tolist()]


def changed(environment: Environment, levels: Mapping[str, str]) -> Environment:
    """An environment with other levels for some signals."""
    return Environment.of({**environment.as_dict(), **levels})


def unusual(environment: Environment, signals: Sequence[Signal]) -> list[tuple[str, str]]:
    """The signals that are not at their default, with their levels."""
    return [
        (own.id, environment[own.id]) for own in signals if environment[own.id] != own.levels[0]
    ]


def without(signals: Sequence[Signal], levels: Collection[tuple[str, str]]) -> tuple[Signal, ...]:
    """The signals without some `(signal, level)`."""
    return tuple(
        Signal(id=own.id, levels=tuple(x for x in own.levels if (own.id, x) not in levels))
        for own in signals
    )


def is_crossed(signals: Sequence[Signal]) -> bool:
    """Whether all combinations are few enough to be run."""
    return math.prod(len(signal.levels) for signal in signals) <= MOST_CROSSED


def size(signals: Sequence[Signal]) -> int:
    """Environments that the runs of discovery take place in."""
    if is_crossed(signals):
        return math.prod(len(signal.levels) for signal in signals)
    return sum(len(signal.levels) - 1 for signal in signals)


def alone(
    signals: Sequence[Signal], replicates: int, seed: int, repair: Repair = as_it_is
) -> tuple[Trial, ...]:
    """The first block of discovery. Equal arguments give equal trials.

    Crossed: every combination once. Else the plain environment several times, and every level that
    is not a default twice, in little company.
    """
    if is_crossed(signals):
        return _block(_possible(crossed(signals), repair), 0, seed)
    generator = random.Random(f"company {seed}")  # noqa: S311 - not for secrets
    plain = [default(signals)] * (PLAIN_RUNS * replicates)
    rows = [row for _ in range(2) for row in sparse(signals, generator, repair)]
    return _block((*plain, *rows), 0, seed)


def together(
    signals: Sequence[Signal],
    replicates: int,
    seed: int,
    strength: int = 2,
    repair: Repair = as_it_is,
    tried: Sequence[Environment] = (),
) -> tuple[Trial, ...]:
    """The further blocks of discovery, `replicates - 1` of them. Equal arguments, equal trials.

    Crossed: every combination again. Else a covering array around those `tried` in the first block.
    """
    environments = (
        _possible(crossed(signals), repair)
        if is_crossed(signals)
        else (*[default(signals)] * PLAIN_RUNS, *covering(signals, strength, repair, tried))
    )
    return tuple(
        trial for block in range(1, replicates) for trial in _block(environments, block, seed)
    )


def _possible(environments: Sequence[Environment], repair: Repair) -> tuple[Environment, ...]:
    return tuple(own for own in environments if repair(own, frozenset()) == own)


def _block(environments: Sequence[Environment], block: int, seed: int) -> tuple[Trial, ...]:
    order = list(environments)
    random.Random(f"discovery {seed} {block}").shuffle(order)  # noqa: S311 - not for secrets
    return tuple(numbered(Phase.DISCOVERY, block, order))


def preflight(signals: Sequence[Signal]) -> tuple[Trial, ...]:
    """Two runs of the default environment, to see whether the agent works here at all."""
    plain = default(signals)
    return tuple(numbered(Phase.PREFLIGHT, 0, (plain, plain)))


def install(signals: Sequence[Signal]) -> tuple[Trial, ...]:
    """One installation on a plain machine."""
    return tuple(numbered(Phase.INSTALL, 0, (default(signals),)))


def observation(signals: Sequence[Signal], repair: Repair = as_it_is) -> tuple[Trial, ...]:
    """Runs with each observer that an agent could notice.

    On a plain machine, and on one that is unusual in as much as possible: some facts are read only
    where another opens the gate.
    """
    odd = repair(Environment.of({own.id: own.levels[1] for own in signals}), frozenset())
    watched = [
        changed(environment, {OBSERVERS: level})
        for environment in (default(signals), odd)
        for level in OBSERVING
    ]
    return tuple(numbered(Phase.OBSERVATION, 0, watched))


def anywhere(
    signals: Sequence[Signal], runs: int, seed: int, repair: Repair = as_it_is
) -> tuple[Trial, ...]:
    """Fresh runs with a random level for every signal. Equal arguments give equal trials."""
    generator = random.Random(f"fresh {seed}")  # noqa: S311 - not for secrets
    drawn = [
        repair(Environment.of({own.id: generator.choice(own.levels) for own in signals}),
               frozenset())
        for _ in range(runs)
    ]  # fmt: skip
    return tuple(numbered(Phase.CONFIRMATION, 0, drawn))


def numbered(phase: Phase, block: int, order: Sequence[Environment]) -> list[Trial]:
    """Trials of one block, in the given order."""
    return [
        Trial(
            id=f"{phase.value}-{block}-{position:03d}",
            phase=phase,
            block=block,
            environment=environment,
        )
        for position, environment in enumerate(order)
    ]
