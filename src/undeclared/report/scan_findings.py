"""How findings in code look: what is hidden or chooses in full, the rest in two lines."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from undeclared.model import CodeCondition, CodeFlow, Finding, FindingKind, Region, ScanReport
from undeclared.model.finding import Severity
from undeclared.report.escape import visible
from undeclared.report.layout import COLOURS, facts

FULL = 8
"""Findings told in full; the rest in short."""
SHORT = 12
"""Those told in short; the rest is counted."""
ENTRIES = 24
"""Hidden constants told of each kind."""
MAX_LINES = 12
"""Lines of code told of a finding …"""
ENCODED = 2
"""… and of hidden constants."""
WAYS = 3
"""Ways told of a condition."""
_IN_FULL = {Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL}


def blocks(report: ScanReport) -> Iterator[RenderableType]:
    """Everything about the findings, one block each."""
    full = [own for own in report.findings if own.severity in _IN_FULL][:FULL]
    rest = [own for own in report.findings if own not in full]
    for finding in full:
        yield _full(finding, report)
    if rest:
        yield _short(rest)


def _full(finding: Finding, report: ScanReport) -> RenderableType:
    title = Text.assemble(
        (f"{finding.severity.value.upper()} {finding.kind.value}", COLOURS[finding.severity]),
        ("  ", ""),
        (visible(finding.title), "bold"),
    )
    grid = facts(8)
    if finding.kind is FindingKind.HIDDEN_CONSTANTS:
        _tell_hidden(grid, finding, report)
    else:
        _tell_condition(grid, finding, report)
    if finding.declared is not None:
        grid.add_row("declared", "yes" if finding.declared else "no")
    grid.add_row("where", Text(where(finding.regions, _places(finding, report))))
    region = finding.regions[0]
    tail = facts(8)
    tail.add_row("sure", f"confidence {finding.confidence.value}; no run has confirmed it")
    tail.add_row("id", Text(finding.id))
    # Of an encoded form, a glance is enough: what it decodes to stands above.
    most = ENCODED if finding.kind is FindingKind.HIDDEN_CONSTANTS else MAX_LINES
    return Group(
        title, Padding(grid, (0, 0, 0, 2)), *_excerpt(region, most), Padding(tail, (0, 0, 0, 2))
    )


def _tell_hidden(grid: Table, finding: Finding, report: ScanReport) -> None:
    for hidden in report.hidden:
        if hidden.id in finding.about:
            looks = ", ".join(hidden.looks) or "nothing known"
            grid.add_row("decoded", Text(visible(hidden.decoder)))
            grid.add_row("looks", Text(visible(f"{looks}; score {hidden.score:.2f}")))
            named = visible(", ".join(hidden.entries[:ENTRIES]))
            more = len(hidden.entries) - ENTRIES
            grid.add_row("entries", Text(named + (f" and {more} more" if more > 0 else "")))


def _tell_condition(grid: Table, finding: Finding, report: ScanReport) -> None:
    for condition in report.conditions:
        if condition.id in finding.about:
            grid.add_row("when", Text(visible(str(condition))))
            grid.add_row("reads", Text(visible(_taken(condition))))
    ways = [flow for flow in report.flows if flow.id in finding.about]
    for index, flow in enumerate(ways[:WAYS]):
        grid.add_row("" if index else "leads to", Text(visible(way(flow))))
    if len(ways) > WAYS:
        grid.add_row("", f"and {len(ways) - WAYS} further ways")


def _taken(condition: CodeCondition) -> str:
    """What is read, and what is done to it before it is compared."""
    return " → ".join((condition.what, *condition.via))


def way(flow: CodeFlow) -> str:
    """A way in one line."""
    by = "by choice" if flow.by == "choice" else "its value"
    steps = " → ".join(
        said + (f" ({times}×)" if (times := len(list(same))) > 1 else "")
        for said, same in groupby(step.says for step in flow.steps)
    )
    sink = "something that leaves" if flow.sink == "other" else flow.sink
    return f"{sink} ({by}): {steps}"


def where(regions: Sequence[Region], places: int) -> str:
    """The first place, and how many more there are."""
    region = regions[0]
    more = f", and {places - 1} more" if places > 1 else ""
    return f"{visible(region.path)} bytes {region.start}-{region.end}{more}"


def _places(finding: Finding, report: ScanReport) -> int:
    known = {own.id: own.places for own in report.hidden}
    known |= {own.id: own.places for own in report.conditions}
    return known.get(finding.about[0], len(finding.regions)) if finding.about else 1


def _excerpt(region: Region, most: int) -> Iterator[RenderableType]:
    if region.excerpt:
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        lines = region.excerpt.splitlines()
        for line in lines[:most]:
            grid.add_row("│", Text(visible(line)))
        if len(lines) > most:
            grid.add_row("│", "…")
        yield Padding(grid, (0, 0, 0, 12))


def _short(findings: Sequence[Finding]) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for finding in findings[:SHORT]:
        said = [visible(finding.condition)] if finding.condition else []
        said.append(where(finding.regions, len(finding.regions)))
        grid.add_row(
            Text(f"  {finding.severity.value}", style=COLOURS[finding.severity]),
            Text.assemble(visible(finding.title), "\n", ("; ".join(said), "dim")),
        )
    if len(findings) > SHORT:
        grid.add_row("", f"and {len(findings) - SHORT} more; the JSON report has them all")
    return Group(Text("Other findings", style="bold"), grid)
