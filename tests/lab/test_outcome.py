import asyncio
import logging

import pytest

from undeclared.lab import process
from undeclared.lab.outcome import Faults, judge
from undeclared.model import Outcome


def test_an_error_that_only_the_event_loop_sees_is_a_fault_of_ours(monkeypatch):
    faults = Faults()
    logger = logging.getLogger("asyncio")
    logger.addHandler(faults)

    async def break_in_a_callback():
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    try:
        faults.raise_first()
        asyncio.run(break_in_a_callback())
    finally:
        logger.removeHandler(faults)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        faults.raise_first()


def ended(**changes):
    fields = {"status": 0, "timed_out": False, "excess": None, "seconds": 1.0}
    return process.Ended(**{**fields, "stdout": b"", "stderr": b"", **changes})


@pytest.mark.parametrize(
    ("changes", "outcome", "reason"),
    [
        ({"timed_out": True, "status": None}, Outcome.TIMED_OUT, "still running after 7 s"),
        (
            {"excess": "more than 512 processes", "status": None},
            Outcome.AGENT_FAILED,
            "ended because it used more than 512 processes",
        ),
        ({"status": 2, "stdout": b"a\nb\n"}, Outcome.AGENT_FAILED, "exited with status 2: b"),
        ({"status": 2, "stderr": b"\xff"}, Outcome.AGENT_FAILED, "exited with status 2: \ufffd"),
        (
            {
                "status": 1,
                "stderr": b"x.js:1\n\nError: no such thing\n    at x.js:1\n\nRuntime v1\n",
            },
            Outcome.AGENT_FAILED,
            "exited with status 1: Error: no such thing",
        ),
        (
            {"status": 1, "disk_full": True, "stderr": b"what"},
            Outcome.AGENT_FAILED,
            "exited with status 1, with no room left for its files: what",
        ),
        ({"status": -11}, Outcome.AGENT_FAILED, "ended by signal 11"),
        ({}, Outcome.AGENT_FAILED, "never called the model"),
    ],
)
def test_a_run_is_judged_by_how_it_ended(changes, outcome, reason):
    assert judge(ended(**changes), (), 7.0) == (outcome, reason)
