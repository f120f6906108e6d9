"""What the reports for a person have in common."""

from rich.table import Table

from undeclared.model import Severity

NARROWEST = 60
"""Columns below which a report is no longer readable."""

COLOURS = {
    Severity.LOW: "blue",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "red",
    Severity.CRITICAL: "bold red",
}


def facts(width: int = 10) -> Table:
    """An empty grid of names and what is to say of each; names have at least `width` columns."""
    grid = Table.grid(padding=(0, 2, 0, 0) if width else 0)
    grid.add_column(style="dim", no_wrap=True, min_width=width)
    grid.add_column(overflow="fold")
    return grid
