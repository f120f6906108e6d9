"""What the reports for a person have in common."""

from collections.abc import Iterable
from io import StringIO

from rich.console import Console, RenderableType
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


def written(blocks: Iterable[RenderableType], *, width: int, colour: bool) -> str:
    """Blocks as text of at most `width` columns, one empty line between them.

    Nothing is taken for markup, and nothing depends on the terminal or the environment.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=max(width, NARROWEST),
        force_terminal=colour,
        color_system="standard" if colour else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    for block in blocks:
        console.print(block, crop=False)
        console.print()
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().split("\n")) + "\n"
