"""Work on hostile files in processes of their own, so that none of them can take the rest along.

A process gets its files by being forked: nothing is copied, not even a file of 400 MB, and what was
loaded before is there already. Small files share a process. One that crashes, hangs or needs too
much memory costs its file, which becomes an Omission; the rest of its lot goes to a new process.
"""

import gc
import os
import resource
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Generic, NamedTuple, NoReturn, TypeVar

from undeclared.model import Omission, SourceFile

ResultT = TypeVar("ResultT")


class Allowance(NamedTuple):
    """How much the analysis of one file may cost."""

    seconds: float = 20.0
    """Of a processor, so that a busy machine finds the same; by the clock, four times as many."""
    seconds_per_mb: float = 2.0
    """On top of it …"""
    most_seconds: float = 120.0
    """… and no more than this."""
    memory: int = 2 << 30
    """Bytes that a process may write to; those of a mapped file do not count."""
    whole: float = 1800.0
    """Seconds for all files together."""

    def time(self, size: int) -> float:
        """Seconds for a file of so many bytes."""
        wanted = self.seconds + self.seconds_per_mb * size / 1e6
        return min(self.most_seconds, wanted)


DEFAULT = Allowance()

_PATIENCE = 4
"""Times the allowance, by the clock."""
_FAREWELL = 10.0
"""Seconds that a process has to end, once it is done."""
_COLLECTED = 1 << 20
"""Bytes of files after which a process looks for garbage."""
LOT_BYTES = 4 << 20
LOT_FILES = 512


@dataclass(frozen=True, slots=True)
class Task(Generic[ResultT]):
    """A piece of work on one file."""

    file: SourceFile
    work: Callable[[SourceFile], ResultT]
    more: int = 0
    """Bytes of other files that it works on, too."""

    def size(self) -> int:
        """Bytes to work on."""
        return len(self.file.data) + self.more


@dataclass(slots=True)
class _Child(Generic[ResultT]):
    pid: int
    reader: Connection
    first: int
    """Number of the first of its tasks that is not done."""
    left: deque[Task[ResultT]]
    began: float = 0.0
    """When the first of those left was begun, by the clock …"""
    spent: float = 0.0
    """… and how many seconds of a processor were spent by then."""
    until: float = 0.0
    """When to look next at how long that one takes."""


@dataclass(slots=True)
class _Crew(Generic[ResultT]):
    """The processes at work, and what they found, to be told in the order of the tasks."""

    allowance: Allowance
    children: list[_Child[ResultT]] = field(default_factory=list)
    found: dict[int, ResultT | Omission] = field(default_factory=dict)
    told: int = 0

    def start(self, first: int, tasks: Sequence[Task[ResultT]]) -> None:
        reader, writer = Pipe(duplex=False)
        gc.freeze()  # or else the collector of every process would copy all our pages
        pid = os.fork()
        if pid == 0:
            reader.close()
            _serve(tasks, writer, self.allowance)
        gc.unfreeze()
        writer.close()
        child = _Child(pid, reader, first, deque(tasks))
        self._time(child)
        self.children.append(child)

    def listen(self) -> None:
        """Wait until a process has said something, or has used up its time."""
        soonest = min(child.until for child in self.children)
        ready = wait(
            [child.reader for child in self.children], max(0.0, soonest - time.monotonic())
        )
        now = time.monotonic()
        for child in tuple(self.children):
            if child.reader in ready:
                self._hear(child)
            elif now >= child.until:
                self._look(child, now)

    def _hear(self, child: _Child[ResultT]) -> None:
        try:
            result = child.reader.recv()
        except EOFError:
            self._over(child, "")
            return
        except Exception as error:  # whatever a process that went astray has written
            self._over(child, f"its analysis gave no result that can be read ({error!r})")
            return
        self._note(child, result)
        if child.left:
            self._time(child)
        else:
            child.until = time.monotonic() + _FAREWELL

    def _time(self, child: _Child[ResultT]) -> None:
        """Give the first task that is left its time."""
        child.began, child.spent = time.monotonic(), _spent(child.pid)
        child.until = child.began + self.allowance.time(child.left[0].size())

    def _look(self, child: _Child[ResultT], now: float) -> None:
        """End a process that has had its time; one that had to wait for others goes on."""
        if not child.left:
            self._over(child, "it did not end")
            return
        seconds = self.allowance.time(child.left[0].size())
        left = min(
            seconds - (_spent(child.pid) - child.spent),
            child.began + _PATIENCE * seconds - now,
        )
        if left <= 0:
            self._over(child, f"its analysis took more than {seconds:.0f} seconds")
        else:
            child.until = now + left

    def _note(self, child: _Child[ResultT], result: ResultT | Omission) -> None:
        child.left.popleft()
        self.found[child.first] = result
        child.first += 1

    def _over(self, child: _Child[ResultT], why: str) -> None:
        """The end of a process, by itself or (where there is a reason) by us."""
        status = _end(child, kill=bool(why))
        self.children.remove(child)
        if not child.left:
            return
        if not why:
            number = os.waitstatus_to_exitcode(status)
            how = f"signal {-number}" if number < 0 else f"status {number}"
            why = f"the process that analysed it ended with {how}"
        self._note(child, Omission(path=child.left[0].file.path, what=why))
        if child.left:
            self.start(child.first, tuple(child.left))

    def tell(self) -> Iterator[ResultT | Omission]:
        while self.told in self.found:
            yield self.found.pop(self.told)
            self.told += 1

    def dismiss(self) -> None:
        for child in self.children:
            _end(child, kill=True)
        self.children.clear()


def apart(
    tasks: Iterable[Task[ResultT]], jobs: int | None = None, allowance: Allowance = DEFAULT
) -> Iterator[ResultT | Omission]:
    """Carry out tasks, `jobs` at a time (None: one for each processor); results in their order.

    Tasks are drawn as they are needed, so that few files are in memory at once. A task that raises,
    crashes, or needs more than `allowance` gives an Omission with its file's path.
    """
    jobs = jobs or len(os.sched_getaffinity(0))
    crew = _Crew[ResultT](allowance)
    until = time.monotonic() + allowance.whole
    first = 0
    try:
        for lot in _lots(tasks):
            if time.monotonic() > until:
                yield Omission(
                    path=lot[0].file.path,
                    what=f"it and what comes after it: {allowance.whole:.0f} seconds were used up",
                )
                break
            while len(crew.children) >= jobs:
                crew.listen()
                yield from crew.tell()
            crew.start(first, lot)
            first += len(lot)
        while crew.children:
            crew.listen()
            yield from crew.tell()
    finally:
        crew.dismiss()


def _lots(tasks: Iterable[Task[ResultT]]) -> Iterator[list[Task[ResultT]]]:
    """Small files together, large ones alone."""
    lot: list[Task[ResultT]] = []
    size = 0
    for task in tasks:
        own = task.size()
        if lot and (size + own > LOT_BYTES or len(lot) == LOT_FILES):
            yield lot
            lot, size = [], 0
        lot.append(task)
        size += own
    if lot:
        yield lot


def _spent(pid: int) -> float:
    """Seconds of a processor that a process of ours and what it waited for have used (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def _end(child: _Child[ResultT], *, kill: bool) -> int:
    """Reap a process, and what it may have started; returns its status as of `os.wait`."""
    if kill:
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
    # Its group is ours to end until it is reaped: so long nobody else can get its number.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    _, status = os.waitpid(child.pid, 0)
    child.reader.close()
    return status


def _serve(
    tasks: Sequence[Task[ResultT]], writer: Connection, allowance: Allowance
) -> NoReturn:  # pragma: no cover - in another process
    status = 1
    try:
        _restrain(tasks, allowance)
        size = 0
        for task in tasks:
            writer.send(_result(task))
            size += task.size()
            if size > _COLLECTED:
                gc.collect()
                size = 0
        status = 0
    except (BrokenPipeError, MemoryError, KeyboardInterrupt):
        pass
    finally:
        os._exit(status)


def _restrain(tasks: Sequence[Task[ResultT]], allowance: Allowance) -> None:
    os.setpgid(0, 0)
    # Looking for garbage while it is made takes a fifth of the time; between files there is little.
    gc.freeze()
    gc.disable()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Whoever ends us by force leaves it nobody to watch the time.
    seconds = int(sum(allowance.time(task.size()) for task in tasks)) + 1
    _limit(resource.RLIMIT_CPU, seconds)
    _limit(resource.RLIMIT_DATA, allowance.memory)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (most, hard))


def _result(task: Task[ResultT]) -> ResultT | Omission:
    try:
        return task.work(task.file)
    except MemoryError:
        return Omission(path=task.file.path, what="its analysis ran out of memory")
    except Exception as error:
        if os.environ.get("UNDECLARED_DEBUG"):
            traceback.print_exc(file=sys.stderr)
        said = " ".join(str(error).split())[:200]
        return Omission(
            path=task.file.path, what=f"its analysis failed ({type(error).__name__}: {said})"
        )
