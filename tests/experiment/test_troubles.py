from dataclasses import replace

import pytest
from simulation import Quiet, flow, plan, run_of

from undeclared.catalogue import scenarios, troubles
from undeclared.experiment import carry_out, coverage
from undeclared.facts.troubles import events
from undeclared.facts.troubles import troubles as seen
from undeclared.model import Environment, Outcome, Phase, Trial

TRIAL = Trial(id="t", phase=Phase.PREFLIGHT, block=0, environment=Environment.of({}))


def failed(text):
    return run_of(TRIAL, outcome=Outcome.AGENT_FAILED).model_copy(update={"stderr": text.encode()})


def test_a_sign_in_a_long_line_is_shown_where_it_is():
    (own,) = seen([failed(f"{{{'x' * 500} Not logged in. {'y' * 500}}}")])
    assert own.trouble.id == "login"
    assert "Not logged in." in own.said
    assert len(own.said) < 500


@pytest.mark.parametrize(
    "text", ["\x1b]0;title\x07\x1b[1mOverwrite? [y/N]\x1b[0m", "a\nOverwrite? [y/N]"]
)
def test_what_a_terminal_would_not_show_is_no_part_of_a_line(text):
    assert "said:Overwrite? [y/N]" in list(events(failed(text)))


def test_an_agent_that_fails_is_watched_once_to_see_why_and_that_is_told():
    phases = []

    def execute(batch):
        for trial in batch:
            phases.append((trial.phase, trial.environment.get("observers")))
            yield run_of(trial, outcome=Outcome.AGENT_FAILED).model_copy(
                update={"stderr": b"Error: please log in first"}
            )

    own = replace(plan(), observe=True)
    conclusion = carry_out(own, execute, (), Quiet())
    assert phases[2:] == [(Phase.OBSERVATION, "tracer")]
    told = coverage(conclusion, own, scenarios()["command"])
    assert not told.complete
    assert any(
        "It wants a log-in (it said “Error: please log in first”)" in x for x in told.problems
    )


def test_what_is_worth_telling_of_an_agent_that_does_its_task_is_no_problem():
    def execute(batch):
        for trial in batch:
            yield run_of(trial, flow(trial.environment, {"model": "m"})).model_copy(
                update={"left_running": ("agentd --port 1",), "stderr": b"please log in"}
            )

    conclusion = carry_out(plan(), execute, (), Quiet())
    told = coverage(conclusion, plan(), scenarios()["command"])
    assert told.complete
    (said,) = (own for own in told.not_exercised if "agentd" in own)
    assert said.startswith("what would follow where it leaves a process running")
    assert not any("log-in" in own for own in told.not_exercised)


def test_every_trouble_says_what_avoids_it():
    for own in troubles().values():
        assert own.avoid.endswith(".")
        assert any(f"`{field}`" in own.avoid for field in own.fields)
