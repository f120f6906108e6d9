"""Starts one program in its world, follows it, and ends everything that it left behind."""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from undeclared.lab import syscalls
from undeclared.lab.launch import Launch

OUTPUT_KEPT = 64 * 1024
LINGER = 0.5
"""Seconds for processes that an agent leaves running: some send their telemetry that way."""
MEMORY_LIMIT = 6 * 2**30
PROCESS_LIMIT = 512
_FILE_SIZE_LIMIT = 2**30
_OPEN_FILES_LIMIT = 65536
_WATCH_INTERVAL = 0.5
_SIGNAL_BASE = 128


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended."""

    status: int | None
    """Exit status, negative for a signal; None if we ended it."""
    timed_out: bool
    excess: str | None
    """The limit that it went over; None if none."""
    seconds: float
    stdout: bytes
    stderr: bytes


class Tail:
    """The last bytes of an output: unlimited output neither blocks its writer nor fills memory."""

    def __init__(self, descriptor: int, loop: asyncio.AbstractEventLoop) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._loop = loop
        self._chunks: deque[bytes] = deque()
        self._size = 0
        loop.add_reader(descriptor, self.drain)

    def drain(self) -> None:
        """Take what is there, without waiting."""
        try:
            chunk = os.read(self._descriptor, OUTPUT_KEPT)
        except BlockingIOError:
            return
        if not chunk:
            self._loop.remove_reader(self._descriptor)
            return
        self._chunks.append(chunk)
        self._size += len(chunk)
        while self._size - len(self._chunks[0]) >= OUTPUT_KEPT:
            self._size -= len(self._chunks.popleft())

    def close(self) -> bytes:
        """Take the rest of a pipe that has no writer any more; returns the end of the output."""
        while self._loop.remove_reader(self._descriptor):
            self._loop.add_reader(self._descriptor, self.drain)
            self.drain()
        return b"".join(self._chunks)[-OUTPUT_KEPT:]


def limit_resources() -> None:
    """Set limits that the agent inherits from this process.

    Memory is not among them: JavaScript engines reserve far more address space than they use. A
    watch on the memory in use does that (`MEMORY_LIMIT`).
    """
    for kind, wanted in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, _FILE_SIZE_LIMIT),
        (resource.RLIMIT_NOFILE, _OPEN_FILES_LIMIT),
    ):
        _, hard = resource.getrlimit(kind)
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (limit, limit))


async def run(launch: Launch, *, bwrap: str, timeout: float, linger: float = LINGER) -> Ended:
    """Start an agent and follow it until it ends or its time is over, then end all that is left.

    Must be called in a process namespace whose first process this is: everything else in it is
    taken to belong to the run. Raises OSError if bubblewrap cannot be started.
    """
    if os.getpid() != 1:
        raise RuntimeError("only the first process of a process namespace may end all others")
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    # Arguments go through a descriptor: the agent can read the command line of its init process,
    # and the paths of this machine are none of its business.
    hidden = ["--clearenv", *launch.sandbox]
    for name, value in launch.variables.items():
        hidden += ["--setenv", name, value]
    with (
        _file_of(b"".join(os.fsencode(word) + b"\0" for word in hidden)) as arguments,
        _file_of(syscalls.program()) as refused,
        _file_of(launch.stdin or b"") as feed,
    ):
        own = [bwrap, "--args", str(arguments.fileno()), "--seccomp", str(refused.fileno())]
        process = subprocess.Popen(
            [*launch.wrapper, *own, "--", *launch.command],
            stdin=subprocess.DEVNULL if launch.stdin is None else feed,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[arguments.fileno(), refused.fileno()],
            env={},
            preexec_fn=launch.before,
        )
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018
    out = Tail(process.stdout.fileno(), loop)
    err = Tail(process.stderr.fileno(), loop)
    watch = asyncio.create_task(_excess())
    excess, timed_out, statuses = None, False, dict[int, int]()
    try:
        timed_out = not await _over(process.pid, watch, timeout)
        seconds = time.monotonic() - began
        if not timed_out and watch.done():
            excess = watch.result()
        elif not timed_out:
            await _linger(statuses, linger)
    finally:
        watch.cancel()
        _end_all(statuses)
        stdout, stderr = out.close(), err.close()
        process.stdout.close()
        process.stderr.close()
        process.returncode = 0  # it is reaped already; Popen must not look for it
    status = None if timed_out or excess else _status(statuses[process.pid])
    return Ended(status, timed_out, excess, seconds, stdout, stderr)


def _file_of(content: bytes) -> BinaryIO:
    file = open(os.memfd_create("input"), "w+b")  # noqa: PTH123, SIM115
    file.write(content)
    file.seek(0)
    return file


async def _over(pid: int, watch: asyncio.Task[str], timeout: float) -> bool:
    """Wait until the process or the watch is done; False if its time is over first."""
    loop = asyncio.get_running_loop()
    exited = asyncio.Event()
    descriptor = os.pidfd_open(pid)
    loop.add_reader(descriptor, exited.set)
    try:
        exit_seen = asyncio.create_task(exited.wait())
        done, _ = await asyncio.wait(
            (exit_seen, watch), timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )
        exit_seen.cancel()
        return bool(done)
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _linger(statuses: dict[int, int], seconds: float) -> None:
    """Let what the program left running go on for a while; back at once if it left nothing."""
    until = time.monotonic() + seconds
    while _reap(statuses, os.WNOHANG) and time.monotonic() < until:
        await asyncio.sleep(0.002)


def _end_all(statuses: dict[int, int]) -> None:
    """End every process of this namespace but this one, and wait until they are gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    _reap(statuses, 0)


def _reap(statuses: dict[int, int], options: int) -> bool:
    """Collect processes that have ended; whether any is left."""
    while True:
        try:
            pid, status = os.waitpid(-1, options)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        statuses[pid] = status


def _status(wait_status: int) -> int:
    """Bubblewrap passes a signal on the way shells do, as 128 and its number."""
    code = os.waitstatus_to_exitcode(wait_status)
    return _SIGNAL_BASE - code if _SIGNAL_BASE < code <= _SIGNAL_BASE + signal.SIGRTMAX else code


async def _excess() -> str:
    """Watch what all processes of this namespace use together; returns when it is too much."""
    page = resource.getpagesize()
    while True:
        await asyncio.sleep(_WATCH_INTERVAL)
        processes = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        if len(processes) > PROCESS_LIMIT:
            return f"more than {PROCESS_LIMIT} processes"
        used = 0
        for process in processes:
            with contextlib.suppress(OSError):
                used += int((process / "statm").read_bytes().split()[1]) * page
        if used > MEMORY_LIMIT:
            return f"more than {MEMORY_LIMIT // 2**30} GiB of memory"
