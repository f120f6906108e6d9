"""The Node.js that a package asks for: this machine's where it fits, else one in the cache."""

import json
import shutil
import subprocess
from functools import cache as once
from pathlib import Path

from semantic_version import NpmSpec, Version

from undeclared.acquire import npm
from undeclared.acquire.acquired import Acquired
from undeclared.acquire.cache import Cache
from undeclared.acquire.fetch import Say, acquire
from undeclared.acquire.platform import this_platform
from undeclared.acquire.reference import Subject
from undeclared.model import Incomplete


@once
def here() -> str | None:
    """The version that worlds have by default, as `20.20.2`; None if there is none."""
    own = npm.wheel()
    program = str(own / "bin" / "node") if own else shutil.which("node")
    if program is None:
        return None
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("ascii", "replace").strip().removeprefix("v")


def asked_for(root: Path, program: Path | None) -> str:
    """The versions that the program's package is for (npm documentation, package.json, engines).

    `root` is the folder of the artifact. Empty for what is no script of Node.js, and where the
    package does not say.
    """
    if program is None or not _is_script(program):
        return ""
    for folder in program.parents:
        try:
            engines = json.loads((folder / "package.json").read_bytes()).get("engines")
            return str(engines.get("node", "")) if isinstance(engines, dict) else ""
        except (OSError, ValueError, AttributeError):
            pass
        if folder == root:
            break
    return ""


def fits(wanted: str, version: str | None) -> bool:
    """Whether a version is among those wanted; what cannot be read forbids nothing, as with npm."""
    try:
        return not wanted or (version is not None and Version(version) in NpmSpec(wanted))
    except ValueError:
        return True


def chosen(wanted: str, published: list[str]) -> str | None:
    """The newest release of the oldest line that fits, and of one with long support if any does.

    The package was made when that line was current. Lines with long support have even numbers
    (Node.js release schedule).
    """
    found = [Version(own) for own in published if _is_release(own) and fits(wanted, own)]
    if not found:
        return None
    line = min({own.major for own in found}, key=lambda major: (major % 2, major))
    return str(max(own for own in found if own.major == line))


def fetched(wanted: str, cache: Cache, say: Say) -> Acquired:
    """A Node.js that fits, by the user's own npm; from the cache if one was chosen before.

    Raises Incomplete where there is none for this machine, and as `acquire` does.
    """
    name = f"node-{this_platform().os}-{this_platform().cpu}"
    kept = _kept(wanted, name, cache)
    if kept is None:
        say(f"it asks for Node.js {wanted}, and here is {here() or 'none'}")
        try:
            kept = chosen(wanted, npm.versions(name))
        except npm.NpmError as error:
            raise npm.explained(error, name) from error
    if kept is None:
        raise Incomplete(
            f"it asks for Node.js {wanted}; here is {here() or 'none'}, and npm has none for it",
            means="nothing was audited: with another version it may be another program",
            next_step="Install such a Node.js, so that `node --version` says it.",
        )
    return acquire(Subject(registry="npm", name=name, version=kept), cache, say)


def _kept(wanted: str, name: str, cache: Cache) -> str | None:
    """What is in the cache already and fits, so that the same audit does not change overnight."""
    end = f"-{this_platform()}"
    versions = [own.removesuffix(end) for own in cache.keys("npm", name)]
    return chosen(wanted, versions)


def _is_release(version: str) -> bool:
    try:
        return not Version(version).prerelease
    except ValueError:
        return False


def _is_script(program: Path) -> bool:
    try:
        with program.open("rb") as file:
            start = file.read(128)
    except OSError:
        return False
    if start.startswith(b"#!"):
        return b"node" in start.split(b"\n", 1)[0]
    return program.suffix in (".js", ".mjs", ".cjs")
