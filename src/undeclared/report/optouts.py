"""What the switches to opt out did to the traffic."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from undeclared.model import OptOutEffect, OptOutTried
from undeclared.report.escape import ascii_only, visible
from undeclared.report.layout import facts

PLACES = 24
"""Hosts and paths that are listed; the rest is counted."""
STILL, GONE, UNSAID = "x", "-", "(-)"
_LEGEND = (
    f"{STILL} still contacted, {GONE} no longer, {UNSAID} no longer though no document says so"
)


def block(tried: Sequence[OptOutTried]) -> RenderableType:
    """The sets of switches by number, and what was contacted with each."""
    title = Text("Opting out", style="bold")
    sets = facts(0)
    for number, own in enumerate(tried, 1):
        bad = own.documented and own.effect in (OptOutEffect.PART, OptOutEffect.NOTHING)
        said = f"{own.setting}; {own.note}" if own.note else own.setting
        line = Text(f"{visible(said)}: ").append(own.effect.value, style="red" if bad else "")
        sets.add_row(f"{number:>3} ", line.append(f", {own.runs} run{'s' * (own.runs != 1)}"))
    places = dict.fromkeys(place for own in tried for place in (*own.remains, *own.stopped))
    if not places:
        return Group(title, sets)
    grid = Table(box=box.SIMPLE_HEAD, border_style="dim", show_edge=False)
    grid.add_column("contacted", overflow="fold")
    for number, _ in enumerate(tried, 1):
        grid.add_column(f"{number}", justify="center", no_wrap=True)
    for place in sorted(places)[:PLACES]:
        grid.add_row(Text(ascii_only(place)), *(_cell(place, own) for own in tried))
    if len(places) > PLACES:
        grid.add_row(Text(f"and {len(places) - PLACES} more; the JSON report has them all"))
    return Group(title, sets, grid, Text(f" {_LEGEND}", style="dim"))


def _cell(place: str, own: OptOutTried) -> str:
    """Empty where it is contacted only now and then, or the agent does not work so."""
    if place in own.remains:
        return STILL
    if place in own.stopped:
        return UNSAID if place in own.unsaid else GONE
    return ""
