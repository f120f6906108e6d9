"""How a run ended: the agent failed, its time was over, or we failed; never mixed."""

import logging

from undeclared.lab.process import Ended
from undeclared.model import Flow, HttpFlow, Outcome

_OF_NPM = ("npm error", "npm ERR!", "npm warn", "npm notice")


class Faults(logging.Handler):
    """Collects what the event loop and the interceptor report as errors of their own.

    They would go unseen otherwise, and a run in which they happened would look like the agent's.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message, with the exception if there is one."""
        error = record.exc_info[1] if record.exc_info else None
        said = record.getMessage().strip().partition("\n")[0]
        self.seen.append(f"{said}: {error!r}" if error else said)

    def raise_first(self) -> None:
        """Raise RuntimeError if anything was reported."""
        if self.seen:
            raise RuntimeError(self.seen[0])


def judge(
    ended: Ended, flows: tuple[Flow, ...], timeout: float, *, model: bool = True
) -> tuple[Outcome, str | None]:
    """How a run ended, and why in one line; the failures of agent, time and lab never mix.

    `model`: the run should have called the model; an installation does not.
    """
    if ended.timed_out:
        return Outcome.TIMED_OUT, f"still running after {timeout:g} s"
    if ended.excess:
        return Outcome.AGENT_FAILED, f"ended because it used {ended.excess}"
    if ended.status != 0:
        how = (
            f"exited with status {ended.status}"
            if ended.status is not None and ended.status > 0
            else f"ended by signal {-(ended.status or 0)}"
        )
        if ended.disk_full:
            how += ", with no room left for its files"
        said = _last_words(ended.stderr) or _last_words(ended.stdout)
        return Outcome.AGENT_FAILED, f"{how}: {said}" if said else how
    answered = any(isinstance(flow, HttpFlow) and flow.step and flow.response for flow in flows)
    if model and not answered:
        return Outcome.AGENT_FAILED, "never called the model"
    return Outcome.COMPLETED, None


def _last_words(output: bytes) -> str:
    """The last line that speaks of an error, else the last: runtimes say other things after it."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    # What npm says of a script that failed comes after what the script said.
    own = [line for line in lines if not line.startswith(_OF_NPM)]
    telling = [line for line in own if "error" in line.lower()]
    return (telling or own or lines or [""])[-1][:300]
