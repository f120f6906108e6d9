"""Starts one program in its world, follows it, and ends everything that it left behind."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from undeclared.lab import syscalls, usage
from undeclared.lab.launch import Launch
from undeclared.lab.limits import Limits

LINGER = 0.5
"""Seconds for processes that an agent leaves running: some send their telemetry that way."""
_SIGNAL_BASE = 128
_KILLED_FIRST = "1000"
"""Where the machine has no memory left, the kernel should end the agent, and nothing of ours
(proc(5), oom_score_adj)."""


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
    disk_full: bool = False
    """Whether there was no room left for its files."""
    left_running: tuple[str, ...] = ()
    """Command lines of processes that went on after its end, and after `linger`."""


class Tail:
    """The last bytes of an output: unlimited output neither blocks its writer nor fills memory."""

    def __init__(self, descriptor: int, loop: asyncio.AbstractEventLoop, kept: int) -> None:
        """Keep the last `kept` bytes of a pipe."""
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._loop = loop
        self._kept = kept
        self._chunks: deque[bytes] = deque()
        self._size = 0
        loop.add_reader(descriptor, self.drain)

    def drain(self) -> None:
        """Take what is there, without waiting."""
        try:
            chunk = os.read(self._descriptor, 64 * 1024)
        except BlockingIOError:
            return
        if not chunk:
            self._loop.remove_reader(self._descriptor)
            return
        self._chunks.append(chunk)
        self._size += len(chunk)
        while self._size - len(self._chunks[0]) >= self._kept:
            self._size -= len(self._chunks.popleft())

    def close(self) -> bytes:
        """Take the rest of a pipe that has no writer any more; returns the end of the output."""
        while self._loop.remove_reader(self._descriptor):
            self._loop.add_reader(self._descriptor, self.drain)
            self.drain()
        return b"".join(self._chunks)[-self._kept :]


async def run(
    launch: Launch,
    *,
    bwrap: str,
    timeout: float,
    limits: Limits | None = None,
    linger: float = LINGER,
) -> Ended:
    """Start an agent and follow it until it ends or its time is over, then end all that is left.

    Must be called in a process namespace whose first process this is: everything else in it is
    taken to belong to the run. Raises OSError if bubblewrap cannot be started, or if the machine
    runs out of memory.
    """
    if os.getpid() != 1:
        raise RuntimeError("only the first process of a process namespace may end all others")
    limits = limits or Limits()
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
        before = _to_be_killed_first(_KILLED_FIRST)
        process = subprocess.Popen(
            [*launch.wrapper, *own, "--", *launch.command],
            stdin=subprocess.DEVNULL if launch.stdin is None else feed,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[arguments.fileno(), refused.fileno()],
            env={},
            preexec_fn=launch.before,
        )
        _to_be_killed_first(before)
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018
    out = Tail(process.stdout.fileno(), loop, limits.output)
    err = Tail(process.stderr.fileno(), loop, limits.output)
    watch = asyncio.create_task(usage.excess(limits))
    excess, timed_out, statuses = None, False, dict[int, int]()
    left_running: tuple[str, ...] = ()
    try:
        timed_out = not await _over(process.pid, watch, timeout)
        seconds = time.monotonic() - began
        if not timed_out and watch.done():
            excess = watch.result()
        elif not timed_out:
            await _linger(statuses, linger)
            left_running = usage.commands()
    finally:
        watch.cancel()
        disk_full = usage.full(launch.folders.home)
        _end_all(statuses)
        stdout, stderr = out.close(), err.close()
        process.stdout.close()
        process.stderr.close()
        process.returncode = 0  # it is reaped already; Popen must not look for it
    status = None if timed_out or excess else _status(statuses[process.pid])
    return Ended(status, timed_out, excess, seconds, stdout, stderr, disk_full, left_running)


def _to_be_killed_first(how_much: str) -> str:
    """What is started from now on inherits it; returns what it was before."""
    place = Path("/proc/self/oom_score_adj")
    before = place.read_text(encoding="ascii")
    place.write_text(how_much, encoding="ascii")
    return before


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
