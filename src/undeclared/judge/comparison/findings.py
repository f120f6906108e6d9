"""Which facts of the machine changed what the agents sent: covertly, and openly."""

from collections.abc import Iterable, Sequence
from functools import partial

from undeclared.judge.comparison.cells import (
    Column,
    by_run,
    not_tried,
    number,
    place,
    ranked,
    reports,
    row,
    seen,
    some,
)
from undeclared.model import (
    Cell,
    CellEntry,
    ComparisonSection,
    Finding,
    FindingKind,
    Report,
    Severity,
)

VARIANTS = 6
"""Variants told of one finding."""


def marks(columns: Sequence[Column]) -> ComparisonSection:
    """A row for each set of signals that some agent's marks depend on, and one for all marks."""
    causes = dict.fromkeys(
        _cause(own) for report in reports(columns) for own in of_kind(report, FindingKind.MARK)
    )
    rows = ranked(
        row("+".join(cause), f"by {' and '.join(cause)}", columns,
            by_run(partial(_marks_by, cause)))
        for cause in causes
    )  # fmt: skip
    return ComparisonSection(
        id="marks",
        title="Marks",
        about="A fact of the machine changes bytes that look or mean the same to a person. Each "
        "was confirmed on fresh runs.",
        rows=rows or (row("any", "by any fact", columns, by_run(_marks)),),
    )


def influences(columns: Sequence[Column]) -> ComparisonSection:
    """A row for each signal that was varied for some agent."""
    signals = dict.fromkeys(
        own.id for report in reports(columns) for own in report.coverage.signals
    )
    return ComparisonSection(
        id="influences",
        title="What changes what is sent",
        about="Facts of the machine that were varied, and the differences that each makes in what "
        "is sent, marks included. Where two facts are needed, the difference stands with both.",
        rows=ranked(
            row(signal, signal, columns, by_run(partial(_influences_by, signal)))
            for signal in signals
        ),
    )


def of_kind(report: Report, *kinds: FindingKind) -> list[Finding]:
    """Findings of these kinds, the most severe first."""
    order = list(Severity)
    found = [own for own in report.findings if own.kind in kinds]
    return sorted(found, key=lambda own: (-order.index(own.severity), not own.covert, -own.bits))


def influential(report: Report) -> dict[str, None]:
    """The signals that changed what was sent."""
    found = of_kind(report, FindingKind.MARK, FindingKind.INFLUENCE)
    return dict.fromkeys(signal.id for own in found for signal in own.signals)


def _cause(finding: Finding) -> tuple[str, ...]:
    return tuple(sorted(signal.id for signal in finding.signals))


def _marks(report: Report) -> Cell:
    return seen(entry(own) for own in of_kind(report, FindingKind.MARK))


def _marks_by(cause: tuple[str, ...], report: Report) -> Cell:
    missing = [name for name in cause if not _varied(name, report)]
    if missing:
        return not_tried(f"{' and '.join(missing)} not varied")
    found = of_kind(report, FindingKind.MARK)
    return seen(entry(own) for own in found if _cause(own) == cause)


def _influences_by(signal: str, report: Report) -> Cell:
    if not _varied(signal, report):
        return not_tried("not varied")
    found = of_kind(report, FindingKind.MARK, FindingKind.INFLUENCE)
    return seen(
        entry(own, before="mark: " if own.covert else "")
        for own in found
        if signal in {cause.id for cause in own.signals}
    )


def _varied(signal: str, report: Report) -> bool:
    return any(own.id == signal and own.levels[1:] for own in report.coverage.signals)


def entry(finding: Finding, before: str = "") -> CellEntry:
    """A finding as one line, with where and when below it."""
    further = [
        number(len(finding.also_at), "further place") if finding.also_at else "",
        number(len(finding.consequences), "further difference") if finding.consequences else "",
    ]
    more = [f"and {', '.join(filter(None, further))}"] if any(further) else []
    return CellEntry(
        text=f"{before}{finding.title}",
        notable=finding.covert or finding.severity is not Severity.LOW,
        details=(
            *((f"when {finding.condition}",) if finding.condition else ()),
            f"where: {place(finding.locus)}",
            *more,
            *_variants(finding),
            *_sure(finding),
        ),
    )


def _variants(finding: Finding) -> Iterable[str]:
    """What was seen and how often; of a mark by code points, since they look alike."""
    for own in finding.variants[:VARIANTS]:
        points = " ".join(own.codepoints[:8]) + (" …" if own.codepoints[8:] else "")
        shown = "nothing" if own.absent else f"“{_short(own.changed)}”"
        when = "; ".join(f"{one.id} {some(one.levels, 3)}" for one in own.conditions)
        code = f" ({points})" if finding.covert and points else ""
        yield f"{shown}{code} in {own.seen} of {own.of} runs" + (f" with {when}" if when else "")
    if finding.variants[VARIANTS:]:
        yield f"and {number(len(finding.variants) - VARIANTS, 'further variant')}"


def _sure(finding: Finding) -> Iterable[str]:
    if finding.bits:
        yield f"at least {finding.bits:.3g} bits"
    if finding.p_value is not None:
        yield f"chance of seeing this without an influence: at most {finding.p_value:.2g}"
    if finding.covert_because:
        yield f"covert by this rule: {finding.covert_because}"


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
