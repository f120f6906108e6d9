"""Follows an agent's system calls with strace, from outside its world.

What an agent can notice: `TracerPid` in /proc/self/status stays 0, since the tracer is in no
process namespace of the agent's, and its own process tree does not show one. But `Seccomp` there
says 2 instead of 0, `ptrace(PTRACE_TRACEME)` fails as it does under any tracer, and calls take
longer. So a traced run is a run of its own: the signal `observers` says which one it is.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from undeclared.lab.launch import Launch
from undeclared.lab.tracing import Record
from undeclared.lab.tracing.network import CALLS as NETWORK
from undeclared.lab.tracing.paths import CALLS as PATHS
from undeclared.lab.tracing.record import FORKING, STARTING
from undeclared.model import Trace

OUTPUT_KEPT = 48 * 2**20
"""Bytes of strace's output that are read: some 400,000 calls."""
_TEXT_KEPT = 1024
"""Bytes of a text argument, and number of a program's arguments."""
_PIPE = 2**20
_INTERVAL = 0.02
"""Seconds between two looks at the pipe, which holds some 8,000 calls."""
_TRY_TIMEOUT = 20.0

_PROBING = (
    "uname", "sysinfo", "sched_getaffinity",
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
    "setns", "unshare", "mount", "umount2", "move_mount", "pivot_root", "chroot",
    "open_by_handle_at", "memfd_create", "io_uring_setup", "bpf", "perf_event_open",
    "userfaultfd", "init_module", "finit_module", "kexec_load", "keyctl", "add_key",
    "request_key", "syslog", "sethostname", "clock_settime", "settimeofday",
)  # fmt: skip
"""Calls that ask for facts of the machine, or try to get out of the world or into another."""


def command(strace: str, output: str) -> tuple[str, ...]:
    """The tracer's command line, to be put in front of a program's.

    The traced program stays the child of whoever starts this, so that its end is seen when it
    ends (`-D`), and only the calls that we want stop it (`--seccomp-bpf`).
    """
    calls = sorted({*STARTING, *FORKING, *PATHS, *NETWORK, *_PROBING})
    return (
        strace, "-D", "-f", "--seccomp-bpf", "--decode-pids=pidns",
        "--quiet=attach,personality", "-s", str(_TEXT_KEPT),
        # Others are told, since only then does strace tell what ended a process.
        "-e", "signal=!SIGCHLD,SIGURG,SIGWINCH,SIGCONT",
        # `?`: not every architecture has every call.
        "-e", "trace=" + ",".join(f"?{name}" for name in calls), "-o", output,
    )  # fmt: skip


def available() -> str | None:
    """Whether programs can be traced here: None if so, else why not and what to do."""
    strace = shutil.which("strace")
    if strace is None:
        return "the program strace is not installed: apt-get install strace"
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "calls")
        try:
            tried = subprocess.run(
                [*command(strace, str(output)), shutil.which("true") or "/bin/true"],
                capture_output=True,
                timeout=_TRY_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"strace did not end within {_TRY_TIMEOUT:g} s"
        if tried.returncode == 0 and output.exists() and b"execve(" in output.read_bytes():
            return None
        said = tried.stderr.decode(errors="replace").strip().splitlines()
        return (
            f"strace cannot trace a program here ({said[-1] if said else 'it said nothing'}): "
            "allow ptrace (in a container: its seccomp profile and CAP_SYS_PTRACE)"
        )


class Tracer:
    """Traces one run: made before it, asked for its trace after everything of it has ended."""

    def __init__(self, launch: Launch, folder: Path) -> None:
        """Put the tracer in front of a launch; `folder` is out of the agent's reach."""
        self._record = Record(launch.sandbox[launch.sandbox.index("--chdir") + 1])
        self._pipe: int | None = None
        self._output = bytearray()
        strace = shutil.which("strace")
        if strace is None:
            self._record.problem("the program strace is not installed")
            return
        # A pipe, so that a flood of calls fills no disk: what is beyond the limit is thrown away.
        pipe = folder / "calls"
        os.mkfifo(pipe, 0o600)
        self._pipe = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _PIPE)
        self._polling = asyncio.create_task(self._poll())
        launch.wrapper = (*command(strace, str(pipe)), *launch.wrapper)

    async def _poll(self) -> None:
        # Not whenever there is something: strace writes line by line, and every wake-up of ours
        # takes the processor from the agent.
        while True:
            await asyncio.sleep(_INTERVAL)
            while self._drain():
                pass

    def _drain(self) -> bool:
        """Take what is there, without waiting; False if there is no more."""
        assert self._pipe is not None  # noqa: S101
        try:
            chunk = os.read(self._pipe, _PIPE)
        except BlockingIOError:
            return False
        room = OUTPUT_KEPT - len(self._output)
        if len(chunk) > room:
            self._record.problem(f"only the first {OUTPUT_KEPT // 2**20} MiB of it were read")
        self._output += chunk[:room]
        return bool(chunk)

    def close(self) -> None:
        """Read no more; to be called when every process of the run is gone, or none will start."""
        if self._pipe is not None:
            self._polling.cancel()
            while self._drain():
                pass
            os.close(self._pipe)
            self._pipe = None

    def trace(self) -> Trace:
        """What was seen, after `close`."""
        whole, _, _ = self._output.rpartition(b"\n")
        for line in whole.decode("ascii", "backslashreplace").split("\n"):
            if line:
                self._record.read(line)
        return self._record.trace()
