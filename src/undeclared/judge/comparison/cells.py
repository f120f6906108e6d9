"""What every section of a comparison is made of: rows with one cell for each agent."""

from collections.abc import Callable, Iterable, Sequence

from undeclared.model import (
    Cell,
    CellEntry,
    CellState,
    ComparisonRow,
    Locus,
    Report,
    Role,
    Unaudited,
)

Column = Report | Unaudited
"""What is known of one agent."""
Answer = Callable[[Report], Cell]
"""What one report says of a row."""

NAMED = 4
"""Things named in one line; the rest is counted."""


def seen(entries: Iterable[CellEntry], amount: float | None = None, *, why: str = "") -> Cell:
    """A cell of what was seen, or that none was; `why` is told where none was."""
    found = tuple(entries)
    if found:
        return Cell(state=CellState.SEEN, entries=found, amount=amount)
    return Cell(state=CellState.NONE, amount=amount, why=why)


def said(text: str, *details: str, notable: bool = False) -> Cell:
    """A cell with one entry."""
    return seen([CellEntry(text=text, details=details, notable=notable)])


def not_tried(why: str = "") -> Cell:
    """A cell of which nothing can be said."""
    return Cell(state=CellState.NOT_TRIED, why=why)


def row(name: str, title: str, columns: Iterable[Column], answer: Answer) -> ComparisonRow:
    """One row; an agent of which there is no report was not tried.

    Where none was seen in an audit that is not complete, the cell says so.
    """

    def cell(column: Column) -> Cell:
        if isinstance(column, Unaudited):
            return not_tried("not audited")
        found = answer(column)
        if found.state is CellState.NONE and not column.coverage.complete and not found.why:
            return found.model_copy(update={"why": "so far; the audit is incomplete"})
        return found

    return ComparisonRow(id=name, title=title, cells=tuple(cell(own) for own in columns))


def by_run(answer: Answer) -> Answer:
    """The same for what only runs can tell: without a completed run nothing was tried."""

    def measured(report: Report) -> Cell:
        return answer(report) if report.coverage.runs.completed else not_tried("no run completed")

    return measured


def ranked(rows: Iterable[ComparisonRow]) -> tuple[ComparisonRow, ...]:
    """The most telling first: most agents with something notable, then with anything at all."""

    def rank(own: ComparisonRow) -> tuple[int, int, int]:
        notable = sum(any(entry.notable for entry in cell.entries) for cell in own.cells)
        found = [cell for cell in own.cells if cell.state is CellState.SEEN]
        return -notable, -len(found), -sum(len(cell.entries) for cell in found)

    return tuple(sorted(rows, key=rank))


def reports(columns: Iterable[Column]) -> list[Report]:
    """Those of which there is a report."""
    return [own for own in columns if isinstance(own, Report)]


def host(name: str) -> str:
    """A host name in ASCII alone: a Cyrillic letter looks like a Latin one."""
    return name.encode("ascii", "backslashreplace").decode("ascii")


def named(name: str) -> str:
    """The same, with what the experiment put in its place told in words."""
    return "the gateway that it was given" if name == "{base-url-host}" else host(name)


def models(report: Report) -> set[str]:
    """Hosts of the model, whatever else they serve."""
    return {own.host for own in report.contacts if own.role is Role.MODEL}


def place(locus: Locus) -> str:
    """A locus on one line."""
    return str(locus.model_copy(update={"host": host(locus.host)}))


def some(names: Sequence[str], most: int = NAMED) -> str:
    """The first few names; the rest is counted."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def size(count: float) -> str:
    """A number of bytes for a person, in decimal units (IEC 80000-13): `3.4 kB`."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000 or unit == "MB":
            return (
                f"{count:.0f} {unit}" if unit == "bytes" or count >= 100 else f"{count:.1f} {unit}"
            )
        count /= 1000
    raise AssertionError("unreachable")


def number(count: int, noun: str, plural: str = "") -> str:
    """`1 host`, `2 hosts`, `2 indices`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {plural or noun + 's'}"
