"""What the seal is made of: namespaces, a /proc of their own, bubblewrap, packet rules."""

import os
import shutil
import subprocess
from pathlib import Path

from undeclared.lab import syscalls
from undeclared.lab.doctor.machine import surroundings
from undeclared.lab.doctor.piece import Piece, limited, missing, ok
from undeclared.lab.handle import isolation
from undeclared.lab.interception import funnel

_TIMEOUT = 20.0
_AS_ROOT = ["unshare", "--user", "--map-root-user"]
_SYSCTLS = {
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "user.max_user_namespaces": ("0", "15000"),
}
"""Settings that forbid user namespaces: the value that does, and one that does not."""
_APPARMOR = "kernel.apparmor_restrict_unprivileged_userns"
_PROFILE = """\
Either allow them for the two programs of the lab: put this into /etc/apparmor.d/undeclared
    abi <abi/4.0>,
    include <tunables/global>
    profile undeclared-unshare /usr/bin/unshare flags=(unconfined) {
      userns,
    }
    profile undeclared-bwrap /usr/bin/bwrap flags=(unconfined) {
      userns,
    }
and type: sudo apparmor_parser -r /etc/apparmor.d/undeclared
Or allow them for all programs: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"""
_CONTAINER = """\
Let the container make namespaces and mount its own /proc:
    docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined \\
        --security-opt systempaths=unconfined …
    podman run --security-opt seccomp=unconfined --security-opt unmask=ALL …
or, less narrowly, give it --privileged. In Kubernetes: procMount: Unmasked."""


def user_namespaces(sysctls: Path = Path("/proc/sys")) -> Piece:
    """Whether one can be made, and what forbids it."""
    said = failure([*_AS_ROOT, "true"])
    # With AppArmor's restriction one can be made, and nothing can be done in it.
    restricted = os.getuid() != 0 and sysctl(sysctls, _APPARMOR) == "1"
    if said is None and not (restricted and failure([*_AS_ROOT, "--net", "true"])):
        return ok("user namespaces", "can be made")
    for name, (forbids, allows) in _SYSCTLS.items():
        if sysctl(sysctls, name) == forbids:
            return missing(
                "user namespaces",
                f"forbidden by the sysctl {name}",
                f"sudo sysctl -w {name}={allows}",
            )
    if restricted:
        return missing(
            "user namespaces", f"forbidden by AppArmor (the sysctl {_APPARMOR})", _PROFILE
        )
    return missing("user namespaces", said or "cannot be used", _where_to_allow())


def namespaces() -> Piece:
    """The others, each alone."""
    refused = {}
    for kind in ("net", "mount", "pid", "ipc", "uts"):
        forked = ["--fork"] if kind == "pid" else []
        if said := failure([*_AS_ROOT, f"--{kind}", *forked, "true"]):
            refused[kind] = said
    if not refused:
        return ok("namespaces", "network, mount, process, IPC, host name")
    said = next(iter(refused.values()))
    return missing("namespaces", f"{', '.join(refused)}: {said}", _where_to_allow())


def own_proc() -> Piece:
    """Whether a process namespace gets its own /proc; containers often mask it."""
    said = failure([*isolation(), "true"])
    if said is None:
        return ok("own /proc", "can be mounted")
    return missing("own /proc", said, _where_to_allow())


def bubblewrap() -> Piece:
    """Whether it builds a world within the namespaces of a worker, and filters system calls."""
    path = shutil.which("bwrap")
    if path is None:
        return missing(
            "bubblewrap", "the program bwrap is not installed", "sudo apt-get install bubblewrap"
        )
    world = ["--unshare-user", "--uid", "1000", "--unshare-pid", "--ro-bind", "/", "/"]
    world += ["--proc", "/proc", "--dev", "/dev", "--cap-drop", "ALL", "--", "true"]
    if said := failure([*isolation(), path, *world]):
        return missing("bubblewrap", said, _where_to_allow())
    said = _filter(path, world)
    if said is not None:
        return missing(
            "bubblewrap",
            f"it cannot filter system calls: {said}",
            "Use a kernel with CONFIG_SECCOMP_FILTER.",
        )
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    return ok("bubblewrap", told.strip().removeprefix("bubblewrap ") or "there")


def _filter(bwrap: str, world: list[str]) -> str | None:
    if not syscalls.available():
        return None  # that is said of the processor
    descriptor = os.memfd_create("filter")
    try:
        os.write(descriptor, syscalls.program())
        os.lseek(descriptor, 0, os.SEEK_SET)
        seccomp = ["--seccomp", str(descriptor)]
        return failure([*isolation(), bwrap, *seccomp, *world], pass_fds=(descriptor,))
    finally:
        os.close(descriptor)


def packet_rules() -> Piece:
    """Whether every port can be led to the lab's servers."""
    said = funnel.problem()
    if said is None:
        return ok("packet rules", "nf_tables, in a network namespace")
    what, _, fix = said.partition(". ")
    return missing("packet rules", what.strip(), fix or _where_to_allow())


def overlays() -> Piece:
    """Whether folders can be laid over each other in a namespace (Linux 5.11)."""
    script = (
        "mount -t tmpfs none /tmp && mkdir /tmp/a /tmp/b /tmp/c /tmp/d && "
        "mount -t overlay -o lowerdir=/tmp/a,upperdir=/tmp/b,workdir=/tmp/c overlay /tmp/d"
    )
    said = failure([*_AS_ROOT, "--mount", "sh", "-c", script])
    if said is None:
        return ok("overlays", "can be mounted")
    return limited(
        "overlays",
        said,
        "an agent's mount table shows paths of this machine, and installations are copied",
        "Use Linux 5.11 or newer with overlayfs: sudo modprobe overlay",
    )


def failure(command: list[str], pass_fds: tuple[int, ...] = ()) -> str | None:
    """Why a command fails, in one line; None if it does not."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=False,
            pass_fds=pass_fds,
        )  # fmt: skip
    except FileNotFoundError:
        return f"the program {command[0]} is not installed"
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[0] if lines else f"{command[0]} ended with status {done.returncode}"


def sysctl(root: Path, name: str) -> str | None:
    """The value of a sysctl; None if the kernel has none of that name."""
    try:
        return (root / name.replace(".", "/")).read_text(encoding="ascii").strip()
    except OSError:
        return None


def _where_to_allow() -> str:
    if (around := surroundings()) is None:
        return "Allow user, network, mount and process namespaces; try: unshare -Urn true"
    if around == "WSL":
        return "Use WSL 2 (wsl --set-version), whose kernel has namespaces."
    return _CONTAINER
