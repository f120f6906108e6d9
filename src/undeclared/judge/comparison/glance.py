"""The whole comparison in numbers."""

from collections.abc import Callable, Iterable, Sequence

from undeclared.judge.comparison.cells import Column, by_run, host, not_tried, row, seen, size
from undeclared.judge.comparison.contacts import beside, own_contacts
from undeclared.judge.comparison.contents import LASTING, telling, unasked
from undeclared.judge.comparison.findings import influential, of_kind
from undeclared.judge.comparison.inside import observed, searched
from undeclared.judge.comparison.optouts import hindrance
from undeclared.model import Cell, CellEntry, CellState, ComparisonSection, FindingKind, Report


def section(columns: Sequence[Column]) -> ComparisonSection:
    """Rows of numbers; what a number counts is told below it."""
    rows: dict[str, tuple[str, Callable[[Report], Cell]]] = {
        "marks": ("marks", by_run(_marks)),
        "ignored": ("opt-outs that do not hold", _ignored),
        "undeclared": ("hosts that the vendor does not declare", by_run(_undeclared)),
        "unasked": ("kinds of data sent unasked, not to the model", by_run(_unasked)),
        "planted": ("planted secrets sent unasked", by_run(_planted)),
        "lasting": ("identifiers that outlive a reinstall", by_run(_lasting)),
        "hosts": ("hosts besides the model's", by_run(_hosts)),
        "beside": ("other ends served by the model's host", _beside),
        "bytes": ("bytes to them, a run", by_run(_bytes)),
        "influential": ("facts of the machine that change what is sent", by_run(_influential)),
        "read": ("facts of the machine that are read", _read),
        "hidden": ("lists of constants hidden in the code", _hidden),
    }
    return ComparisonSection(
        id="glance",
        title="At a glance",
        about="“None seen” was looked for and not there; “not tried” was not looked for.",
        rows=tuple(row(name, title, columns, answer) for name, (title, answer) in rows.items()),
    )


def _number(names: Iterable[str], *, notable: bool = False) -> Cell:
    """How many there are, and which below it."""
    found = tuple(dict.fromkeys(names))
    entry = CellEntry(text=str(len(found)), details=found, notable=notable)
    return seen([entry] if found else [], amount=len(found))


def _marks(report: Report) -> Cell:
    return _number((own.title for own in of_kind(report, FindingKind.MARK)), notable=True)


def _ignored(report: Report) -> Cell:
    if (why := hindrance(report)) is not None:
        return not_tried(why)
    found = of_kind(report, FindingKind.OPT_OUT_IGNORED)
    return _number((own.title for own in found), notable=True)


def _undeclared(report: Report) -> Cell:
    own = own_contacts(report)
    if own and all(contact.declared is None for contact in own):
        return not_tried("nothing is known of what the vendor declares")
    return _number((host(one.host) for one in own if one.declared is False), notable=True)


def _unasked(report: Report) -> Cell:
    if not report.sought:
        return not_tried("contents were not searched")
    found = unasked(report)
    return _number((own.title for own in found), notable=any(not own.declared for own in found))


def _planted(report: Report) -> Cell:
    if not report.planted:
        return not_tried("none was planted")
    found = [own for own in report.canaries if not own.asked_for]
    return _number((f"{own.place}, to {host(own.host)}" for own in found), notable=True)


def _lasting(report: Report) -> Cell:
    if not set(LASTING) & set(report.identifiers_tried):
        return not_tried()
    found = [own for own in report.identifiers if any(own.over(change) for change in LASTING)]
    names = (f"{own.shown}, {own.source or 'of unknown origin'}" for own in found)
    return _number(names, notable=any(telling(own, report) for own in found))


def _hosts(report: Report) -> Cell:
    return _number(host(own.host) for own in own_contacts(report))


def _beside(report: Report) -> Cell:
    found = beside(report)
    if found.state is CellState.NOT_TRIED:
        return found
    return _number(own.text for own in found.entries)


def _bytes(report: Report) -> Cell:
    found = own_contacts(report)
    total = sum(own.bytes_out for own in found) / report.coverage.runs.completed
    details = (f"{host(own.host)}: {size(own.bytes_out)} in all runs" for own in found)
    entry = CellEntry(text=size(total), details=tuple(details))
    return seen([entry] if total else [], amount=round(total, 1))


def _influential(report: Report) -> Cell:
    return _number(influential(report))


def _read(report: Report) -> Cell:
    if not observed(report):
        return not_tried("not watched from its own side")
    return _number(own.signal for own in report.reads)


def _hidden(report: Report) -> Cell:
    if not searched(report):
        return not_tried("the code was not searched")
    told = (f"{len(own.entries):,} ({own.decoder}), {own.evidence}" for own in report.hidden)
    return _number(told, notable=True)
