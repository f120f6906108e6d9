"""What an audit exercised and what it could not see, in words."""

from collections.abc import Iterator, Sequence
from math import ceil

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from undeclared.model import Coverage, Locus, Report
from undeclared.report.escape import visible

LEVELS = 8
"""Levels listed of each signal."""
NAMES = 4
"""Loci named of those that vary by themselves."""
UNCONFIRMED = 6
"""Lines on what looked like an influence and was not established."""


def block(report: Report) -> RenderableType:
    """Everything about the coverage, as a list of facts."""
    coverage = report.coverage
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True, min_width=10)
    grid.add_column(overflow="fold")
    for name, line in _facts(coverage, report):
        grid.add_row(f"  {name}", Text(line))
    complete = "complete" if coverage.complete else "INCOMPLETE, which is never a pass"
    return Group(Text(f"Coverage: {complete}", style="bold"), grid)


def _facts(coverage: Coverage, report: Report) -> Iterator[tuple[str, str]]:
    yield from _listed("problem", [visible(problem) for problem in coverage.problems])
    yield "scenario", visible(coverage.scenario)
    runs = coverage.runs
    yield (
        "runs",
        f"{runs.planned} planned: {runs.completed} completed, {runs.agent_failed} where the agent"
        f" failed, {runs.timed_out} timed out, {runs.lab_failed} where our lab failed;"
        f" {report.seconds:.0f} s in all",
    )
    if report.artifact.interpreter:
        yield "run with", visible(report.artifact.interpreter)
    for signal in coverage.signals:
        shown = visible(", ".join(signal.levels[:LEVELS]))
        more = len(signal.levels) - LEVELS
        yield signal.id, shown + (f" and {more} more" if more > 0 else "")
    for own in coverage.sought:
        named = visible(", ".join(own.levels[:LEVELS]))
        yield "words in it", f"{own.id}: {len(own.levels)} words, many at a time: {named} …"
    seen = (finding for finding in report.findings if finding.variants)
    told = {signal.id for finding in seen for signal in finding.signals}
    silent = [signal.id for signal in coverage.signals if signal.id not in told]
    if silent and runs.completed:
        yield "nothing by", visible(", ".join(silent))
    yield "loci", f"{coverage.loci} compared"
    yield "noise", _loci(coverage.noisy, "vary by themselves; tested as distributions, not dropped")
    if coverage.drifting:
        yield "drift", _loci(coverage.drifting, "changed with time, whatever the environment")
    yield "smallest", smallest_effect(coverage.minimum_detectable_effect)
    yield (
        "error rate",
        f"the chance of even one false claim here is at most {coverage.family_wise_error_rate:.0%}",
    )
    unconfirmed = [
        f"{visible(str(own.locus))}, by {' and '.join(signal.id for signal in own.signals)}:"
        f" {own.status.replace('_', ' ')}"
        for own in coverage.unconfirmed[:UNCONFIRMED]
    ]
    further = len(coverage.unconfirmed) - UNCONFIRMED
    if further > 0:
        unconfirmed.append(f"and {further} more")
    yield from _listed("not sure", unconfirmed)
    yield from _listed("not done", [visible(phrase) for phrase in coverage.not_exercised])


def _listed(name: str, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """One row for each line, the name before the first only."""
    for index, line in enumerate(lines):
        yield "" if index else name, line


def smallest_effect(effect: float | None) -> str:
    """The minimum detectable effect, as a sentence on what may have been missed."""
    if effect is None:
        return "nothing can be said: some level was in too few runs, or there were none to compare"
    return (
        f"a variant that {ceil(effect * 100)}% more of the runs show with one level than with the"
        " rest would have been found with probability 0.8; smaller effects may be there unseen"
    )


def _loci(loci: Sequence[Locus], what: str) -> str:
    if not loci:
        return f"no loci {what}"
    names = "; ".join(visible(str(locus)) for locus in loci[:NAMES])
    more = f"; and {len(loci) - NAMES} more" if len(loci) > NAMES else ""
    return f"{len(loci)} loci {what}: {names}{more}"
