from simulation import DEFAULT_HOST, flow, plan, run_of

from undeclared.experiment.design import alone
from undeclared.facts import contact_facts
from undeclared.model import (
    DnsFlow,
    Http2Flow,
    HttpFlow,
    HttpRequest,
    Moment,
    Phase,
    ProxyFlow,
    StreamFlow,
    TlsFlow,
    WebSocketFlow,
    WebSocketMessage,
)

PLAN = plan()
TRIALS = alone(PLAN.signals, 1, 0)


def test_hosts_of_the_experiment_are_one_contact_and_others_are_told_apart():
    runs = [run_of(trial, flow(trial.environment, {"model": "m"})) for trial in TRIALS]
    facts = {fact.host: fact for fact in contact_facts(runs, PLAN.moved)}
    assert set(facts) == {DEFAULT_HOST, "{base-url-host}"}
    assert facts[DEFAULT_HOST].runs + facts["{base-url-host}"].runs == len(runs)
    assert facts[DEFAULT_HOST].answered_as_model
    assert facts[DEFAULT_HOST].bytes_out > len(b'{"model": "m"}')


def test_a_name_that_was_only_looked_up_is_a_contact_without_port():
    question = DnsFlow(started=0, name="Collector.example.com", type="A", transport="udp")
    run = run_of(TRIALS[0]).model_copy(update={"flows": (question,)})
    (fact,) = contact_facts([run], PLAN.moved)
    assert (fact.host, fact.port, fact.requests) == ("collector.example.com", 0, 0)


def test_proxies_sockets_and_streams_are_contacts_and_openings_are_not():
    stream = {"transport": "tcp", "address": "198.18.1.2", "first_bytes": b"SSH-2.0-x"}
    flows = (
        Http2Flow(started=0, connection=0, settings=(), opening=b"PRI"),
        ProxyFlow(
            started=1, connection=1, protocol="http-connect", proxy="Proxy.example", port=3128,
            target="far.example:443", opening=b"CONNECT far.example:443",
        ),
        WebSocketFlow(
            started=2, connection=2, host="ws.example", port=443, target=b"/live",
            messages=(WebSocketMessage(at=2, text=True, content=b"hello"),),
        ),
        StreamFlow(started=3, port=22, host="git.example", **stream),
        StreamFlow(started=4, port=23, **stream),
    )  # fmt: skip
    run = run_of(TRIALS[0]).model_copy(update={"flows": flows})
    facts = [(fact.host, fact.port, fact.bytes_out) for fact in contact_facts([run], PLAN.moved)]
    assert facts == [
        ("198.18.1.2", 23, 9), ("git.example", 22, 9), ("proxy.example", 3128, 23),
        ("ws.example", 443, 5),
    ]  # fmt: skip


def _asked(host: str, started: float, step: str | None = None) -> HttpFlow:
    request = HttpRequest(
        method=b"POST", scheme="https", host=host, port=443, target=b"/", version="HTTP/1.1",
        headers=(), body=b"",
    )  # fmt: skip
    return HttpFlow(
        started=started, ended=started + 0.1, connection=int(started), request=request,
        answered_by="generic", step=step,
    )  # fmt: skip


def test_says_whether_a_host_was_contacted_before_between_or_after_what_the_model_was_asked():
    hello = TlsFlow(started=0, connection=2, sni="model.example", port=443, client_hello=b"")
    refused = TlsFlow(started=5, connection=5, sni="pinned.example", port=443, client_hello=b"")
    flows = (
        hello,
        _asked("flags.example", 1),
        _asked("model.example", 2, step="turn-1"),
        _asked("events.example", 3),
        _asked("model.example", 4, step="turn-2"),
        refused,
        _asked("events.example", 6),
        DnsFlow(started=7, name="name.example", type="A", transport="udp"),
    )
    run = run_of(TRIALS[0]).model_copy(update={"flows": flows})
    assert {fact.host: fact.phases for fact in contact_facts([run], PLAN.moved)} == {
        "flags.example": (Moment.BEFORE,),
        "model.example": (Moment.DURING,),
        "events.example": (Moment.DURING, Moment.AFTER),
        "pinned.example": (Moment.AFTER,),
        "name.example": (Moment.AFTER,),
    }


def test_what_an_installation_contacts_is_told_apart_and_without_a_prompt_all_is_before_it():
    installing = TRIALS[0].model_copy(update={"phase": Phase.INSTALL})
    runs = [
        run_of(trial).model_copy(update={"flows": (_asked("a.example", 1),)})
        for trial in (installing, TRIALS[0])
    ]
    (fact,) = contact_facts(runs, PLAN.moved)
    assert fact.phases == (Moment.INSTALL, Moment.BEFORE)
