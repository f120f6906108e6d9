"""Counts who was contacted, over all runs."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

from undeclared.facts.moved import MovedModel
from undeclared.model import (
    ContactFact,
    DnsFlow,
    Flow,
    HttpFlow,
    Moment,
    Phase,
    ProxyFlow,
    Run,
    StreamFlow,
    TlsFlow,
    WebSocketFlow,
)
from undeclared.views.readings import MODEL_HOST


def contact_facts(runs: Sequence[Run], moved: MovedModel) -> tuple[ContactFact, ...]:
    """One fact for every host and port; a name that was only looked up has port 0.

    The hosts to which the experiment itself moved the model are one contact.
    """
    runs_of: dict[tuple[str, int], set[str]] = defaultdict(set)
    requests: dict[tuple[str, int], int] = defaultdict(int)
    sent: dict[tuple[str, int], int] = defaultdict(int)
    model: set[tuple[str, int]] = set()
    moments: dict[tuple[str, int], set[Moment]] = defaultdict(set)
    for run in runs:
        own = moved.host(run.environment)

        def named(host: str, own: str | None = own) -> str:
            return MODEL_HOST if host.lower() == own else host.lower()

        moment = _moments(run)
        asked: dict[str, set[Moment]] = defaultdict(set)
        reached: set[str] = set()
        opened: dict[tuple[str, int], set[Moment]] = defaultdict(set)
        said: dict[tuple[str, int], set[Moment]] = defaultdict(set)
        for flow in run.flows:
            if isinstance(flow, DnsFlow):
                asked[named(flow.name)].add(moment(flow))
                continue
            if isinstance(flow, HttpFlow):
                request = flow.request
                key = (named(request.host), request.port)
                requests[key] += 1
                sent[key] += len(request.body) + len(request.target) + sum(
                    len(name) + len(value) + 4 for name, value in request.headers
                )  # fmt: skip
                if flow.step is not None:
                    model.add(key)
            elif isinstance(flow, TlsFlow):
                key = (named(flow.sni or "(no name)"), flow.port)
            elif isinstance(flow, StreamFlow):
                key = (named(flow.host or flow.address), flow.port)
                sent[key] += len(flow.first_bytes)
            elif isinstance(flow, WebSocketFlow):
                key = (named(flow.host), flow.port)
                sent[key] += sum(len(message.content) for message in flow.messages)
            elif isinstance(flow, ProxyFlow):
                key = (named(flow.proxy), flow.port)
                sent[key] += len(flow.opening)
            else:
                continue  # how a connection was opened, over which requests follow
            reached.add(key[0])
            runs_of[key].add(run.trial.id)
            # Of a connection that requests follow, those say when.
            (opened if isinstance(flow, TlsFlow) else said)[key].add(moment(flow))
        for key, when in (opened | said).items():
            moments[key] |= when
        for name in asked.keys() - reached:
            runs_of[name, 0].add(run.trial.id)
            moments[name, 0] |= asked[name]
    return tuple(
        ContactFact(
            host=host,
            port=port,
            runs=len(own),
            phases=tuple(own for own in Moment if own in moments[host, port]),
            requests=requests[host, port],
            bytes_out=sent[host, port],
            answered_as_model=(host, port) in model,
        )
        for (host, port), own in sorted(runs_of.items())
    )


def _moments(run: Run) -> Callable[[Flow], Moment]:
    """Tells when a flow of this run began, seen from what the model was asked.

    A program that never asks the model is always before it.
    """
    if run.trial.phase is Phase.INSTALL:
        return lambda flow: Moment.INSTALL
    asked = [flow for flow in run.flows if isinstance(flow, HttpFlow) and flow.step is not None]
    first = min((flow.started for flow in asked), default=math.inf)
    last = max((flow.ended or flow.started for flow in asked), default=math.inf)

    def moment(flow: Flow) -> Moment:
        if flow.started < first:
            return Moment.BEFORE
        return Moment.DURING if flow.started <= last else Moment.AFTER

    return moment
