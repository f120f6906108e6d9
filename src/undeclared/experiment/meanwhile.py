"""Trials that wait for nothing are carried out while runs are being compared."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager

from undeclared.model import Run, Trial


class Meanwhile:
    """Carries out trials in a thread of its own, for as long as somebody is busy otherwise.

    Comparing keeps one processor busy, and the lab would stand still. None of these runs is
    compared with others, so that it does not matter when they take place.
    """

    def __init__(
        self,
        execute: Callable[[Iterable[Trial]], Generator[Run, None, None]],
        trials: Sequence[Trial],
    ) -> None:
        """`execute` takes trials one by one, as the lab has room, and yields their runs."""
        self._execute = execute
        self._waiting = deque(trials)
        self._open = False
        self._error: BaseException | None = None
        self.runs: list[Run] = []
        """Those that have taken place."""

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Carry out trials until the block ends; what is running then is waited for.

        Raises what carrying them out raised.
        """
        if not self._waiting:
            yield
            return
        self._open = True
        thread = threading.Thread(target=self._work, name="meanwhile")
        thread.start()
        try:
            yield
        finally:
            self._open = False
            thread.join()
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def leave(self, trials: Iterable[Trial]) -> None:
        """Leave trials that have not begun to somebody else."""
        others = set(trials)
        self._waiting = deque(own for own in self._waiting if own not in others)

    def _work(self) -> None:
        try:
            for run in self._execute(self._next()):
                self.runs.append(run)
        except BaseException as error:
            self._error = error
            self._waiting.clear()

    def _next(self) -> Iterator[Trial]:
        while self._open and self._waiting:
            yield self._waiting.popleft()
