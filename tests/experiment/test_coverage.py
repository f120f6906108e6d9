from simulation import DEFAULT_HOST, flow, plan, run_of

from undeclared.catalogue import scenarios
from undeclared.experiment import Conclusion, coverage
from undeclared.experiment.design import alone
from undeclared.model import Outcome, Run

PLAN = plan()
TRIALS = alone(PLAN.signals, 1, 0)
SCENARIO = scenarios()["command"]
LAST = f"turn-{len(SCENARIO.turns)}"


def played(number: int, *steps: str) -> Run:
    trial = TRIALS[number]
    sent = flow(trial.environment, {"host": DEFAULT_HOST})
    return run_of(trial, *(sent.model_copy(update={"step": step}) for step in steps))


def failed(number: int) -> Run:
    return run_of(TRIALS[number], outcome=Outcome.AGENT_FAILED)


def covered(*runs: Run, problems: tuple[str, ...] = ()):
    found = Conclusion(runs=list(runs), planned=len(runs), problems=list(problems))
    return coverage(found, PLAN, SCENARIO)


def test_everything_planned_and_done_is_complete():
    found = covered(played(0, "turn-1", LAST), played(1, "turn-1", LAST))
    assert found.complete
    assert not any("end of the scenario" in phrase for phrase in found.not_exercised)


def test_a_scenario_that_was_not_played_to_its_end_is_said():
    found = covered(played(0, "turn-1", LAST), played(1, "turn-1"))
    assert "the end of the scenario, in 1 of 2 completed runs" in found.not_exercised


def test_one_failed_run_makes_it_incomplete_and_is_told_with_its_environment():
    found = covered(played(0, "turn-1", LAST), failed(1))
    assert not found.complete
    (problem,) = found.problems
    assert "1 of 2 runs: agent failed, exited with status 1" in problem
    assert str(TRIALS[1].environment) in problem


def test_when_nothing_worked_it_is_said_once():
    assert covered(failed(0), failed(1), problems=("All failed.",)).problems == ("All failed.",)


def test_runs_that_are_missing_make_it_incomplete():
    found = Conclusion(runs=[played(0, LAST)], planned=2)
    assert not coverage(found, PLAN, SCENARIO).complete
