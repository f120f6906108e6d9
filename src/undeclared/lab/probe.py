"""Proof from the inside: before the first run, a probe looks at the world of an agent."""

import json
from collections.abc import Collection, Mapping
from importlib import resources

from pydantic import ValidationError

from undeclared.lab.facts import USER_ID, Facts
from undeclared.lab.launch import Launch
from undeclared.lab.limits import Limits
from undeclared.lab.process import Ended
from undeclared.lab.protocol import Setup
from undeclared.lab.seal import NotSealedError
from undeclared.lab.world import Folders
from undeclared.model import Frozen

_NONE = "0" * 16
_DEVICES = ("full", "null", "random", "tty", "urandom", "zero")
_SHARED = {"net"}
"""Namespaces that an agent shares with its worker: there it meets the lab's servers."""


class Inside(Frozen):
    """What the probe saw."""

    user: int
    capabilities: tuple[str, ...]
    no_new_privileges: bool
    filtered: bool
    namespaces: dict[str, int]
    descriptors: tuple[int, ...]
    writable: tuple[str, ...]
    outside_reached: bool
    outside_seen: bool
    machine_sockets: bool
    new_namespaces: bool
    system_writable: bool
    open_files: int
    file: int


def launch(folders: Folders, sandbox: list[str], facts: Facts, setup: Setup) -> Launch:
    """The probe, as an agent of that world."""
    told = {"name": setup.outside.name, "folder": str(setup.state)}
    return Launch(
        folders=folders,
        sandbox=sandbox,
        variables={"PATH": facts.variables["PATH"]},
        command=["python3", "-I", "-S", "-", json.dumps(told)],
        stdin=resources.files("undeclared.lab").joinpath("guest", "probe.py").read_bytes(),
    )


def require_sealed(
    ended: Ended, folders: Folders, facts: Facts, setup: Setup, worker: Mapping[str, int]
) -> None:
    """Judge what the probe saw; `worker` are the namespaces of the worker.

    Raises OSError if it could not look, and NotSealedError, saying what it found.
    """
    said = ended.stderr.decode(errors="replace").strip()
    if ended.status != 0:
        raise OSError(f"bubblewrap cannot build a world here: {said or ended}")
    try:
        inside = Inside.model_validate_json(ended.stdout)
    except ValidationError as error:
        raise OSError(f"the probe of the agent's world said nothing of use: {error}") from error
    allowed = {facts.home, "/tmp", "/dev/shm", "/dev/pts", "/proc"}  # noqa: S108
    allowed.update(f"/dev/{name}" for name in _DEVICES)
    allowed.update(place for _, place, writable in folders.binds if writable)
    if found := faults(inside, allowed, worker, setup.outside.namespaces, setup.limits):
        raise NotSealedError(f"in the agent's world, {'; '.join(found)}")


def faults(
    inside: Inside,
    writable: Collection[str],
    worker: Mapping[str, int],
    machine: Mapping[str, int],
    limits: Limits,
) -> list[str]:
    """What is not as it must be. `writable` are mount points that the agent may write to."""
    beyond = sorted(set(inside.writable) - set(writable))
    shared = [
        kind
        for kind, inode in inside.namespaces.items()
        if inode == machine[kind] or (inode == worker[kind]) != (kind in _SHARED)
    ]
    checks = {
        "it is not the user that it should be": inside.user != USER_ID,
        "it has capabilities": inside.capabilities != (_NONE,),
        "it may gain privileges": not inside.no_new_privileges,
        "its system calls are not filtered": not inside.filtered,
        "it can make sockets to the host of this machine": inside.machine_sockets,
        "it can make namespaces": inside.new_namespaces,
        "it can write settings of the machine's kernel": inside.system_writable,
        "a socket outside could be reached": inside.outside_reached,
        "the lab's own folder is there": inside.outside_seen,
        f"the namespaces {', '.join(shared)} are not its own": shared,
        f"{', '.join(beyond)} can be written": beyond,
        f"the descriptors {json.dumps(inside.descriptors)} are open": (
            set(inside.descriptors) - {0, 1, 2}
        ),
        "its files have no limit": inside.file > limits.file,
        "its descriptors have no limit": inside.open_files > limits.open_files,
    }
    return [what for what, wrong in checks.items() if wrong]
