"""What the writers of a comparison have in common."""

from collections.abc import Iterable

from undeclared.model import (
    AuditState,
    Cell,
    CellState,
    ComparedAgent,
    ComparisonReport,
    ComparisonRow,
    ComparisonSection,
)

CUT = 200
"""Characters of an entry that are shown before its details."""


def cut(text: str, most: int = CUT) -> str:
    """The beginning of a text, the rest of which is counted."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"


def headline(report: ComparisonReport) -> str:
    """What is compared, in one line."""
    states = [own.state for own in report.agents]
    count = f"{len(states)} agent{'' if len(states) == 1 else 's'}"
    lacking = [
        f"{number} {state.value}"
        for state in (AuditState.INCOMPLETE, AuditState.NOT_AUDITED)
        if (number := states.count(state))
    ]
    return f"{count}: {', '.join(lacking) or 'every audit complete'}"


def told(agent: ComparedAgent) -> str:
    """Version, date and state of an agent, in one line."""
    artifact = agent.artifact
    parts = [
        agent.version,
        artifact.interpreter or "" if artifact else "",
        f"published {artifact.published:%Y-%m-%d}" if artifact and artifact.published else "",
        f"scenario {agent.scenario}" if agent.scenario else "",
        f"audited {agent.started:%Y-%m-%d %H:%M} UTC" if agent.started else "",
    ]
    state = {
        AuditState.COMPLETE: "complete",
        AuditState.INCOMPLETE: "INCOMPLETE, never a pass",
        AuditState.NOT_AUDITED: "NOT AUDITED",
    }[agent.state]
    return ", ".join(filter(None, (*parts, state)))


def answered(report: ComparisonReport) -> ComparisonReport:
    """The same without the agents of which no row says anything: the head says why."""
    rows = [row for section in report.sections for row in section.rows]
    kept = [
        index
        for index, _ in enumerate(report.agents)
        if any(row.cells[index].state is not CellState.NOT_TRIED for row in rows)
    ] or [*range(len(report.agents))]
    if len(kept) == len(report.agents):
        return report

    def chosen(row: ComparisonRow) -> ComparisonRow:
        return row.model_copy(update={"cells": tuple(row.cells[index] for index in kept)})

    sections = tuple(
        own.model_copy(update={"rows": tuple(map(chosen, own.rows))}) for own in report.sections
    )
    agents = tuple(report.agents[index] for index in kept)
    return report.model_copy(update={"agents": agents, "sections": sections})


def parted(section: ComparisonSection) -> tuple[list[ComparisonRow], list[ComparisonRow]]:
    """Rows that are shown in full, and those in which nothing was seen of any agent.

    A row of numbers is shown in full in any case: that all are zero is worth seeing.
    """
    full = [row for row in section.rows if any(map(_is_full, row.cells))]
    return full, [row for row in section.rows if row not in full]


def _is_full(cell: Cell) -> bool:
    return cell.state is CellState.SEEN or (cell.amount is not None and not cell.why)


def unseen(row: ComparisonRow, agents: Iterable[ComparedAgent]) -> dict[str, list[str]]:
    """`none seen` and `not tried`, each with its reason, and the agents of which it is said."""
    found: dict[str, list[str]] = {}
    pairs = [(own, cell) for own, cell in zip(agents, row.cells, strict=True)]
    for state in (CellState.NONE, CellState.NOT_TRIED):
        for agent, cell in pairs:
            if cell.state is state:
                why = f"{state.value} ({cell.why})" if cell.why else state.value
                found.setdefault(why, []).append(agent.name)
    return found
