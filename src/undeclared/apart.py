"""Audits and other long work, each in a process of its own, a few at the same time.

What an audit keeps in memory (all that was sent, in every run) is gone with its process, so that
the next one has room; the limits of a scan would count it, too.
"""

import os
import queue
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Generic, TypeVar

from undeclared.model import Frozen, Incomplete, Report, UndeclaredError

if TYPE_CHECKING:  # each process imports what its own work needs
    from undeclared.audit import AuditRequest
    from undeclared.experiment import Watch

Item = TypeVar("Item", bound=Frozen)
Result = TypeVar("Result", bound=Frozen)


class _Said(Frozen):
    text: str


class _Advanced(Frozen):
    stage: str
    done: int
    total: int


class _Ready(Frozen):
    """It can be interrupted now, and ends in order."""


class _Failed(Frozen):
    what: str
    means: str
    next_step: str


class _Bug(Frozen):
    said: str
    traceback: str


class _Interrupted(Frozen):
    pass


class Named:
    """Tells of the progress of one among others."""

    def __init__(self, watch: "Watch", name: str) -> None:
        self._watch, self._name = watch, name

    def say(self, text: str) -> None:
        """Say it with the name before it."""
        self._watch.say(f"{self._name}: {text}")

    def advance(self, stage: str, done: int, total: int) -> None:
        """Tell of a stage with the name before it."""
        self._watch.advance(f"{self._name}: {stage}", done, total)


def audit_apart(
    request: "AuditRequest",
    watch: "Watch",
    work: "Callable[[AuditRequest, Watch], Report] | None" = None,
) -> Report:
    """Audit one agent in a new process, and wait for it.

    A KeyboardInterrupt here is handed on, once for each: the audit then ends as it would here, with
    a report of what was measured. Raises Incomplete for an audit that could not be made, and
    KeyboardInterrupt for one that was interrupted before there was anything to report.
    """
    if work is None:
        from undeclared.audit import audit

        work = audit
    for _, result in run_many(work, [request], watch):
        if isinstance(result, UndeclaredError):
            raise result
        return result
    raise KeyboardInterrupt


def run_many(
    work: "Callable[[Item, Watch], Result]",
    items: Sequence[Item],
    watch: "Watch",
    *,
    at_once: int = 1,
    label: Callable[[Item], str] | None = None,
) -> Iterator[tuple[Item, Result | UndeclaredError]]:
    """Do the same work with each item, `at_once` at a time; yield what came of it as it ends.

    `work` is found in the other process by its name. Work that raises an UndeclaredError yields
    it, as Incomplete; any other error is a bug, raised here with its place. `label` says whose
    progress `watch` is told of. To be used in the main thread, since it alone hears Ctrl-C: a
    KeyboardInterrupt is handed on to what is at work, nothing more is begun, what ends in order is
    yielded, and KeyboardInterrupt is raised last.
    """
    heard: _Heard = queue.SimpleQueue()
    waiting = deque(enumerate(items))
    running: dict[int, Child[Item]] = {}
    interrupted = False
    try:
        while running or (waiting and not interrupted):
            try:
                while waiting and len(running) < at_once and not interrupted:
                    number, item = waiting.popleft()
                    told = Named(watch, label(item)) if label else watch
                    running[number] = Child(work, item, told, number, heard)
                number, what = heard.get()
                if what is not None:
                    running[number].hear(what)
                    continue
            except KeyboardInterrupt:
                interrupted = True
                for child in running.values():
                    child.interrupt()
                continue
            child = running.pop(number)
            result = child.result()
            if result is not None:
                yield child.item, result
            interrupted = interrupted or result is None
    finally:
        for child in running.values():
            child.interrupt()
            child.process.join()
    if interrupted:
        raise KeyboardInterrupt


_Heard = queue.SimpleQueue[tuple[int, Frozen | None]]


class Child(Generic[Item]):
    """A process at work, and what it has said last."""

    def __init__(
        self,
        work: "Callable[[Item, Watch], Result]",
        item: Item,
        watch: "Watch",
        number: int,
        heard: _Heard,
    ) -> None:
        context = get_context("spawn")
        reader, writer = context.Pipe(duplex=False)
        self.item, self._watch = item, watch
        self._last: Frozen | None = None
        self._ready = False
        self.process = context.Process(target=_carry_out, args=(work, item, writer))
        with uninterrupted():
            self.process.start()
        writer.close()
        # Receiving cannot be interrupted half-way without losing the rest; waiting for a queue can.
        threading.Thread(target=_listen, args=(reader, number, heard), daemon=True).start()

    def hear(self, what: Frozen) -> None:
        """Take what it has said: hand on its progress, and remember its result."""
        match what:
            case _Ready():
                self._ready = True
            case _Said(text=text):
                self._watch.say(text)
            case _Advanced(stage=stage, done=done, total=total):
                self._watch.advance(stage, done, total)
            case own:
                self._last = own

    def interrupt(self) -> None:
        """Have it end in order; at once if it has not begun."""
        if self.process.pid is not None and self.process.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGINT if self._ready else signal.SIGTERM)

    def result(self) -> "Result | UndeclaredError | None":
        """What came of it once it has ended; None if it was interrupted before that."""
        self.process.join()
        match self._last:
            case _Failed(what=what, means=means, next_step=next_step):
                return Incomplete(what, means=means, next_step=next_step)
            case _Interrupted():
                return None
            case _Bug(said=said, traceback=where):
                bug = RuntimeError(said)
                bug.add_note(where)
                raise bug
            case None:
                if self.process.exitcode == -signal.SIGTERM:
                    return None
                return Incomplete(
                    f"the process of the audit ended without a result"
                    f" (exit status {self.process.exitcode})",
                    means="the runs up to then are kept",
                    next_step="Free some memory if it ran out of it, and start the same command"
                    " again.",
                )
            case last:
                return last  # type: ignore[return-value]  # what `work` returned


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A process that starts here ignores Ctrl-C until it is ready for it.

    Only the main thread can see to that; where another starts a process, Ctrl-C is ignored already.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _listen(reader: Connection, number: int, heard: _Heard) -> None:
    with reader, suppress(EOFError, OSError):
        while True:
            heard.put((number, reader.recv()))
    heard.put((number, None))


class _Teller:
    """Hands on what an audit says of its progress."""

    def __init__(self, writer: Connection) -> None:
        self._writer = writer
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        self.tell(_Said(text=text))

    def advance(self, stage: str, done: int, total: int) -> None:
        self.tell(_Advanced(stage=stage, done=done, total=total))

    def tell(self, what: Frozen) -> None:
        with self._lock:
            self._writer.send(what)


def _end_with_parent() -> None:
    """Work for one who was killed is for nobody: whoever goes on with it begins from the store."""
    if (parent := parent_process()) is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _carry_out(work: "Callable[[Item, Watch], Result]", item: Item, writer: Connection) -> None:
    """Runs in the new process."""
    os.setpgid(0, 0)  # Ctrl-C reaches it once, through the one who started it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    teller = _Teller(writer)
    last: Frozen
    try:
        teller.tell(_Ready())
        last = work(item, teller)
    except UndeclaredError as error:
        last = _Failed(what=error.what, means=error.means, next_step=error.next_step)
    except KeyboardInterrupt:
        last = _Interrupted()
    except BrokenPipeError:  # nobody listens any more
        return
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        last = _Bug(said=said, traceback=traceback.format_exc())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        teller.tell(last)
