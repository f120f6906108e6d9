"""What was tried with each agent, and in what the audits were not alike."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from undeclared.judge.comparison.cells import (
    Column,
    not_tried,
    number,
    reports,
    row,
    said,
    seen,
    some,
)
from undeclared.model import Cell, CellEntry, ComparisonSection, Report


def section(columns: Sequence[Column]) -> ComparisonSection:
    """How thoroughly each agent was looked at."""
    levels = _common(reports(columns))
    return ComparisonSection(
        id="coverage",
        title="Coverage",
        about="What was done with each agent. Whatever is not here was not looked at: no finding "
        "does not mean that there is nothing.",
        rows=(
            row("problems", "what could not be done", columns, _problems),
            row("runs", "runs", columns, _runs),
            row("effect", "smallest effect that would have been found", columns, _effect),
            row("signals", "facts varied", columns, _signals),
            row("levels", "levels besides those common to all", columns,
                lambda own: _levels(own, levels)),
            row("watched", "watched on its own side", columns, _watched),
            row("left-out", "not looked at", columns,
                lambda own: seen(CellEntry(text=each) for each in own.coverage.not_exercised)),
            row("time", "time taken", columns, lambda own: said(f"{own.seconds:,.0f} s")),
        ),
    )  # fmt: skip


def unlike(columns: Sequence[Column]) -> Iterator[str]:
    """In what the audits were not alike, a sentence each."""
    known = {own.agent: own for own in reports(columns)}
    for what, values in (
        ("scenario", {name: own.coverage.scenario for name, own in known.items()}),
        ("version of this tool", {name: own.tool_version for name, own in known.items()}),
    ):
        if len(set(values.values())) > 1:
            each = "; ".join(f"{name}: {value}" for name, value in values.items())
            yield f"They did not have the same {what}: {each}."
    varied = {name: {own.id for own in one.coverage.signals} for name, one in known.items()}
    common = set.intersection(*varied.values()) if varied else set()
    lacking: dict[str, list[str]] = {}
    for signal in sorted(set().union(*varied.values()) - common):
        without = ", ".join(name for name in known if signal not in varied[name])
        lacking.setdefault(without, []).append(signal)
    for names, signals in lacking.items():
        yield f"Not varied for {names}: {', '.join(signals)}."


def _common(known: Sequence[Report]) -> Mapping[str, set[str]]:
    """By signal, the levels that were tried with every agent for which it was varied."""
    found: dict[str, set[str]] = {}
    for report in known:
        for own in report.coverage.signals:
            found[own.id] = found.get(own.id, set(own.levels)) & set(own.levels)
    return found


def _problems(report: Report) -> Cell:
    return seen(
        (CellEntry(text=own, notable=True) for own in report.coverage.problems),
        why="all that was planned was done" if report.coverage.complete else "",
    )


def _runs(report: Report) -> Cell:
    runs = report.coverage.runs
    failed = {
        "where the agent failed": runs.agent_failed,
        "timed out": runs.timed_out,
        "where our lab failed": runs.lab_failed,
    }
    return said(
        f"{runs.completed} of {runs.planned} completed",
        *(f"{count} {how}" for how, count in failed.items() if count),
        f"{report.coverage.loci:,} places compared, {len(report.coverage.noisy):,} of which vary"
        " by themselves",
        f"the chance of even one false claim is at most"
        f" {report.coverage.family_wise_error_rate:.0%}",
    )


def _effect(report: Report) -> Cell:
    effect = report.coverage.minimum_detectable_effect
    if effect is None:
        return not_tried("too few runs to say")
    return said(
        f"{ceil(effect * 100)}% more of the runs",
        "a variant that so many more of the runs show with one level than with the rest would have"
        " been found with probability 0.8",
    )


def _signals(report: Report) -> Cell:
    found = report.coverage.signals
    listed = (f"{own.id}: {number(len(own.levels), 'level')}" for own in found)
    return said(f"{len(found)}", *listed) if found else not_tried("nothing was varied")


def _levels(report: Report, common: Mapping[str, set[str]]) -> Cell:
    return seen(
        CellEntry(text=f"{own.id}: {some(more)}", details=(", ".join(more),) if more[4:] else ())
        for own in report.coverage.signals
        if (more := [level for level in own.levels if level not in common[own.id]])
    )


def _watched(report: Report) -> Cell:
    if report.coverage.observed:
        return said(" and ".join(report.coverage.observed))
    return said("yes") if report.reads else not_tried("not watched, or without success")
