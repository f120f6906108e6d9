"""From tested hypotheses to influences: what varies, with what, how surely, how much."""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from undeclared.experiment.confirm import CLEAR, FAMILY_WISE_ERROR, Test
from undeclared.experiment.design import rank
from undeclared.experiment.following import linked
from undeclared.experiment.grouping import Group, groups
from undeclared.experiment.hypothesis import Effect, Hypothesis
from undeclared.experiment.table import MISSING, Pattern, Table
from undeclared.model import (
    Contrast,
    Environment,
    Evidence,
    HttpFlow,
    Influence,
    Locus,
    Signal,
    Status,
    Variant,
)
from undeclared.views.readings import keys

MOST_TESTED = 1000
"""Hypotheses that are tested."""


def influences(
    table: Table,
    effects: Mapping[int, Effect],
    tests: Sequence[Test],
    adjusted: Sequence[float],
    signals: Sequence[Signal],
) -> tuple[Influence, ...]:
    """One influence for every difference that may depend on a signal, the established ones first.

    `adjusted` are the p-values of `tests` after correction.
    """
    results: dict[int, list[tuple[Test, float]]] = defaultdict(list)
    for tested, p_value in zip(tests, adjusted, strict=True):
        results[tested.hypothesis.pattern].append((tested, p_value))
    found = []
    environments = sorted(set(table.environments), key=rank(signals))
    for number, effect in effects.items():
        pattern = table.patterns[number]
        story = _Story(table, pattern, effect, results[number], signals, len(tests), environments)
        found += [(story.influence(own), pattern, own.first) for own in groups(pattern.columns)]
    order = list(Status)
    return tuple(sorted(linked(table, found), key=lambda influence: order.index(influence.status)))


class _Story:
    """What one pattern says: its classes, conditions and tests, the same for all its columns."""

    def __init__(
        self,
        table: Table,
        pattern: Pattern,
        effect: Effect,
        results: Sequence[tuple[Test, float]],
        signals: Sequence[Signal],
        tests: int,
        environments: Sequence[Environment],
    ) -> None:
        """`environments` are those of the table, each once, in the order of the design."""
        self.table = table
        self.pattern = pattern
        self.effect = effect
        strict = [pair for pair in results if pair[0].hypothesis.always]
        loose = [pair for pair in results if not pair[0].hypothesis.always]
        # What shows in more runs is said only where it cannot be said of every run.
        # There each signal stands for itself, and one that failed takes no other along.
        alone = [pair for pair in loose if pair[1] <= FAMILY_WISE_ERROR] or loose
        own = alone if alone and not _established(strict) else strict
        self.predicts = own is strict
        sure = _established(own)
        told = sure or {tested.hypothesis.shows for tested, _ in own}
        self.results: Sequence[tuple[Test, float]] = [
            pair for pair in own if pair[0].hypothesis.shows in told
        ]
        self.environments = environments
        self._regions: dict[int, list[Environment]] = {}
        others = sorted(told - {effect.base}, key=self._first)
        if not others:  # the default environment's class is told of: against what is seen instead
            counts = Counter(shown for shown in pattern.classes.tolist() if shown != MISSING)
            others = [shown for shown, _ in counts.most_common(2) if shown != effect.base][:1]
        self.shown = [effect.base, *others]
        mattering = {tested.hypothesis.signal for tested, _ in self.results}
        self.signals = [signal for signal in signals if signal.id in mattering]
        self.status = self._status(bool(sure), tests=tests)
        self.regions = {shown: self._region(shown) for shown in self.shown}

    def _status(self, established: bool, *, tests: int) -> Status:
        if established:
            return Status.ESTABLISHED
        refuted = any(tested.refuted for tested, _ in self.results)
        too_few = all(tested.p_best * tests > FAMILY_WISE_ERROR for tested, _ in self.results)
        if too_few and not refuted:
            return Status.NOT_ENOUGH_DATA
        return Status.NOT_CONFIRMED

    def _region(self, shown: int) -> list[Environment]:
        """The environments of which a class is predicted."""
        if shown not in self._regions:
            self._regions[shown] = self._predicted(shown)
        return self._regions[shown]

    def _predicted(self, shown: int) -> list[Environment]:
        if self.predicts:
            return [own for own in self.environments if self.effect.shows(own) == shown]
        own = [test.hypothesis for test, _ in self.results if test.hypothesis.shows == shown]
        if own:
            return [each for each in self.environments if any(h.arm(each) == 0 for h in own)]
        others = [test.hypothesis for test, _ in self.results]
        return [each for each in self.environments if all(h.arm(each) == 1 for h in others)]

    def _first(self, shown: int) -> tuple[int, int]:
        """Where a class comes in the order of the design, and by its number where it has none."""
        region = self._region(shown)
        return (self.environments.index(region[0]) if region else len(self.environments)), shown

    def influence(self, group: Group) -> Influence:
        """The influence that shows in one group of the pattern's columns."""
        variants = tuple(self._variant(group, shown) for shown in self.shown)
        return Influence(
            cause=hashlib.sha256(repr(self._key()).encode()).hexdigest()[:16],
            locus=group.first.locus,
            also_at=group.also,
            view=group.first.view,
            signals=tuple(self._levels(self.shown[1:])),
            variants=variants,
            contrasts=tuple(self._contrast(tested, p_value) for tested, p_value in self.results),
            evidence=tuple(
                self._evidence(group.first.locus, number, variants[number])
                for number in range(len(self.shown))
            ),
            status=self.status,
            bits=self._bits(),
        )

    def _evidence(self, locus: Locus, number: int, variant: Variant) -> Evidence:
        """A run that showed a variant, in its region if there is one, and the bytes it sent."""
        shown, region = self.shown[number], set(self.regions[self.shown[number]])
        rows = [row for row, own in enumerate(self.pattern.classes.tolist()) if own == shown]
        runs = [self.table.runs[row] for row in rows]
        run = next((own for own in runs if own.environment in region), runs[0])
        place = (locus.host, locus.method, locus.path, locus.step)
        moved = self.table.moved.host(run.environment)
        flow = next((index for index, key in keys(run, moved) if key == place), None)
        sent = run.flows[flow] if flow is not None else None
        body = sent.request.body if isinstance(sent, HttpFlow) else b""
        return Evidence(
            run=run.trial.id,
            flow=flow,
            sha256=hashlib.sha256(body).hexdigest() if body else "",
            note="absent" if variant.absent else variant.changed[:80],
        )

    def _key(self) -> list[list[str]]:
        return sorted(sorted(str(own) for own in self.regions[shown]) for shown in self.shown)

    def _levels(self, classes: Iterable[int]) -> list[Signal]:
        """Per signal that matters, the levels with which any of the classes is predicted."""
        region = [own for shown in classes for own in self.regions[shown]]
        return [_projected(signal, region) for signal in self.signals]

    def _variant(self, group: Group, shown: int) -> Variant:
        region = self.regions[shown]
        inside = set(region)
        rows = [
            row
            for row, own in enumerate(self.table.environments)
            if own in inside and self.pattern.classes[row] != MISSING
        ]
        showing = group.showings[shown]
        ids = {signal.id for signal in self.signals}
        when = region[0].as_dict() if region else {}
        return Variant(
            text=_printable(showing.text),
            changed=_printable(showing.changed),
            isolated=_printable(group.isolated[shown]),
            absent=showing.absent,
            when={key: level for key, level in when.items() if key in ids},
            conditions=tuple(_projected(signal, region) for signal in self.signals),
            seen=sum(int(self.pattern.classes[row]) == shown for row in rows),
            of=len(rows),
        )

    def _contrast(self, tested: Test, p_value: float) -> Contrast:
        hypothesis = tested.hypothesis
        signal = next(own for own in self.signals if own.id == hypothesis.signal)
        return Contrast(
            signal=signal.id,
            levels=tuple(level for level in signal.levels if level in hypothesis.levels),
            against=tuple(level for level in signal.levels if level in hypothesis.against),
            within=tuple(
                _projected(other, hypothesis.rests) for other in self.signals if other != signal
            ),
            variant=self.shown.index(hypothesis.shows) if hypothesis.shows in self.shown else 0,
            counts=tested.counts,
            p_value=tested.p_value,
            p_adjusted=p_value,
        )

    def _bits(self) -> float:
        if self.predicts:
            return round(math.log2(len(self.shown)), 4)
        return max((_information(tested) for tested, _ in self.results), default=0.0)


def established(tests: Sequence[Test], adjusted: Sequence[float]) -> set[int]:
    """The patterns of which something was established for every run."""
    results: dict[int, list[tuple[Test, float]]] = defaultdict(list)
    for tested, p_value in zip(tests, adjusted, strict=True):
        if tested.hypothesis.always:
            results[tested.hypothesis.pattern].append((tested, p_value))
    return {number for number, own in results.items() if _established(own)}


def _established(results: Sequence[tuple[Test, float]]) -> set[int]:
    """The classes of which every claim was established.

    What is said of every run is not established if a fresh run contradicts it, however rarely.
    """
    by_class: dict[int, list[float]] = defaultdict(list)
    for tested, p_value in results:
        wrong = tested.hypothesis.always and tested.refuted
        by_class[tested.hypothesis.shows].append(1.0 if wrong else p_value)
    return {shown for shown, values in by_class.items() if max(values) <= FAMILY_WISE_ERROR}


def _information(tested: Test) -> float:
    """Mutual information of arm and class in bits, less the Miller-Madow bias (Miller 1955)."""
    (a, b), (c, d) = tested.counts
    total = a + b + c + d
    if not total:
        return 0.0
    value = 0.0
    for cell, row, column in (
        (a, a + b, a + c), (b, a + b, b + d), (c, c + d, a + c), (d, c + d, b + d)
    ):  # fmt: skip
        if cell:
            value += cell / total * math.log2(cell * total / (row * column))
    return round(max(0.0, value - 1 / (2 * total * math.log(2))), 4)


def _projected(signal: Signal, region: Iterable[Environment]) -> Signal:
    inside = {own.get(signal.id) for own in region}
    return Signal(id=signal.id, levels=tuple(level for level in signal.levels if level in inside))


def predictions(effects: Mapping[int, Effect]) -> list[Hypothesis]:
    """Hypotheses to test, in a fixed order: of the effects that discovery speaks for most.

    Every hypothesis makes all others harder to establish, and most of what little speaks for is
    chance; the effects beyond `MOST_TESTED` are later reported as not enough data. Tendencies come
    after what is clear and said of every run.
    """
    kept, tested = set[int](), 0
    for number in sorted(effects, key=lambda own: _rank(effects[own])):
        tested += len(effects[number].hypotheses)
        if tested > MOST_TESTED:
            break
        kept.add(number)
    return [one for number, own in effects.items() if number in kept for one in own.hypotheses]


def _rank(effect: Effect) -> tuple[bool, float]:
    support = max((own.support for own in effect.hypotheses), default=0.0)
    clear = support >= CLEAR and all(own.always for own in effect.hypotheses)
    return not clear, -support


def _printable(text: str) -> str:
    """Write out the lone surrogates that stand for bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
