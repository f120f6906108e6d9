"""The comparison as one HTML file, which loads nothing and runs nothing."""

from undeclared.model import ComparisonReport
from undeclared.report.comparison.shown import cut, headline, parted, told, unseen
from undeclared.report.page import page

ENTRIES = 3
"""Things of a cell that are not folded."""
FEW = 4
"""Columns up to which each can be wide."""


def render(report: ComparisonReport) -> str:
    """The whole page."""
    names = [own.name for own in report.agents]
    title = f"What {names[0]} sends" if len(names) == 1 else f"What {len(names)} agents send"
    return page(
        __package__,
        report=report,
        title=title,
        headline=headline(report),
        entries=ENTRIES,
        few=FEW,
        cut=cut,
        told=told,
        unseen=unseen,
        parted=parted,
    )
