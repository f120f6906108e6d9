"""What two versions of an agent do otherwise: find or make a report of each, and compare them.

Reports that are there already are compared at once: nothing that a laboratory needs is imported
for it.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from undeclared import __version__
from undeclared.diff.reports import is_report, read
from undeclared.judge.difference import difference
from undeclared.model import DifferenceReport, Frozen, Report, ScanReport, UsageError


class Watch(Protocol):
    """Is told how the work goes on."""

    def say(self, text: str) -> None:
        """Note the beginning of a stage."""

    def advance(self, stage: str, done: int, total: int) -> None:
        """Note that `done` of `total` steps of a stage are over."""


class DiffRequest(Frozen):
    """What to compare with what."""

    before: str
    """A report of an audit or a scan, or an agent as an audit takes it."""
    after: str
    """The same, of the version to compare with."""
    profile: Path | None = None
    """What is known of agents that the catalogue does not know."""
    scenario: str = "command"
    signals: tuple[str, ...] = ()
    """Facts to vary where an audit has to be made; none: those of the other report, or all."""
    jobs: int | None = None
    """Runs at the same time; None: one for each processor."""
    static: bool = False
    """Compare the code alone, without running anything."""
    fresh: bool = False
    """Make both reports anew."""


def diff(request: DiffRequest, watch: Watch) -> DifferenceReport:
    """Compare two reports, or two versions of an agent.

    Of an agent, the newest complete audit that is kept is taken; where there is none, it is audited
    now. Raises UsageError for what cannot be compared, and whatever an audit or a scan raises.
    """
    pair = _reports(request, watch)
    now = datetime.now(UTC)
    match pair:
        case (Report() as before, Report() as after):
            return difference(before, after, tool_version=__version__, made=now)
        case (ScanReport() as old, ScanReport() as new):
            return difference(old, new, tool_version=__version__, made=now)
    raise UsageError(
        "one of the two is the report of an audit and the other that of a scan",
        means="nothing was compared: neither says what the other does",
        next_step="Give two reports of the same kind, or two versions of an agent.",
    )


def _reports(request: DiffRequest, watch: Watch) -> tuple[Report | ScanReport, Report | ScanReport]:
    files = [is_report(own) for own in (request.before, request.after)]
    if all(files):
        return read(request.before), read(request.after)
    from undeclared.diff import versions  # only here is anything looked up, run or scanned

    if not any(files):
        return versions.pair(request, watch)
    given = read(request.before if files[0] else request.after)
    made = versions.like(request.after if files[0] else request.before, given, request, watch)
    return (given, made) if files[0] else (made, given)
