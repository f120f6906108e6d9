"""Several audits and their comparison: download all at once, audit one by one, put side by side."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from undeclared import __version__
from undeclared.acquire import Acquired, Reference, acquire, default_cache, parse_reference
from undeclared.apart import Named, audit_apart
from undeclared.audit import AuditRequest, audit
from undeclared.catalogue import AgentProfile, agents, applicable, signals
from undeclared.experiment import Watch
from undeclared.judge import Column, compared
from undeclared.lab import require_isolation
from undeclared.model import (
    ComparisonReport,
    Incomplete,
    NotFound,
    Report,
    Unaudited,
    UndeclaredError,
    UsageError,
)

DOWNLOADS = 8
"""At the same time."""


def audit_several(
    names: Sequence[str], request: AuditRequest, watch: Watch, *, cluster: str | None = None
) -> ComparisonReport:
    """Audit agents one after the other, each as `request` says, and compare them.

    Without `names` all that the catalogue knows. Each audit uses all processors, so that one does
    not slow down another. With a `cluster`, as `cluster.run_many` takes it, several agents are
    audited at the same time, each by `request.jobs` processors of a worker. An agent that cannot
    be audited is said to be so, with the reason, and the others go on. A signal that was asked for
    and cannot be given to one agent is left out for that one. After a KeyboardInterrupt the
    comparison is of what is finished; the same request goes on from there.

    Raises UsageError and NotFound for names and signals that do not exist, before anything is
    downloaded, and LabUnavailable where no lab can run.
    """
    known = signals()
    for name in request.signals:
        if name not in known:
            raise UsageError(
                f"there is no signal {name!r}",
                means="nothing was audited",
                next_step="`undeclared signals` lists them; choose with --signals.",
            )
    references = [parse_reference(name) for name in dict.fromkeys(names or agents())]
    require_isolation()
    columns: dict[int, Column] = {}
    try:
        acquired = _downloaded(references, watch, columns)
        if cluster is not None:
            _spread(references, acquired, request, watch, cluster, columns)
        else:
            _in_turn(references, acquired, request, watch, columns)
    except KeyboardInterrupt:
        watch.say("interrupted: what is finished is kept, and the same command goes on from there")
    found = [columns.get(index) or _not_begun(own) for index, own in enumerate(references)]
    return compared(found, tool_version=__version__, made=datetime.now(UTC))


def comparison(files: Sequence[Path]) -> ComparisonReport:
    """Compare audits by the JSON reports that they made, in the order given.

    Raises NotFound for a file that cannot be read or holds no such report.
    """
    return side_by_side([_read(file) for file in files])


def side_by_side(reports: Sequence[Report]) -> ComparisonReport:
    """Compare audits that have been made; of one alone, a page of the same kind."""
    return compared(reports, tool_version=__version__, made=datetime.now(UTC))


def _downloaded(
    references: Sequence[Reference], watch: Watch, columns: dict[int, Column]
) -> dict[int, Acquired]:
    """Fetch all packages at the same time; of those that fail, `columns` says why."""
    cache = default_cache()
    found: dict[int, Acquired] = {}
    watch.advance("packages", 0, len(references))
    with ThreadPoolExecutor(min(DOWNLOADS, len(references))) as pool:
        waiting: dict[Future[Acquired], int] = {
            pool.submit(acquire, own, cache, Named(watch, own.profile.id).say): index
            for index, own in enumerate(references)
        }
        try:
            for count, future in enumerate(as_completed(waiting), 1):
                index = waiting[future]
                try:
                    found[index] = future.result()
                except UndeclaredError as error:
                    columns[index] = _unaudited(references[index].profile, error, watch)
                watch.advance("packages", count, len(references))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return dict(sorted(found.items()))


def _in_turn(
    references: Sequence[Reference],
    acquired: Mapping[int, Acquired],
    request: AuditRequest,
    watch: Watch,
    columns: dict[int, Column],
) -> None:
    """Audit one after the other, until one is interrupted."""
    for index, own in acquired.items():
        profile = references[index].profile
        watch.say(f"{profile.id} {own.version}: agent {index + 1} of {len(references)}")
        columns[index] = _audited(profile, own, request, Named(watch, profile.id))
        if _is_interrupted(columns[index]):
            break


def _spread(
    references: Sequence[Reference],
    acquired: Mapping[int, Acquired],
    request: AuditRequest,
    watch: Watch,
    cluster: str,
    columns: dict[int, Column],
) -> None:
    """Audit on the workers of a cluster, several at the same time."""
    from undeclared.cluster import run_many  # it takes a while to load, and few need it

    wanted: dict[str, int] = {}
    requests = []
    for index, own in acquired.items():
        profile = references[index].profile
        try:
            requests.append(_fitted(profile, own, request))
        except UndeclaredError as error:
            columns[index] = _unaudited(profile, error, watch)
        wanted[own.purl] = index
    ended = run_many(
        audit,
        requests,
        watch,
        cluster=cluster,
        processors=request.jobs or 1,
        label=lambda own: references[wanted[own.agent]].profile.id,
    )
    for asked, result in ended:
        index = wanted[asked.agent]
        if isinstance(result, UndeclaredError):
            failed = _unaudited(references[index].profile, result, watch)
            columns[index] = failed.model_copy(update={"version": acquired[index].version})
        else:
            columns[index] = result


def _audited(
    profile: AgentProfile, acquired: Acquired, request: AuditRequest, watch: Named
) -> Column:
    try:
        return audit_apart(_fitted(profile, acquired, request), watch)
    except UndeclaredError as error:
        found = _unaudited(profile, error, watch)
        return found.model_copy(update={"version": acquired.version})


def _fitted(profile: AgentProfile, acquired: Acquired, request: AuditRequest) -> AuditRequest:
    """The request for exactly this version, without the signals that it cannot be given."""
    known = signals()
    chosen = tuple(name for name in request.signals if applicable(profile, known[name]))
    if request.signals and not chosen:
        raise Incomplete(
            f"none of the signals asked for can be given to {profile.id}",
            means="it was not audited",
            next_step="Choose others with --signals; `undeclared signals` lists them.",
        )
    left_out = set(request.signals) - set(chosen)
    return request.model_copy(
        update={
            "agent": acquired.purl,
            "signals": chosen,
            "extra_levels": tuple(own for own in request.extra_levels if own[0] not in left_out),
            "sweeps": tuple(own for own in request.sweeps if own[0] not in left_out),
            "har": request.har / f"{profile.id}-{acquired.version}" if request.har else None,
        }
    )


def _unaudited(profile: AgentProfile, error: UndeclaredError, watch: Watch) -> Unaudited:
    watch.say(f"not audited: {error.what}")
    return Unaudited(agent=profile.id, problem=f"{error.what}. {error.next_step}")


def _not_begun(reference: Reference) -> Unaudited:
    return Unaudited(
        agent=reference.profile.id,
        problem="Interrupted before its audit began. The same command goes on from there.",
    )


def _is_interrupted(column: Column) -> bool:
    return isinstance(column, Report) and column.coverage.interrupted


def _read(file: Path) -> Report:
    try:
        return Report.model_validate_json(file.read_bytes())
    except OSError as error:
        what = f"{file} cannot be read ({error.strerror})"
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, wrong["loc"])) or "the file"
        what = f"{file} holds no report of an audit: {place}: {wrong['msg']}"
    raise NotFound(
        what,
        means="nothing was compared",
        next_step="Name files that `undeclared audit AGENT --format json --output FILE` wrote.",
    )
