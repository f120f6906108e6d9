"""The difference between two audits, or two scans, of an agent: behaviour, never text."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field, model_validator

from undeclared.model.artifact import Artifact
from undeclared.model.base import Frozen
from undeclared.model.finding import Severity

DIFFERENCE_SCHEMA_VERSION = 1
"""Raised when a field is removed or changes its meaning; new fields do not raise it."""


class DifferenceKind(StrEnum):
    """What became of something from one version to the other. The four are never mixed."""

    ADDED = "added"
    REMOVED = "removed"
    """It was looked for in the other version too, well enough to be found, and it is not there."""
    CHANGED = "changed"
    NOT_COMPARABLE = "not comparable"
    """One version has it; the other was not tried for it, or not well enough to say."""


class DifferenceEvidence(Frozen):
    """Where to look it up, in one of the two reports."""

    side: str
    """`before` or `after`."""
    text: str
    """The run and flow, or the place in the code."""


class DifferenceEntry(Frozen):
    """One thing that differs. What an agent wrote stands in it as it is: escape it to show it."""

    id: str
    """Stable within its section, and the same whichever version comes first."""
    subject: str
    """What it is about, in one line."""
    kind: DifferenceKind
    before: str = ""
    """What the first report says of it; empty where it is not there."""
    after: str = ""
    """The same of the second."""
    added: tuple[str, ...] = ()
    """Of what changed: the parts that came …"""
    removed: tuple[str, ...] = ()
    """… those that went …"""
    uncertain: tuple[str, ...] = ()
    """… and those of which one report does not say enough."""
    why: str = ""
    """Of what cannot be compared, why not."""
    notable: bool = False
    """It is worth a reader's time by itself; else it is counted with others like it."""
    severity: Severity | None = None
    """Of the finding that it is about, in the report that has it; the worse of two."""
    evidence: tuple[DifferenceEvidence, ...] = ()

    @model_validator(mode="after")
    def _honest(self) -> "DifferenceEntry":
        """Nothing is added or removed that both have, and what cannot be compared says why."""
        sides = bool(self.before), bool(self.after)
        expected = {
            DifferenceKind.ADDED: (False, True),
            DifferenceKind.REMOVED: (True, False),
            DifferenceKind.CHANGED: (True, True),
        }
        if expected.get(self.kind, sides) != sides or not any(sides):
            raise ValueError(f"what is {self.kind.value} is not in these reports")
        if (self.kind is DifferenceKind.NOT_COMPARABLE) != bool(self.why):
            raise ValueError("what cannot be compared says why, and nothing else does")
        return self


class DifferenceSection(Frozen):
    """One subject, such as marks, contacts or hidden constants."""

    id: str
    title: str
    entries: tuple[DifferenceEntry, ...] = ()
    """The most telling first."""
    alike: int = Field(ge=0)
    """How many things both have alike."""
    limits: tuple[str, ...] = ()
    """What was not compared at all here, a sentence each."""


class DifferenceSide(Frozen):
    """One of the two reports."""

    name: str
    """What it is called in the other fields: its version, or the agent too, or `A` and `B`."""
    agent: str
    artifact: Artifact
    source: str
    """`audit` or `scan`."""
    tool_version: str
    started: datetime
    complete: bool
    problems: tuple[str, ...] = ()
    """Why it is not complete, a sentence each."""
    scenario: str = ""
    """Of an audit."""
    runs: int = Field(default=0, ge=0)
    """Completed ones."""
    signals: tuple[str, ...] = ()
    """Facts of the machine that were varied."""
    minimum_detectable_effect: float | None = None
    """As of Coverage: the smallest change in the share of runs that would have been found."""
    evidence_folder: str = ""


class DifferenceReport(Frozen):
    """Everything that differs between two reports."""

    schema_version: int = DIFFERENCE_SCHEMA_VERSION
    tool_version: str
    made: datetime
    before: DifferenceSide
    after: DifferenceSide
    summary: tuple[str, ...] = Field(min_length=1)
    """The few sentences that matter, the most telling first."""
    unlike: tuple[str, ...] = ()
    """In what the two were not made alike, a sentence each."""
    sections: tuple[DifferenceSection, ...]

    @property
    def complete(self) -> bool:
        """Both reports are complete; what is missing in one could be anything."""
        return self.before.complete and self.after.complete

    @property
    def entries(self) -> tuple[DifferenceEntry, ...]:
        """All that differs, over all sections."""
        return tuple(own for section in self.sections for own in section.entries)
