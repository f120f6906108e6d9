"""Counts who was contacted, over all runs."""

from collections import defaultdict
from collections.abc import Sequence

from undeclared.experiment.moved import MovedModel
from undeclared.experiment.readings import MODEL_HOST
from undeclared.model import (
    ContactFact,
    DnsFlow,
    HttpFlow,
    Phase,
    ProxyFlow,
    Run,
    StreamFlow,
    TlsFlow,
    WebSocketFlow,
)


def contact_facts(runs: Sequence[Run], moved: MovedModel) -> tuple[ContactFact, ...]:
    """One fact for every host and port; a name that was only looked up has port 0.

    The hosts to which the experiment itself moved the model are one contact.
    """
    runs_of: dict[tuple[str, int], set[str]] = defaultdict(set)
    requests: dict[tuple[str, int], int] = defaultdict(int)
    sent: dict[tuple[str, int], int] = defaultdict(int)
    model: set[tuple[str, int]] = set()
    phases: dict[tuple[str, int], set[str]] = defaultdict(set)
    for run in runs:
        own = moved.host(run.environment)

        def named(host: str, own: str | None = own) -> str:
            return MODEL_HOST if host.lower() == own else host.lower()

        phase = "install" if run.trial.phase is Phase.INSTALL else "run"
        asked: set[str] = set()
        reached: set[str] = set()
        for flow in run.flows:
            if isinstance(flow, DnsFlow):
                asked.add(named(flow.name))
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
            phases[key].add(phase)
        for name in asked - reached:
            runs_of[name, 0].add(run.trial.id)
            phases[name, 0].add(phase)
    return tuple(
        ContactFact(
            host=host,
            port=port,
            runs=len(own),
            phases=tuple(sorted(phases[host, port])),
            requests=requests[host, port],
            bytes_out=sent[host, port],
            answered_as_model=(host, port) in model,
        )
        for (host, port), own in sorted(runs_of.items())
    )
