"""The lab: sealed workers, each of which carries out one trial at a time."""

import contextlib
import queue
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from undeclared import catalogue
from undeclared.catalogue import Scenario, SignalSpec
from undeclared.lab.handle import WorkerDiedError, require_isolation, unavailable
from undeclared.lab.limits import Limits
from undeclared.lab.outside import listening
from undeclared.lab.protocol import Setup
from undeclared.lab.seat import Seat
from undeclared.lab.standin import WIRES
from undeclared.lab.state import state_folder
from undeclared.lab.suitability import require_environment, require_signal
from undeclared.lab.target import Target
from undeclared.model import Outcome, Run, Trial, UsageError

_ATTEMPTS = 2
"""Times that a trial is tried while it is the lab that fails."""


class Lab:
    """Runs one target in one scenario, in any environment, with no road out.

        with Lab(target, scenario, signals, jobs=2) as lab:
            for run in lab.run(trials):
                ...

    Entering starts the workers and returns when each has proven itself sealed; it raises
    LabUnavailable otherwise, and then nothing of the target has been started.
    """

    def __init__(
        self,
        target: Target,
        scenario: Scenario,
        signals: Mapping[str, SignalSpec],
        *,
        jobs: int,
        limits: Limits | None = None,
    ) -> None:
        """`signals` are those that trials may vary, `jobs` the number of workers.

        Raises UsageError if a signal cannot be given to this target.
        """
        self._target = target
        self._scenario = scenario
        # How an agent is watched can be said in any trial, whatever the experiment varies.
        watching = {
            spec.id: spec
            for spec in catalogue.signals().values()
            if any(spec.setting(level.value).observers for level in spec.levels)
        }
        self._signals = watching | dict(signals)
        self._jobs = max(1, jobs)
        self._limits = limits or Limits()
        self._seats: list[Seat] = []
        self._open = contextlib.ExitStack()
        self._stop = threading.Event()
        if target.profile.wire not in WIRES:
            raise UsageError(
                f"the lab has no stand-in model for {target.profile.wire}",
                means="nothing was run",
                next_step=f"Choose an agent that speaks one of: {', '.join(WIRES)}.",
            )
        for spec in self._signals.values():
            require_signal(target.profile, spec)
        target.command(scenario.prompt)

    def __enter__(self) -> Self:
        require_isolation()
        with contextlib.ExitStack() as opening:
            state = opening.enter_context(state_folder())
            listeners = opening.enter_context(listening())
            setup = Setup(
                target=self._target,
                scenario=self._scenario,
                signals=self._signals,
                outside=listeners.outside,
                limits=self._limits,
                state=state,
            )
            self._seats = [Seat(setup) for _ in range(self._jobs)]
            for seat in self._seats:
                opening.callback(seat.end)
                seat.start()
            for seat in self._seats:
                seat.wait_until_ready()
            if listeners.callers():
                raise unavailable("a listener outside was reached from inside")
            self._open = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._open.close()

    def run(self, trials: Iterable[Trial]) -> Generator[Run, None, None]:
        """Carry out trials, in parallel; yields each run when it is complete.

        Trials that follow each other with the same `home` take place one after the other, in it. A
        trial that the lab itself failed is tried once more, unless it has such a home. Closing the
        iterator early ends what is running. Raises UsageError for an environment that the target
        cannot be given, LabUnavailable for one that this machine cannot show.
        """
        waiting = chains(trials)
        runs: queue.SimpleQueue[tuple[Seat, Run | BaseException, bool]] = queue.SimpleQueue()
        busy: set[Seat] = set()
        stop = self._stop = threading.Event()

        def assign(seat: Seat) -> None:
            chain = next(waiting, None)
            if chain is not None:
                for trial in chain:
                    require_environment(self._target.profile, self._signals, trial.environment)
                busy.add(seat)
                threading.Thread(target=work, args=(seat, chain), daemon=True).start()

        def work(seat: Seat, chain: Sequence[Trial]) -> None:
            try:
                for run in self._in_order(seat, chain, stop):
                    runs.put((seat, run, run.trial == chain[-1]))
            except BaseException as error:  # whatever it is, somebody waits for an answer
                runs.put((seat, error, True))

        try:
            for seat in self._seats:
                assign(seat)
            while busy:
                seat, run, last = runs.get()
                if last:
                    busy.remove(seat)
                if isinstance(run, BaseException):
                    raise run
                if last:
                    assign(seat)
                yield run
        finally:
            stop.set()
            while busy:
                for seat in busy:
                    seat.end()
                with contextlib.suppress(queue.Empty):
                    seat, _, last = runs.get(timeout=0.1)
                    busy.difference_update({seat} if last else ())

    def _in_order(self, seat: Seat, chain: Sequence[Trial], stop: threading.Event) -> Iterator[Run]:
        """The runs of a chain; once the lab has failed, the home that the rest needs is lost."""
        lost = False
        for trial in chain:
            run = (
                self._failed(
                    trial, datetime.now(UTC), "the home that it was to take place in is lost"
                )
                if lost or (stop.is_set() and trial is not chain[0])
                else self._carry_out(seat, trial, stop)
            )
            lost = run.outcome is Outcome.LAB_FAILED
            yield run

    def _carry_out(self, seat: Seat, trial: Trial, stop: threading.Event) -> Run:
        for _ in range(_ATTEMPTS if trial.home is None else 1):
            started = datetime.now(UTC)
            try:
                run = seat.carry_out(trial)
            except WorkerDiedError as error:
                run = self._failed(trial, started, str(error))
            if run.outcome is not Outcome.LAB_FAILED or stop.is_set():
                break
        return run

    def _failed(self, trial: Trial, started: datetime, reason: str) -> Run:
        return Run(
            trial=trial,
            scenario=self._scenario.id,
            started=started,
            seconds=(datetime.now(UTC) - started).total_seconds(),
            outcome=Outcome.LAB_FAILED,
            reason=reason,
        )


def chains(trials: Iterable[Trial]) -> Iterator[tuple[Trial, ...]]:
    """Trials that follow each other in the same home, in one piece; every other by itself."""
    held: list[Trial] = []
    for trial in trials:
        if held and trial.home != held[0].home:
            yield tuple(held)
            held = []
        if trial.home is None:
            yield (trial,)
        else:
            held.append(trial)
    if held:
        yield tuple(held)
