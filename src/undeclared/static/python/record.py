"""Keeps what was found, once each, and makes the facts of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, TypedDict, TypeVar

from tree_sitter import Node

from undeclared.catalogue.syntax import Sink
from undeclared.model.code import (
    CodeCondition,
    CodeFlow,
    CodeRead,
    Comparison,
    FlowStep,
    HiddenConstants,
    Omission,
    Region,
)
from undeclared.static.excerpt import region
from undeclared.static.facts import Facts
from undeclared.static.hidden.reading import read
from undeclared.static.identity import identity, shape
from undeclared.static.python.syntax import Parsed
from undeclared.static.python.values import Consts, Span, Step, Taint, Value

MAX_FOUND = 20_000
"""Reads, conditions and flows of one program, each."""
MAX_VALUES = 5_000
MAX_WAYS = 4
"""Of making the value that is compared at one place; what differs only in them is left out."""
MAX_ALSO = 8
MAX_LOOKED = 64
"""Of constants that were worked out, those that are looked for in the file."""
SHORT = 2
"""Characters of a text that lies in any file."""
DECODED = "function of the program"


class SignalsOf(Protocol):
    """Gives the signals whose rules count something as a read."""

    def __call__(self, what: str) -> tuple[str, ...]:
        """Ids of the signals."""


class _Read(NamedTuple):
    id: str
    what: str
    signals: tuple[str, ...]


class _Condition(NamedTuple):
    id: str
    what: str
    signals: tuple[str, ...]
    via: tuple[str, ...]
    test: Comparison
    values: tuple[str, ...]
    hidden: str | None
    negated: bool


class _Flow(NamedTuple):
    id: str
    what: str
    signals: tuple[str, ...]
    sink: Sink
    by: str
    condition: str | None


class _Sites(TypedDict):
    region: Region
    also_at: tuple[Region, ...]
    places: int


_Key = TypeVar("_Key")
_Held = TypeVar("_Held")


@dataclass
class Record:
    """What one program reads, compares and sends."""

    signals_of: SignalsOf
    files: Sequence[Parsed] = ()
    omissions: list[Omission] = field(default_factory=list)
    _reads: dict[_Read, list[Span]] = field(default_factory=dict)
    _conditions: dict[_Condition, dict[Span, tuple[Span, ...]]] = field(default_factory=dict)
    _ways: dict[tuple[Span, str, Comparison], set[tuple[str, ...]]] = field(default_factory=dict)
    _flows: dict[_Flow, dict[Span, tuple[Step, ...]]] = field(default_factory=dict)
    _left: int = 0
    """Places that there was no room for."""
    _shapes: dict[Span, str] = field(default_factory=dict)
    _decoded: dict[str, tuple[Span, tuple[str, ...]]] = field(default_factory=dict)
    """By the id of hidden constants, where the program makes them, and what they are."""

    def read(self, what: str, node: Node, span: Span) -> Taint | None:
        """A place that reads something; None if no signal is read so."""
        signals = self.signals_of(what)
        if not signals:
            return None
        key = _Read(identity("read", what, self._shape(node, span)), what, signals)
        if self._room(self._reads, key):
            places = self._reads.setdefault(key, [])
            if span not in places:
                places.append(span)
        return Taint(what, signals, reads=(span,), steps=(Step(span, f"read of {what}"),))

    def condition(
        self, taint: Taint, test: Comparison, constants: Iterable[Consts], negated: bool,
        node: Node, span: Span,
    ) -> Taint:  # fmt: skip
        """A place that compares; gives what is chosen by it."""
        found = sorted(constants, key=lambda own: (own.hidden or "", own.values))
        values = tuple(dict.fromkeys(value for own in found for value in own.values))[:MAX_VALUES]
        concealed = next((own.hidden for own in found if own.hidden), None)
        name = identity(
            "condition", taint.what, *taint.via, test, *values, str(negated),
            self._shape(node, span),
        )  # fmt: skip
        key = _Condition(
            name, taint.what, taint.signals, taint.via, test, values, concealed, negated
        )
        ways = self._ways.setdefault((span, taint.what, test), set())
        if self._room(self._conditions, key) and (len(ways) < MAX_WAYS or taint.via in ways):
            ways.add(taint.via)
            self._conditions.setdefault(key, {}).setdefault(span, taint.reads)
        chosen = Taint(
            taint.what, taint.signals, by="choice",
            condition=name if key in self._conditions else None,
            reads=taint.reads, steps=taint.steps,
        )  # fmt: skip
        return chosen.step(span, f"compared: {test}")

    def decoded(self, made: Value, parsed: Parsed, span: Span) -> Value:
        """Constants that were worked out; hidden ones, if the file does not have them openly."""
        return tuple(
            replace(atom, hidden=self._concealed(atom.values, parsed, span))
            if isinstance(atom, Consts)
            else atom
            for atom in made
        )

    def found_hidden(self, value: Value) -> bool:
        """Whether a value comes from constants that were found before this analysis."""
        return any(
            isinstance(atom, Consts) and atom.hidden and atom.hidden not in self._decoded
            for atom in value
        )

    def _concealed(self, values: tuple[str, ...], parsed: Parsed, span: Span) -> str | None:
        long = [own for own in values[:MAX_LOOKED] if len(own) > SHORT]
        telling = [own.lower().encode(errors="replace") for own in long]
        if not telling or not all(own.isprintable() for own in long):
            return None
        if any(own in parsed.lowered for own in telling):
            return None
        name = identity("hidden", DECODED, *values)
        # The last is the outermost, where what is decoded is given.
        self._decoded[name] = (span, values)
        return name

    def _hidden(self) -> tuple[HiddenConstants, ...]:
        """Those that a fact is compared with; a program works out much else."""
        compared = {key.hidden for key in self._conditions}
        return tuple(
            HiddenConstants(
                id=name,
                decoder=(DECODED,),
                entries=values,
                looks=_looks(values),
                score=1.0,
                region=self._region(span),
            )
            for name, (span, values) in self._decoded.items()
            if name in compared
        )

    def flow(self, taint: Taint, sink: Sink, span: Span, says: str) -> None:
        """A place where something leaves."""
        steps = (*taint.steps, Step(span, says))
        name = identity("flow", taint.what, sink, taint.by, taint.condition or "")
        key = _Flow(name, taint.what, taint.signals, sink, taint.by, taint.condition)
        if self._room(self._flows, key):
            self._flows.setdefault(key, {}).setdefault(span, steps)

    def _room(self, found: dict[_Key, _Held], key: _Key) -> bool:
        if key in found or len(found) < MAX_FOUND:
            return True
        self._left += 1
        return False

    def _shape(self, node: Node, span: Span) -> str:
        if span not in self._shapes:
            self._shapes[span] = shape(node)
        return self._shapes[span]

    def facts(self) -> Facts:
        """Everything, in the order of the places."""
        if self._left and self.files:
            what = f"{self._left} places beyond the first {MAX_FOUND} reads, conditions or ways"
            self.omissions.append(Omission(path=self.files[0].file.path, what=what))
        reads = [
            CodeRead(id=key.id, what=key.what, signals=key.signals, **self._sites(places))
            for key, places in self._reads.items()
        ]
        conditions = [
            CodeCondition(
                id=key.id, what=key.what, signals=key.signals, via=key.via, test=key.test,
                values=key.values, hidden=key.hidden, negated=key.negated,
                reads=tuple(self._region(span) for span in next(iter(places.values()))),
                **self._sites(list(places)),
            )
            for key, places in self._conditions.items()
        ]  # fmt: skip
        flows = [
            CodeFlow.model_validate({
                **key._asdict(),
                "steps": tuple(
                    FlowStep(region=self._region(step.span), says=step.says)
                    for step in min(ways.items())[1]
                ),
                "places": len(ways),
            })
            for key, ways in self._flows.items()
        ]  # fmt: skip
        return Facts(
            tuple(sorted(reads, key=lambda own: (_place(own.region), own.what))),
            tuple(sorted(conditions, key=lambda own: (_place(own.region), own.what, own.id))),
            tuple(sorted(flows, key=lambda own: (_place(own.steps[-1].region), own.what, own.id))),
            tuple(self.omissions),
            self._hidden(),
        )

    def _sites(self, spans: list[Span]) -> _Sites:
        first, *more = sorted(spans)
        return {
            "region": self._region(first),
            "also_at": tuple(
                Region(path=self.files[span.file].file.path, start=span.start, end=span.end)
                for span in more[:MAX_ALSO]
            ),
            "places": len(spans),
        }

    def _region(self, span: Span) -> Region:
        return region(self.files[span.file].file, span.start, span.end)


def _looks(values: tuple[str, ...]) -> tuple[str, ...]:
    reading = read([own.encode(errors="replace") for own in values])
    return reading.looks if reading is not None else ()


def _place(where: Region) -> tuple[str, int, int]:
    return (where.path, where.start, where.end)
