"""Audits each specimen, keeps each result, and adds them up."""

import contextlib
import hashlib
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

from pydantic import Field, ValidationError

import undeclared
from undeclared import __version__
from undeclared.audit import AuditRequest, audit
from undeclared.bench import baselines
from undeclared.bench.baselines import BASELINES, Claim
from undeclared.bench.score import Answer, Score, score
from undeclared.bench.specimens import Specimen, load, sample
from undeclared.bench.summary import BaselineFigures, Summary, by, figures, wilson
from undeclared.catalogue import signals
from undeclared.lab import require_isolation
from undeclared.model import Frozen, Incomplete, NotFound, UndeclaredError, UsageError
from undeclared.store import kept_runs, state_folder

DEFAULT_SIGNALS = (
    "timezone", "base-url-host", "locale", "hostname", "username", "ci", "terminal", "git-email",
)  # fmt: skip
"""Signals that the conditions of specimens are made of; every specimen is given all of them."""


class Watch(Protocol):
    """Is told how the work goes on."""

    def say(self, text: str) -> None:
        """Note something."""

    def advance(self, stage: str, done: int, total: int) -> None:
        """Note that `done` of `total` are over."""


class BenchRequest(Frozen):
    """What to measure."""

    specimens: Path = Path("specimens")
    sample: int | None = Field(default=None, ge=1)
    """At most so many, over all families; None: all."""
    families: tuple[str, ...] = ()
    """Families or letters of families; none: all."""
    signals: tuple[str, ...] = DEFAULT_SIGNALS
    baselines: tuple[str, ...] = tuple(BASELINES)
    jobs: int | None = None
    """Specimens at the same time; None: one for each processor."""
    seed: int = 0
    fresh: bool = False
    """Use no result of an earlier benchmark."""


class Result(Frozen):
    """What is kept of one specimen."""

    score: Score
    claims: dict[str, Claim]
    final: bool = True
    """Asking again would lead to the same; False if it was interrupted, or the lab failed."""


def bench(request: BenchRequest, watch: Watch) -> Summary:
    """Audit specimens and score the audits.

    Raises UsageError, NotFound, LabUnavailable. Ctrl-C leads to a summary of what is there, which
    is not complete; the same request goes on where it was.
    """
    _check(request)
    chosen = _chosen(request, watch)
    place = _state() / "results"
    place.mkdir(parents=True, exist_ok=True)
    files = {own.id: place / f"{_key(own, request)}.json" for own in chosen}
    kept: dict[str, Result] = {}
    if not request.fresh:
        kept = {name: found for name, file in files.items() if (found := _kept(file))}
    waiting = [own for own in chosen if own.id not in kept]
    known = f", {len(kept)} known" if kept else ""
    watch.say(f"{len(chosen)} specimens{known}; signals varied: {', '.join(request.signals)}")
    watch.advance("specimens", len(kept), len(chosen))
    for name, result in _audited(waiting, request, watch):
        if result.final:
            _keep(files[name], result)
        kept[name] = result
        watch.advance("specimens", len(kept), len(chosen))
    return _summary(request, chosen, kept)


def _check(request: BenchRequest) -> None:
    known = signals()
    for name in request.signals:
        if name not in known:
            raise UsageError(
                f"there is no signal {name!r}",
                means="nothing was measured",
                next_step="`undeclared signals` lists them.",
            )
    for name in request.baselines:
        if name not in BASELINES:
            raise UsageError(
                f"there is no baseline {name!r}",
                means="nothing was measured",
                next_step=f"Known: {', '.join(BASELINES)}.",
            )


def _chosen(request: BenchRequest, watch: Watch) -> tuple[Specimen, ...]:
    everything = load(request.specimens)
    found = tuple(own for own in everything if set(own.truth.causes) <= set(request.signals))
    if len(found) < len(everything):
        left = len(everything) - len(found)
        watch.say(f"left out, since they depend on signals that are not varied: {left} specimens")
    if request.families:
        wanted = request.families
        found = tuple(
            own for own in found if own.truth.family in wanted or own.truth.family[0] in wanted
        )
        if not found:
            raise NotFound(
                f"no specimen is of the family {', '.join(wanted)}",
                means="nothing was measured",
                next_step="Families are described in docs/benchmark.md: B1, or B for all of them.",
            )
    return found if request.sample is None else sample(found, request.sample, request.seed)


def _state() -> Path:
    """A folder of its own, so that no audit of the user makes room for one of a specimen."""
    return state_folder() / "bench"


_SHOWING = ("table.py", "summary.py")
"""Files that no result depends on."""


@cache
def _ourselves() -> str:
    """Digest of this tool: a result of another state of it says nothing of this one."""
    root = Path(undeclared.__file__).parent
    whole = hashlib.sha256()
    for file in sorted(root.rglob("*")):
        if file.suffix in (".py", ".yaml", ".cjs", ".js") and file.name not in _SHOWING:
            whole.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return whole.hexdigest()


def _key(specimen: Specimen, request: BenchRequest) -> str:
    parts = [_ourselves(), specimen.digest(), specimen.truth.model_dump_json(),
             *request.signals, "|", *request.baselines, str(request.seed)]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _kept(file: Path) -> Result | None:
    try:
        return Result.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _keep(file: Path, result: Result) -> None:
    try:
        passing = file.with_suffix(".new")
        passing.write_text(result.model_dump_json(), encoding="utf-8")
        passing.replace(file)
    except OSError as error:
        raise Incomplete(
            f"the folder for results {file.parent} cannot be written ({error.strerror})",
            means="the results so far are kept; the benchmark was not finished",
            next_step="Make room there, or name another folder in UNDECLARED_STATE.",
        ) from error


def _audited(
    specimens: Sequence[Specimen], request: BenchRequest, watch: Watch
) -> Iterator[tuple[str, Result]]:
    """Results as they come; a KeyboardInterrupt ends them, and what is running is given up."""
    if not specimens:
        return
    require_isolation()
    jobs = request.jobs or os.cpu_count() or 1
    pool = ProcessPoolExecutor(
        min(jobs, len(specimens)), get_context("spawn"), _prepare, (str(_state()),)
    )
    futures: dict[Future[Result], Specimen] = {}
    waiting = list(reversed(specimens))
    try:
        while waiting or futures:
            while waiting and len(futures) < jobs:
                own = waiting.pop()
                futures[pool.submit(measure, own, request)] = own
            done, _ = wait(futures, return_when=FIRST_COMPLETED)
            for future in done:
                yield futures.pop(future).id, future.result()
    except KeyboardInterrupt:
        watch.say("interrupted; what is known is kept")
        _interrupt(pool)
    except BrokenProcessPool as error:
        raise Incomplete(
            "a process of the benchmark was ended from outside",
            means="the results so far are kept; the benchmark was not finished",
            next_step="Make sure that memory is enough (--jobs 1), and ask for it again.",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _interrupt(pool: ProcessPoolExecutor) -> None:
    """Ctrl-C reaches all processes of a terminal; a signal sent to us alone must be passed on."""
    for pid in list(pool._processes):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)


def _prepare(state: str) -> None:
    """Of each process of the pool: audits go to the benchmark's own store."""
    os.environ["UNDECLARED_STATE"] = state
    os.environ.pop("UNDECLARED_STORE", None)
    # A shell starts what goes on in the background with the signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class _Silent:
    def say(self, text: str) -> None:
        """Nobody is watching a single audit."""

    def advance(self, stage: str, done: int, total: int) -> None:
        """Nobody is watching a single audit."""


def measure(specimen: Specimen, request: BenchRequest) -> Result:
    """Audit one specimen as an agent nobody knows, then score the audit."""
    asked = AuditRequest(
        agent=str(specimen.folder),
        profile=specimen.description,
        signals=request.signals,
        jobs=1,
        seed=request.seed,
        install=False,
        observe=False,
        fresh=request.fresh,
    )
    try:
        report = audit(asked, _Silent())
    except UndeclaredError as error:
        truth = specimen.truth
        failed = Score(
            id=specimen.id, family=truth.family, form=truth.form, variant=truth.variant,
            label=truth.label, answer=Answer.INCOMPLETE, problems=(str(error),),
        )  # fmt: skip
        return Result(score=failed, claims={}, final=False)
    runs = kept_runs(report.evidence_folder)
    own = baselines.material(runs, report.coverage.signals, specimen.folder)
    claims = {name: BASELINES[name][1](own, signals()) for name in request.baselines}
    counts = report.coverage.runs
    over = counts.completed + counts.agent_failed + counts.timed_out
    return Result(score=score(specimen, report), claims=claims, final=over == counts.planned)


def _summary(request: BenchRequest, chosen: Sequence[Specimen], kept: dict[str, Result]) -> Summary:
    truths = {own.id: own.truth for own in chosen}
    scores = [kept[name].score for name in sorted(kept)]
    compared = []
    for name in request.baselines:
        counts = {"tp": 0, "fp": 0, "tn": 0, "fn": 0}
        for own in sorted(kept):
            claim, truth = kept[own].claims.get(name), truths[own]
            if claim is None:
                continue
            named = claim.signals is None or set(truth.causes) <= set(claim.signals)
            if truth.causal:
                counts["tp" if claim.flagged and named else "fn"] += 1
            else:
                counts["fp" if claim.flagged else "tn"] += 1
        compared.append(
            BaselineFigures(
                name=name,
                says=BASELINES[name][0],
                true_positives=counts["tp"],
                false_positives=counts["fp"],
                true_negatives=counts["tn"],
                false_negatives=counts["fn"],
                precision=wilson(counts["tp"], counts["tp"] + counts["fp"]),
                recall=wilson(counts["tp"], counts["tp"] + counts["fn"]),
            )
        )
    open_ones = [own for own in chosen if own.id not in kept or not kept[own.id].final]
    return Summary(
        tool_version=__version__,
        signals=request.signals,
        complete=not open_ones,
        total=figures(scores),
        families={name: figures(own) for name, own in by(scores, "family").items()},
        variants={name: figures(own) for name, own in by(scores, "variant").items()},
        groups={name: figures(own) for name, own in by(scores, "group").items()},
        reaches={name: figures(own) for name, own in by(scores, "reach").items()},
        baselines=tuple(compared),
        scores=tuple(scores),
    )
