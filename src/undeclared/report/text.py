"""The report for a person: marks first, then what can be seen, contacts, and the coverage."""

from collections import Counter
from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from undeclared.model import Contact, FindingKind, Report
from undeclared.report import (
    canaries,
    contents,
    coverage,
    findings,
    identifiers,
    optouts,
    reads,
)
from undeclared.report.escape import ascii_only, visible
from undeclared.report.layout import written

_HTTPS = 443


def render(report: Report, *, width: int, colour: bool) -> str:
    """The report as text of at most `width` columns but for one path, with colours if `colour`.

    Nothing that the agent wrote reaches the output unescaped (`report.escape`). Lists that could
    be long are cut, and say so; the JSON report has everything.
    """
    return written(_blocks(report), width=width, colour=colour)


def _blocks(report: Report) -> Iterator[RenderableType]:
    yield _headline(report)
    exercised = {signal.id: signal.levels for signal in report.coverage.signals}
    yield from findings.blocks(report.findings, exercised)
    yield _contacts(report.contacts)
    if report.sought:
        yield contents.block(report.sought, report.contents)
    if report.identifiers_tried:
        yield identifiers.block(report.identifiers_tried, report.identifiers)
    if report.opt_outs:
        yield optouts.block(report.opt_outs)
    if report.reads:
        yield reads.block(report.reads)
    if report.planted:
        yield canaries.block(report.planted, report.canaries)
    yield coverage.block(report)
    if report.evidence_folder:
        # In one piece, however long, so that it can be copied.
        place = f"Evidence: {visible(report.evidence_folder)}"
        yield Group(Text(place, style="dim", no_wrap=True, overflow="ignore"))


def _headline(report: Report) -> Text:
    complete = report.coverage.complete
    name = f"{report.agent} {report.artifact.version}".strip()
    return Text.assemble(
        (visible(name), "bold"),
        ": ",
        _counted(report),
        "; ",
        ("complete", "green") if complete else ("INCOMPLETE, never a pass", "bold yellow"),
    )


def _counted(report: Report) -> str:
    if not report.coverage.runs.completed:
        return "nothing was measured"
    counts = Counter(finding.kind for finding in report.findings)
    marks, influences = counts.pop(FindingKind.MARK, 0), counts.pop(FindingKind.INFLUENCE, 0)
    said = [_number(marks, "mark"), _number(influences, "influence")]
    in_code = sum(counts.pop(kind, 0) for kind in findings.CODE)
    if in_code:
        said.append(f"{_number(in_code, 'finding')} in the code")
    if counts.total():
        said.append(_number(counts.total(), "other finding"))
    return ", ".join(said)


def _number(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _contacts(contacts: tuple[Contact, ...]) -> RenderableType:
    heading = Text("Contacts", style="bold")
    if not contacts:
        return Group(heading, Text("  none: no host was contacted in any run"))
    grid = Table(box=box.SIMPLE_HEAD, border_style="dim", show_edge=False)
    grid.add_column("host", overflow="fold")
    grid.add_column("role")
    grid.add_column("declared")
    # Seen from what the model is asked; reports of older versions do not say.
    timed = any(contact.phases for contact in contacts)
    if timed:
        grid.add_column("when", max_width=len("before,"))
    for name in ("requests", "bytes", "bits"):
        grid.add_column(name, justify="right")
    for contact in contacts:
        declared = {True: "yes", False: "no", None: "unknown"}[contact.declared]
        grid.add_row(
            Text(ascii_only(contact.host) + (f":{contact.port}" if contact.port != _HTTPS else "")),
            contact.role.value,
            Text(declared, style="yellow" if contact.declared is False else ""),
            *([", ".join(own.partition(" ")[0] for own in contact.phases)] if timed else []),
            f"{contact.requests}",
            f"{contact.bytes_out:,}",
            f"{contact.bits_learned:.3g}" if contact.bits_learned else "",
        )
    told = "  port 443 where none is named; bytes sent there; bits: learnt there of the environment"
    return Group(heading, grid, Text(told, style="dim"))
