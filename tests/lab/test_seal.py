import json
import os
import re
import shutil
import socket
import subprocess
import sys

import pytest
from stage import AGENTS, make_profile, make_scenario

from undeclared.lab import Target, authority, handle, seal
from undeclared.lab.handle import WorkerHandle, isolation
from undeclared.lab.outside import listening
from undeclared.lab.protocol import Outside, Setup
from undeclared.model import LabUnavailable


def can_unshare():
    return subprocess.run(["unshare", "-Urn", "true"], capture_output=True).returncode == 0


needs_namespaces = pytest.mark.skipif(
    not can_unshare() and os.environ.get("CI") != "true", reason="no user namespaces here"
)


@pytest.fixture
def setup(tmp_path):
    (tmp_path / "space").mkdir()
    authority.create(tmp_path)
    with listening() as listeners:
        yield Setup(
            target=Target(profile=make_profile(), root=AGENTS, program=None),
            scenario=make_scenario(),
            signals={},
            outside=listeners.outside,
            state=tmp_path,
        )


@pytest.mark.lab
@needs_namespaces
@pytest.mark.parametrize("shared", ["net", "ipc", "uts"])
def test_a_worker_with_a_namespace_of_the_machine_refuses_to_work(setup, shared):
    worker = WorkerHandle(setup, isolation(shared=shared))
    with pytest.raises(LabUnavailable, match=f"the {shared} namespace is the machine's own"):
        worker.wait_until_ready()
    assert worker.ended


@pytest.mark.lab
@needs_namespaces
def test_a_sealed_worker_gets_ready(setup):
    worker = WorkerHandle(setup, isolation())
    worker.wait_until_ready()
    worker.end()
    assert worker.ended


@pytest.mark.lab
@needs_namespaces
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ('"$1" "$2"', "its system calls are not filtered; it can make sockets to the host"),
        ('"$@" --bind-try STATE STATE', "the lab's own folder is there"),
        ('"$@" --bind /usr/share /usr/share', "/usr/share can be written"),
        ('"$@" --cap-add CAP_NET_ADMIN', "it has capabilities"),
    ],
    ids=["unfiltered", "the machine's files", "writable", "privileged"],
)
def test_a_worker_whose_agents_could_leave_refuses_to_work(
    setup, tmp_path, monkeypatch, arguments, found
):
    """Bubblewrap is replaced by one that builds a world with a hole."""
    program = tmp_path / "bwrap"
    arguments = arguments.replace("$@", "${@:1:4}").replace("STATE", str(tmp_path))
    program.write_text(
        f'#!/bin/bash\nown=({arguments})\nexec {shutil.which("bwrap")} "${{own[@]}}" "${{@:5}}"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    worker = WorkerHandle(setup, isolation())
    with pytest.raises(LabUnavailable, match=re.escape(found)):
        worker.wait_until_ready()
    assert worker.ended


def in_namespace(code, *arguments):
    """Run code in a network namespace of its own; returns what it prints."""
    started = subprocess.run(
        [*isolation(), sys.executable, "-c", code, *arguments], capture_output=True, text=True
    )
    assert started.returncode == 0, started.stderr
    return started.stdout.strip()


PROVE = """
import json, os, socket, subprocess, sys
from undeclared.lab import seal
from undeclared.lab.protocol import Outside
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
exec(sys.argv[1])
known = {"namespaces": json.loads(sys.argv[3]), "port": 9, "port6": 9, "name": "nobody"}
listener = None
if sys.argv[2] == "port":
    listener = socket.create_server(("127.0.0.1", 0))
elif sys.argv[2] == "port6":
    listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
elif sys.argv[2] == "name":
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\\0somebody")
    listener.listen()
    known["name"] = "somebody"
own = [listener.fileno()] if listener else []
if listener and sys.argv[2] != "name":
    known[sys.argv[2]] = listener.getsockname()[1]
try:
    seal.prove(Outside(**known), own)
    print("sealed")
except seal.NotSealedError as error:
    print(error)
"""
PAIR = ["ip", "link", "add", "road", "type", "veth", "peer", "name", "end"]
ROAD = f"subprocess.run({PAIR}, check=True)"
OPEN_ROAD = f'{ROAD}; subprocess.run(["ip", "link", "set", "road", "up"], check=True)'


@needs_namespaces
@pytest.mark.parametrize(
    ("prepare", "listener", "found"),
    [
        ("pass", "none", "sealed"),
        ("pass", "port", "a listener outside could be reached: ('127.0.0.1', "),
        ("pass", "port6", "a listener outside could be reached: ('::1', "),
        ("pass", "name", "a listener outside could be reached: '\\x00somebody'"),
        ("kept = os.pipe()[0]; os.set_inheritable(kept, True)", "none", "there are descriptors"),
        (OPEN_ROAD, "none", "there is a network interface besides loopback: road"),
        (ROAD, "none", "sealed"),
    ],
)
def test_the_proof_finds_every_road(prepare, listener, found):
    if str(PAIR) in prepare and subprocess.run(["unshare", "-Urn", *PAIR]).returncode:
        assert os.environ.get("CI") != "true", "a machine that tests the lab has them"
        pytest.skip("this kernel has no virtual interfaces")
    said = in_namespace(PROVE, prepare, listener, json.dumps(seal.namespaces()))
    assert said.startswith(found)


@pytest.mark.parametrize("kind", ["net", "user", "mnt", "pid", "ipc", "uts"])
def test_the_proof_knows_what_is_the_machines_own(kind):
    others = {**dict.fromkeys(seal.namespaces(), 0), kind: seal.namespaces()[kind]}
    with pytest.raises(seal.NotSealedError, match=f"the {kind} namespace is the machine's own"):
        seal.prove(Outside(namespaces=others, port=1, port6=None, name=""))


def test_routes_are_read_from_what_the_kernel_shows():
    assert "lo" not in seal._routes()


def test_nobody_has_called_the_labs_listeners_before_anybody_does():
    with listening() as listeners:
        assert listeners.callers() == 0
        for family, address in seal.calls(listeners.outside):
            with socket.socket(family) as caller:
                caller.connect(address)
        assert listeners.callers() == len(seal.calls(listeners.outside))
        assert listeners.callers() == 0


def test_a_missing_program_is_named_with_its_package(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(LabUnavailable, match="apt-get install bubblewrap"):
        handle.require_isolation()


def test_a_forbidden_namespace_is_explained(setup):
    with pytest.raises(LabUnavailable, match="Operation not permitted") as caught:
        WorkerHandle(
            setup, ["sh", "-c", "echo Operation not permitted >&2; exit 1"]
        ).wait_until_ready()
    assert "undeclared doctor" in caught.value.next_step


def test_a_machine_without_namespaces_is_noticed_before_anything_else(monkeypatch):
    refused = ["sh", "-c", "echo Operation not permitted >&2; exit 1"]
    monkeypatch.setattr(handle, "isolation", lambda: refused)
    monkeypatch.setattr(handle.shutil, "which", lambda program: f"/usr/bin/{program}")
    with pytest.raises(LabUnavailable, match="Operation not permitted"):
        handle.require_isolation()
