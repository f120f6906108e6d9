"""Which categories of data were sent to whom: what is known of each run's world, in what it sent.

Looked for is every value that the world of a run had, in every form in which a program may send it.
What goes to the model because the prompt has it, or because the model called a tool, is told apart.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from undeclared.catalogue import ContentKind, Known, Scenario, Thing, content_kinds
from undeclared.facts.known import Fact, World
from undeclared.facts.moved import MovedModel
from undeclared.facts.portions import Portion, portions, spoken, texts, values
from undeclared.facts.searching import search
from undeclared.facts.sent import Sent, domain, sent
from undeclared.facts.toolresults import parted, strings
from undeclared.facts.words import Words
from undeclared.model import (
    AskedFor,
    ContentExample,
    ContentFact,
    Evidence,
    HttpFlow,
    Locus,
    Run,
)
from undeclared.views.readings import MODEL_HOST, template

EXAMPLES = 3
"""Of each row of the report."""
AROUND = 28
"""Characters shown on both sides of a value."""
SHOWN = 90
"""Characters shown of a value."""
RESULT = 12
"""Characters of a line of a tool's result that is looked for elsewhere."""


class Sought(NamedTuple):
    """One value, and what it is."""

    category: str
    thing: Thing
    what: str
    value: str


class Hit(NamedTuple):
    """A value that was found."""

    sought: Sought
    form: str
    sent: Sent
    portion: Portion


@dataclass(slots=True)
class _Row:
    """What is found of one category at one host."""

    model: bool = False
    what: dict[str, None] = field(default_factory=dict)
    runs: set[str] = field(default_factory=set)
    flows: set[tuple[str, int]] = field(default_factory=set)
    firsts: dict[tuple[str, str], tuple[Run, Hit, Locus]] = field(default_factory=dict)
    counts: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))


def content_facts(
    runs: Sequence[Run], moved: MovedModel, world: World, scenario: Scenario
) -> tuple[ContentFact, ...]:
    """One fact for every host, category, and who asked for it, over all runs.

    Planted secrets and identifiers are found by themselves, and are not among them.
    """
    rows: dict[tuple[str, str, AskedFor], _Row] = defaultdict(_Row)
    searcher = _Searcher(world, scenario)
    for run in runs:
        at = moved.host(run.environment)
        talked = {
            flow.request.host
            for flow in run.flows
            if isinstance(flow, HttpFlow) and flow.step is not None
        }
        for hit in searcher.hits(run):
            model = hit.sent.host in talked
            host = MODEL_HOST if model and at is not None else _host(hit.sent)
            row = rows[host, hit.sought.category, hit.portion.asked_for]
            row.model |= model
            row.what[hit.sought.what] = None
            row.runs.add(run.trial.id)
            row.flows.add((run.trial.id, hit.sent.flow))
            first = (hit.sought.what, hit.form)
            row.counts[first].add(run.trial.id)
            if first not in row.firsts:
                row.firsts[first] = run, hit, searcher.locus(host, run, hit)
    order = list(content_kinds())
    return tuple(
        ContentFact(
            host=host,
            model=row.model,
            category=category,
            asked_for=asked,
            what=tuple(row.what),
            runs=len(row.runs),
            of=len(runs),
            requests=len(row.flows),
            examples=tuple(_examples(row, searcher)),
        )
        for (host, category, asked), row in sorted(
            rows.items(), key=lambda own: (own[0][0], order.index(own[0][1]), own[0][2])
        )
    )


def _host(own: Sent) -> str:
    """A host whose name carries something is a domain with something before it."""
    host = own.host.lower()
    return domain(host) if own.pointer in ("server-name", "host", ":authority") else host


def _examples(row: _Row, searcher: "_Searcher") -> Iterator[ContentExample]:
    """Different things first, plain ones before encoded ones."""
    order = sorted(row.firsts, key=lambda own: (own[1] != "plain", len(row.counts[own]) * -1))
    others = [own for number, own in enumerate(order) if own[0] in {x[0] for x in order[:number]}]
    for what, form in [*(own for own in order if own not in others), *others][:EXAMPLES]:
        run, hit, locus = row.firsts[what, form]
        flow = run.flows[hit.sent.flow]
        body = flow.request.body if isinstance(flow, HttpFlow) else b""
        yield ContentExample(
            what=what,
            form=form,
            text=searcher.excerpt(run, hit, locus.pointer),
            locus=locus,
            runs=len(row.counts[what, form]),
            evidence=Evidence(
                run=run.trial.id,
                flow=hit.sent.flow,
                sha256=hashlib.sha256(body).hexdigest() if body else "",
                note=form,
            ),
        )


class _Searcher:
    def __init__(self, world: World, scenario: Scenario) -> None:
        self._world = world
        self._spoken = spoken(scenario)
        self._prompt = scenario.prompt.strip()
        self._words: dict[tuple[str, ...], Words] = {}

    def hits(self, run: Run) -> Iterator[Hit]:
        """Everything known that is in what a run sent, in the order of the flows."""
        sought = list(_sought([*self._world.facts(run.environment), *_results(run)]))
        found = [own for own in sought if not own.thing.whole]
        wholes = {own.value.lower(): own for own in sought if own.thing.whole}
        # A line that a tool gave back holds names and code, and must not hide them.
        results = [
            number for number, own in enumerate(found) if own.thing.known is Known.TOOL_RESULTS
        ]
        words = self._finder(tuple(own.value for own in found), tuple(results))
        for own in sent(run.flows):
            for portion in portions(run.flows, own, self._prompt, self._spoken):
                forms = search(words, portion.data)[0]
                for number, form in sorted(forms):
                    if not self._goes_without_saying(run, own, found[number]):
                        yield Hit(found[number], form, own, portion)
                for text in values(own, portion):
                    if (whole := wholes.get(text.strip().lower())) is not None:
                        yield Hit(whole, "plain", own, portion)

    def _finder(self, values: tuple[str, ...], apart: tuple[int, ...] = ()) -> Words:
        if values not in self._words:
            self._words[values] = Words(values, apart)
        return self._words[values]

    def _goes_without_saying(self, run: Run, own: Sent, sought: Sought) -> bool:
        """The model is sent its key, and what it said itself."""
        flow = run.flows[own.flow]
        talks = isinstance(flow, HttpFlow) and flow.step is not None
        return talks and sought.thing.known in (Known.KEY, Known.ANSWERS)

    def locus(self, host: str, run: Run, hit: Hit) -> Locus:
        """The place of a hit, with its pointer where it can be told."""
        flow = run.flows[hit.sent.flow]
        own = hit.sent
        return Locus(
            host=host,
            method=own.method,
            path="" if own.part == "line" else template(own.path),
            part=own.part,
            pointer=own.pointer if own.part != "body" else self._pointer(run, hit),
            step=(flow.step or "") if isinstance(flow, HttpFlow) else "",
        )

    def _pointer(self, run: Run, hit: Hit) -> str:
        own = texts(hit.sent, hit.portion)
        if hit.sought.thing.whole:
            value = hit.sought.value.lower()
            return next((name for name, text in own if text.strip().lower() == value), "")
        words = self._finder((hit.sought.value,))
        for pointer, text in own:
            if search(words, text.encode("utf-8", "surrogatepass"))[0]:
                return pointer
        return ""

    def excerpt(self, run: Run, hit: Hit, pointer: str) -> str:
        """The value as it was sent, in its surroundings; nothing of a secret is shown."""
        value, secret = hit.sought.value, hit.sought.thing.secret
        text = next((own for name, own in texts(hit.sent, hit.portion) if name == pointer), "")
        if hit.sent.part != "body":
            text = hit.sent.data.decode("utf-8", "replace")
        data = text.encode("utf-8", "surrogatepass")
        for start, end, _ in self._finder((value,)).spans(data):
            before = data[:start].decode("utf-8", "replace")[-AROUND:]
            after = data[end:].decode("utf-8", "replace")[:AROUND]
            shown = "…" if secret else _cut(data[start:end].decode("utf-8", "replace"))
            return " ".join(f"{before}{shown}{after}".split())
        return "…" if secret else _cut(" ".join((text or value).split()))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


@cache
def _things() -> dict[Known, list[tuple[ContentKind, Thing]]]:
    found: dict[Known, list[tuple[ContentKind, Thing]]] = defaultdict(list)
    for kind in content_kinds().values():
        for thing in kind.things:
            found[thing.known].append((kind, thing))
    return found


def _sought(facts: Sequence[Fact]) -> Iterator[Sought]:
    for fact in facts:
        for kind, thing in _things()[fact.known]:
            if fact.value not in thing.unless:
                what = thing.what.replace("{name}", fact.name)
                yield Sought(kind.id, thing, what, fact.value)


def _results(run: Run) -> Iterator[Fact]:
    """What the tools of a run gave back, line by line.

    What an agent wraps results in, it also sends before there is any; that is no result.
    """
    found: dict[str, None] = {}
    before: list[bytes] = []
    for own in sent(run.flows):
        split = parted(run.flows, own.flow, own.data) if own.part == "body" else None
        if split is not None and not split[1]:
            before.append(own.data)
        for _, node in split[1] if split else ():
            for pointer, text in strings(node):
                if pointer.rpartition("/")[2] not in _OF_A_RESULT:
                    lines = (line.strip() for line in text.splitlines())
                    found |= dict.fromkeys(line for line in lines if len(line) >= RESULT)
    for line in found:
        spellings = (line.encode("utf-8", "surrogatepass"), json.dumps(line)[1:-1].encode())
        if not any(text in body for text in spellings for body in before):
            yield Fact(Known.TOOL_RESULTS, line)


_OF_A_RESULT = ("type", "role", "name", "id", "tool_use_id", "tool_call_id", "call_id")
"""Members that say which result it is, and not what it is."""
