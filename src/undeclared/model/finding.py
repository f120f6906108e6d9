"""A judgement on observations: what, how sure, how bad, declared or not, with evidence."""

from enum import StrEnum

from pydantic import Field, model_validator

from undeclared.model.base import Frozen
from undeclared.model.code import Region
from undeclared.model.environment import Signal
from undeclared.model.locus import Locus
from undeclared.model.observation import Contrast, Evidence


class FindingKind(StrEnum):
    """What a finding is about."""

    INFLUENCE = "influence"
    MARK = "mark"
    CONTACT = "contact"
    CANARY = "canary"
    READ = "read"
    HIDDEN_CONSTANTS = "hidden-constants"
    CONDITION = "condition"
    OPT_OUT_IGNORED = "opt-out-ignored"


class Severity(StrEnum):
    """How bad, if nobody knows of it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Confidence(StrEnum):
    """How sure. Only what fresh runs confirmed is `high`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class FindingVariant(Frozen):
    """One of the things seen at the locus of a finding."""

    when: dict[str, str]
    """One environment in which it was seen: `{signal: level}`."""
    text: str
    """What was there, in its surroundings; a byte that is no UTF-8 as `\\xNN`."""
    codepoints: tuple[str, ...]
    """Of the differing part alone, as `U+2019`; at most 64."""
    changed: str
    """The differing part alone."""
    absent: bool = False
    """There was nothing at the locus."""
    conditions: tuple[Signal, ...]
    """Every level with which it was seen, per signal."""
    seen: int
    """Runs under these conditions that showed it …"""
    of: int
    """… of so many."""


class Consequence(Frozen):
    """Another open difference by the same signals, summed up under a finding."""

    locus: Locus
    channel: str
    title: str
    """One sentence, as of a finding."""
    condition: str


class Finding(Frozen):
    """One judgement, with everything needed to check it."""

    id: str
    """Stable: made of kind, channel, locus and signals, or of the code's shape; survives a rebuild
    of the agent."""
    kind: FindingKind
    severity: Severity
    confidence: Confidence
    title: str
    """One sentence of bytes and conditions, never of intent."""
    condition: str
    """When the variants other than the default appear: `timezone in {…} and base-url-host …`."""
    declared: bool | None
    """Whether the vendor declares it; None where the profile holds no declarations."""
    covert: bool
    """The variants look or mean the same to a person and differ in bytes."""
    covert_because: str = ""
    """By which rule: `equal Unicode TR39 skeleton`, `equal parsed date` …; empty if not covert."""
    signals: tuple[Signal, ...]
    channel: str
    """Id of the channel; empty for what was seen in the code alone."""
    locus: Locus
    """For what was seen in the code alone: the file as `path`, the part `code`, and the bytes as
    `first-last` in `pointer`."""
    bits: float = Field(ge=0)
    p_value: float | None = Field(default=None, ge=0, le=1)
    """Chance of claiming this if it were not so, after correction for all claims of the audit."""
    variants: tuple[FindingVariant, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    also_at: tuple[Locus, ...] = ()
    """Other loci with the same variants."""
    consequences: tuple[Consequence, ...] = ()
    """What else the same signals change openly."""
    evidence: tuple[Evidence, ...] = ()
    about: tuple[str, ...] = ()
    """Ids of what it judges in the code: conditions, flows, hidden constants."""
    regions: tuple[Region, ...] = ()
    """Where that is in the code."""

    @model_validator(mode="after")
    def _whole(self) -> "Finding":
        """A finding cannot be built wrong: a mark is covert and, like an influence, was tested."""
        if self.kind is FindingKind.MARK and not (self.covert and self.covert_because):
            raise ValueError("a mark says by which rule it is covert")
        tested = len(self.variants) >= 2 and self.p_value is not None and bool(self.signals)
        if self.kind in (FindingKind.MARK, FindingKind.INFLUENCE) and not tested:
            raise ValueError("an influence has signals, two variants and a p-value")
        return self
