import json
import os
import socket
import time
from pathlib import Path

import pytest
from stage import lab_or_skip, make_lab, make_profile, make_scenario, make_trial

from undeclared.catalogue import CanaryPlace, Program, canaries
from undeclared.model import Outcome, UsageError

pytestmark = pytest.mark.lab


def http_flows(run):
    return [flow for flow in run.flows if flow.kind == "http"]


def running(marker):
    """Command lines on this machine that hold a text."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if marker.encode() in line and int(entry.name) != os.getpid():
                found.append(line)
    return found


def test_an_agent_reaches_its_answer_and_every_byte_is_kept(act):
    run = act()
    assert (run.outcome, run.reason, run.exit_status) == (Outcome.COMPLETED, None, 0), run.stderr
    assert run.stdout == b"All is done.\n"
    first, second = http_flows(run)
    assert (first.step, second.step) == ("turn-1", "turn-2")
    assert first.answered_by == "anthropic-messages"
    assert first.connection == second.connection == 0
    assert (first.request.host, first.request.port) == ("api.vendor.example", 443)
    assert first.request.target == b"/v1/messages?beta=true"
    assert [name for name, _ in first.request.headers] == [
        b"Host", b"X-First", b"x-SECOND", b"Authorization", b"Content-Length",
    ]  # fmt: skip
    assert first.request.body.startswith(b'{"model": "m-1", "max_tokens": 100, ')
    assert json.loads(second.request.body)["messages"][2]["content"][0]["content"] == "done\n"
    (hello,) = (flow for flow in run.flows if flow.kind == "tls")
    assert (hello.sni, hello.port, hello.error) == ("api.vendor.example", 443, None)
    assert hello.client_hello[0] == 1
    assert int.from_bytes(hello.client_hello[1:4], "big") == len(hello.client_hello) - 4
    assert {flow.name for flow in run.flows if flow.kind == "dns"} == {"api.vendor.example"}
    assert [flow.started for flow in run.flows] == sorted(flow.started for flow in run.flows)


def test_equal_runs_differ_in_nothing(act):
    bodies = [[flow.request.body for flow in http_flows(run)] for run in (act(), act())]
    assert bodies[0] == bodies[1]


def test_the_levels_of_an_environment_arrive(act):
    run = act("tell", timezone="Asia/Tokyo", base_url_host="gateway.example.cn")
    told = json.loads(run.stdout.splitlines()[0])
    assert told["zone"] == "/usr/share/zoneinfo/Asia/Tokyo"
    assert told["offset"] == 9
    assert told["environment"]["TZ"] == "Asia/Tokyo"
    assert told["environment"]["MODEL_BASE_URL"] == "https://gateway.example.cn"
    assert {flow.request.host for flow in http_flows(run)} == {"gateway.example.cn"}


def test_the_world_is_constructed_and_nothing_of_ours_is_in_it(monkeypatch):
    monkeypatch.setenv("OUR_SECRET_TOKEN", "swordfish")
    with lab_or_skip(make_lab()) as lab:
        (run,) = lab.run([make_trial(act="tell", base_url_host="unset")])
    assert run.outcome is Outcome.COMPLETED, run.reason
    told = json.loads(run.stdout.splitlines()[0])
    assert b"swordfish" not in run.stdout
    planted = {own.path for own in canaries().values() if own.place is CanaryPlace.VARIABLE}
    assert set(told["environment"]) - planted <= {
        "HOME", "USER", "LOGNAME", "PATH", "SHELL", "LANG", "TERM", "PWD", "LC_CTYPE",
        "KEY", "SSL_CERT_FILE", "ACT",
    }  # fmt: skip
    assert (told["user"], told["host"]) == (1000, "devbox")
    assert told["zone"] == "/usr/share/zoneinfo/Etc/UTC"
    assert told["writable"] == ["/tmp", "/home/dev"]
    assert told["interfaces"] == ["lo"]
    assert told["commit"].endswith(" dev@example.com 2026-01-05T09:00:00+00:00\n")
    # The arguments that build the world name paths of this machine; the agent sees none of them.
    assert not [line for line in told["processes"] if "ro-bind" in line or str(Path.home()) in line]


def test_nothing_outside_can_be_reached(act):
    with socket.create_server(("0.0.0.0", 0)) as listener:
        listener.settimeout(5)
        port = listener.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
        listener.accept()[0].close()  # it listens
        own = {"127.0.0.1", *socket.gethostbyname_ex(socket.gethostname())[2]}
        run = act(f"reach:{','.join(sorted(own))}:{port}")
        assert run.outcome is Outcome.COMPLETED, run.reason
        # Loopback is the agent's own machine. Every other address is ours: it is us who answered.
        said = json.loads(run.stdout.splitlines()[0].replace(b"'", b'"'))
        assert dict(zip(sorted(own), said, strict=True)) == {
            address: "ConnectionRefusedError" if address.startswith("127.") else "connected"
            for address in own
        }
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_hard_coded_addresses_come_to_us_too(act):
    run = act("addresses")
    assert run.outcome is Outcome.COMPLETED, run.reason
    hosts = [flow.request.host for flow in http_flows(run) if flow.request.target == b"/hard-coded"]
    assert hosts == ["203.0.113.7", "2001:db8::7"]


def test_odd_traffic_is_recorded_and_fails_nobody(act):
    run = act("odd")
    assert run.outcome is Outcome.COMPLETED, run.reason
    seen = {flow.request.target: flow for flow in http_flows(run)}
    half = seen[b"/half"]
    assert (half.request.host, half.response) == ("odd.example", None)
    assert half.error
    assert seen[b"/socket"].response is not None
    assert seen[b"http://odd.example/absolute"].request.host == "odd.example"


def test_a_refused_certificate_is_recorded(act):
    run = act("distrust")
    (pinned,) = (flow for flow in run.flows if flow.kind == "tls" and flow.sni == "pinned.example")
    assert pinned.error
    assert run.stdout.startswith(b"CERTIFICATE_VERIFY_FAILED")


@pytest.mark.parametrize(
    ("what", "outcome", "status", "reason"),
    [
        ("fail", Outcome.AGENT_FAILED, 3, "exited with status 3: no such luck"),
        ("silent", Outcome.AGENT_FAILED, 0, "never called the model"),
        ("killed", Outcome.AGENT_FAILED, -9, "ended by signal 9"),
    ],
)
def test_an_agent_that_fails_is_blamed_itself(act, what, outcome, status, reason):
    run = act(what)
    assert (run.outcome, run.exit_status, run.reason) == (outcome, status, reason)


def test_unlimited_output_keeps_only_its_end(act):
    run = act("flood")
    assert run.outcome is Outcome.COMPLETED
    assert len(run.stdout) == 64 * 1024
    assert run.stdout.endswith(b"x" * 1000 + b"All is done.\n")


def test_an_agent_out_of_time_is_ended():
    with lab_or_skip(make_lab(scenario=make_scenario(timeout=0.5))) as lab:
        (run,) = lab.run([make_trial(act="hang:7301")])
    assert (run.outcome, run.exit_status) == (Outcome.TIMED_OUT, None)
    assert run.reason == "still running after 0.5 s"
    assert not running("hang:7301")


def test_nothing_that_an_agent_leaves_behind_survives(act):
    began = time.monotonic()
    run = act("escape:7302")
    assert run.outcome is Outcome.COMPLETED
    assert not running("escape:7302")
    assert time.monotonic() - began < 5


def test_what_a_child_sends_just_after_the_agents_end_is_recorded(act):
    run = act("late")
    assert "late.example" in {flow.name for flow in run.flows if flow.kind == "dns"}


def test_closing_early_ends_what_runs_and_leaves_the_lab_usable():
    with lab_or_skip(make_lab(jobs=2)) as lab:
        runs = lab.run([make_trial(act="hang:7303"), make_trial(act="fail")])
        assert next(runs).outcome is Outcome.AGENT_FAILED
        assert running("hang:7303")
        runs.close()
        assert not running("hang:7303")
        trials = [make_trial(act="unset") for _ in range(4)]
        outcomes = {run.trial: run.outcome for run in lab.run(trials)}
        assert outcomes == dict.fromkeys(trials, Outcome.COMPLETED)


def test_a_dead_worker_is_replaced_and_its_trial_tried_again():
    with lab_or_skip(make_lab()) as lab:
        lab._seats[0].end()
        (run,) = lab.run([make_trial(act="unset")])
        assert run.outcome is Outcome.COMPLETED


def test_a_worker_that_always_dies_fails_its_trial_as_the_labs_own_fault(monkeypatch):
    with lab_or_skip(make_lab(scenario=make_scenario(timeout=5.0))) as lab:
        monkeypatch.setattr("undeclared.lab.handle._SPARE", -4.5)
        (run,) = lab.run([make_trial(act="hang:7304")])
        assert run.outcome is Outcome.LAB_FAILED
        assert "did not answer" in run.reason
        monkeypatch.undo()
        (run,) = lab.run([make_trial(act="unset")])
        assert run.outcome is Outcome.COMPLETED


def test_what_cannot_be_given_to_a_target_is_refused(lab):
    with pytest.raises(UsageError, match="no variable or file for the model's address"):
        make_lab(profile=make_profile(base_url_env=None))
    with pytest.raises(UsageError, match="no program was found"):
        make_lab(profile=make_profile(command=("{program}",), programs=(Program(file="a"),)))
    with pytest.raises(UsageError, match="no level of the signal timezone"):
        list(lab.run([make_trial(timezone="../etc/passwd")]))
    with pytest.raises(UsageError, match="no level of the signal weather"):
        list(lab.run([make_trial(weather="fine")]))
