"""The difference as one HTML file, which loads nothing and runs nothing."""

from collections.abc import Sequence

from undeclared.model import DifferenceEntry, DifferenceReport
from undeclared.report.comparison.shown import cut
from undeclared.report.difference.shown import (
    alike,
    limits,
    lines,
    parted,
    small,
    sure,
    told,
    unsure,
)
from undeclared.report.page import page


def render(report: DifferenceReport) -> str:
    """The whole page."""
    name = report.after.agent or report.after.artifact.name
    return page(
        __package__,
        report=report,
        title=f"What {name} does differently",
        alike=alike,
        cut=cut,
        doubtful=_doubtful,
        limits=limits,
        lines=lines,
        parted=parted,
        small=small,
        sure=sure,
        told=told,
        unsure=unsure,
    )


def _doubtful(entries: Sequence[DifferenceEntry]) -> list[DifferenceEntry]:
    certain = sure(entries)
    return [own for own in entries if own not in certain]
