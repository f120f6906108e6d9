"""Since which version, until which: a few versions looked into, the exact ends by bisection."""

import time
from datetime import UTC, datetime
from pathlib import Path

from packageurl import PackageURL
from pydantic import Field

from undeclared import __version__
from undeclared.acquire import Reference, parse_reference, releases
from undeclared.catalogue import profile_from_file
from undeclared.experiment import Watch
from undeclared.judge.timeline import bars, differences
from undeclared.lab import require_isolation
from undeclared.model import Frozen, Release, TimelineReport, UsageError
from undeclared.timeline.choosing import Range, chosen
from undeclared.timeline.searching import Search
from undeclared.timeline.watching import last_seen, note_seen


class TimelineRequest(Frozen):
    """Which versions of which agent, and how thoroughly."""

    agent: str
    """As of AuditRequest, without a version."""
    profile: Path | None = None
    scenario: str = "command"
    range: Range = Range()
    every: bool = False
    """Look into every version, in both ways."""
    signals: tuple[str, ...] = ()
    """Signals that the audits vary; none: those that the code compares, or the default ones."""
    probes: int = Field(default=24, ge=2)
    """Versions that are looked into at most, in each way."""
    new: bool = False
    """Only what has appeared since the last time."""
    fresh: bool = False
    """Take no probe from the store."""
    cluster: str | None = None
    """Address of a Dask scheduler whose workers do the work; None: processes of this machine."""


def timeline(request: TimelineRequest, watch: Watch) -> TimelineReport:
    """Find since which version, and until which, an agent has what it has.

    Every probe is kept, so that an interrupted timeline goes on where it was. Raises UsageError,
    NotFound, Incomplete and LabUnavailable when nothing could be looked into; what went wrong later
    is in the report.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    given = profile_from_file(request.profile) if request.profile else None
    reference = parse_reference(request.agent, profile=given)
    if reference.version is not None:
        raise UsageError(
            f"{request.agent!r} names one version, and a timeline is about many",
            means="nothing was done",
            next_step=f"Leave it out, and choose with --from {reference.version} and --to.",
        )
    if request.cluster is None:
        require_isolation()
    watch.say(f"asking the registry for all versions of {reference.name}")
    every = releases(reference, started)
    before = last_seen(reference, request.scenario, request.signals) if request.new else None
    found, left_out = chosen(every, _since(request, every, before))
    if request.every and len(found) > request.probes:
        raise UsageError(
            f"there are {len(found)} versions in this range, and --probes allows {request.probes}",
            means="nothing was done",
            next_step=f"Choose a shorter range, or give --probes {len(found)}.",
        )
    search = Search(reference, request, found, watch)
    search.carry_out(every=request.every or request.new)
    probes = search.probes()
    complete = not search.problems and not search.interrupted
    if request.new:
        note_seen(reference, request.scenario, request.signals, _newest(search, before))
    return TimelineReport(
        tool_version=__version__,
        agent=reference.profile.id,
        package=_package(reference),
        started=started,
        seconds=round(time.monotonic() - began, 3),
        scenario=request.scenario,
        signals=next((own.varied for own in probes if own.varied), ()),
        compared=search.compared,
        releases=found,
        left_out=left_out,
        probes=probes,
        bars=bars(found, probes),
        news=differences(found, probes) if before else (),
        watch=request.new,
        watched_from=before or "",
        odd=tuple(own.odd for own in found if own.odd),
        problems=tuple(search.problems),
        downloaded=sum(own.downloaded for own in probes),
        interrupted=search.interrupted,
        complete=complete,
    )


def _since(request: TimelineRequest, every: tuple[Release, ...], before: str | None) -> Range:
    """The range that was asked for; of a watch, from the last version on that was seen."""
    if not request.new:
        return request.range
    stable = [own for own in every if not own.withdrawn]
    wanted = [own for own in stable if request.range.prereleases or not own.prerelease] or stable
    known = {own.version for own in every}
    first = before if before in known else wanted[-1].version
    return request.range.model_copy(update={"first": first})


def _newest(search: Search, before: str | None) -> str | None:
    """The newest version that was looked into in both ways; the watch goes on from there."""
    return search.newest() or before


def _package(reference: Reference) -> str:
    namespace, _, plain = reference.name.rpartition("/")
    return PackageURL(reference.registry, namespace or None, plain).to_string()
