from simulation import DEFAULT_HOST, flow, plan, run_of

from undeclared.experiment import contact_facts
from undeclared.experiment.design import alone
from undeclared.model import DnsFlow

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
