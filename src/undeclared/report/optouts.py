"""What the switches to opt out did to the traffic."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from undeclared.model import OptOutEffect, OptOutTried
from undeclared.report.escape import ascii_only, visible

HOSTS = 6
"""Hosts named in a cell; the rest is counted."""


def block(tried: Sequence[OptOutTried]) -> RenderableType:
    """One line for each set of switches, in the order given."""
    grid = Table(box=box.SIMPLE_HEAD, border_style="dim", show_edge=False)
    grid.add_column("set", overflow="fold")
    grid.add_column("runs", justify="right")
    grid.add_column("effect")
    for name in ("still contacted", "no longer contacted"):
        grid.add_column(name, overflow="fold")
    for own in tried:
        bad = own.documented and own.effect in (OptOutEffect.PART, OptOutEffect.NOTHING)
        said = f"{own.setting}; {own.note}" if own.note else own.setting
        grid.add_row(
            Text(visible(said)),
            f"{own.runs}",
            Text(own.effect.value, style="red" if bad else ""),
            Text(_hosts(own.remains)),
            Text(_hosts([f"{host} (not said)" if host in own.unsaid else host
                         for host in own.stopped])),
        )  # fmt: skip
    return Group(Text("Opting out", style="bold"), grid)


def _hosts(hosts: Sequence[str]) -> str:
    named = ", ".join(ascii_only(host) for host in hosts[:HOSTS])
    more = len(hosts) - HOSTS
    return f"{named} and {more} more" if more > 0 else named or "-"
