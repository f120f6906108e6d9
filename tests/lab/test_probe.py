import pytest

from undeclared.lab import probe
from undeclared.lab.limits import Limits

WORKER = {kind: number for number, kind in enumerate(("net", "user", "mnt", "pid", "ipc", "uts"))}
MACHINE = {kind: number + 100 for kind, number in WORKER.items()}
OWN = {kind: number + (0 if kind == "net" else 200) for kind, number in WORKER.items()}
LIMITS = Limits()
SEALED = {
    "user": 1000,
    "capabilities": ["0" * 16],
    "no_new_privileges": True,
    "filtered": True,
    "namespaces": OWN,
    "descriptors": [0, 1, 2],
    "writable": ["/home/dev", "/proc"],
    "outside_reached": False,
    "outside_seen": False,
    "machine_sockets": False,
    "new_namespaces": False,
    "system_writable": False,
    "open_files": LIMITS.open_files,
    "file": LIMITS.file,
}


def faults(**changes):
    inside = probe.Inside.model_validate(SEALED | changes)
    return probe.faults(inside, {"/home/dev", "/proc", "/tmp"}, WORKER, MACHINE, LIMITS)


def test_a_sealed_world_has_no_fault():
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"user": 0}, "it is not the user that it should be"),
        ({"capabilities": ["0" * 16, "000001ffffffffff"]}, "it has capabilities"),
        ({"no_new_privileges": False}, "it may gain privileges"),
        ({"filtered": False}, "its system calls are not filtered"),
        ({"machine_sockets": True}, "it can make sockets to the host of this machine"),
        ({"new_namespaces": True}, "it can make namespaces"),
        ({"system_writable": True}, "it can write settings of the machine's kernel"),
        ({"outside_reached": True}, "a socket outside could be reached"),
        ({"outside_seen": True}, "the lab's own folder is there"),
        ({"writable": ["/home/dev", "/usr", "/etc"]}, "/etc, /usr can be written"),
        ({"descriptors": [0, 1, 2, 7]}, "the descriptors [0, 1, 2, 7] are open"),
        ({"file": 2**62}, "its files have no limit"),
        ({"open_files": 2**20}, "its descriptors have no limit"),
        ({"namespaces": OWN | {"ipc": WORKER["ipc"]}}, "the namespaces ipc are not its own"),
        ({"namespaces": OWN | {"ipc": MACHINE["ipc"]}}, "the namespaces ipc are not its own"),
        ({"namespaces": OWN | {"net": 999}}, "the namespaces net are not its own"),
    ],
)
def test_each_hole_is_named(changes, fault):
    assert faults(**changes) == [fault]
