"""Programs that the lab, or an agent in it, makes use of."""

import re
import shutil
import subprocess
from pathlib import Path

from undeclared.lab import clock, tracer
from undeclared.lab.doctor.piece import Piece, limited, ok
from undeclared.lab.world import survey

_OLDEST_NODE = 18
_TIMEOUT = 20.0


def strace() -> Piece:
    """Whether agents can be traced."""
    said = tracer.available()
    if said is None:
        return ok("strace", _version("strace", "-V"))
    what, _, fix = said.rpartition(": ")
    return limited(
        "strace",
        what,
        "no run is traced: files, processes and connections of an agent are not reported",
        fix if "apt-get" not in fix else f"sudo {fix}",
    )


def node() -> Piece:
    """Node.js, for agents written in JavaScript."""
    means = "agents written in JavaScript cannot run"
    fix = "make setup, or install Node.js 20 or newer"
    runtimes = survey(Path("/")).runtimes
    inside = [place for place, where in runtimes if where.startswith("/opt/node")]
    own = [str(place / "bin" / "node") if place.is_dir() else str(place) for place in inside]
    program = own[0] if own else shutil.which("node")
    if program is None:
        return limited("Node.js", "not installed", means, fix)
    told = _version(program, "--version").lstrip("v")
    number = re.match(r"\d+", told)
    if number is None or int(number[0]) < _OLDEST_NODE:
        return limited("Node.js", f"{told} is too old", means, fix)
    return ok("Node.js", told)


def npm() -> Piece:
    """npm, which fetches agents from the registry."""
    if shutil.which("npm"):
        return ok("npm", _version("npm", "--version"))
    return limited(
        "npm",
        "not installed",
        "agents of the npm registry cannot be fetched; those in the cache, and paths, can be used",
        "make setup, or install npm",
    )


def python() -> Piece:
    """Python inside the agent's world."""
    if Path("/usr/bin/python3").exists():
        return ok("python3", _version("/usr/bin/python3", "--version").removeprefix("Python "))
    return ok("python3", "our own is lent to agents")


def git() -> Piece:
    """git, which makes the repository an agent works on."""
    if shutil.which("git", path="/usr/local/bin:/usr/bin:/bin"):
        return ok("git", _version("git", "--version").removeprefix("git version "))
    return limited(
        "git",
        "not installed in /usr",
        "agents work on a plain folder, and signals of git cannot be set",
        "sudo apt-get install git",
    )


def openssl() -> Piece:
    """The program, which agents and specimens may call."""
    if shutil.which("openssl"):
        return ok("openssl", _version("openssl", "version").removeprefix("OpenSSL ").split(" (")[0])
    return limited(
        "openssl",
        "not installed",
        "an agent finds a system without it",
        "sudo apt-get install openssl",
    )


def faketime() -> Piece:
    """The library that sets an agent's clock."""
    if clock.library():
        return ok("libfaketime", "there")
    return limited(
        "libfaketime",
        "not installed",
        "the signal `clock` cannot be set",
        "sudo apt-get install libfaketime",
    )


def _version(*command: str) -> str:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "of unknown version"
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    return lines[0].split(" -- ")[-1].removeprefix("version ") if lines else "of unknown version"
