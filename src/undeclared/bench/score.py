"""One report against one truth."""

from collections.abc import Sequence
from enum import StrEnum

from undeclared.bench.specimens import Specimen, matching
from undeclared.model import Finding, FindingKind, Frozen, Report, Signal

CLAIMS = (FindingKind.MARK, FindingKind.INFLUENCE)
"""Kinds of finding that claim that a fact of the machine changes what is sent."""
SAME = 1e-9


class Answer(StrEnum):
    """What an audit said of a specimen, next to what is true."""

    FOUND = "found"
    MISSED = "missed"
    CLEAR = "clear"
    """Nothing was claimed of a specimen of which nothing is to be claimed."""
    FALSE = "false"
    """Something was claimed of such a specimen."""
    INCOMPLETE = "incomplete"
    """The audit could not say: no answer."""


class Score(Frozen):
    """How one specimen was judged."""

    id: str
    family: str
    form: str
    variant: str
    label: str | None
    answer: Answer
    spurious: int = 0
    """Claims that are not in the truth: another signal, or a mark where there is none."""
    other_kind: bool = False
    """It was found, as an influence in place of a mark or the other way."""
    signals_exact: bool = False
    levels_exact: bool | None = None
    """The levels that trigger are those of the truth, as far as they were tried; None where they
    do so together with others in several ways (an exclusive or, a bit for each)."""
    channel_exact: bool = False
    locus_exact: bool = False
    bits_error: float | None = None
    """Claimed minus true; None where the truth gives no exact number."""
    claimed: str = ""
    """The claim that was compared, for a person."""
    runs: int = 0
    seconds: float = 0
    problems: tuple[str, ...] = ()


def score(specimen: Specimen, report: Report) -> Score:
    """Judge a report by the truth.

    A mark counts as found if a mark is claimed whose signals include all that trigger it; an
    influence, if an influence is claimed so, and no mark. Every claim that names another signal,
    or that says mark of what is none, is spurious.
    """
    truth = specimen.truth
    claims = [own for own in report.findings if own.kind in CLAIMS]
    wanted = set(truth.causes) if truth.causal else set()
    right = [own for own in claims if wanted and wanted <= _ids(own)]
    of_kind = [own for own in right if own.kind == truth.label]
    stray = [
        own
        for own in claims
        if not _ids(own) <= wanted or (own.kind is FindingKind.MARK and truth.label != "mark")
    ]
    base = Score(
        id=specimen.id,
        family=truth.family,
        form=truth.form,
        variant=truth.variant,
        label=truth.label,
        answer=Answer.CLEAR,
        spurious=len(stray),
        runs=report.coverage.runs.planned,
        seconds=report.seconds,
        problems=report.coverage.problems,
    )
    if not truth.causal:
        if stray:
            return base.model_copy(update={"answer": Answer.FALSE, "claimed": _told(stray[0])})
        return base if _exercised(report) else base.model_copy(
            update={"answer": Answer.INCOMPLETE}
        )  # fmt: skip
    marks = [own for own in right if own.kind is FindingKind.MARK]
    found = bool(of_kind) and (truth.label == "mark" or not marks)
    if not found:
        return base.model_copy(
            update={
                "answer": Answer.MISSED if _exercised(report) or right else Answer.INCOMPLETE,
                "other_kind": bool(right),
                "claimed": "; ".join(_told(own) for own in claims[:2]),
            }
        )
    best = max(of_kind, key=lambda own: _closeness(own, specimen, report.coverage.signals))
    signals, levels, channel, locus, _ = _closeness(best, specimen, report.coverage.signals)
    return base.model_copy(
        update={
            "answer": Answer.FOUND,
            "signals_exact": signals,
            "levels_exact": levels if truth.logic == "all" else None,
            "channel_exact": channel,
            "locus_exact": locus,
            "bits_error": None if truth.at_least else round(best.bits - truth.bits, 6),
            "claimed": _told(best),
        }
    )


def _ids(finding: Finding) -> set[str]:
    return {signal.id for signal in finding.signals}


def _exercised(report: Report) -> bool:
    """Whether enough was run that finding nothing means something."""
    return report.coverage.complete and report.coverage.runs.completed > 0


def _closeness(
    finding: Finding, specimen: Specimen, tried: Sequence[Signal]
) -> tuple[bool, bool, bool, bool, bool]:
    truth = specimen.truth
    by_id = {signal.id: signal for signal in tried}
    claimed = {signal.id: frozenset(signal.levels) for signal in finding.signals}
    levels = all(
        name in by_id and claimed.get(name) == matching(by_id[name], wanted, specimen.default_host)
        for name, wanted in truth.causes.items()
    )
    return (
        set(claimed) == set(truth.causes),
        levels,
        finding.channel == truth.channel,
        finding.locus.part == truth.locus.get("part", finding.locus.part),
        abs(finding.bits - truth.bits) < SAME,
    )


def _told(finding: Finding) -> str:
    return f"{finding.kind} {finding.channel} when {finding.condition} in {finding.locus}"
