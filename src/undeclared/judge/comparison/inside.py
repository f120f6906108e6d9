"""What the agents read of the machine, and what their code hides and compares."""

from collections.abc import Callable, Sequence
from functools import partial

from undeclared.judge.comparison.cells import (
    Column,
    not_tried,
    number,
    ranked,
    reports,
    row,
    seen,
    some,
)
from undeclared.judge.comparison.findings import of_kind
from undeclared.model import (
    Cell,
    CellEntry,
    ComparisonSection,
    ConditionStatus,
    FindingKind,
    Observer,
    Report,
    Severity,
)

WAYS = 6
"""Ways of reading one signal that are told."""
CONDITIONS = 12
"""Comparisons of one status that are told; the rest is counted."""
_CODE = "the code was not searched"


def reads(columns: Sequence[Column]) -> ComparisonSection:
    """A row for each signal that some agent reads, or that was varied."""
    signals = dict.fromkeys(
        name
        for report in reports(columns)
        for name in (
            *(own.signal for own in report.reads), *(own.id for own in report.coverage.signals)
        )
    )  # fmt: skip
    return ComparisonSection(
        id="reads",
        title="Reads of the machine",
        about="Facts that the program itself reads, as its runtime and the system saw it. To read "
        "one is no finding by itself; what changes with it is above.",
        rows=ranked(row(name, name, columns, partial(_read, name)) for name in signals),
    )


def observed(report: Report) -> bool:
    """Whether the agent was watched from its own side."""
    return bool(report.coverage.observed or report.reads)


def _read(signal: str, report: Report) -> Cell:
    if not observed(report):
        return not_tried("not watched from its own side")
    ways = [own for own in report.reads if own.signal == signal]
    watched = report.coverage.observed
    alone = bool(watched) and Observer.HOOKS not in watched
    more = [CellEntry(text=f"and {number(len(ways) - WAYS, 'other way')}")] if ways[WAYS:] else []
    return seen(
        [*(CellEntry(text=own.how, details=(own.evidence,)) for own in ways[:WAYS]), *more],
        why="by the tracer alone, which sees no variables and calls" if alone else "",
    )


def code(columns: Sequence[Column]) -> ComparisonSection:
    """Hidden constants, and comparisons by what the runs say of them."""

    def compared(status: ConditionStatus) -> Callable[[Report], Cell]:
        return partial(_compared, status)

    return ComparisonSection(
        id="code",
        title="In the code",
        about="What the program keeps in a form that no search for its text finds, and what it "
        "compares with facts of the machine.",
        rows=(
            row("hidden", "hidden constants", columns, _hidden),
            row("chooses", "comparisons with what is hidden, or that choose what is sent", columns,
                _choosing),
            row("confirmed", "comparisons that runs confirm", columns,
                compared(ConditionStatus.CONFIRMED)),
            row("contradicted", "comparisons that change nothing that is sent", columns,
                compared(ConditionStatus.CONTRADICTED)),
            row("not-exercised", "comparisons of which runs say nothing", columns,
                compared(ConditionStatus.NOT_EXERCISED)),
        ),
    )  # fmt: skip


def searched(report: Report) -> bool:
    """Whether the code was searched."""
    return bool(report.coverage.scanned or report.hidden or report.conditions)


def _hidden(report: Report) -> Cell:
    if not searched(report):
        return not_tried(_CODE)
    return seen(
        (
            CellEntry(
                text=f"{number(len(own.entries), 'constant')} ({own.decoder}): {some(own.entries)}",
                notable=True,
                details=(own.evidence, f"all of it: {', '.join(own.entries)}"),
            )
            for own in sorted(report.hidden, key=lambda own: -len(own.entries))
        ),
        amount=len(report.hidden),
    )


def _choosing(report: Report) -> Cell:
    if not searched(report):
        return not_tried(_CODE)
    found = of_kind(report, FindingKind.CONDITION)
    return seen(
        (
            CellEntry(
                text=own.condition,
                notable=own.severity is not Severity.LOW,
                details=(own.title, str(own.locus)),
            )
            for own in found
        ),
        amount=len(found),
    )


def _compared(status: ConditionStatus, report: Report) -> Cell:
    if not searched(report):
        return not_tried(_CODE)
    found = [own for own in report.conditions if own.status is status]
    rest = len(found) - CONDITIONS
    more = [CellEntry(text=f"and {number(rest, 'other')}")] if rest > 0 else []
    return seen(
        [
            *(
                CellEntry(
                    text=own.says,
                    details=(
                        own.evidence,
                        *((f"tried: {some(own.levels, 8)}",) if own.levels else ()),
                    ),
                )
                for own in found[:CONDITIONS]
            ),
            *more,
        ],
        amount=len(found),
    )
