from simulation import DEFAULT_HOST, flow, plan, run_of

from undeclared.experiment import contact_facts
from undeclared.experiment.design import alone
from undeclared.model import (
    DnsFlow,
    Http2Flow,
    ProxyFlow,
    StreamFlow,
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
