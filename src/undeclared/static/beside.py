"""Work in two processes at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, Pipe
from typing import NoReturn, TypeVar

ResultT = TypeVar("ResultT")


@contextmanager
def beside(work: Iterator[ResultT]) -> Iterator[Iterator[ResultT]]:
    """What an iterator gives, worked out in a process of its own from now on.

    That process is forked, stays in the group of this one, and is ended with the context. What is
    raised there is raised here, by the result that failed; RuntimeError if it ended by itself.
    """
    reader, writer = Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        reader.close()
        _serve(work, writer)
    writer.close()
    try:
        yield _received(reader)
    finally:
        reader.close()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _received(reader: Connection) -> Iterator[ResultT]:
    while True:
        try:
            result, error = reader.recv()
        except EOFError:
            raise RuntimeError("the process beside it ended") from None
        if error is not None:
            raise error
        yield result


def _serve(
    work: Iterator[ResultT], writer: Connection
) -> NoReturn:  # pragma: no cover - in another process
    try:
        for result in work:
            writer.send((result, None))
    except MemoryError:
        writer.send((None, MemoryError()))
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        writer.send((None, RuntimeError(said[:200])))
    finally:
        os._exit(0)
