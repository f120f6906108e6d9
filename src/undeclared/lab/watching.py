"""Watches an agent as the signal `observers` of its environment says."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from undeclared.catalogue import SignalSpec
from undeclared.lab.hooks import Hooking
from undeclared.lab.launch import Launch
from undeclared.lab.tracer import Tracer
from undeclared.model import Environment, Hooks, Trace

TRACER = "tracer"
HOOKS = "hooks"


def observers(signals: Mapping[str, SignalSpec], environment: Environment) -> str:
    """How a run is watched: a level of the signal that sets it, `ca` without one."""
    for signal, level in environment.levels:
        if how := signals[signal].setting(level).observers:
            return how
    return "ca"


class Watching:
    """Observers of one run.

    Entering adds them to its launch; leaving, after the last of its processes has ended, reads
    what they saw.
    """

    def __init__(self, how: str, launch: Launch, folder: Path) -> None:
        """`how` is what `observers` says; `folder` is the run's, on the worker's file system."""
        self._how = how
        self._launch = launch
        self._folder = folder
        self._open = ExitStack()
        self.trace: Trace | None = None
        self.hooks: Hooks | None = None

    def __enter__(self) -> Self:
        if self._how == TRACER:
            tracer = Tracer(self._launch, self._folder)

            def read() -> None:
                tracer.close()
                self.trace = tracer.trace()

            self._open.callback(read)
        elif self._how == HOOKS:
            hooking = Hooking(self._launch, self._folder)

            def ask() -> None:
                self.hooks = hooking.hooks()

            self._open.callback(ask)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()
