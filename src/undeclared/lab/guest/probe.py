"""Says what an agent's world is like from the inside; `lab/probe.py` judges it.

Its argument is JSON: the name of an abstract socket outside, and the lab's own folder.
"""

import json
import os
import resource
import socket
import sys


def read(place: str) -> str:
    with open(place, encoding="ascii", errors="replace") as file:
        return file.read()


def descriptors() -> list[int]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            os.fstat(int(name))
        except OSError:
            continue
        found.append(int(name))
    return found


def writable_mounts() -> list[str]:
    """Mount points without the option `ro` (proc(5), mountinfo)."""
    fields = (line.split() for line in read("/proc/self/mountinfo").splitlines())
    return sorted({own[4] for own in fields if "ro" not in own[5].split(",")})


def reached(family: int, address: str) -> bool:
    with socket.socket(family) as caller:
        caller.settimeout(2)
        return caller.connect_ex(address) == 0


def can_open(family: int) -> bool:
    try:
        socket.socket(family, socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True


outside = json.loads(sys.argv[1])
status = dict(line.split(":\t", 1) for line in read("/proc/self/status").splitlines())
kinds = ("net", "user", "mnt", "pid", "ipc", "uts")
print(
    json.dumps(
        {
            "user": os.getuid(),
            "capabilities": sorted(
                {status[own] for own in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
            ),
            "no_new_privileges": status["NoNewPrivs"] == "1",
            "filtered": status["Seccomp"] == "2",
            "namespaces": {kind: os.stat("/proc/self/ns/" + kind).st_ino for kind in kinds},
            "descriptors": descriptors(),
            "writable": writable_mounts(),
            "outside_reached": reached(socket.AF_UNIX, "\0" + outside["name"]),
            "outside_seen": os.path.exists(outside["folder"]),
            "machine_sockets": can_open(socket.AF_VSOCK),
            "new_namespaces": os.spawnlp(os.P_WAIT, "unshare", "unshare", "--user", "true") == 0,
            "system_writable": os.access("/proc/sys/kernel/core_pattern", os.W_OK),
            "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
            "file": resource.getrlimit(resource.RLIMIT_FSIZE)[1],
        }
    )
)
