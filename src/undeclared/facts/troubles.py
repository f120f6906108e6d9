"""Why an agent did not do its task, as far as it shows: a log-in, a question, a terminal."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from undeclared.catalogue import Trouble
from undeclared.catalogue import troubles as known
from undeclared.model import HttpFlow, Outcome, Run

SAID = 40
"""Lines of each output, from the end."""
_LONGEST = 2000
_SHOWN = 120
_CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[\x00-\x08\x0b-\x1f]"
)


class Seen(NamedTuple):
    """A trouble, and the first sign of it."""

    trouble: Trouble
    sign: str
    """What was seen, as in `Trouble.signs`."""
    runs: int
    """Runs that showed it."""

    @property
    def said(self) -> str:
        """In a sentence: what it does, how that shows, what comes of it, and what avoids it."""
        form, _, what = self.sign.partition(":")
        if len(what) > _SHOWN:
            begin = max(0, (self.trouble.place(self.sign) or 0) - len(form) - 1 - _SHOWN // 3)
            before, after = "…" * bool(begin), "…" * (begin + _SHOWN < len(what))
            what = f"{before}{what[begin : begin + _SHOWN].strip()}{after}"
        shown = {
            "said": f"it said “{what}”",
            "ran": f"it started or looked for “{what}”",
            "asked": f"it asked {what}",
            "left": f"“{what}” was still there after its end",
        }[form]
        title = self.trouble.title
        return (
            f"{title[0].upper()}{title[1:]} ({shown}): {self.trouble.means}. In its profile:"
            f" {self.trouble.avoid}"
        )


def troubles(runs: Sequence[Run]) -> tuple[Seen, ...]:
    """What keeps the agent from running unattended, by what it did in these runs.

    Of runs that were completed, only what is worth telling even so.
    """
    found = []
    for trouble in known().values():
        own = [run for run in runs if trouble.even_so or run.outcome is not Outcome.COMPLETED]
        signs = [
            next((event for event in events(run) if trouble.shows(event)), None) for run in own
        ]
        shown = [sign for sign in signs if sign is not None]
        if shown:
            found.append(Seen(trouble, shown[0], len(shown)))
    return tuple(found)


def events(run: Run) -> Iterator[str]:
    """What an agent did in a run, each as a text that a sign may match."""
    for output in (run.stderr, run.stdout):
        for line in _CONTROL.sub("", output.decode(errors="replace")).splitlines()[-SAID:]:
            if line.strip():
                yield f"said:{line.strip()[:_LONGEST]}"
    for command in run.left_running:
        yield f"left:{command}"
    for flow in run.flows:
        if isinstance(flow, HttpFlow) and flow.step is None:
            path = flow.request.target.partition(b"?")[0].decode("latin-1")
            yield f"asked:{flow.request.method.decode('latin-1')} {flow.request.host}{path}"
    if run.trace is not None:
        for process in run.trace.processes:
            if process.command:
                program, *arguments = process.command
                yield "ran:" + " ".join([PurePosixPath(program).name, *arguments])
        for file in run.trace.files:
            if file.access == "execute":
                yield f"ran:{PurePosixPath(file.path).name}"
