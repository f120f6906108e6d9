"""Programs with known reads, watched in a real lab by the tracer and by hooks."""

from pathlib import Path

import pytest
from stage import ACT, lab_or_skip, make_profile, make_scenario, make_trial

from undeclared.catalogue import signals
from undeclared.lab import Lab, Target, tracer

pytestmark = pytest.mark.lab

WATCHED = Path(__file__).parent / "watched"


@pytest.fixture(scope="module")
def lab():
    profile = make_profile(command=("sh", "start.sh"))
    target = Target(profile=profile, root=WATCHED, program=None)
    # How it is watched can be said in a trial, though it is not among what is varied.
    varied = {"act": ACT, "timezone": signals()["timezone"]}
    with lab_or_skip(Lab(target, make_scenario(), varied, jobs=1)) as opened:
        yield opened


@pytest.fixture(scope="module")
def watch(lab):
    """Run a program once, watched: `watch("node reader.cjs", "hooks")`; runs are kept."""
    kept = {}

    def watch(command, observers):
        key = (command, observers)
        if key not in kept:
            trial = make_trial(act=command, observers=observers, timezone="Asia/Tokyo")
            (kept[key],) = lab.run([trial])
        return kept[key]

    return watch


def places(hooks):
    """Innermost places by what is read there."""
    found = {}
    for read in hooks.reads:
        found.setdefault(read.what, []).append(read.stack[0])
    return found


@pytest.mark.parametrize(
    ("what", "place"),
    [
        ("Intl.DateTimeFormat.resolvedOptions", "zone (/opt/agent/reader.cjs:6:"),
        ("env:TZ", "/opt/agent/reader.cjs:8:"),
        ("env:SSH_TTY", "/opt/agent/reader.cjs:8:"),
        ("os.hostname", "/opt/agent/reader.cjs:8:"),
        ("env:*", "/opt/agent/reader.cjs:9:"),
        ("Date.getTimezoneOffset", "/opt/agent/reader.cjs:10:"),
        ("Date.toString", "/opt/agent/reader.cjs:10:"),
        ("file:/etc/machine-id", "/opt/agent/reader.cjs:11:"),
        ("run:uname -n", "/opt/agent/reader.cjs:12:"),
        ("env:IN_A_WORKER", "[worker eval]:1:"),
        ("env:IN_A_MODULE", "/opt/agent/module.mjs:3:"),
        ("env:IN_A_CHILD", "[eval]:1:"),
    ],
)
def test_hooks_name_what_a_node_program_reads_and_where(watch, what, place) -> None:
    hooks = watch("node reader.cjs", "hooks").hooks
    assert (hooks.runtime, hooks.problem) == ("node", None)
    assert any(place in own for own in places(hooks).get(what, [])), places(hooks)


@pytest.mark.parametrize(
    ("what", "place"),
    [
        ("time.tzname", "zone (/home/dev/project/reader.py:15)"),
        ("env:TZ", "<module> (/home/dev/project/reader.py:18)"),
        ("env:SSH_TTY", "<module> (/home/dev/project/reader.py:18)"),
        ("socket.gethostname", "<module> (/home/dev/project/reader.py:18)"),
        ("env:*", "<module> (/home/dev/project/reader.py:19)"),
        ("time.localtime", "<module> (/home/dev/project/reader.py:20)"),
        ("file:/etc/machine-id", "<module> (/home/dev/project/reader.py:21)"),
        ("run:uname -n", "<module> (/home/dev/project/reader.py:22)"),
        ("platform.node", "<module> (/home/dev/project/reader.py:23)"),
        ("getpass.getuser", "<module> (/home/dev/project/reader.py:23)"),
        ("time.tzname", "<module> (/home/dev/project/reader.py:11)"),
        ("env:IN_A_CHILD", "<module> (/home/dev/project/reader.py:29)"),
    ],
)
def test_hooks_name_what_a_python_program_reads_and_where(watch, what, place) -> None:
    hooks = watch("python3 reader.py", "hooks").hooks
    assert (hooks.runtime, hooks.problem) == ("python", None)
    assert place in places(hooks).get(what, []), places(hooks)


@pytest.mark.parametrize("command", ["node reader.cjs", "python3 reader.py"])
@pytest.mark.parametrize("observers", ["tracer", "hooks"])
def test_being_watched_changes_no_answer(watch, command, observers) -> None:
    seen, plain = watch(command, observers), watch(command, "ca")
    assert (plain.trace, plain.hooks) == (None, None)
    assert plain.stdout
    assert seen.stdout == plain.stdout
    # Killed by itself, and that is seen whoever stands between.
    assert seen.exit_status == plain.exit_status == -9


@pytest.mark.parametrize("command", ["node still.cjs", "python3 still.py"])
def test_a_program_that_reads_nothing_gives_no_read(watch, command) -> None:
    run = watch(command, "hooks")
    assert run.stdout == b"still\n"
    assert run.hooks.reads == ()
    assert run.hooks.problem is None


def test_the_tracer_sees_files_and_processes_of_the_agent_alone(watch) -> None:
    trace = watch("node reader.cjs", "tracer").trace
    assert trace.problem is None
    commands = [(own.parent, own.command) for own in trace.processes]
    assert commands[0] == (None, ("node", "reader.cjs"))
    assert (0, ("uname", "-n")) in commands
    assert not any("bwrap" in word for _, command in commands for word in command)
    assert trace.processes[0].exit_status == -9
    read = {(own.process, own.path) for own in trace.files if own.access == "read" and own.found}
    assert (0, "/etc/machine-id") in read
    assert (0, "/opt/agent/reader.cjs") in read
    (uname,) = (own.number for own in trace.processes if own.command == ("uname", "-n"))
    assert (uname, "uname") in {(own.process, own.name) for own in trace.calls}


def test_the_tracer_can_hardly_be_seen_from_inside(watch) -> None:
    plain, traced = (watch("cat /proc/self/status", how) for how in ("ca", "tracer"))
    shown = [
        dict(line.split(b":\t", 1) for line in run.stdout.splitlines()) for run in (plain, traced)
    ]
    assert shown[0][b"TracerPid"] == shown[1][b"TracerPid"] == b"0"
    assert {name for name in shown[0] if shown[0][name] != shown[1][name]} - {
        b"VmPeak", b"VmHWM", b"VmRSS", b"RssAnon", b"RssFile", b"RssShmem", b"VmData", b"VmPTE",
        b"voluntary_ctxt_switches", b"nonvoluntary_ctxt_switches",
        b"VmSize", b"VmLib", b"VmExe", b"VmStk", b"Cpus_allowed",
    } <= {b"Seccomp", b"Seccomp_filters"}  # fmt: skip


@pytest.mark.parametrize("command", ["cat /etc/machine-id", "python3 -I still.py"])
def test_where_no_hook_reports_the_run_says_so(watch, command) -> None:
    run = watch(command, "hooks")
    assert run.hooks.runtime == "unknown"
    assert "no hook reported" in run.hooks.problem


def test_this_machine_can_trace() -> None:
    assert tracer.available() is None
