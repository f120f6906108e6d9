"""What a scan found that is no finding: summed up, the most telling first."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from undeclared.model import (
    CodeCondition,
    CodeFlow,
    Comparison,
    Component,
    Endpoint,
    ReadInCode,
    ScanReport,
)
from undeclared.report.escape import ascii_only, visible
from undeclared.report.layout import facts

FactT = TypeVar("FactT", CodeCondition, CodeFlow)

CONDITIONS = 3
"""Conditions told of each signal."""
VALUES = 400
"""Characters of one condition."""
WAYS = 3
"""Ways told of each signal."""
READS = 2
"""Ways of reading told of each signal."""
HOSTS = 40
COMPONENTS = 40


def blocks(report: ScanReport) -> Iterator[RenderableType]:
    """One block for each sort of which there is something."""
    if report.conditions:
        yield _conditions(report.conditions, report.flows)
    if report.flows:
        yield _flows(report.flows)
    if report.reads:
        yield _reads(report.reads)
    if report.endpoints:
        yield _endpoints(report.endpoints)
    if report.components:
        yield _components(report.components)


def _conditions(conditions: Sequence[CodeCondition], flows: Sequence[CodeFlow]) -> RenderableType:
    """By signal: those on hidden constants first, then those that something hangs on."""
    sinks: dict[str, list[str]] = {}
    for flow in flows:
        if flow.condition is not None:
            sinks.setdefault(flow.condition, []).append(flow.sink)

    def rank(own: CodeCondition) -> tuple[bool, bool, bool, int]:
        plain = own.test in (Comparison.PRESENT, Comparison.COMPARES)
        return own.hidden is None, own.id not in sinks, plain, -own.places

    grid = facts()
    silent = 0
    for signal, found in _by_signal(conditions):
        telling = [own for own in found if own.id in sinks or own.test is not Comparison.PRESENT]
        silent += len(found) - len(telling)
        lines: dict[str, int] = {}
        for own in sorted(telling, key=rank):
            ends = f" → {_sinks(sinks[own.id])}" if own.id in sinks else ""
            said = str(own).removeprefix(" or ".join(own.signals)).strip()
            kept = " (kept hidden)" if own.hidden else ""
            said = said if len(said) <= VALUES else f"{said[:VALUES]}…"
            line = f"{own.what} {said}{kept}{ends}"
            lines[line] = lines.get(line, 0) + own.places
        told = [
            f"{visible(line)}{f' · {number} places' if number > 1 else ''}"
            for line, number in list(lines.items())[:CONDITIONS]
        ]
        _rows(grid, signal, told, len(lines) - CONDITIONS)
    if silent:
        grid.add_row("  ", f"and {silent} more of whether something is set, with no such way")
    return Group(Text("Comparisons with constants: → what they decide", style="bold"), grid)


def _flows(flows: Sequence[CodeFlow]) -> RenderableType:
    grid = facts()
    for signal, found in _by_signal(flows):
        lines: dict[str, int] = {}
        for own in found:
            by = "decides what is in" if own.by == "choice" else "goes into"
            line = f"{own.what} {by}: {_sinks([own.sink])}"
            lines[line] = lines.get(line, 0) + own.places
        ordered = sorted(lines.items(), key=lambda own: -own[1])
        told = [
            f"{visible(line)} · {number} way{'' if number == 1 else 's'}"
            for line, number in ordered[:WAYS]
        ]
        _rows(grid, signal, told, len(ordered) - WAYS)
    return Group(Text("Ways from a read to what leaves", style="bold"), grid)


def _sinks(sinks: Iterable[str]) -> str:
    """Where it goes, in words; the places that are known first."""
    known = sorted(dict.fromkeys(sinks), key=lambda sink: sink == "other")
    return ", ".join("something else that leaves" if sink == "other" else sink for sink in known)


def _reads(reads: Sequence[ReadInCode]) -> RenderableType:
    grid = facts()
    for signal, found in groupby(reads, key=lambda read: read.signal):
        places: dict[str, int] = {}
        first: dict[str, ReadInCode] = {}
        for own in found:
            places[own.what] = places.get(own.what, 0) + own.places
            first.setdefault(own.what, own)
        ordered = sorted(places, key=lambda what: -places[what])
        told = [
            f"{visible(_shortened(what))} · {_place(first[what], places[what])}"
            for what in ordered[:READS]
        ]
        _rows(grid, signal, told, len(ordered) - READS)
    return Group(Text("Reads: no finding by themselves", style="bold"), grid)


def _endpoints(endpoints: Sequence[Endpoint]) -> RenderableType:
    """By host: hidden ones first, then those that are seen to be called."""
    hosts: dict[str, list[Endpoint]] = {}
    for own in endpoints:
        hosts.setdefault(own.host, []).append(own)
    ordered = sorted(
        hosts.items(),
        key=lambda own: (
            all(each.hidden is None for each in own[1]),
            not any(each.called for each in own[1]),
            -sum(each.places for each in own[1]),
            own[0],
        ),
    )
    called = [_host(host, found) for host, found in ordered if any(e.called for e in found)]
    hidden = [_host(host, found) for host, found in ordered if any(e.hidden for e in found)]
    others = [
        _host(host, found)
        for host, found in ordered
        if not any(each.called or each.hidden for each in found)
    ]
    grid = facts()
    for name, told in (("kept hidden", hidden), ("called", called), ("named", others)):
        if told:
            more = f" and {len(told) - HOSTS} more" if len(told) > HOSTS else ""
            grid.add_row(f"  {name}", Text(", ".join(told[:HOSTS]) + more))
    return Group(Text(f"Hosts in the code: {len(hosts)}", style="bold"), grid)


def _host(host: str, found: Sequence[Endpoint]) -> str:
    places = sum(own.places for own in found)
    return ascii_only(host) + (f" ({places})" if places > 1 else "")


def _components(components: Sequence[Component]) -> RenderableType:
    grid = facts()
    ordered = sorted(components, key=lambda own: (own.role, own.name))
    for role, found in groupby(ordered[:COMPONENTS], key=lambda own: own.role):
        named = ", ".join(f"{visible(own.name)} ({visible(own.region.path)})" for own in found)
        grid.add_row(f"  {visible(role)}", Text(named))
    if len(ordered) > COMPONENTS:
        grid.add_row("", f"and {len(ordered) - COMPONENTS} more")
    return Group(Text("Libraries that send", style="bold"), grid)


def _by_signal(found: Iterable[FactT]) -> list[tuple[str, list[FactT]]]:
    grouped: dict[str, list[FactT]] = {}
    for own in found:
        for signal in own.signals or (own.what,):
            grouped.setdefault(signal, []).append(own)
    return sorted(grouped.items())


def _rows(grid: Table, signal: str, told: Sequence[str], more: int) -> None:
    for index, line in enumerate(told):
        end = f"; and {more} more" if more > 0 and index == len(told) - 1 else ""
        grid.add_row("" if index else f"  {visible(signal)}", Text(line + end))


def _place(read: ReadInCode, places: int) -> str:
    more = f" and {places - 1} more" if places > 1 else ""
    return f"{visible(_shortened(read.region.path))}:{read.region.start}{more}"


def _shortened(text: str, most: int = 60) -> str:
    half = most // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"
