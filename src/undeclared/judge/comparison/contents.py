"""Which kinds of data the agents sent to whom, and by what they could be recognised again."""

from collections.abc import Sequence
from functools import partial

from undeclared.judge.comparison.cells import (
    Column,
    by_run,
    host,
    models,
    named,
    not_tried,
    place,
    ranked,
    reports,
    row,
    seen,
    some,
)
from undeclared.model import (
    AskedFor,
    CanaryFact,
    Cell,
    CellEntry,
    Change,
    ComparisonSection,
    Content,
    Identifier,
    Report,
)

_ASKED = {
    AskedFor.NOBODY: "unasked",
    AskedFor.PROMPT: "as the prompt has it",
    AskedFor.TOOL: "as a tool call gave it",
}
_OVER = {
    Change.MACHINES: "on another machine, with another user",
    Change.REINSTALLS: "after a reinstall with a new home",
    Change.ACCOUNTS: "with another key",
    Change.REPOSITORIES: "in another repository",
    Change.RUNS: "in a second run with the same home",
}
"""What an identifier outlived, what says most of it first."""
LASTING = (Change.MACHINES, Change.REINSTALLS)
"""A user cannot shake off what outlives these."""


def contents(columns: Sequence[Column]) -> ComparisonSection:
    """A row for each kind of data that was looked for."""
    sought = {own.category: own.title for report in reports(columns) for own in report.sought}
    rows = ranked(
        row(name, title, columns, by_run(partial(_content_cell, name)))
        for name, title in sought.items()
    )
    # What was planted is a kind of data too, but for reports of audits that sought no kinds.
    planted = row("planted", "planted secrets", columns, by_run(_canary_cell))
    more = () if "planted secrets" in sought.values() else (planted,)
    return ComparisonSection(
        id="contents",
        title="Contents",
        about="Kinds of data in what was sent, by host. Unasked is what neither the prompt nor a "
        "tool call of the model asked for. Other ends at the model's own host count as the model.",
        rows=(*rows, *more),
    )


def unasked(report: Report) -> list[Content]:
    """Data that others than the model were sent, and that nobody asked for."""
    return [
        own
        for own in report.contents
        if own.asked_for is AskedFor.NOBODY and not _is_model(own, report)
    ]


def _is_model(content: Content, report: Report) -> bool:
    return content.model or content.host in models(report)


def _content_cell(category: str, report: Report) -> Cell:
    if category not in {own.category for own in report.sought}:
        return not_tried("not looked for")
    found = [own for own in report.contents if own.category == category]
    order = list(AskedFor)
    found.sort(
        key=lambda own: (
            order.index(own.asked_for),
            _is_model(own, report),
            -own.requests,
            own.host,
        )
    )
    return seen(_content(own, _is_model(own, report)) for own in found)


def _content(content: Content, model: bool) -> CellEntry:
    by_itself = content.asked_for is AskedFor.NOBODY
    declared = {True: "declared", False: "against what is declared", None: ""}[content.declared]
    to = f"{named(content.host)} (the model)" if model else named(content.host)
    facts = ", ".join(filter(None, (_ASKED[content.asked_for], declared)))
    examples = [
        f"{own.what} ({own.form}): {own.text} — {place(own.locus)}, in {own.runs} runs"
        for own in content.examples
    ]
    says = f"declared: {content.says} ({content.source})" if content.says else ""
    return CellEntry(
        text=f"to {to}, {facts}: {some(content.what)}",
        notable=content.declared is False or (by_itself and not model and content.declared is None),
        details=tuple(
            filter(
                None,
                (
                    f"in {content.runs} of {content.of} runs, {content.requests:,} requests",
                    f"all of it: {', '.join(content.what)}" if content.what[4:] else "",
                    *examples,
                    says,
                ),
            )
        ),
    )


def _canary_cell(report: Report) -> Cell:
    if not report.planted:
        return not_tried("none was planted")
    ordered = sorted(report.canaries, key=lambda own: (own.asked_for, own.place, own.host))
    return seen((_canary(own) for own in ordered), why=f"{len(report.planted)} were planted")


def _canary(canary: CanaryFact) -> CellEntry:
    asked = "as a tool call gave it" if canary.asked_for else "unasked"
    return CellEntry(
        text=f"{canary.place}, to {host(canary.host)}, {canary.form}, {asked}",
        notable=not canary.asked_for,
        details=(
            f"in {canary.runs} of {canary.of} runs" + (", at the install" * canary.install),
            place(canary.locus),
        ),
    )


def identifiers(columns: Sequence[Column]) -> ComparisonSection:
    """A row for each change that an identifier may outlive."""
    known = {change for own in reports(columns) for change in own.identifiers_tried}
    tried = [change for change in _OVER if change in known]
    return ComparisonSection(
        id="identifiers",
        title="Identifiers that stay the same",
        about="Values by which a receiver can tell that two runs are of one user or one machine; "
        "an identifier stands in each row of which it outlived the change.",
        rows=tuple(
            row(change.value, _OVER[change], columns, by_run(partial(_identifier_cell, change)))
            for change in tried or [Change.RUNS]
        ),
    )


def _identifier_cell(change: Change, report: Report) -> Cell:
    if change not in report.identifiers_tried:
        return not_tried()
    found = [own for own in report.identifiers if own.over(change)]
    found.sort(key=lambda own: not telling(own, report))
    return seen(_identifier(own, change in LASTING and telling(own, report)) for own in found)


def telling(identifier: Identifier, report: Report) -> bool:
    """Whether it is more than a fact as it is, which the model is told for its work."""
    return identifier.origin != "fact" or not models(report).issuperset(identifier.hosts)


def _identifier(identifier: Identifier, notable: bool) -> CellEntry:
    origin = {
        "fact": identifier.source,
        "hash": identifier.source,
        "home": f"kept in {identifier.source}",
        "unknown": "of unknown origin",
    }[identifier.origin]
    outlived = [_OVER[own.change] for own in identifier.stays if own.stays]
    changed = [_OVER[own.change] for own in identifier.stays if own.stays is False]
    return CellEntry(
        text=f"{identifier.shown}, {origin}, to {some([named(own) for own in identifier.hosts])}",
        notable=notable,
        details=(
            f"the same {'; '.join(outlived)}",
            *((f"another {'; '.join(changed)}",) if changed else ()),
            f"at most {identifier.bits:.0f} bits; in {identifier.runs} of {identifier.of} runs",
            place(identifier.locus),
            *((f"and at {len(identifier.also_at)} further places",) if identifier.also_at else ()),
        ),
    )
