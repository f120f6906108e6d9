"""The lab's side of one worker: starts it sealed, gives it trials, ends it."""

import contextlib
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from pydantic import ValidationError

from undeclared.lab.protocol import Hello, Setup
from undeclared.model import LabUnavailable, Run, Trial

_START_TIMEOUT = 60.0
_END_TIMEOUT = 3.0
_SPARE = 30.0
"""Seconds beyond the scenario's time limit after which a worker counts as hung."""

_SYSCTLS = {
    "kernel/unprivileged_userns_clone": "0",
    "user/max_user_namespaces": "0",
    "kernel/apparmor_restrict_unprivileged_userns": "1",
}
"""Settings that forbid user namespaces, with the value that does."""


class WorkerDiedError(Exception):
    """The worker ended, hung or talked nonsense."""


def isolation(*, shared: str | None = None) -> list[str]:
    """The command that gives a worker its own namespaces.

    `shared` leaves one of them (`net`, `ipc`, `uts`) the machine's; it exists to show that a
    worker then refuses to work.
    """
    own = ["unshare", "--user", "--map-root-user", "--mount", "--mount-proc", "--pid", "--fork"]
    kinds = [f"--{kind}" for kind in ("net", "ipc", "uts") if kind != shared]
    return [*own, "--kill-child", *kinds]


class WorkerHandle:
    """One worker process."""

    def __init__(self, setup: Setup, isolated: list[str]) -> None:
        """Start it; `wait_until_ready` must follow."""
        self._setup = setup
        self._ready = False
        self._talking = threading.Lock()
        self._received = bytearray()
        descriptor, name = _log(setup.state)
        self._log = name
        # Nothing of our environment is handed on: it may hold secrets.
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "LANG": "C.UTF-8",
        }
        self._process = subprocess.Popen(
            [*isolated, sys.executable, "-m", "undeclared.lab.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=descriptor,
            env=environment,
            cwd="/",
            start_new_session=True,  # an interrupt from the keyboard is for the lab alone
        )
        os.close(descriptor)

    def wait_until_ready(self) -> None:
        """Return when the worker has proven itself sealed; raises LabUnavailable if it has not."""
        if self._ready:
            return
        try:
            answer = self._exchange(self._setup.model_dump_json(), _START_TIMEOUT)
            problem = Hello.model_validate_json(answer).problem
        except (WorkerDiedError, ValidationError) as error:
            problem = self._last_words() or str(error)
        if problem is not None:
            self.end()
            raise unavailable(problem)
        self._ready = True

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def carry_out(self, trial: Trial) -> Run:
        """Carry out one trial; raises WorkerDiedError, after which the worker is of no more use."""
        try:
            timeout = self._setup.scenario.timeout + _SPARE
            return Run.model_validate_json(self._exchange(trial.model_dump_json(), timeout))
        except ValidationError as error:
            raise WorkerDiedError(f"the worker's answer is not a run: {error}") from error
        except WorkerDiedError as error:
            words = self._last_words()
            raise WorkerDiedError(f"{error}: {words}" if words else str(error)) from error

    def end(self) -> None:
        """End the worker and everything in it, whatever it is doing."""
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101, PT018
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            # It leaves at the end of its input, and is gone only when all in its namespace is.
            self._process.wait(_END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()  # `--kill-child` takes the worker along, and that all the rest
            self._process.wait()
        with self._talking:  # who waits for an answer has seen the end of it by now
            self._process.stdout.close()

    def _exchange(self, line: str, timeout: float) -> bytes:
        with self._talking:
            self._send(line)
            return self._receive(timeout)

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise WorkerDiedError("the worker is gone") from error

    def _receive(self, timeout: float) -> bytes:
        assert self._process.stdout is not None  # noqa: S101
        until = time.monotonic() + timeout
        descriptor = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            left = until - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise WorkerDiedError(f"the worker did not answer for {timeout:g} s")
            chunk = os.read(descriptor, 1 << 20)
            if not chunk:
                raise WorkerDiedError("the worker ended")
            self._received += chunk
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def _log(state: Path) -> tuple[int, Path]:
    descriptor, name = tempfile.mkstemp(prefix="worker-", suffix=".log", dir=state)
    return descriptor, Path(name)


def unavailable(problem: str) -> LabUnavailable:
    """The error for a machine that cannot hold a lab, with what can be done about it."""
    return LabUnavailable(
        f"this machine cannot hold a sealed lab: {problem}",
        means="nothing was started, so nothing was audited",
        next_step=_advice(),
    )


def _advice() -> str:
    forbidding = []
    for name, value in _SYSCTLS.items():
        with contextlib.suppress(OSError):
            if Path("/proc/sys", name).read_text(encoding="ascii").strip() == value:
                forbidding.append(name.replace("/", "."))
    if forbidding:
        return f"User namespaces are forbidden by the sysctl {', '.join(forbidding)}."
    return "`undeclared doctor` says what this machine lacks, and what to do."


def require_isolation() -> None:
    """Raise LabUnavailable if this machine lacks a program that the lab needs, or namespaces."""
    for program, package in (("bwrap", "bubblewrap"), ("unshare", "util-linux")):
        if shutil.which(program) is None:
            raise LabUnavailable(
                f"the program {program} is not installed",
                means="nothing was started, so nothing was audited",
                next_step=f"Install it: apt-get install {package}.",
            )
    tried = subprocess.run(
        [*isolation(), "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if tried.returncode != 0:
        said = tried.stderr.decode(errors="replace").strip()
        raise unavailable(said or f"unshare ended with status {tried.returncode}")
