"""One audit in a process of its own.

What an audit keeps in memory (all that was sent, in every run) is gone with its process, so that
the next one has room; the limits of a scan would count it, too.
"""

import os
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from undeclared.audit import AuditRequest, audit
from undeclared.experiment import Watch
from undeclared.model import Frozen, Incomplete, Report, UndeclaredError

Work = Callable[[AuditRequest, Watch], Report]
"""What is done in the other process; to be found there by its name."""


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


def audit_apart(request: AuditRequest, watch: Watch, work: Work = audit) -> Report:
    """Audit one agent in a new process, and wait for it.

    A KeyboardInterrupt here is handed on, once for each: the audit then ends as it would here, with
    a report of what was measured. Raises Incomplete for an audit that could not be made, and
    KeyboardInterrupt for one that was interrupted before there was anything to report.
    """
    context = get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_carry_out, args=(work, request, writer))
    with _uninterrupted():
        process.start()
    writer.close()
    heard: queue.SimpleQueue[Frozen | None] = queue.SimpleQueue()
    # Receiving cannot be interrupted half-way without losing the rest; waiting for a queue can.
    threading.Thread(target=_listen, args=(reader, heard), daemon=True).start()
    last: Frozen | None = None
    ready = ended = interrupted = False
    try:
        while not ended:
            try:
                match heard.get():
                    case _Ready():
                        ready = True
                    case _Said(text=text):
                        watch.say(text)
                    case _Advanced(stage=stage, done=done, total=total):
                        watch.advance(stage, done, total)
                    case None:
                        ended = True
                    case own:
                        last = own
            except KeyboardInterrupt:
                interrupted = True
                _interrupt(process, gently=ready)
    finally:
        process.join()
    if interrupted and last is None:
        raise KeyboardInterrupt
    return _result(last, process)


def _result(last: Frozen | None, process: BaseProcess) -> Report:
    match last:
        case Report():
            return last
        case _Failed(what=what, means=means, next_step=next_step):
            raise Incomplete(what, means=means, next_step=next_step)
        case _Interrupted():
            raise KeyboardInterrupt
        case _Bug(said=said, traceback=where):
            bug = RuntimeError(said)
            bug.add_note(where)
            raise bug
    raise Incomplete(
        f"the process of the audit ended without a result (exit status {process.exitcode})",
        means="the runs up to then are kept",
        next_step="Free some memory if it ran out of it, and start the same command again.",
    )


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A process that starts here ignores Ctrl-C until it is ready for it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupt(process: BaseProcess, *, gently: bool) -> None:
    if process.pid is not None and process.is_alive():
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGINT if gently else signal.SIGTERM)


def _listen(reader: Connection, heard: "queue.SimpleQueue[Frozen | None]") -> None:
    with reader, suppress(EOFError, OSError):
        while True:
            heard.put(reader.recv())
    heard.put(None)


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


def _carry_out(work: Work, request: AuditRequest, writer: Connection) -> None:
    """Runs in the new process."""
    os.setpgid(0, 0)  # Ctrl-C reaches it once, through the one who started it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    teller = _Teller(writer)
    try:
        teller.tell(_Ready())
        last: Frozen = work(request, teller)
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
