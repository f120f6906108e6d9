"""One audit in a process of its own: what comes back, and what becomes of an interruption."""

import os
import signal
import time
from itertools import islice
from pathlib import Path

import pytest

from undeclared.apart import audit_apart, run_many
from undeclared.audit import AuditRequest
from undeclared.experiment import Watch
from undeclared.model import Incomplete, Report

SAMPLE = Path(__file__).parent / "report" / "golden" / "report.json"
REQUEST = AuditRequest(agent="no-such-agent")


class Heard:
    def __init__(self, *, interrupt: bool = False) -> None:
        self.said: list[str] = []
        self.interrupt = interrupt

    def say(self, text: str) -> None:
        self.said.append(text)
        if self.interrupt:
            os.kill(os.getpid(), signal.SIGINT)

    def advance(self, stage: str, done: int, total: int) -> None:
        self.said.append(f"{stage} {done}/{total}")


def sample() -> Report:
    return Report.model_validate_json(SAMPLE.read_text(encoding="utf-8"))


def work(request: AuditRequest, watch: Watch) -> Report:
    watch.say(f"in process {os.getpid()}")
    watch.advance("discovery", 1, 2)
    return sample().model_copy(update={"agent": request.agent})


def long(request: AuditRequest, watch: Watch) -> Report:
    """Like an audit, which makes a report of what it has when it is interrupted."""
    try:
        watch.say("begun")
        time.sleep(60)
    except KeyboardInterrupt:
        return sample()
    return sample().model_copy(update={"agent": "too late"})


def stubborn(request: AuditRequest, watch: Watch) -> Report:
    watch.say("begun")
    time.sleep(60)
    raise AssertionError


def wrong(request: AuditRequest, watch: Watch) -> Report:
    raise ZeroDivisionError("by nothing")


def gone(request: AuditRequest, watch: Watch) -> Report:
    os._exit(7)


def test_the_report_and_the_progress_come_back():
    watch = Heard()
    assert audit_apart(REQUEST, watch, work).agent == "no-such-agent"
    assert watch.said[0] != f"in process {os.getpid()}"
    assert watch.said[1:] == ["discovery 1/2"]


def test_an_error_of_a_real_audit_comes_back_with_its_advice():
    with pytest.raises(Incomplete, match="there is no agent 'no-such-agent'") as raised:
        audit_apart(REQUEST, Heard())
    assert "`undeclared agents` lists them" in raised.value.next_step


def test_an_interruption_is_handed_on_and_leaves_a_report():
    began = time.monotonic()
    assert audit_apart(REQUEST, Heard(interrupt=True), long) == sample()
    assert time.monotonic() - began < 30


def test_an_interruption_before_there_is_a_report_is_one_here():
    with pytest.raises(KeyboardInterrupt):
        audit_apart(REQUEST, Heard(interrupt=True), stubborn)


def test_a_bug_is_told_with_its_place():
    with pytest.raises(RuntimeError, match="ZeroDivisionError: by nothing") as raised:
        audit_apart(REQUEST, Heard(), wrong)
    assert "in wrong" in raised.value.__notes__[0]


def test_a_process_that_is_gone_is_no_result():
    with pytest.raises(Incomplete, match="exit status 7"):
        audit_apart(REQUEST, Heard(), gone)


def differing(request: AuditRequest, watch: Watch) -> Report:
    """Fails, or ends only when it is interrupted, as the name of the agent says."""
    if request.agent == "missing":
        raise Incomplete("it is not there", means="nothing", next_step="None.")
    return long(request, watch)


class Interrupting(Heard):
    """Interrupts when both of two have begun."""

    def say(self, text: str) -> None:
        super().say(text)
        if {"one: begun", "two: begun"} <= {*self.said}:
            os.kill(os.getpid(), signal.SIGINT)


def test_many_are_done_at_once_and_an_interruption_ends_what_is_not():
    watch = Interrupting()
    items = [AuditRequest(agent=name) for name in ("missing", "one", "two", "never")]
    results = run_many(differing, items, watch, at_once=2, label=lambda own: own.agent)
    found = {item.agent: result for item, result in islice(results, 3)}
    assert isinstance(found["missing"], Incomplete)
    assert found["one"] == found["two"] == sample()
    with pytest.raises(KeyboardInterrupt):
        next(results)
    assert "never: begun" not in watch.said
