import os
import socket
import subprocess
import sys

import pytest
from stage import AGENTS, make_profile, make_scenario

from undeclared.lab import Target, authority, handle, seal
from undeclared.lab.handle import WorkerHandle, isolation
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
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Setup(
            target=Target(profile=make_profile(), root=AGENTS, program=None),
            scenario=make_scenario(),
            signals={},
            outside=Outside(network=seal.network_namespace(), port=listener.getsockname()[1]),
            state=tmp_path,
        )


@pytest.mark.lab
@needs_namespaces
def test_a_worker_with_the_machines_network_refuses_to_work(setup):
    worker = WorkerHandle(setup, isolation(network=False))
    with pytest.raises(LabUnavailable, match="the network namespace is the machine's own"):
        worker.wait_until_ready()
    assert worker.ended


@pytest.mark.lab
@needs_namespaces
def test_a_sealed_worker_gets_ready(setup):
    worker = WorkerHandle(setup, isolation())
    worker.wait_until_ready()
    worker.end()
    assert worker.ended


def in_namespace(code, *arguments):
    """Run code in a network namespace of its own; returns what it prints."""
    started = subprocess.run(
        ["unshare", "-Urn", sys.executable, "-c", code, *arguments], capture_output=True, text=True
    )
    assert started.returncode == 0, started.stderr
    return started.stdout.strip()


PROVE = """
import os, socket, subprocess, sys
from undeclared.lab import seal
from undeclared.lab.protocol import Outside
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
exec(sys.argv[1])
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
if sys.argv[2] == "closed":
    listener.close()
try:
    seal.prove(Outside(network=int(sys.argv[3]), port=port))
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
        ("pass", "closed", "sealed"),
        ("pass", "open", "a listener outside could be reached"),
        (OPEN_ROAD, "closed", "there is a network interface besides loopback: road"),
        (ROAD, "closed", "sealed"),
    ],
)
def test_the_proof_finds_every_road(prepare, listener, found):
    if str(PAIR) in prepare and subprocess.run(["unshare", "-Urn", *PAIR]).returncode:
        assert os.environ.get("CI") != "true", "a machine that tests the lab has them"
        pytest.skip("this kernel has no virtual interfaces")
    assert in_namespace(PROVE, prepare, listener, str(seal.network_namespace())) == found


def test_the_proof_knows_its_own_network():
    with pytest.raises(seal.NotSealedError, match="the machine's own"):
        seal.prove(Outside(network=seal.network_namespace(), port=1))


def test_a_missing_program_is_named_with_its_package(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(LabUnavailable, match="apt-get install bubblewrap"):
        handle.require_isolation()


def test_a_forbidden_namespace_is_explained(setup):
    with pytest.raises(LabUnavailable, match="Operation not permitted") as caught:
        WorkerHandle(
            setup, ["sh", "-c", "echo Operation not permitted >&2; exit 1"]
        ).wait_until_ready()
    assert "namespaces" in caught.value.next_step


def test_a_machine_without_namespaces_is_noticed_before_anything_else(monkeypatch):
    refused = ["sh", "-c", "echo Operation not permitted >&2; exit 1"]
    monkeypatch.setattr(handle, "isolation", lambda: refused)
    monkeypatch.setattr(handle.shutil, "which", lambda program: f"/usr/bin/{program}")
    with pytest.raises(LabUnavailable, match="Operation not permitted"):
        handle.require_isolation()
