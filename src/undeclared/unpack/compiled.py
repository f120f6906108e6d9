"""Python compiled once, ahead of many starts: agents import thousands of modules."""

import os
import resource
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from undeclared.model import ROOT_INSIDE, Runtime

SECONDS = 600.0
"""For all files together …"""
MEMORY = 4 << 30
"""… and bytes for each of the processes."""


def compile_all(root: Path, runtime: Runtime, seconds: float = SECONDS) -> None:
    """Compile the Python files below `root`/lib with the interpreter that will run them.

    Compiling runs nothing of them (Python documentation, compileall); it happens in processes with
    limits, since what is compiled is not to be trusted. Files that cannot be compiled, and those
    that are not when the time is over, are compiled by their importer. The results say the path
    that a file has in its own world, and are never compared with its time there.
    """
    command = [
        str(runtime.program), "-I", "-S", "-m", "compileall", "-qq", "-f",
        "-j", str(os.cpu_count() or 1), "--invalidation-mode", "unchecked-hash",
        "-x", "/tests?/", "-s", str(root), "-p", ROOT_INSIDE, str(root / "lib"),
    ]  # fmt: skip

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    process = subprocess.Popen(
        command,
        env={"LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=limited,
    )
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    finally:
        # Its own process group: those that it started, and no others.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
