import threading

import pytest
from simulation import HOSTS, ZONES, agent

from undeclared.experiment.design import anywhere
from undeclared.experiment.meanwhile import Meanwhile
from undeclared.model import Incomplete, Outcome


def hello(environment, noise):
    return {"text": "hello"}


TRIALS = anywhere((HOSTS, ZONES), 5, seed=0)


def test_trials_are_carried_out_while_somebody_is_busy_and_no_longer():
    begun, done = threading.Semaphore(0), threading.Semaphore(0)

    def execute(trials):
        for trial in trials:
            begun.release()
            done.acquire()
            yield from agent(hello)([trial])

    meanwhile = Meanwhile(execute, TRIALS)
    with meanwhile.busy():
        for _ in range(2):
            begun.acquire()
            done.release()
        begun.acquire()
        threading.Timer(0.05, done.release).start()
    assert [run.trial for run in meanwhile.runs] == list(TRIALS[:3])
    for _ in TRIALS:
        done.release()
    with meanwhile.busy():
        for _ in range(2):
            begun.acquire()
    assert [run.trial for run in meanwhile.runs] == list(TRIALS)
    assert {run.outcome for run in meanwhile.runs} == {Outcome.COMPLETED}


def test_trials_that_somebody_else_takes_are_left():
    meanwhile = Meanwhile(agent(hello), TRIALS)
    meanwhile.leave(TRIALS[1:])
    with meanwhile.busy():
        pass
    assert {run.trial for run in meanwhile.runs} <= {TRIALS[0]}


def test_an_error_is_raised_where_somebody_can_act_on_it():
    def execute(trials):
        yield from agent(hello)([next(trials)])
        raise Incomplete("no room", means="nothing", next_step="Make room.")

    meanwhile = Meanwhile(execute, TRIALS)
    failed = threading.Event()
    with pytest.raises(Incomplete, match="no room"), meanwhile.busy():
        failed.wait(0.05)
    assert len(meanwhile.runs) == 1
    with meanwhile.busy():
        pass
    assert len(meanwhile.runs) == 1
