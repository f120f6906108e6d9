"""`undeclared store`: what is kept."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from undeclared.cli.output import deliver
from undeclared.cli.shared import writable

if TYPE_CHECKING:
    from undeclared.store import AuditStore, Entry

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_COLUMNS = ("ID", "AGENT", "VERSION", "FINISHED", "RUNS", "WORST", "SIZE", "STATE")


def _bytes(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,12})\s*([KMGT]?)B?", value.strip(), re.IGNORECASE)
    if found is None:
        raise click.BadParameter("give a number of bytes, such as 500M or 2G")
    return int(found[1]) * _UNITS[found[2].upper()]


@click.group()
@click.option("--debug", is_flag=True, help="Show a traceback with an error.")
@click.pass_context
def store(context: click.Context, /, debug: bool) -> None:
    """List, show, export, import, tidy and check what is kept."""
    context.meta["debug"] = debug


@store.command("list")
@click.option("--agent", help="Only audits of this agent, package or package URL.")
@click.option("--host", help="Only audits in which the agent asked for or spoke to this host.")
@click.option("--results", is_flag=True, help="List scans and other results in place of audits.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the list is written.",
)
def list_(agent: str | None, host: str | None, results: bool, form: str) -> int:
    """List the audits, the newest first."""
    from undeclared.store import default_store

    kept = default_store()
    if results:
        return _results(kept, form)
    found = kept.listed(agent, host)
    if form == "json":
        deliver(json.dumps({"audits": [_plain(own) for own in found]}, indent=2) + "\n")
    elif found:
        deliver(_audits(found))
    else:
        click.echo(f"no such audit in {kept.place}", err=True)
    return 0


@store.command()
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "html"]),
    default="text",
    show_default=True,
    help="How the report is written; JSON is the report as it was made.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=writable,
    help="Write it to a file instead of stdout.",
)
def show(number: int, form: str, output: Path | None) -> int:
    """Show one audit: its report, or how far it has come."""
    from undeclared.model import ExitCode
    from undeclared.store import default_store

    kept = default_store()
    entry = kept.entry(number)
    text = kept.report(number)
    if text is None:
        shown = _outline(kept, entry)
    elif form == "json":
        shown = json.dumps(json.loads(text), indent=2) + "\n"
    else:
        shown = _report(kept, entry, text, form, plain=output is not None)
    deliver(shown, output)
    return ExitCode.DONE if entry.complete else ExitCode.INCOMPLETE


@store.command("export")
@click.argument(
    "file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), callback=writable
)
@click.argument("numbers", metavar="[ID]...", nargs=-1, type=click.IntRange(min=1))
def export_(file: Path, numbers: tuple[int, ...]) -> int:
    """Write finished audits with all their evidence to FILE: those named, or all.

    With all go the other results that are kept. `undeclared store import` takes them in elsewhere.
    """
    from undeclared.store import default_store
    from undeclared.store.exporting import export

    done = export(default_store(), file, numbers)
    _say(
        f"exported {_count(done.audits, 'audit')} with {_count(done.runs, 'run')}"
        f" and {_count(done.results, 'other result')} to {file}, {_size(done.bytes)}"
    )
    if done.unfinished:
        _say(f"left out {_count(done.unfinished, 'audit')} that is not finished")
    return 0


@store.command("import")
@click.argument("source", metavar="FILE", type=click.Path(exists=True, path_type=Path))
def import_(source: Path) -> int:
    """Take in what `undeclared store export` wrote to FILE.

    A folder of a version of undeclared that had no database yet can be given, too: the one that
    holds `audits` and `evidence`. What is there already is not taken in again.
    """
    from undeclared.model import ExitCode
    from undeclared.store import default_store
    from undeclared.store.importing import import_file, import_folder

    kept = default_store()
    done = import_folder(kept, source) if source.is_dir() else import_file(kept, source)
    _say(
        f"imported {_count(done.audits, 'audit')} with {_count(done.runs, 'run')}"
        f" and {_count(done.results, 'other result')} into {kept.place}"
    )
    if done.known:
        _say(f"{done.known} were there already")
    if done.unreadable:
        _say(f"{_count(done.unreadable, 'run')} cannot be read by this version")
    if done.damaged:
        _say(f"{_count(done.damaged, 'audit')} could not be read and was left out")
    return ExitCode.INCOMPLETE if done.damaged or done.unreadable else ExitCode.DONE


@store.command()
@click.option("--keep", type=click.IntRange(min=1), help="Keep so many audits, the newest.")
@click.option("--days", type=click.IntRange(min=0), help="Keep those finished within so many days.")
@click.option("--size", "bytes_", metavar="BYTES", callback=_bytes, help="Keep so much: 500M, 2G.")
def tidy(keep: int | None, days: int | None, bytes_: int | None) -> int:
    """Remove the oldest audits beyond limits, and say which.

    Without an option, the limits hold that hold after every audit.
    """
    from undeclared.store import Limits, default_store

    limits = Limits()
    if (keep, days, bytes_) != (None, None, None):
        age = None if days is None else timedelta(days=days)
        limits = Limits(audits=keep, age=age, bytes=bytes_)
    kept = default_store()
    removed = kept.tidy(limits)
    if removed:
        deliver(_audits(removed))
    _say(f"removed {_count(len(removed), 'audit')} from {kept.place}")
    return 0


@store.command()
def check() -> int:
    """Read everything that is kept, and compare it with its digests."""
    from undeclared.model import ExitCode
    from undeclared.report.escape import lines
    from undeclared.store import default_store
    from undeclared.store.checking import check

    kept = default_store()
    found = check(kept)
    for problem in found.problems:
        deliver(lines(problem) + "\n")
    _say(
        f"looked at {_count(found.audits, 'audit')}, {_count(found.runs, 'run')},"
        f" {_count(found.blobs, 'piece')} of evidence and {_count(found.results, 'other result')}"
        f" in {kept.place}: {_count(len(found.problems), 'problem')}"
    )
    return ExitCode.NOT_FOUND if found.problems else ExitCode.DONE


def _report(kept: "AuditStore", entry: "Entry", text: str, form: str, *, plain: bool) -> str:
    from pydantic import ValidationError

    from undeclared.cli.audit import report_in
    from undeclared.model import Report

    try:
        return report_in(Report.model_validate_json(text), form, plain=plain)
    except ValidationError:  # of another version of this tool
        return _outline(kept, entry)


def _outline(kept: "AuditStore", entry: "Entry") -> str:
    """What is known of an audit without its report."""
    from undeclared.report.escape import lines

    rows = [
        f"Audit {entry.id}: {entry.agent or 'an agent'} {entry.version}".rstrip(),
        f"  {entry.state}, {_count(entry.runs, 'run')}, {_size(entry.bytes)}",
    ]
    if entry.tool_version:
        rows.append(f"  by undeclared {entry.tool_version}, whose report this version cannot show;")
        rows.append("  --format json has all of it")
    rows += [f"  {own.severity:<9} {own.kind}: {own.title}" for own in kept.findings(entry.id)]
    rows += [
        f"  {own.name}: {_count(own.requests, 'request')} in {_count(own.runs, 'run')},"
        f" {_size(own.bytes_out)} of content"
        for own in kept.hosts(entry.id)
    ]
    return "\n".join(lines(row) for row in rows) + "\n"


def _results(kept: "AuditStore", form: str) -> int:
    found = kept.results()
    if form == "json":
        rows = [{**asdict(own), "kept": own.kept.isoformat()} for own in found]
        deliver(json.dumps({"results": rows}, indent=2) + "\n")
    else:
        head = ("KIND", "PACKAGE", "KEPT", "SIZE")
        deliver(_table([head, *(
            (own.kind, own.purl or "-", f"{own.kept:%Y-%m-%d %H:%M}", _size(own.bytes))
            for own in found
        )]))  # fmt: skip
    return 0


def _audits(found: "tuple[Entry, ...]") -> str:
    return _table([_COLUMNS, *(_row(own) for own in found)])


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    from undeclared.report.escape import lines

    safe = [[lines(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*safe, strict=True)]
    return "".join(
        "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() + "\n"
        for row in safe
    )


def _row(own: "Entry") -> tuple[str, ...]:
    finished = f"{own.finished:%Y-%m-%d %H:%M}" if own.finished else "-"
    return (
        str(own.id), own.agent or "-", own.version or "-", finished, str(own.runs),
        own.worst or "-", _size(own.bytes), own.state,
    )  # fmt: skip


def _plain(own: "Entry") -> dict[str, Any]:
    times = {
        name: value.isoformat() if value else None
        for name, value in (("started", own.started), ("finished", own.finished))
    }
    return {**asdict(own), **times, "state": own.state}


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _say(text: str) -> None:
    from undeclared.report.escape import lines

    click.echo(lines(text), err=True)
