"""What hooks write, read back; nothing in it can be trusted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab import hooks
from undeclared.lab.launch import Launch
from undeclared.lab.world import Folders


def line(**fields):
    return json.dumps({"id": "2.0.1", **fields}).encode() + b"\n"


HELLO = line(runtime="node", program="a.js")


def test_the_highest_count_of_each_process_is_its_count_and_they_are_summed() -> None:
    read = {"what": "env:TZ", "stack": ["f (/a.js:1:2)"]}
    content = HELLO + b"".join(
        line(**read, times=times) for times in (1, 2, 4)
    ) + line(**read | {"id": "7.0.5"}) + line(**read | {"stack": ["g (/a.js:9:9)"]})  # fmt: skip
    seen = hooks.read(content)
    assert [(own.what, own.stack, own.times) for own in seen.reads] == [
        ("env:TZ", ("f (/a.js:1:2)",), 5),
        ("env:TZ", ("g (/a.js:9:9)",), 1),
    ]
    assert (seen.runtime, seen.problem) == ("node", None)


def test_only_the_agents_own_process_makes_it_hooked() -> None:
    seen = hooks.read(line(id="9.0.1", runtime="node"), "an executable")
    assert seen.runtime == "node"
    assert seen.problem is not None
    assert "no hook reported from the agent's own process: an executable" in seen.problem
    assert "programs that it started" in seen.problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x7fELF...", "an executable without a Node.js, Bun or Python that can be hooked"),
        (b"\x7fELF..BUN_OPTIONS", "an executable whose Node.js or Bun runtime ignores"),
        (b"#!/usr/bin/env node", ""),
        (b"", ""),
    ],
)
def test_an_executable_of_the_agents_own_is_told(tmp_path, content, said) -> None:
    (tmp_path / "agent").write_bytes(content)
    folders = Folders.model_construct()
    sandbox = ["--ro-bind", str(tmp_path), "/opt/agent"]
    launch = Launch(folders, sandbox, {}, ["/opt/agent/agent"], stdin=None)
    assert hooks.describe(launch).startswith(said)
    assert bool(hooks.describe(launch)) is bool(said)


@pytest.mark.parametrize(
    "bad",
    [
        b"\xff\x00garbage\n",
        b"[1, 2]\n",
        line(what="env:A", stack=["x"] * 9),
        line(what="env:A", times=0),
        line(what="env:A", times=10**30),
        line(what="A" * 1001),
        line(what="env:A", stack=["y" * 1001]),
        line(what="env:A", surprise=1),
        line(),
        b'{"id": "2.0.1", "what": "' + b"x" * 9000 + b'"}\n',
    ],
)
def test_what_hooks_do_not_write_is_left_out_and_said(bad) -> None:
    seen = hooks.read(HELLO + bad + line(what="env:B"))
    assert [own.what for own in seen.reads] == ["env:B"]
    assert seen.problem == "1 lines were not the hooks' own"


def test_what_is_too_much_is_left_out_and_said(monkeypatch) -> None:
    monkeypatch.setattr(hooks, "READS", 3)
    content = HELLO + b"".join(line(what=f"env:{number}") for number in range(5))
    seen = hooks.read(content)
    assert len(seen.reads) == 3
    assert seen.problem == "only the first 3 reads were kept"
    monkeypatch.setattr(hooks, "LOG_READ", len(HELLO) + 10)
    assert "MiB" in (hooks.read(content).problem or "")


@given(
    st.binary(max_size=300) | st.lists(st.sampled_from([HELLO, b"{}\n", b"{", b"\n"])).map(b"".join)
)
def test_nothing_breaks_the_reader(content) -> None:
    assert hooks.read(content).reads == ()
