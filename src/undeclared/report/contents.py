"""What was sent to whom, by kind of data."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from undeclared.model import AskedFor, Content, Sought
from undeclared.report.escape import ascii_only, visible

ROWS = 30
"""Lines; the rest is counted."""
NAMED = 4
"""Things named in a cell."""
_ASKED = {
    AskedFor.NOBODY: "no",
    AskedFor.PROMPT: "by the prompt",
    AskedFor.TOOL: "by the model",
}
_DECLARED = {True: "yes", False: "no: the vendor says it is not sent", None: "nothing said"}


def block(sought: Sequence[Sought], contents: Sequence[Content]) -> RenderableType:
    """One line for each host, category, and who asked for it; what nobody asked for comes first."""
    heading = Text("What was sent", style="bold")
    titles = ", ".join(own.title for own in sought)
    if not contents:
        return Group(heading, Text(f"  none was seen of: {titles}"))
    grid = Table(box=box.SIMPLE_HEAD, border_style="dim", show_edge=False)
    for name in ("to", "kind of data", "such as", "asked for"):
        grid.add_column(name, overflow="fold")
    grid.add_column("runs", justify="right")
    grid.add_column("declared", overflow="fold")
    ordered = sorted(contents, key=lambda own: (own.asked_for is not AskedFor.NOBODY, own.host))
    for own in ordered[:ROWS]:
        unasked = own.asked_for is AskedFor.NOBODY
        grid.add_row(
            Text(ascii_only(own.host)),
            Text(visible(own.title)),
            Text(_things(own.what)),
            Text(_ASKED[own.asked_for], style="yellow" if unasked else ""),
            f"{own.runs} of {own.of}",
            Text(_DECLARED[own.declared], style="red" if own.declared is False else ""),
        )
    seen = {own.category for own in contents}
    unseen = [own.title for own in sought if own.category not in seen]
    said: list[RenderableType] = [heading, grid]
    if len(ordered) > ROWS:
        said.append(Text(f"  and {len(ordered) - ROWS} more; the JSON report has them all"))
    if unseen:
        said.append(Text(f"  none was seen of: {', '.join(unseen)}"))
    return Group(*said)


def _things(what: Sequence[str]) -> str:
    named = ", ".join(visible(own) for own in what[:NAMED])
    more = len(what) - NAMED
    return f"{named} and {more} more" if more > 0 else named
