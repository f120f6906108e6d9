"""Which reads count as the agent's own, and how they are told."""

from datetime import UTC, datetime

from undeclared import catalogue
from undeclared.catalogue import Examples, Reads
from undeclared.facts.reads import PER_SIGNAL, observers, reads, unobserved
from undeclared.model import (
    CallSeen,
    Environment,
    FileSeen,
    HookedRead,
    Hooks,
    Observer,
    Outcome,
    Phase,
    ProcessSeen,
    Run,
    Trace,
    Trial,
)

PROFILE = catalogue.agents()["claude-code"]


def run(phase=Phase.OBSERVATION, **seen):
    trial = Trial(id="o-0", phase=phase, block=0, environment=Environment.of({}))
    return Run(
        trial=trial, scenario="s", started=datetime(2026, 1, 1, tzinfo=UTC), seconds=1.0,
        outcome=Outcome.COMPLETED, **seen,
    )  # fmt: skip


def signals(**rules):
    plain = catalogue.signals()["timezone"]
    examples = Examples(match=("env:MATCHED",), reject=("env:OTHER",))
    return {
        name: plain.model_copy(
            update={
                "id": name,
                "reads": Reads(
                    what=("env:MATCHED", *what),
                    of_others=name == "others",
                    examples=examples,
                ),
            }
        )
        for name, what in rules.items()
    }


def hooked(*reads, problem=None):
    return Hooks(
        runtime="node",
        reads=tuple(HookedRead(what=what, stack=stack, times=1) for what, stack in reads),
        problem=problem,
    )


def process(number, *command, parent=0):
    return ProcessSeen(
        number=number, parent=None if number == 0 else parent, command=command, exit_status=0
    )


def file(path, access="read", process=0, found=True):
    return FileSeen(process=process, path=path, access=access, found=found, times=1)


NODE = (
    file("/usr/bin/node", "execute"),
    file("/etc/localtime"),
    file("/opt/agent/cli.js"),
)


def told(trace, **rules):
    return [(own.signal, own.how) for own in reads([run(trace=trace)], signals(**rules), PROFILE)]


def test_a_hooked_read_is_told_with_its_place_in_the_agents_code() -> None:
    stack = ("f (file:///opt/agent/cli.js:1:2)", "g (/opt/agent/cli.js:3:4)", "h (x)", "i (y)")
    hooks = hooked(("env:TZ", stack), ("env:TZ", ("k (z)",)), ("env:*", stack), ("env:A", ()))
    (own,) = reads([run(hooks=hooks)], signals(zone=["env:TZ"]), PROFILE)
    assert own.signal == "zone"
    assert own.how == "the variable TZ, seen by hooks in the runtime"
    assert own.evidence == "f (cli.js:1:2) < g (cli.js:3:4) < h (x), and 1 more"


def test_what_both_observers_saw_is_one_read_with_the_place_in_the_code() -> None:
    trace = Trace(processes=(process(0, "node", "cli.js"),), files=(*NODE, file("/etc/machine-id")))
    hooks = hooked(("file:/etc/machine-id", ("f (/opt/agent/cli.js:1:2)",)))
    runs = [run(trace=trace), run(hooks=hooks)]
    (own,) = reads(runs, signals(machine=["file:/etc/machine-id"]), PROFILE)
    assert own.how == "the file /etc/machine-id, seen by hooks in the runtime and the tracer"
    assert own.evidence == "f (cli.js:1:2)"


def test_what_a_runtime_reads_before_the_agent_begins_is_not_its_read() -> None:
    before = Trace(processes=(process(0, "node", "/opt/agent/cli.js"),), files=NODE)
    after = before.model_copy(update={"files": (*NODE, file("/etc/timezone"))})
    assert told(before, zone=["file:/etc/*"]) == []
    assert told(after, zone=["file:/etc/*"]) == [
        ("zone", "the file /etc/timezone, seen by the tracer")
    ]


def test_system_calls_count_after_the_start_and_of_an_executable_with_a_doubt() -> None:
    node = Trace(
        processes=(process(0, "node", "/opt/agent/cli.js"),),
        files=NODE,
        calls=(
            CallSeen(process=0, name="uname", times=1, files_before=2),
            CallSeen(process=0, name="sysinfo", times=1, files_before=3),
        ),
    )
    assert told(node, any=["system:*"]) == [("any", "the call sysinfo, seen by the tracer")]
    compiled = Trace(
        processes=(process(0, "/opt/agent/agent"),),
        files=(file("/opt/agent/agent", "execute"),),
        calls=(CallSeen(process=0, name="uname", times=1, files_before=1),),
    )
    (own,) = reads([run(trace=compiled)], signals(any=["system:*"]), PROFILE)
    assert own.evidence.endswith("by its code or its runtime")


def test_tools_count_by_their_command_and_not_by_what_they_read() -> None:
    trace = Trace(
        processes=(
            process(0, "node", "/opt/agent/cli.js"),
            process(1, "/usr/bin/git", "config", "user.name"),
            process(2, "/opt/agent/helper"),
            process(3, "/usr/bin/git", "config", "user.name", parent=1),
        ),
        files=(
            *NODE,
            file("/home/dev/.gitconfig", process=1),
            file("/opt/agent/helper", "execute", process=2),
            file("/etc/hostname", process=2),
        ),
    )
    assert told(trace, git=["run:git *", "file:~/*"], host=["file:/etc/*"]) == [
        ("git", "the command git config user.name, seen by the tracer"),
        ("host", "the file /etc/hostname, seen by the tracer"),
    ]


def test_ways_libraries_and_written_files_are_left_out() -> None:
    trace = Trace(
        processes=(process(0, "node", "/opt/agent/cli.js"),),
        files=(
            *NODE,
            file("/etc", "look"),
            file("/etc/resolv.conf"),
            file("/etc/ld.so.cache"),
            file("/etc/written", "write"),
            file("/etc/absent", "look", found=False),
        ),
    )
    (own,) = reads([run(trace=trace)], signals(any=["file:/etc*"]), PROFILE)
    assert own.how == "the file /etc/absent, seen by the tracer"
    assert own.evidence == "process 0 (node cli.js), which was not there"


def test_what_the_agent_keeps_itself_is_not_anothers() -> None:
    trace = Trace(
        processes=(process(0, "node", "/opt/agent/cli.js"),),
        files=(
            *NODE,
            file("/home/dev/.own/log", "write"),
            file("/home/dev/.own.json"),
            file("/home/dev/.other/config"),
        ),
    )
    hooks = hooked(("file:/home/dev/.own/x", ("f (/opt/agent/a)",)))
    found = reads([run(hooks=hooks), run(trace=trace)], signals(others=["file:~/*"]), PROFILE)
    assert [own.how for own in found] == ["the file ~/.other/config, seen by the tracer"]


def test_only_runs_for_observation_count_and_the_list_is_bounded() -> None:
    many = hooked(*((f"env:A{number:03}", ("f (a)",)) for number in range(PER_SIGNAL + 5)))
    spec = signals(any=["env:A*"])
    assert reads([run(Phase.DISCOVERY, hooks=many)], spec, PROFILE) == ()
    found = reads([run(hooks=many)], spec, PROFILE)
    assert len(found) == PER_SIGNAL
    assert found == reads([run(hooks=many)], spec, PROFILE)
    assert [own.how for own in found] == sorted(own.how for own in found)


def test_the_most_telling_ways_come_first() -> None:
    whats = ("system:uname", "file:/etc/x", "run:b", "os.a", "env:Z")
    hooks = hooked(*((what, ("f (a)",)) for what in whats))
    found = reads([run(hooks=hooks)], signals(any=list(whats)), PROFILE)
    assert [own.how.partition(",")[0] for own in found] == [
        "the variable Z", "os.a", "the command b", "the file /etc/x", "the call uname",
    ]  # fmt: skip


def test_what_could_not_be_observed_is_told_once() -> None:
    runs = [run(hooks=hooked(problem="no hook")), run(trace=Trace(problem="cut")), run()]
    assert unobserved([*runs, *runs]) == (
        "reads within the runtime: no hook",
        "system calls: cut",
    )


def test_observers_are_those_that_saw_something() -> None:
    trace = Trace(processes=(process(0, "agent"),))
    blind = hooked(problem="an executable without a runtime that can be hooked")
    assert observers([run(trace=trace, hooks=blind)]) == (Observer.TRACER,)
    assert observers([run(hooks=hooked()), run(trace=trace)]) == (Observer.HOOKS, Observer.TRACER)
    part = hooked(("env:TZ", ("f",)), problem="not all of it")
    assert observers([run(hooks=part, trace=Trace())]) == (Observer.HOOKS,)
    failed = run(trace=trace).model_copy(update={"outcome": Outcome.AGENT_FAILED})
    assert observers([failed, run(Phase.DISCOVERY, trace=trace)]) == ()
