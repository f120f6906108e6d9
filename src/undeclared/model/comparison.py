"""The comparison of several audits: one page with agents as columns."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field, model_validator

from undeclared.model.artifact import Artifact
from undeclared.model.base import Frozen
from undeclared.model.finding import Severity

COMPARISON_SCHEMA_VERSION = 1
"""Raised when a field is removed or changes its meaning; new fields do not raise it."""


class AuditState(StrEnum):
    """How far the audit of an agent came."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    """Part of it could not be done; what was found stands, what was not found may be there."""
    NOT_AUDITED = "not audited"
    """Nothing was measured."""


class CellState(StrEnum):
    """What one agent's audit says of one row. The three are never mixed."""

    SEEN = "seen"
    NONE = "none seen"
    """It was looked for, and nothing was there."""
    NOT_TRIED = "not tried"
    """It was not looked for, so nothing can be said."""


class CellEntry(Frozen):
    """One thing that was seen."""

    text: str
    """One line for a person. What an agent wrote stands in it as it is: escape it to show it."""
    notable: bool = False
    """Nobody declared it, or it is not as documented."""
    details: tuple[str, ...] = ()
    """Where, how often and by which evidence, a line each."""


class Cell(Frozen):
    """What one agent's audit says of one row."""

    state: CellState
    amount: float | None = None
    """The number, in the unit of the row, where the row is one."""
    entries: tuple[CellEntry, ...] = ()
    """What was seen, the most telling first."""
    why: str = ""
    """Of what was not tried, why not; of none seen, what to know about how it was looked for."""

    @model_validator(mode="after")
    def _honest(self) -> "Cell":
        """A cell cannot say that something was seen without saying what, nor the reverse."""
        if (self.state is CellState.SEEN) != bool(self.entries):
            raise ValueError("a cell has entries if, and only if, something was seen")
        return self


class ComparisonRow(Frozen):
    """One question, answered for each agent."""

    id: str
    """Stable within its section: a role, a signal, a category of data …"""
    title: str
    cells: tuple[Cell, ...]
    """One for each agent, in the order of `agents`."""


class ComparisonSection(Frozen):
    """One subject, such as contacts, marks or reads."""

    id: str
    title: str
    about: str
    """How to read it, in one or two sentences."""
    rows: tuple[ComparisonRow, ...]
    """The most telling first."""


class Unaudited(Frozen):
    """An agent that was meant to be compared, and of which nothing is known."""

    agent: str
    """As the user named it."""
    problem: str
    """Why it was not audited, and what to do, in a sentence or two."""
    version: str = ""
    """Empty where none was acquired."""


class ComparedAgent(Frozen):
    """One column."""

    name: str
    """Unique on the page: the profile's id, with the version where one agent is there twice."""
    state: AuditState
    problems: tuple[str, ...] = ()
    """Why it is not complete, a sentence each."""
    version: str = ""
    """Empty where none was acquired."""
    artifact: Artifact | None = None
    """None where nothing was audited."""
    scenario: str = ""
    tool_version: str = ""
    """Of the audit; empty where there was none."""
    started: datetime | None = None
    seconds: float = Field(default=0.0, ge=0)
    severities: tuple[Severity, ...] = ()
    """Of its findings, one each, the worst first."""
    evidence_folder: str = ""
    """Where the raw bytes are kept on the machine that ran the audit."""


class ComparisonReport(Frozen):
    """Several audits, side by side."""

    schema_version: int = COMPARISON_SCHEMA_VERSION
    tool_version: str
    made: datetime
    agents: tuple[ComparedAgent, ...] = Field(min_length=1)
    unlike: tuple[str, ...] = ()
    """In what the audits were not alike, a sentence each, besides what belongs to the agents."""
    sections: tuple[ComparisonSection, ...]

    @property
    def complete(self) -> bool:
        """Every agent was audited, and every audit is complete."""
        return all(own.state is AuditState.COMPLETE for own in self.agents)

    @model_validator(mode="after")
    def _square(self) -> "ComparisonReport":
        """Every row has a cell for every agent."""
        rows = (row for section in self.sections for row in section.rows)
        if any(len(row.cells) != len(self.agents) for row in rows):
            raise ValueError("a row has one cell for each agent")
        return self
