"""The report of a scan for a person: what is hidden first, what every program has last."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from undeclared.model import Omission, ScanReport, Severity
from undeclared.report import scan_findings, scan_lists
from undeclared.report.escape import visible
from undeclared.report.layout import COLOURS, facts, written

OMITTED = 12
"""Reasons of omissions that are told."""
NAMED = 3
"""Files named of each."""


def render(report: ScanReport, *, width: int, colour: bool) -> str:
    """The report as text of at most `width` columns, with colours if `colour`.

    Nothing of the code reaches the output unescaped (`report.escape`). Thousands of places are
    summed up by what they do; the JSON report has each of them.
    """
    return written(_blocks(report), width=width, colour=colour)


def _blocks(report: ScanReport) -> Iterator[RenderableType]:
    yield _headline(report)
    yield from scan_findings.blocks(report)
    yield from scan_lists.blocks(report)
    if report.omissions:
        yield _omitted(report.omissions)
    yield _scanned(report)


def _headline(report: ScanReport) -> Text:
    name = f"{report.agent or report.artifact.name} {report.artifact.version}".strip()
    counts = Counter(finding.severity for finding in report.findings)
    said: list[str | tuple[str, str]] = [(visible(name), "bold"), ": "]
    for severity in reversed(Severity):
        if counts[severity]:
            said += [(f"{counts[severity]} {severity.value}", COLOURS[severity]), ", "]
    said = said[:-1] if counts else [*said, "nothing hidden, and nothing that chooses what is sent"]
    if counts:
        said.append(f" finding{'' if counts.total() == 1 else 's'}")
    signals = len({read.signal for read in report.reads})
    said.append(f"; reads {signals} fact{'' if signals == 1 else 's'} of the machine; ")
    complete = report.complete
    state = ("complete", "green") if complete else ("INCOMPLETE, never a pass", "bold yellow")
    return Text.assemble(*said, state)


def _omitted(omissions: Sequence[Omission]) -> RenderableType:
    """What was left out, by reason, the most frequent first."""
    paths: dict[str, list[str]] = {}
    for omission in omissions:
        paths.setdefault(omission.what, []).append(omission.path)
    grid = facts(0)
    ordered = sorted(paths.items(), key=lambda own: -len(own[1]))
    for what, files in ordered[:OMITTED]:
        named = ", ".join(visible(file) for file in files[:NAMED] if file)
        more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
        grid.add_row("  ", Text.assemble(visible(what), (f" · {named}{more}" * bool(named), "dim")))
    if len(ordered) > OMITTED:
        grid.add_row("  ", f"and for {len(ordered) - OMITTED} other reasons")
    return Group(Text(f"Left out: {len(omissions)}", style="bold"), grid)


def _scanned(report: ScanReport) -> RenderableType:
    artifact = report.artifact
    grid = facts()
    packed = f"{artifact.size:,} bytes"
    grid.add_row("  artifact", Text(visible(", ".join(filter(None, (artifact.purl, packed))))))
    if artifact.sha256:
        grid.add_row("  sha256", Text(artifact.sha256))
    files = "1 file" if report.files == 1 else f"{report.files:,} files"
    grid.add_row("  content", f"{files}, {report.bytes:,} bytes, in {report.seconds:.1f} s")
    grid.add_row("  not run", "a scan shows what the code can do; an audit, what it does")
    return Group(Text("Scanned", style="bold"), grid)
