"""What an agent reads of the machine, by signal."""

from collections.abc import Iterable
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from undeclared.model import Read
from undeclared.report.escape import visible

_PLACE = 60
"""Characters told of a place in the code or of a process."""


def block(reads: Iterable[Read]) -> RenderableType:
    """A row for each signal, with the first way in which it is read; the others are counted."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True, min_width=10)
    grid.add_column(overflow="fold")
    for signal, found in groupby(reads, key=lambda read: read.signal):
        first, *others = found
        more = f", and {len(others)} other ways" if len(others) > 1 else ", and one other way"
        grid.add_row(
            f"  {signal}",
            Text.assemble(
                visible(first.how),
                (f" · {_place(first.evidence)}{more if others else ''}", "dim"),
            ),
        )
    return Group(Text("Reads: no finding by themselves", style="bold"), grid)


def _place(evidence: str) -> str:
    """The innermost place, in the middle of which the most is left out."""
    first = visible(evidence.split(" < ", 1)[0])
    half = _PLACE // 2
    return first if len(first) <= _PLACE else f"{first[:half]}…{first[-half:]}"
