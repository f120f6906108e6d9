import os
import shutil
import subprocess
import sys

import pytest

from undeclared.lab import doctor
from undeclared.lab.doctor import State, isolation, machine
from undeclared.lab.doctor.piece import missing, ok

SCRIPT = """
import sys
from undeclared.lab.doctor import examine
for piece in examine():
    print(piece.id, piece.state.value, piece.found, sep="|")
"""


def pieces(before=(), **environment):
    """What the doctor says in another process: id, (state, what was found)."""
    done = subprocess.run(
        [*before, sys.executable, "-c", SCRIPT],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = (line.split("|") for line in done.stdout.splitlines())
    return {name: (state, found) for name, state, found in lines}


def can_unshare(*kinds):
    command = ["unshare", "--user", "--map-root-user", *kinds, "true"]
    return subprocess.run(command, capture_output=True).returncode == 0


needs_namespaces = pytest.mark.skipif(
    not can_unshare("--net") and os.environ.get("CI") != "true", reason="no user namespaces here"
)


@pytest.mark.lab
@needs_namespaces
def test_a_machine_that_runs_labs_is_told_so():
    found = pieces()
    assert {state for state, _ in found.values()} <= {"ok", "limited"}
    assert found["lab"][1].startswith("sealed and ready in ")
    assert found["run"][1].startswith("reached its answer in ")


@needs_namespaces
def test_a_forbidden_namespace_is_named_and_what_depends_on_it_not_looked_at():
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'
    found = pieces(["unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh"])
    assert found["user namespaces"] == (
        "missing",
        "forbidden by the sysctl user.max_user_namespaces",
    )
    for name in ("namespaces", "own /proc", "bubblewrap", "packet rules", "overlays"):
        assert found[name][1].startswith("not looked at: it needs ")
    assert found["lab"][0] == "missing"
    assert "run" not in found


@needs_namespaces
def test_a_masked_proc_is_noticed():
    mask = 'mount --bind /dev/null /proc/keys; exec "$@"'
    own = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mask, "sh"]
    found = pieces(own)
    assert found["user namespaces"][0] == "ok"
    assert found["own /proc"][0] == "missing"
    assert "mount /proc failed" in found["own /proc"][1]
    assert found["lab"][0] == "missing"


@needs_namespaces
def test_missing_programs_are_named(tmp_path):
    for name in ("unshare", "true", "sh", "mount", "mkdir", "nft"):
        if place := shutil.which(name, path="/usr/bin:/bin:/usr/sbin"):
            (tmp_path / name).symlink_to(place)
    found = pieces(PATH=str(tmp_path))
    assert found["bubblewrap"] == ("missing", "the program bwrap is not installed")
    assert found["strace"] == ("limited", "the program strace is not installed")
    assert found["npm"] == ("limited", "not installed")
    assert found["openssl"] == ("limited", "not installed")
    assert found["lab"] == ("missing", "the program bwrap is not installed")


@needs_namespaces
def test_a_machine_without_ipv6_is_limited_and_no_more():
    if os.getuid() == 0:
        own = ["unshare", "--net"]
    else:
        own = ["unshare", "--user", "--map-root-user", "--net"]
    found = pieces([*own, "sh", "-c", 'exec "$@"', "sh"])
    assert found["IPv6"][0] == "limited"


@pytest.mark.parametrize(
    ("value", "name"),
    [("kernel/unprivileged_userns_clone", "0"), ("user/max_user_namespaces", "0")],
)
def test_each_setting_that_forbids_is_found(monkeypatch, tmp_path, value, name):
    monkeypatch.setattr(isolation, "failure", lambda command: "Operation not permitted")
    (tmp_path / value).parent.mkdir(parents=True)
    (tmp_path / value).write_text(f"{name}\n")
    piece = isolation.user_namespaces(tmp_path)
    assert piece.state is State.MISSING
    assert piece.fix.startswith(f"sudo sysctl -w {value.replace('/', '.')}=")


def test_the_restriction_of_ubuntu_is_explained_with_both_ways_out(monkeypatch, tmp_path):
    """There a namespace can be made, and nothing can be done in it."""
    monkeypatch.setattr(isolation, "failure", lambda line: "EPERM" if "--net" in line else None)
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel/apparmor_restrict_unprivileged_userns").write_text("1\n")
    piece = isolation.user_namespaces(tmp_path)
    assert piece.state is State.MISSING
    assert "profile undeclared-bwrap /usr/bin/bwrap flags=(unconfined) {" in piece.fix
    assert "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" in piece.fix


@pytest.mark.parametrize(
    ("file", "content", "name"),
    [
        (".dockerenv", "", "Docker"),
        ("run/.containerenv", "", "Podman"),
        ("run/systemd/container", "lxc\n", "lxc"),
        ("proc/1/cgroup", "0::/kubepods.slice/pod7\n", "kubepods"),
        ("proc/sys/kernel/osrelease", "5.15.90.1-microsoft-standard-WSL2\n", "WSL"),
        ("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n", None),
    ],
)
def test_containers_are_recognised(tmp_path, file, content, name):
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(content)
    assert machine.surroundings(tmp_path) == name


def test_a_check_that_breaks_ends_nothing(monkeypatch):
    def broken():
        raise RuntimeError("odd machine")

    checks = {"kernel": broken, "git": lambda: ok("git", "2"), "lab": broken}
    monkeypatch.setattr(doctor, "_CHECKS", checks)
    kernel, git, lab = doctor.examine()
    assert (kernel.state, git.state, lab.state) == (State.LIMITED, State.OK, State.MISSING)
    assert "RuntimeError: odd machine" in kernel.found


def test_one_missing_piece_is_enough():
    assert doctor.Diagnosis(pieces=(ok("a", ""),)).able
    assert not doctor.Diagnosis(pieces=(ok("a", ""), missing("b", "", ""))).able


def test_a_store_that_nothing_can_be_kept_in_is_missing(tmp_path, monkeypatch):
    monkeypatch.delenv("UNDECLARED_STORE", raising=False)
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path))
    assert machine.store().state is State.OK
    (tmp_path / "undeclared.db").write_bytes(b"noise" * 999)
    found = machine.store()
    assert found.state is State.MISSING
    assert "damaged" in found.found
    assert "move it away" in found.fix
