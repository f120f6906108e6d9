"""What happens on a worker: it examines itself, and does its work in processes of their own."""

import asyncio
import queue
import signal
import threading
from collections.abc import Callable
from multiprocessing import current_process
from typing import TYPE_CHECKING, Any, cast

from distributed import Worker, WorkerPlugin, get_worker

from undeclared import __version__
from undeclared.apart import Child
from undeclared.model import Frozen, Incomplete, UndeclaredError

if TYPE_CHECKING:
    from undeclared.experiment import Watch

RESOURCE = "undeclared-processors"
"""What a worker has as many of as threads, once it has found that it can work."""


class Verdict(Frozen):
    """What a worker finds of itself."""

    reason: str = ""
    """Why it cannot work; empty if it can."""


class Ended(Frozen):
    """How one item ended, in a form that can be sent."""

    result: Any = None
    failed: tuple[str, str, str] | None = None
    """What, what it means, and the next step."""
    bug: tuple[str, ...] = ()
    """What is said, and where."""

    def outcome(self) -> Any:  # noqa: ANN401 - what the work returned
        """The result, or the error that it ended with; None if it was interrupted.

        Raises RuntimeError for a bug.
        """
        if self.bug:
            error = RuntimeError(self.bug[0])
            for note in self.bug[1:]:
                error.add_note(note)
            raise error
        if self.failed:
            what, means, next_step = self.failed
            return Incomplete(what, means=means, next_step=next_step)
        return self.result


class Examined(WorkerPlugin):
    """Has a worker examine itself before its first work; without success it gets none."""

    name = "undeclared"

    def __init__(self, verdict: "Callable[[Frozen, Watch], Verdict]") -> None:
        self._verdict = verdict
        self._version = __version__
        self.reason = ""

    async def setup(self, worker: Worker) -> None:
        """Called by Dask on every worker, also on one that joins later."""
        # Ctrl-C is for the client, which tells the workers.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        _running.stopping = False
        if self._version != __version__:
            self.reason = f"it has version {__version__}, and the client {self._version}"
        else:
            self.reason = await asyncio.to_thread(_asked, self._verdict)
        able = 0 if self.reason else worker.state.nthreads
        await worker.set_resources(**{RESOURCE: able})


def _asked(verdict: "Callable[[Frozen, Watch], Verdict]") -> str:
    """The reason not to work, found in a process of its own as the work is."""
    if current_process().daemon:
        return "it may not start processes: set DASK_DISTRIBUTED__WORKER__DAEMON=False for it"
    try:
        found = _child(verdict, Verdict(), lambda said: None)
    except RuntimeError as error:
        return str(error)
    if isinstance(found, UndeclaredError):
        return str(found)
    return found.reason if isinstance(found, Verdict) else "it was interrupted"


def by_doctor(_: Frozen, watch: "Watch") -> Verdict:
    """Whether this machine can run a lab, as `undeclared doctor` finds."""
    from undeclared.lab.doctor import State, examine

    bad = [piece for piece in examine() if piece.state is State.MISSING]
    return Verdict(reason="; ".join(f"{own.id}: {own.found}" for own in bad))


def reason(dask_worker: Worker) -> str:
    """Why a worker gets no work; empty if it does."""
    return cast(Examined, dask_worker.plugins[Examined.name]).reason


class _Running:
    """What is at work in this worker."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.children: set[Child[Any]] = set()
        self.stopping = False


_running = _Running()


def interrupt() -> None:
    """Have everything on this worker end in order, and begin nothing more."""
    with _running.lock:
        _running.stopping = True
        for child in _running.children:
            child.interrupt()


def carry_out(work: "Callable[[Any, Watch], Any]", item: Frozen, number: int, topic: str) -> Ended:
    """Do one item, and tell of its progress under `topic`."""
    worker = get_worker()

    def tell(said: tuple[Any, ...]) -> None:
        worker.loop.add_callback(worker.log_event, topic, (number, said))

    try:
        result = _child(work, item, tell)
    except RuntimeError as bug:
        return Ended(bug=(str(bug), *getattr(bug, "__notes__", ())))
    if isinstance(result, UndeclaredError):
        return Ended(failed=(result.what, result.means, result.next_step))
    return Ended(result=result)


class _Told:
    """Hands on what is said of the progress."""

    def __init__(self, tell: Callable[[tuple[Any, ...]], None]) -> None:
        self._tell = tell

    def say(self, text: str) -> None:
        self._tell((text,))

    def advance(self, stage: str, done: int, total: int) -> None:
        self._tell((stage, done, total))


def _child(
    work: "Callable[[Any, Watch], Any]", item: Frozen, tell: Callable[[tuple[Any, ...]], None]
) -> Any:  # noqa: ANN401 - what `work` returns
    """Do it in a process of its own, and wait; None if it was interrupted."""
    heard: queue.SimpleQueue[tuple[int, Frozen | None]] = queue.SimpleQueue()
    with _running.lock:
        if _running.stopping:
            return None
        child = Child(work, item, _Told(tell), 0, heard)
        _running.children.add(child)
    try:
        while (what := heard.get()[1]) is not None:
            child.hear(what)
        return child.result()
    finally:
        with _running.lock:
            _running.children.discard(child)
