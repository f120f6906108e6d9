"""Finds the planted secrets of runs in what the runs sent."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from undeclared.facts.moved import MovedModel
from undeclared.facts.needles import DIGESTS, DIVISIBLE, Needles, Piece
from undeclared.facts.searching import SPLIT, Forms, search
from undeclared.facts.sent import Sent, domain, sent
from undeclared.facts.toolresults import parted, strings
from undeclared.model import (
    Canary,
    CanaryFact,
    Evidence,
    HttpFlow,
    Locus,
    Phase,
    Run,
)
from undeclared.views.readings import MODEL_HOST, template

_ENOUGH = 0.7
"""Of a secret, in pieces in their order: the others are too short to be recognised."""
_CHANCE = 2
"""Characters after a piece that may happen to be those of the secret too."""


class Hit(NamedTuple):
    """A secret of a run, found in one form at one place."""

    canary: Canary
    form: str
    sent: Sent
    pointer: str
    """Within the part, where it could be told."""
    asked_for: bool


def hits(run: Run) -> list[Hit]:
    """Every secret of a run in every form at every place, in the order of the flows."""
    if not run.canaries or not run.flows:
        return []
    needles = Needles(run.canaries)
    found: list[Hit] = []
    pieces: dict[str, list[tuple[Sent, Piece]]] = defaultdict(list)
    for own in sent(run.flows):
        forms, parts = search(needles, own.data)
        if parts and own.part == "body" and (split := parted(run.flows, own.flow, own.data)):
            parts = needles.find(_bytes(split[0])).pieces
        pieces[own.host] += ((own, piece) for piece in parts)
        for number, form, pointer, asked in _placed(run, needles, own, forms):
            found.append(Hit(run.canaries[number], form, own, pointer, asked))
    for gathered in pieces.values():
        found = _with_split(found, run, needles, gathered)
    return found


def _placed(
    run: Run, needles: Needles, own: Sent, forms: Forms
) -> Iterator[tuple[int, str, str, bool]]:
    """Index and form of each secret, with the pointer to its place and whether it was asked for."""
    if not forms or own.part != "body":
        yield from ((number, form, own.pointer, False) for number, form in sorted(forms))
        return
    split = parted(run.flows, own.flow, own.data)
    if split is None:
        texts = _texts(own.data)
        for number, form in sorted(forms):
            yield number, form, _pointer(needles, texts, number), False
        return
    rest, outputs = split
    in_rest = search(needles, _bytes(rest))[0]
    in_outputs = search(needles, _bytes([node for _, node in outputs]))[0]
    told_by_tools = [text for pointer, node in outputs for text in strings(node, pointer)]
    for side, other, texts, asked in (
        (in_rest, in_outputs, list(strings(rest)), False),
        (in_outputs, in_rest, told_by_tools, True),
    ):
        elsewhere = {number for number, _ in other}
        for number in sorted({number for number, _ in side}):
            # Read and written anew, the text has lost its escapes: the form is that of the bytes.
            told = side if number in elsewhere else forms
            for form in sorted(form for each, form in told if each == number):
                yield number, form, _pointer(needles, texts, number), asked


def _bytes(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _texts(body: bytes) -> list[tuple[str, str]]:
    try:
        return list(strings(json.loads(body)))
    except (ValueError, RecursionError):
        return []


def _pointer(needles: Needles, texts: Sequence[tuple[str, str]], number: int) -> str:
    for pointer, text in texts:
        found, _ = search(needles, text.encode("utf-8", "surrogatepass"))
        if any(each == number for each, _ in found):
            return pointer
    return ""


def _with_split(
    found: list[Hit], run: Run, needles: Needles, pieces: Sequence[tuple[Sent, Piece]]
) -> list[Hit]:
    """Adds secrets that went to one host in pieces, in order; their parts are no parts any more."""
    for number, canary in enumerate(run.canaries):
        for form in DIVISIBLE:
            reach = covered = 0
            used: list[Sent] = []
            for own, piece in pieces:
                other = (piece.canary, piece.form) != (number, form)
                if other or piece.size == needles.length(number):
                    continue
                if piece.end > reach and piece.start >= reach - _CHANCE:
                    covered += piece.end - max(piece.start, reach)
                    reach = piece.end
                    used.append(own)
            if len(used) > 1 and covered >= _ENOUGH * len(DIVISIBLE[form](canary.value)):
                named = SPLIT.get(form, "split")
                split = Hit(canary, named, used[0], used[0].pointer, asked_for=False)
                host = split.sent.host
                found = [hit for hit in found if not _is_part(hit, canary, host)]
                # Taken together, questions below one domain may have shown the whole already.
                if not any(
                    (hit.canary, hit.form, hit.sent.host) == (canary, form, host) for hit in found
                ):
                    found.append(split)
    return found


def _is_part(hit: Hit, canary: Canary, host: str) -> bool:
    mine = hit.canary is canary and hit.sent.host == host
    return mine and hit.form.startswith("part")


def canary_places(runs: Sequence[Run]) -> tuple[str, ...]:
    """Every place in which a secret was planted in any run, each once."""
    return tuple(dict.fromkeys(canary.place for run in runs for canary in run.canaries))


def canary_facts(runs: Sequence[Run], moved: MovedModel) -> tuple[CanaryFact, ...]:
    """One fact for every secret, host, form, and whether it was asked for, over all runs.

    The hosts to which the experiment itself moved the model are one. Runs of an installation are
    counted apart from the others.
    """
    planted: dict[tuple[str, bool], int] = defaultdict(int)
    grouped: dict[tuple[str, str, str, bool, bool], list[tuple[Run, Hit, bool]]] = defaultdict(list)
    for run in runs:
        install = run.trial.phase is Phase.INSTALL
        for canary in run.canaries:
            planted[canary.id, install] += 1
        at = moved.host(run.environment)
        talked = {
            flow.request.host
            for flow in run.flows
            if isinstance(flow, HttpFlow) and flow.step is not None
        }
        for hit in hits(run):
            model = hit.sent.host in talked
            host = MODEL_HOST if model and at is not None else _host(hit)
            key = (hit.canary.id, host, hit.form, hit.asked_for, install)
            grouped[key].append((run, hit, model))
    return tuple(
        _fact(key, own, planted[key[0], key[4]]) for key, own in sorted(grouped.items(), key=_key)
    )


def _key(item: tuple[tuple[str, str, str, bool, bool], object]) -> tuple[str, str, str, bool, bool]:
    return item[0]


def _host(hit: Hit) -> str:
    """A host whose name carries the secret is a domain with something before it."""
    host = hit.sent.host.lower()
    return domain(host) if hit.sent.pointer in ("server-name", "host", ":authority") else host


def _fact(
    key: tuple[str, str, str, bool, bool], own: Sequence[tuple[Run, Hit, bool]], planted: int
) -> CanaryFact:
    canary, host, form, asked_for, install = key
    loci = tuple(dict.fromkeys(_locus(host, run, hit) for run, hit, _ in own))
    run, hit, _ = own[0]
    flow = run.flows[hit.sent.flow]
    body = flow.request.body if isinstance(flow, HttpFlow) else b""
    return CanaryFact(
        canary=canary,
        place=hit.canary.place,
        host=host,
        model=any(model for _, _, model in own),
        form=form,
        nature=_nature(form),
        whole=not form.startswith("part"),
        asked_for=asked_for,
        install=install,
        runs=len({run.trial.id for run, _, _ in own}),
        of=planted,
        flows=len({(run.trial.id, hit.sent.flow) for run, hit, _ in own}),
        locus=loci[0],
        also_at=loci[1:],
        evidence=(
            Evidence(
                run=run.trial.id,
                flow=hit.sent.flow,
                sha256=hashlib.sha256(body).hexdigest() if body else "",
                note=form,
            ),
        ),
    )


def _nature(form: str) -> Literal["plain", "encoded", "hashed"]:
    if form.partition(" ")[0] in DIGESTS:
        return "hashed"
    return "plain" if form in ("plain", "part", "lower case") else "encoded"


def _locus(host: str, run: Run, hit: Hit) -> Locus:
    flow = run.flows[hit.sent.flow]
    own = hit.sent
    return Locus(
        host=host,
        method=own.method,
        # A path that carries the secret is another in every run.
        path="" if own.part == "line" else template(own.path),
        part=own.part,
        pointer=hit.pointer,
        step=(flow.step or "") if isinstance(flow, HttpFlow) else "",
    )
