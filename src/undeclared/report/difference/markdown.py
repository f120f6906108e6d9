"""The difference as Markdown for a comment on a pull request (GitHub Flavored Markdown 0.29).

What matters is in view, what is small or uncertain is folded. Whatever comes from an agent is text.
"""

from collections.abc import Iterator, Sequence

from undeclared.model import DifferenceEntry, DifferenceReport, DifferenceSection
from undeclared.report.comparison.markdown import escaped
from undeclared.report.comparison.shown import cut
from undeclared.report.difference.shown import (
    alike,
    limits,
    lines,
    parted,
    small,
    sure,
    told,
    unsure,
)

_LINE = 400


def render(report: DifferenceReport) -> str:
    """The whole comment."""
    return "\n\n".join(_blocks(report)) + "\n"


def _blocks(report: DifferenceReport) -> Iterator[str]:
    first, *others = report.summary
    name = report.after.agent or report.after.artifact.name
    yield f"### What {escaped(name)} does differently"
    yield f"**{escaped(first)}**"
    if others:
        yield "\n".join(f"- {escaped(own)}" for own in others)
    if report.unlike:
        yield "The two were not made alike:"
        yield "\n".join(f"- {escaped(own)}" for own in report.unlike)
    for section in report.sections:
        if certain := sure(parted(section)[0]):
            yield f"#### {escaped(section.title)}"
            yield "\n".join(_entry(own) for own in certain)
    lacking = limits(report.sections)
    folded = "\n".join(line for section, missing in lacking for line in _folded(section, missing))
    if folded:
        yield "<details><summary>Smaller differences, and what cannot be compared</summary>"
        yield folded
        yield "</details>"
    if same := alike(report):
        yield escaped(same)
    yield "\n".join(
        f"- {label}: {escaped(told(side))}" + "".join(
            f"\n  - {escaped(cut(own, _LINE))}" for own in side.problems
        )
        for label, side in (("before", report.before), ("after", report.after))
    )  # fmt: skip
    yield f"<sub>undeclared {escaped(report.tool_version)}, {report.made:%Y-%m-%d %H:%M} UTC</sub>"


def _entry(entry: DifferenceEntry) -> str:
    severity = f" ({entry.severity.value})" if entry.severity else ""
    below = [*lines(entry), *(f"{own.side}: {own.text}" for own in entry.evidence[:1])]
    told = "".join(f"\n  - {escaped(cut(own, _LINE))}" for own in below)
    return f"- **{entry.kind.value}**{severity}: {escaped(cut(entry.subject))}{told}"


def _folded(section: DifferenceSection, missing: Sequence[str]) -> Iterator[str]:
    notable, rest = parted(section)
    doubtful = [own for own in notable if own not in sure(notable)]
    if doubtful or rest or missing:
        yield f"- {escaped(section.title)}"
        yield from (f"  - {escaped(own)}" for own in missing)
        yield from (f"  - not comparable ({escaped(why)}): {escaped(names)}"
                    for why, names in unsure(doubtful))  # fmt: skip
        yield from (f"  - {kind}: {escaped(names)}" for kind, names in small(rest))
