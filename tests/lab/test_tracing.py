"""What strace prints, read back; `strace/sample.strace` is what it printed of `sample.c`."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab.tracing import LIMITS, Record
from undeclared.lab.tracing.calls import Calls, parse, strings

SAMPLE = (Path(__file__).parent / "strace" / "sample.strace").read_text(encoding="ascii")
FIRST = [
    '1  execve("/usr/bin/bwrap", ["bwrap"], 0x1 /* 0 vars */) = 0',
    "1  clone(child_stack=NULL, flags=CLONE_NEWPID|SIGCHLD) = 2",
    '3  execve("/opt/a", ["a", "b"], 0x1 /* 0 vars */) = 0',
]


def traced(lines, folder="/", limits=LIMITS):
    record = Record(folder, limits)
    for line in lines:
        record.read(line)
    return record.trace()


def escaped(raw):
    """As strace escapes it by default: printed where printable, octal otherwise."""
    named = {8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}
    return "".join(
        named[byte] if byte in named and byte != 8
        else f"\\{chr(byte)}" if byte in b'"\\'
        else chr(byte) if 32 <= byte < 127
        else f"\\{byte:03o}"
        for byte in raw
    )  # fmt: skip


def test_processes_are_told_from_threads_and_from_the_sandbox() -> None:
    trace = traced(SAMPLE.splitlines())
    assert trace.problem is None
    assert [(own.number, own.parent, own.command, own.exit_status) for own in trace.processes] == [
        (0, None, ("g", "last"), 7),
        (1, 0, ("g", "child", "a b"), -9),
        (2, 0, ("/opt/g",), 3),
    ]


def test_files_have_whole_paths_and_how_they_were_touched() -> None:
    trace = traced(SAMPLE.splitlines())
    assert [(own.process, own.path, own.access, own.found, own.times) for own in trace.files] == [
        (0, "/opt/g", "execute", True, 2),
        (0, "/proc/self/exe", "look", True, 1),
        (0, "/tmp", "look", True, 1),
        (0, '/tmp/rel"at\n\\xe9\x01ive', "read", False, 1),
        (0, "/tmp/new", "write", True, 2),
        (0, "/tmp/newer", "write", True, 2),
        (0, "/tmp/d", "write", True, 1),
        (0, "/tmp/d", "look", True, 1),
        (0, "/tmp/d", "list", True, 2),
        (0, "/tmp/d/e", "write", True, 1),
        (0, "/etc/hostname", "look", True, 1),
        (0, "/etc/machine-id", "read", False, 1),
        (1, "/nowhere", "execute", False, 1),
        (1, "/opt/g", "execute", True, 1),
        (1, "/proc/self/exe", "look", True, 1),
        (2, "/proc/version", "look", True, 1),
        (2, "/etc", "look", True, 1),
        (0, "/tmp/from-the-last", "read", False, 1),
    ]


def test_connections_have_their_address_transport_and_result() -> None:
    trace = traced(SAMPLE.splitlines())
    assert [
        (own.call, own.transport, own.address, own.port, own.result) for own in trace.connections
    ] == [
        ("connect", "tcp", "127.0.0.1", 9, "ECONNREFUSED"),
        ("send", "udp", "127.0.0.1", 9, "ok"),
        ("bind", "tcp", "::1", 443, "EACCES"),
        ("connect", "unix", "/tmp/no socket", 0, "ENOENT"),
        ("connect", "unix", "@hidden", 0, "ECONNREFUSED"),
        ("bind", "netlink", "", 0, "ok"),
    ]
    assert [(own.process, own.name) for own in trace.calls] == [(1, "uname")]


@given(st.binary(max_size=40).filter(lambda raw: b"\0" not in raw))
def test_any_text_is_read_back(raw) -> None:
    call = parse(1, f'openat(AT_FDCWD, "{escaped(raw)}", O_RDONLY) = 3')
    assert call is not None
    assert (len(call.arguments), call.value, call.error) == (3, 3, None)
    assert list(strings(call.arguments[1])) == [raw.decode(errors="backslashreplace")]


def test_a_text_that_strace_cut_says_so() -> None:
    assert list(strings('["a", "bc"..., "d"]')) == ["a", "bc…", "d"]


CALLS = st.sampled_from(
    [
        'openat(AT_FDCWD, "/etc/a) = 3, b", O_RDONLY|O_CLOEXEC) = 4',
        'openat(4, "x <unfinished ...>", O_RDONLY) = -1 ENOENT (No such file or directory)',
        'connect(5, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}, 16)'
        " = -1 EINPROGRESS (Operation now in progress)",
        'uname({sysname="Linux", nodename="a", ...}) = 0',
        'readlink("/a", 0x7ffe, 99)      = ? ERESTARTSYS (To be restarted if SA_RESTART is set)',
    ]
)


@given(st.lists(st.tuples(st.integers(1, 3), CALLS, st.integers(0, 200)), max_size=30), st.data())
def test_calls_in_two_halves_are_the_same_calls(calls, data) -> None:
    whole = [call for thread, said, _ in calls for call in Calls().read(f"{thread} {said}")]
    assert len(whole) == len(calls)
    # Each thread goes on with its next half whenever it likes.
    halves = dict[int, list[str]]()
    for thread, said, place in calls:
        name, rest = said.split("(", 1)
        place = min(place, rest.index(") ") if ") = 3" not in rest else 0)
        halves.setdefault(thread, []).extend(
            [f"{name}({rest[:place]} <unfinished ...>", f"<... {name} resumed>{rest[place:]}"]
        )
    calls_read, reader = [], Calls()
    while waiting := [thread for thread, lines in halves.items() if lines]:
        thread = data.draw(st.sampled_from(waiting))
        calls_read.extend(reader.read(f"{thread} {halves[thread].pop(0)}"))
    assert reader.not_understood == 0

    def of(thread, calls):
        return [
            dataclasses.replace(call, arguments=tuple(own.strip() for own in call.arguments))
            for call in calls
            if call.thread == thread
        ]

    for thread in halves:
        assert of(thread, calls_read) == of(thread, whole)


@given(
    st.lists(
        st.text("()[]{}<>,=\"'\\+-/* .0123456789execvopnatclunfishdrmPIDNS_|", max_size=80)
        | st.sampled_from(SAMPLE.splitlines()),
        max_size=60,
    )
)
def test_nothing_that_is_no_trace_breaks_the_reader(lines) -> None:
    trace = traced([*FIRST, *lines])
    assert trace.processes[0].command[0] in ("a", "g", "/opt/g", "/usr/bin/bwrap")


def test_a_child_may_act_before_its_parent_is_told_of_it() -> None:
    trace = traced(
        [
            *FIRST,
            "3  vfork( <unfinished ...>",
            '4  openat(AT_FDCWD, "early", O_RDONLY) = 3',
            "4  +++ exited with 5 +++",
            "3  <... vfork resumed>)  = 9 /* 4 in strace's PID NS */",
        ],
        folder="/home",
    )
    assert [(own.parent, own.exit_status) for own in trace.processes] == [(None, None), (0, 5)]
    assert [(own.process, own.path) for own in trace.files[1:]] == [(1, "/home/early")]


def test_a_child_whose_number_could_not_be_translated_is_found() -> None:
    trace = traced(
        [
            *FIRST,
            "3  fork() = 8 /* 5 in strace's PID NS */",
            '4  access("/x", F_OK) = 0',
            "3  vfork() = 9",
        ]
    )
    assert [own.parent for own in trace.processes] == [None, 0, 0]
    assert trace.files[-1].process == 2


def test_a_number_that_is_used_again_is_another_process() -> None:
    again = ["3  fork() = 4", "4  +++ exited with 1 +++", "3  fork() = 4", "4  uname({}) = 0"]
    trace = traced([*FIRST, *again])
    assert [own.exit_status for own in trace.processes] == [None, 1, None]
    assert [own.process for own in trace.calls] == [2]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "saw no program start"),
        ([*FIRST, "3  fork() = 4", "3  fork() = 5"], "more than 2 processes"),
        ([*FIRST, *(f'3  access("/{name}", F_OK) = 0' for name in range(9))], "more than 5 files"),
        ([*FIRST, "3  io_uring_setup(8, {}) = 4"], "io_uring"),
        ([*FIRST, "what is this?"], "1 lines of the tracer were not understood"),
    ],
)
def test_what_is_not_whole_says_so(lines, problem) -> None:
    limits = dataclasses.replace(LIMITS, processes=2, files=5)
    trace = traced(lines, limits=limits)
    assert problem in (trace.problem or "")
    assert len(trace.processes) <= 2
    assert len(trace.files) <= 5
