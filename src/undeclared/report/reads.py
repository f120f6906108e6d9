"""What an agent reads of the machine, by signal."""

from collections.abc import Iterable
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from undeclared.model import Read
from undeclared.report.escape import visible

WAYS = 2
"""Ways of reading told of each signal."""
_PLACE = 60
"""Characters told of a place in the code or of a process."""


def block(reads: Iterable[Read]) -> RenderableType:
    """A row for each way of reading a signal; the rest of them are counted."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True, min_width=10)
    grid.add_column(overflow="fold")
    for signal, found in groupby(reads, key=lambda read: read.signal):
        ways = list(found)
        for index, read in enumerate(ways[:WAYS]):
            name = "" if index else f"  {signal}"
            how = Text.assemble(visible(read.how), (f" · {_place(read.evidence)}", "dim"))
            grid.add_row(name, how)
        if len(ways) > WAYS:
            grid.add_row("", Text(f"and {len(ways) - WAYS} other ways", style="dim"))
    return Group(Text("Reads: no finding by themselves", style="bold"), grid)


def _place(evidence: str) -> str:
    """The innermost place, in the middle of which the most is left out."""
    first = visible(evidence.split(" < ", 1)[0])
    half = _PLACE // 2
    return first if len(first) <= _PLACE else f"{first[:half]}…{first[-half:]}"
