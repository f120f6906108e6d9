"""The ordinary pip, as the user has set it up, with nothing of a package ever run.

Index, credentials, proxy and certificates are the user's own; we only read pip's report (pip
documentation, "Installation Report", version 1). What pip prints may hold credentials (in
addresses, for one), so that nothing of it is ever shown but names of versions.
"""

import base64
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, Field, ValidationError

from undeclared.acquire import pip_guard, pip_times
from undeclared.acquire.interpreter import pip_program
from undeclared.model import Frozen, Incomplete, LabUnavailable, NotFound, Runtime, UndeclaredError

_COMMON = ("--no-input", "--disable-pip-version-check", "--no-color", "--retries=1", "--timeout=20")
_RESOLVE = (
    "install",
    "--dry-run",
    "--ignore-installed",
    "--only-binary=:all:",
    "--no-user",
    "--quiet",
)
_ANSWER_SECONDS = 120
_RESOLVE_SECONDS = 900
_DOWNLOAD_SECONDS = 1800
_NOT_REACHED = (
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "SSLError",
    "Max retries exceeded",
    "Connection refused",
    "Name or service not known",
    "Temporary failure in name resolution",
)


class PipError(Exception):
    """pip failed; what it printed is for us alone."""

    def __init__(self, said: str) -> None:
        super().__init__("pip failed")
        self.said = said


class Wheel(Frozen):
    """One archive that an install would fetch."""

    name: str
    """Canonical (PyPA specifications, "Names and normalization")."""
    version: str
    integrity: str
    """Subresource Integrity string of the archive."""
    pin: str
    """As a line of a requirements file, with its hash."""
    requires_python: str = ""
    """Specifier of the Pythons that it is for."""


class _Archive(BaseModel):
    hashes: dict[str, str] = Field(default_factory=dict)
    hash: str = ""


class _Download(BaseModel):
    archive_info: _Archive = Field(default_factory=_Archive)


class _Metadata(BaseModel):
    name: str
    version: str
    requires_python: str = ""


class _Item(BaseModel):
    metadata: _Metadata
    download_info: _Download
    is_direct: bool = False


class _Report(BaseModel):
    install: list[_Item]


def newest(name: str, version: str | None, runtime: Runtime) -> Wheel:
    """The release that is meant, whichever Python it is for: an old one hides newer releases.

    `version` is an exact one; None is the newest that is no pre-release. Dependencies are not
    looked at. Raises NotFound and Incomplete.
    """
    try:
        options = ("--no-deps", "--ignore-requires-python")
        (found,) = _resolve(runtime, _spec(name, version), *options, seconds=_ANSWER_SECONDS)
    except PipError as error:
        raise explained(error, name, version) from error
    return found


def resolve(name: str, version: str, needs: Sequence[str], runtime: Runtime) -> tuple[Wheel, ...]:
    """What installing this version on this Python would fetch; the package itself first.

    `needs` are requirements besides its own. Raises PipError; Incomplete if something does not
    come from an index.
    """
    found = _resolve(runtime, _spec(name, version), *needs, seconds=_RESOLVE_SECONDS)
    own = canonicalize_name(name)
    return tuple(sorted(found, key=lambda wheel: wheel.name != own))


def download(wheels: Sequence[Wheel], folder: Path, runtime: Runtime) -> None:
    """Download wheels into a folder; pip itself refuses what has another hash. Raises PipError."""
    pins = folder / "requirements.txt"
    pins.write_text("".join(f"{wheel.pin}\n" for wheel in wheels))
    options = ("--no-deps", "--require-hashes", "--only-binary=:all:", "--quiet")
    where = (f"--dest={folder}", f"--requirement={pins}")
    _run(runtime, "download", *options, *where, seconds=_DOWNLOAD_SECONDS)


def listed(name: str, runtime: Runtime) -> str:
    """All versions of a package, as `pip index versions` prints them.

    With a line of JSON for each of its files, where the index says more of them (`pip_times`).
    Raises PipError.
    """
    options = ("versions", name, "--pre", "--ignore-requires-python")
    said = _run(runtime, "index", *options, seconds=_ANSWER_SECONDS, through=(pip_times.__file__,))
    return said.decode(errors="replace")


def _spec(name: str, version: str | None) -> str:
    return f"{name}=={version}" if version else name


def _resolve(runtime: Runtime, *arguments: str, seconds: int) -> tuple[Wheel, ...]:
    answer = _run(runtime, *_RESOLVE, "--report=-", *arguments, seconds=seconds)
    try:
        items = _Report.model_validate_json(answer).install
    except ValidationError as error:
        raise PipError("unreadable report") from error
    return tuple(map(_wheel, items))


def _wheel(item: _Item) -> Wheel:
    info, told = item.download_info.archive_info, item.metadata
    name = canonicalize_name(told.name)
    sha256 = info.hashes.get("sha256") or info.hash.removeprefix("sha256=")
    try:
        version = str(Version(told.version))
    except InvalidVersion:
        version = ""
    if item.is_direct or not version or not re.fullmatch("[0-9a-f]{64}", sha256):
        raise Incomplete(
            f"{name} does not come from an index, or has no hash there",
            means="it cannot be verified, so nothing was audited",
            next_step="Install it into a folder and give that folder with --profile FILE.",
        )
    return Wheel(
        name=name,
        version=told.version,
        integrity=integrity(sha256),
        pin=f"{name}=={version} --hash=sha256:{sha256}",
        requires_python=told.requires_python,
    )


def integrity(sha256: str) -> str:
    """A hex digest as a Subresource Integrity string."""
    return f"sha256-{base64.b64encode(bytes.fromhex(sha256)).decode()}"


def _run(
    runtime: Runtime, command: str, *arguments: str, seconds: int, through: tuple[str, ...] = ()
) -> bytes:
    """Run pip in an interpreter, `through` a script of ours; return its standard output."""
    runner = pip_program()
    if runner is None:
        raise LabUnavailable(
            "pip is not on this machine, or is older than 22.3",
            means="nothing was audited",
            next_step="Install pip, or put it into the environment of this tool.",
        )
    start = (str(runtime.program), "-I", *through, pip_guard.__file__, str(runner))
    # The rest of the user's configuration is what makes it the user's pip.
    own = {"PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_BINARY": "", "PIP_PYTHON": "", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [*start, command, *_COMMON, *arguments],
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PipError(_NOT_REACHED[0]) from error
    if done.returncode == 0:
        return done.stdout
    raise PipError(done.stderr.decode(errors="replace"))


def explained(error: PipError, name: str, version: str | None) -> UndeclaredError:
    """What a failure of pip's means, for a person."""
    said, what = error.said, _spec(name, version)
    if any(sign in said for sign in _NOT_REACHED):
        return NotFound(
            "the index that pip is configured to use could not be reached",
            means="nothing was audited",
            next_step="Check the network, and `pip config list` and its proxy settings.",
        )
    if re.search(r"\b(401|403)\b.*(Client Error|Forbidden|Unauthorized)", said):
        return NotFound(
            f"the index refused access to {name}",
            means="nothing was audited",
            next_step="Check the credentials in your pip configuration.",
        )
    if "DO NOT MATCH THE HASHES" in said:
        return corrupted(what)
    if pip_guard.REFUSED in said:
        return Incomplete(
            f"{what} needs a package that would have to be built here, which runs its code",
            means="nothing was audited",
            next_step="Install it into a folder, in a sandbox, and give it with --profile FILE.",
        )
    if "No space left on device" in said:
        return Incomplete(
            "the disk is full: pip could not write its download",
            means="nothing was audited",
            next_step="Make room in the cache folder and in pip's own (`pip cache dir`).",
        )
    if missing := re.search(r"No matching distribution found for ([\w.\[\]-]+)", said):
        return _missing(name, version, missing[1], said)
    if "ResolutionImpossible" in said:
        return Incomplete(
            f"the dependencies of {what} contradict each other on this machine",
            means="nothing was audited",
            next_step="Audit another version, or on a machine with another Python.",
        )
    return Incomplete(
        f"pip could not fetch {what}",
        means="nothing was audited",
        next_step=f"See what pip says to `pip download --only-binary :all: {what}`.",
    )


def _missing(name: str, version: str | None, lacking: str, said: str) -> UndeclaredError:
    if canonicalize_name(lacking) != canonicalize_name(name):
        return Incomplete(
            f"{_spec(name, version)} needs {lacking}, of which the index has no wheel for here",
            means="nothing was audited; a source package is never built outside the lab",
            next_step="Audit it on a machine with another Python, or another version.",
        )
    listed = re.search(r"\(from versions: ([\w.+!, -]*)\)", said)
    known = [one for one in re.split(r"[, ]+", listed[1] if listed else "") if one]
    if version is None or not known or known == ["none"]:
        return NotFound(
            f"the index that pip is configured to use has no wheel of a package {name}",
            means="nothing was audited",
            next_step="Check the name, and `pip config list`. Source packages are not built.",
        )
    prefix = version.rpartition(".")[0] + "."
    near = [one for one in known if one.startswith(prefix)] or known
    return NotFound(
        f"{name} has no version {version}",
        means="nothing was audited",
        next_step=f"Choose another, such as {', '.join(reversed(near[-5:]))}.",
    )


def corrupted(what: str) -> NotFound:
    """A download that is not what the index's hash says."""
    return NotFound(
        f"corrupted download: a wheel of {what} does not match its hash",
        means="nothing was audited, and the archive was not kept",
        next_step="Try again; if it stays so, the index or a proxy changes what it delivers.",
    )
