"""By what a receiver can tell that two runs are of the same user or machine."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from undeclared.model import Change, Identifier
from undeclared.report.escape import ascii_only, visible

ROWS = 16
"""Lines; the rest is counted."""
HOSTS = 3
_SAID = {
    Change.RUNS: "another run",
    Change.REPOSITORIES: "another repository",
    Change.ACCOUNTS: "another key",
    Change.REINSTALLS: "a new home",
    Change.MACHINES: "another machine",
}


def block(tried: Sequence[Change], found: Sequence[Identifier]) -> RenderableType:
    """One line for each identifier, those that outlive most first."""
    heading = Text("What stays the same", style="bold")
    over = ", ".join(_SAID[own] for own in tried)
    if not found:
        return Group(heading, Text(f"  no identifier was seen that outlives any of: {over}"))
    grid = Table(box=box.SIMPLE_HEAD, border_style="dim", show_edge=False)
    for name in ("identifier", "comes from", "sent to", "outlives", "changes with"):
        grid.add_column(name, overflow="fold")
    for own in found[:ROWS]:
        hosts = ", ".join(ascii_only(host) for host in own.hosts[:HOSTS])
        more = len(own.hosts) - HOSTS
        grid.add_row(
            Text(visible(own.shown)),
            Text(visible(source(own))),
            Text(f"{hosts} and {more} more" if more > 0 else hosts),
            Text(_over(own, stays=True)),
            Text(_over(own, stays=False)),
        )
    said: list[RenderableType] = [heading, grid]
    if len(found) > ROWS:
        said.append(Text(f"  and {len(found) - ROWS} more; the JSON report has them all"))
    return Group(*said)


def source(own: Identifier) -> str:
    """Where an identifier comes from, in words."""
    if own.origin == "home":
        return f"kept in {own.source}"
    return own.source or "unknown"


def _over(own: Identifier, *, stays: bool) -> str:
    changes = [_SAID[each.change] for each in own.stays if each.stays is stays]
    return ", ".join(changes) or "-"
