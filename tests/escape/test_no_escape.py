"""An agent cannot leave the lab, touch the machine, or find what another run left."""

import json
import os
import time
from pathlib import Path

import pytest
import suite

from undeclared.lab.limits import MIB, Limits, version
from undeclared.model import LabUnavailable, Outcome

pytestmark = pytest.mark.lab


def opened(lab):
    try:
        return lab.__enter__()
    except LabUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def lab():
    own = opened(suite.make_lab())
    yield own
    own.__exit__(None, None, None)


@pytest.fixture(scope="module")
def result(lab):
    return suite.try_all(lab)


def test_every_attempt_to_get_out_fails(result):
    assert result.run.exit_status == 0, result.run.stderr
    assert len(result.rows) == suite.number_of_attempts()
    escaped = [row for row in result.rows if not row.held]
    assert not escaped, suite.table(result)


def test_they_fail_in_the_same_way_under_a_tracer_and_on_another_machine(result):
    assert result.traced.exit_status == 0, result.traced.stderr
    rows = suite.rows_of(result.traced.stdout)
    assert len(rows) == suite.number_of_attempts()
    assert not [row for row in rows if not row.held]


def test_nobody_outside_saw_anything_of_them(result):
    arrived = {
        (place, name): count
        for place, counts in result.inside.items()
        for name, count in counts.items()
        if count
    }
    assert not arrived, suite.table(result)
    assert result.changes == []


def test_the_same_attempts_succeed_where_nothing_holds_them(result):
    """Otherwise their failure in the lab would mean nothing."""
    absent = set()
    if not Path("/proc/net/if_inet6").exists():
        absent |= {"tcp6", "udp6", "tcp_mapped"}
    if not result.has_key:
        absent.add("read_key")
    tried = {*suite.CONTROL_HOST, *suite.CONTROL_OTHER} - absent
    held = [row for row in result.control.values() if row.held and row.id in tried]
    assert not held
    assert tried <= set(result.control)
    host, other = result.control_seen["host"], result.control_seen["other network"]
    assert host["tcp4"] > 0
    assert host["udp4"] > 0
    assert host["unix"] > 0
    assert host["abstract"] > 0
    assert host["datagram"] > 0
    assert host["packets"] is None or host["packets"] > 0
    assert other["tcp4"] > 0
    assert other["packets"] > 0


def test_what_was_answered_was_answered_by_the_lab(result):
    names = [flow.name for flow in result.run.flows if flow.kind == "dns"]
    for row in ("dns_tunnel", "dns_own_server"):
        assert "answered by the lab" in next(own.how for own in result.rows if own.id == row)
    assert any(name.endswith(".tunnel.example") for name in names)
    streams = {(flow.transport, flow.port) for flow in result.run.flows if flow.kind == "stream"}
    for name, port in result.ports.items():
        if port != 9:  # a machine without IPv6
            assert ("udp" if "udp" in name else "tcp", port) in streams, name
    assert any(name.endswith(".txt.example") for name in names)


def test_nothing_of_a_run_is_there_for_the_next(lab):
    first = suite.act(lab, "leave")
    assert first.exit_status == 0, first.stderr
    assert json.loads(first.stdout) == {"shared": True, "queue": True, "daemons": 3}
    second = suite.act(lab, "look")
    assert second.exit_status == 0, second.stderr
    assert json.loads(second.stdout) == []


@pytest.fixture(scope="module")
def narrow():
    limits = Limits(
        memory=256 * MIB, processes=40, threads=400, disk=24 * MIB, files=3000, file=16 * MIB,
        output=2048,
    )  # fmt: skip
    own = opened(suite.make_lab(timeout=4.0, limits=limits))
    yield own
    own.__exit__(None, None, None)


@pytest.fixture
def greedy(narrow):
    """One run that uses too much, and after it one that must be as if nothing had been."""

    def greedy(act, **more):
        began = time.monotonic()
        run = suite.act(narrow, act, more)
        assert time.monotonic() - began < 30
        after = suite.act(narrow, "fine")
        assert (after.stdout, after.exit_status) == (b"fine\n", 0), after
        return run

    return greedy


@pytest.mark.parametrize(
    ("act", "used"),
    [
        ("forks", "more than 40 processes"),
        ("sleepers", "more than 40 processes"),
        ("memory", "more than 256 MiB of memory"),
        ("memory_of_many", "more than 256 MiB of memory"),
        ("memory_files", "more than 256 MiB of memory"),
    ],
)
def test_a_run_that_uses_too_much_is_ended(greedy, act, used):
    run = greedy(act)
    assert (run.outcome, run.reason) == (
        Outcome.AGENT_FAILED,
        f"ended because it used {used}",
    ), run.stderr
    assert run.exit_status is None


@pytest.mark.skipif(
    os.getuid() == 0 and version(os.uname().release) < (6, 14),
    reason="before Linux 6.14 nothing holds what root started to a number of threads",
)
def test_there_are_only_so_many_threads(greedy):
    run = greedy("threads")
    assert run.exit_status == 0, run
    assert int(run.stdout) < 400 + 300


def test_a_full_disk_is_the_agents_own_trouble(greedy):
    run = greedy("disk", fail=True)
    assert set(json.loads(run.stdout)) <= {"No space left on device", "File too large"}
    assert "No space left on device" in run.stdout.decode()
    assert run.outcome is Outcome.AGENT_FAILED
    assert "exited with status 1, with no room left for its files" in run.reason


def test_there_are_only_so_many_files(greedy):
    made, why = json.loads(greedy("inodes").stdout)
    assert made < 3000
    assert why == "No space left on device"


def test_of_unlimited_output_the_end_is_kept(greedy):
    run = greedy("flood")
    assert len(run.stdout) == len(run.stderr) == 2048
    assert run.stdout.endswith(b"othe end")


def test_an_agent_that_ignores_every_signal_is_ended_in_time(greedy):
    run = greedy("hang")
    assert (run.outcome, run.reason) == (Outcome.TIMED_OUT, "still running after 4 s")
    assert run.seconds < 8
