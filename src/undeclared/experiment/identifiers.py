"""Values by which a receiver can tell that two runs are of the same user, machine or repository.

Looked at are the runs of `identities`. What is sent even in two runs that have nothing in common
has the program from its maker, or from the lab, and identifies nobody.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from undeclared.catalogue import Known, Thing, content_kinds
from undeclared.experiment.identities import Compared, compared, strangers
from undeclared.facts.known import Fact, World
from undeclared.facts.moved import MovedModel
from undeclared.facts.origins import Origin, of_facts, of_home
from undeclared.facts.tokens import Token, tokens
from undeclared.facts.toolresults import escaped
from undeclared.facts.words import LEAST, Words
from undeclared.model import (
    Change,
    Evidence,
    HttpFlow,
    Identifier,
    Outcome,
    Phase,
    Run,
    Stays,
    View,
)
from undeclared.views.place import Place
from undeclared.views.readings import Reader, keys

_CHARACTER = 4.7
"""Bits of a character of a name at most: one of the letters of the alphabet."""
_ENDS = 4
"""Characters of a value that are shown at both its ends."""
_CONTENT = (Known.CODE, Known.PROMPT, Known.ANSWERS, Known.FILE_NAMES, Known.PLATFORM)


class Spot(NamedTuple):
    """A place, and which value of several there."""

    place: Place
    number: int


@dataclass(slots=True)
class Sent:
    """The values of one run."""

    run: Run
    at: dict[Spot, str] = field(default_factory=dict)
    """By place, the value there."""
    spots: dict[str, list[Spot]] = field(default_factory=lambda: defaultdict(list))
    tokens: dict[str, Token] = field(default_factory=dict)
    flows: dict[tuple[str, str, str, str], int] = field(default_factory=dict)

    def add(self, spot: Spot, token: Token) -> None:
        """Note a value at a place."""
        self.at[spot] = token.plain
        self.spots[token.plain].append(spot)
        self.tokens.setdefault(token.plain, token)


class Named(NamedTuple):
    """A fact, what it is for a person, and whether one is recognised by it."""

    what: str
    fact: Fact
    identifies: bool


def identity_runs(runs: Iterable[Run]) -> list[Run]:
    """The completed runs that were made to see what stays, in the order of the design."""
    own = [
        run
        for run in runs
        if run.trial.phase is Phase.IDENTITY and run.outcome is Outcome.COMPLETED
    ]
    return sorted(own, key=lambda run: run.trial.id)


def changes_tried(runs: Sequence[Run]) -> tuple[Change, ...]:
    """What was changed between completed runs; empty if what is the program's own is not known."""
    own = identity_runs(runs)
    if not all(strangers(own)):
        return ()
    tried = {pair.change for pair in compared(own)}
    return tuple(change for change in Change if change in tried)


Held = Callable[[Collection[str]], Collection[str]]
"""Of some texts, those that the program has in its own files."""


def identifiers(
    runs: Sequence[Run], moved: MovedModel, world: World, held: Held
) -> tuple[Identifier, ...]:
    """Every value that stays the same over some change, those that stay over most first.

    What a program has in its files identifies nobody, even if the runs that have nothing in common
    happened not to send it.
    """
    own = identity_runs(runs)
    first, second = strangers(own)
    if not first or not second:
        return ()
    reader = Reader(moved.default_host)
    sent = {run.trial.id: _sent(run, reader, moved, world) for run in own}
    pairs = compared(own)
    everybodys = _values(first, sent) & _values(second, sent)
    tried = [change for change in Change if any(pair.change is change for pair in pairs)]
    found: dict[str, Identifier] = {}
    taken: dict[tuple[Spot, str], str] = {}
    for run in first:
        for value, spots in sent[run.trial.id].spots.items():
            if value in everybodys or value in found:
                continue
            stays = tuple(
                Stays(change=change, stays=_stays(value, change, pairs, sent, everybodys))
                for change in tried
            )
            if any(own.stays for own in stays):
                made = _identifier(value, run, stays, own, sent, world)
                # What a new home changes has another value there, and is the same identifier.
                if not any((spot, made.source) in taken for spot in spots):
                    found[value] = made
                taken |= {(spot, made.source): value for spot in spots}
    unknown = {
        value: {
            sent[run.trial.id].tokens[value].text
            for run in first
            if value in sent[run.trial.id].tokens
        }
        for value, made in found.items()
        if made.origin == "unknown"
    }
    its_own = set(held([text for texts in unknown.values() for text in texts]))
    order = list(Change)
    return tuple(
        sorted(
            (own for value, own in found.items() if not unknown.get(value, set()) & its_own),
            key=lambda own: (
                [-1 if own.over(change) else 0 for change in reversed(order)],
                -len(own.hosts), str(own.locus), own.shown,
            ),
        )
    )  # fmt: skip


def _values(runs: Iterable[Run], sent: Mapping[str, Sent]) -> set[str]:
    return {value for run in runs for value in sent[run.trial.id].spots}


def _sent(run: Run, reader: Reader, moved: MovedModel, world: World) -> Sent:
    at = moved.host(run.environment)
    found = Sent(run)
    for index, key in keys(run, at):
        found.flows.setdefault(key, index)
    facts = [own for own in _named(world.facts(run.environment)) if own.fact.known not in _CONTENT]
    words = Words([own.fact.value for own in facts])
    for seen, text in reader.readings(run, at).items():
        if seen.view in (View.TEXT, View.VALUE):
            place = _alike(seen, facts)
            own = sorted(
                [*_facts(text, words, facts), *((token, True) for token in tokens(text))],
                key=lambda pair: (pair[0].start, -len(pair[0].text)),
            )
            end = number = 0
            for token, identifies in own:
                if token.start >= end:  # no value within another one
                    end = token.start + len(token.text)
                    if identifies:
                        found.add(Spot(place, number), token)
                        number += 1
    return found


def _alike(place: Place, facts: Sequence[Named]) -> Place:
    """A place under a name that is a fact itself, such as a path, as it is named in every run."""
    pointer = place.pointer
    for own in sorted(facts, key=lambda own: -len(own.fact.value)):
        if len(own.fact.value) >= LEAST:
            pointer = pointer.replace(escaped(own.fact.value), f"{{{own.what}}}")
    return place._replace(pointer=pointer)


def _facts(text: str, words: Words, facts: Sequence[Named]) -> Iterator[tuple[Token, bool]]:
    data = text.encode("utf-8", "surrogatepass")
    for start, end, number in words.spans(data):
        begin = len(data[:start].decode("utf-8", "surrogatepass"))
        said = data[start:end].decode("utf-8", "surrogatepass")
        own = facts[number]
        yield Token(said, begin, len(own.fact.value) * _CHARACTER), own.identifies


def _named(facts: Iterable[Fact]) -> Iterator[Named]:
    things: dict[Known, Thing] = {
        thing.known: thing for kind in content_kinds().values() for thing in kind.things
    }
    for fact in facts:
        thing = things.get(fact.known)
        if thing and fact.value not in thing.unless:
            yield Named(thing.what.replace("{name}", fact.name), fact, thing.identifies)


def _stays(
    value: str,
    change: Change,
    pairs: Sequence[Compared],
    sent: Mapping[str, Sent],
    everybodys: set[str],
) -> bool | None:
    """Whether a value is the same on both sides of a change; None if it was not sent on both."""
    changed = None
    for pair in pairs:
        if pair.change is not change:
            continue
        one, other = sent[pair.one.trial.id], sent[pair.other.trial.id]
        if value in one.spots and value in other.spots:
            return True
        for here, there in ((one, other), (other, one)):
            for spot in here.spots.get(value, ()):
                instead = there.at.get(spot)
                if instead is not None and instead not in everybodys:
                    changed = False
    return changed


def _identifier(
    value: str,
    run: Run,
    stays: tuple[Stays, ...],
    runs: Sequence[Run],
    sent: Mapping[str, Sent],
    world: World,
) -> Identifier:
    own = sent[run.trial.id]
    token = own.tokens[value]
    places = list(dict.fromkeys(spot.place for spot in own.spots[value]))
    loci = list(dict.fromkeys(place.locus() for place in places))
    having = [
        other for other in runs if any(spot in sent[other.trial.id].at for spot in own.spots[value])
    ]
    outlives_home = any(each.stays for each in stays if each.change is Change.REINSTALLS)
    origin = _origin(token, run, runs, world, outlives_home=outlives_home)
    hosts = tuple(dict.fromkeys(place.host for place in places))
    what = (hosts[0], places[0].method, places[0].path, places[0].pointer, origin.source)
    return Identifier(
        id=f"identifier-{hashlib.sha256(repr(what).encode()).hexdigest()[:12]}",
        hosts=hosts,
        locus=loci[0],
        also_at=tuple(loci[1:]),
        shown=_shown(token.text),
        bits=round(token.bits, 1),
        runs=len(having),
        of=len(runs),
        stays=stays,
        origin=origin.kind,
        source=origin.source,
        evidence=tuple(_evidence(own, places[0])),
    )


def _origin(
    token: Token, run: Run, runs: Sequence[Run], world: World, *, outlives_home: bool
) -> Origin:
    facts = [
        (own.what, own.fact)
        for own in _named(world.facts(run.environment))
        if own.fact.known not in _CONTENT
    ]
    if (origin := of_facts(token, facts)) is not None:
        return origin
    if not outlives_home:
        for other in runs:
            if other.trial.home == run.trial.home and (origin := of_home(token, other.home)):
                return origin
    return Origin("unknown", "")


def _evidence(own: Sent, place: Place) -> Iterator[Evidence]:
    index = own.flows.get(place[:4])
    if index is not None:
        flow = own.run.flows[index]
        body = flow.request.body if isinstance(flow, HttpFlow) else b""
        digest = hashlib.sha256(body).hexdigest() if body else ""
        yield Evidence(run=own.run.trial.id, flow=index, sha256=digest, note="identifier")


def _shown(text: str) -> str:
    return text if len(text) <= 3 * _ENDS else f"{text[:_ENDS]}…{text[-_ENDS:]}"
