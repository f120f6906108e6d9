"""Tells how an audit goes on: a bar on a terminal, else a line for each stage."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from undeclared.report.escape import visible

BARS = 8
"""Bars at most; those of stages that have been over for longest give way."""


class Progress(Protocol):
    """Is told how the work goes on."""

    def say(self, text: str) -> None:
        """Note the beginning of a stage."""

    def advance(self, stage: str, done: int, total: int) -> None:
        """Note that `done` of `total` runs of a stage are over."""


class Lines:
    """Plain lines, for logs: what is said, and the end of each stage."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._finished: set[str] = set()

    def say(self, text: str) -> None:
        """Print one line."""
        self._stream.write(f"{visible(text)}\n")
        self._stream.flush()

    def advance(self, stage: str, done: int, total: int) -> None:
        """Print one line when a stage is over, and nothing before."""
        if done >= total and stage not in self._finished:
            self._finished.add(stage)
            self.say(f"{stage}: {done} of {total} done")


class Bars:
    """A bar for each stage; they vanish at the end, and what was said stays."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        console = Console(file=stream, markup=False, emoji=False, highlight=False)
        self.rich = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._tasks = {}  # type: ignore[var-annotated] # rich's TaskID is imported late
        self._over: list[str] = []

    def say(self, text: str) -> None:
        """Print one line above the bars."""
        self.rich.console.print(visible(text))

    def advance(self, stage: str, done: int, total: int) -> None:
        """Move the bar of a stage."""
        if stage not in self._tasks:
            self._make_room()
            self._tasks[stage] = self.rich.add_task(visible(stage), total=total)
        self.rich.update(self._tasks[stage], completed=done, total=total)
        if done >= total and stage not in self._over:
            self._over.append(stage)

    def _make_room(self) -> None:
        while len(self._tasks) >= BARS and self._over:
            self.rich.remove_task(self._tasks.pop(self._over.pop(0)))


@contextmanager
def progress(stream: TextIO) -> Iterator[Progress]:
    """Show progress on a stream for as long as the block runs."""
    if not stream.isatty():
        yield Lines(stream)
        return
    bars = Bars(stream)
    with bars.rich:
        yield bars
