"""Which of the planted secrets left, in which form, to whom."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from undeclared.model import CanaryFact
from undeclared.report.escape import ascii_only, visible

ROWS = 16
"""Lines; the rest is counted."""


def block(planted: Sequence[str], facts: Sequence[CanaryFact]) -> RenderableType:
    """What became of the planted secrets; those that nobody asked for come first."""
    heading = Text("Planted secrets", style="bold")
    places = f"{len(planted)} place{'' if len(planted) == 1 else 's'}"
    if not facts:
        return Group(heading, Text(f"  planted in {places}; none was found in what was sent"))
    left = len({fact.place for fact in facts})
    grid = Table(box=box.SIMPLE_HEAD, border_style="dim", show_edge=False)
    for name in ("planted in", "sent to", "form"):
        grid.add_column(name, overflow="fold")
    grid.add_column("runs", justify="right")
    grid.add_column("asked for")
    ordered = sorted(facts, key=lambda fact: (fact.asked_for, fact.place, fact.host, fact.form))
    for fact in ordered[:ROWS]:
        phase = " (install)" if fact.install else ""
        grid.add_row(
            Text(visible(fact.place)),
            Text(ascii_only(fact.host)),
            Text(visible(fact.form)),
            f"{fact.runs} of {fact.of}{phase}",
            Text("by a tool call") if fact.asked_for else Text("no", style="yellow"),
        )
    said: list[RenderableType] = [
        heading,
        Text(f"  planted in {places}; {left} of them found in what was sent"),
        grid,
    ]
    if len(ordered) > ROWS:
        said.append(Text(f"  and {len(ordered) - ROWS} more; the JSON report has them all"))
    return Group(*said)
