"""The installation of a package, in place of a start of the agent.

The packages are unpacked already, by us; what is left of an installation are the lifecycle scripts
(npm documentation, "scripts", Life Cycle Operation Order). npm itself runs them, on a writable
copy of the files, in the world that the agent has otherwise.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from undeclared.lab.launch import Launch
from undeclared.lab.target import ROOT_INSIDE

TIMEOUT = 120.0
"""Seconds for all scripts together; those of agents download their program."""
COPIED = 400 * 2**20
"""Bytes of a package that is copied, where the kernel has no overlays for users."""
EVENTS = ("preinstall", "install", "postinstall")
_CLIENTS = (
    "lib/node_modules/npm/bin/npm-cli.js",
    "local/lib/node_modules/npm/bin/npm-cli.js",
    "share/nodejs/npm/bin/npm-cli.js",
)


class NotInstallableError(Exception):
    """The scripts cannot be run here; the message says why. It tells nothing of the package."""


def has_scripts(root: Path) -> tuple[str, ...]:
    """What an installation of the unpacked packages in `root` would run, as `name: event`.

    A package with a binding.gyp and neither of the first two scripts has npm's own, which builds
    it. Empty where there is nothing to run.
    """
    found = []
    for folder in _packages(root):
        manifest = _manifest(folder)
        scripts = manifest.get("scripts")
        given = scripts if isinstance(scripts, dict) else {}
        events = [event for event in EVENTS if given.get(event)]
        built = (folder / "binding.gyp").is_file() and manifest.get("gypfile") is not False
        if built and not {"preinstall", "install"} & set(events):
            events.insert(0, "install")
        name = manifest.get("name") or folder.name
        found += [f"{name}: {event}" for event in events]
    return tuple(found)


def client(places: Sequence[tuple[Path, str]]) -> str:
    """Where npm is in the agent's world, of which `places` are given: here, and there.

    Raises NotInstallableError where it is in none of them.
    """
    for place, inside in places:
        for file in _CLIENTS:
            if (place / file).is_file():
                return f"{inside}/{file}"
    raise NotInstallableError("npm is not in the agent's world, so no lifecycle script was run")


class Installing:
    """Turns the start of an agent into an installation of its package, on a copy of its files."""

    def __init__(self, launch: Launch, npm: str, root: Path, folder: Path) -> None:
        """`npm` is what `client` gives, `root` the package's files, `folder` the run's own."""
        self._launch = launch
        self._npm = npm
        self._root = root
        self._folder = folder / "install"
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Raises NotInstallableError if the files cannot be copied."""
        copy = self._overlay() or self._copy()
        if not (copy / "package.json").exists():
            wanted = json.dumps({"dependencies": _wanted(copy)}, indent=2)
            (copy / "package.json").write_text(f"{wanted}\n", encoding="utf-8")
        script = resources.files("undeclared.lab").joinpath("guest", "install.cjs")
        self._launch.command = ["node", "-e", script.read_text(encoding="utf-8"), self._npm]
        self._launch.stdin = None
        sandbox = self._launch.sandbox
        sandbox[sandbox.index("--chdir") + 1] = ROOT_INSIDE
        sandbox += ["--bind", str(copy), ROOT_INSIDE]  # over the read-only files
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def _overlay(self) -> Path | None:
        """A copy that costs only what is written; None where the kernel does not allow it.

        Named relative to the folder, so that no path of this machine shows inside.
        """
        for name in ("lower", "upper", "work", "copy"):
            (self._folder / name).mkdir(parents=True)
        layers = "lowerdir=lower,upperdir=upper,workdir=work,userxattr"
        if not self._mount("mount", "--bind", str(self._root), "lower"):
            return None
        self._open.callback(self._mount, "umount", "--lazy", "lower")
        if not self._mount("mount", "-t", "overlay", "-o", layers, "overlay", "copy"):
            return None
        self._open.callback(self._mount, "umount", "--lazy", "copy")
        return self._folder / "copy"

    def _mount(self, *command: str) -> bool:
        done = subprocess.run(command, cwd=self._folder, check=False, capture_output=True)
        return done.returncode == 0

    def _copy(self) -> Path:
        size = sum(file.lstat().st_size for file in self._root.rglob("*") if not file.is_dir())
        if size > COPIED:
            raise NotInstallableError(
                f"the package has {size / 1e6:.0f} MB, too much to be copied for its installation"
            )
        place = self._folder / "whole"
        shutil.copytree(self._root, place, symlinks=True)
        return place


def _packages(root: Path) -> Iterator[Path]:
    """The folders of the package in `root`, if it is one, and of all below its node_modules."""
    if (root / "package.json").is_file():
        yield root
    modules = root / "node_modules"
    if not modules.is_dir() or modules.is_symlink():
        return
    for entry in sorted(modules.iterdir()):
        for folder in sorted(entry.iterdir()) if entry.name.startswith("@") else [entry]:
            if folder.is_dir() and not folder.is_symlink() and not folder.name.startswith("."):
                yield from _packages(folder)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _wanted(root: Path) -> dict[str, str]:
    """The packages that no other one depends on: those that somebody asked npm for."""
    manifests = [_manifest(folder) for folder in _packages(root)]
    needed = {
        name
        for manifest in manifests
        for kind in ("dependencies", "optionalDependencies", "peerDependencies")
        if isinstance(manifest.get(kind), dict)
        for name in manifest[kind]
    }
    top = root / "node_modules"
    return {
        str(manifest["name"]): str(manifest.get("version", "*"))
        for manifest in manifests
        if manifest.get("name")
        and manifest["name"] not in needed
        and (top / str(manifest["name"])).is_dir()
    }
