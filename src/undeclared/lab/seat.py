"""A place for one worker at a time: when the last one has ended, it is taken by a new one."""

from undeclared.lab.handle import WorkerDiedError, WorkerHandle, isolation
from undeclared.lab.protocol import Setup
from undeclared.model import Run, Trial


class Seat:
    """Holds one worker. `end` may be called from another thread while a trial is carried out."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._worker: WorkerHandle | None = None

    def start(self) -> WorkerHandle:
        """The worker; a new one if there is none or the last has ended."""
        if self._worker is None or self._worker.ended:
            self._worker = WorkerHandle(self._setup, isolation())
        return self._worker

    def wait_until_ready(self) -> WorkerHandle:
        """The worker, proven sealed; raises LabUnavailable if it is not."""
        worker = self.start()
        worker.wait_until_ready()
        return worker

    def carry_out(self, trial: Trial) -> Run:
        """Carry out one trial; raises WorkerDiedError if that was the end of the worker."""
        worker = self.wait_until_ready()
        try:
            return worker.carry_out(trial)
        except WorkerDiedError:
            worker.end()
            raise

    def end(self) -> None:
        """End the worker and all that runs in it."""
        if self._worker is not None:
            self._worker.end()
