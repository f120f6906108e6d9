"""Since which version, until which: findings of many versions of one agent, side by side."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from undeclared.model.artifact import ArtifactKind
from undeclared.model.base import Frozen
from undeclared.model.code import CodeCondition
from undeclared.model.environment import Signal
from undeclared.model.finding import FindingKind, Severity

TIMELINE_SCHEMA_VERSION = 1
"""Raised when a field is removed or changes its meaning; new fields do not raise it."""


class Release(Frozen):
    """One published version of a package."""

    version: str
    published: datetime | None = None
    """When the registry says it was published (UTC); None where it does not say."""
    by: datetime | None = None
    """By when it was published: its own time or, where that cannot be right, the time of the next
    version whose time can."""
    prerelease: bool = False
    withdrawn: bool = False
    """The registry names it, and no longer offers it, or says not to use it."""
    odd: str = ""
    """Why its own time cannot be right, in a sentence; empty if it can."""

    @property
    def at(self) -> datetime | None:
        """When it was published, or by when where its own time cannot be right."""
        return self.by if self.odd else self.published


class ProbedBy(StrEnum):
    """How a version was looked into."""

    CODE = "code"
    """What its code hides and compares, without running it."""
    RUN = "run"
    """A real audit, reduced to what matters here."""


class Trait(Frozen):
    """A finding of one version, reduced to what tells it from the others."""

    id: str
    """Of the finding: stays the same from version to version, where its place and shape do."""
    kind: FindingKind
    severity: Severity
    title: str
    condition: str = ""
    channel: str = ""
    signals: tuple[str, ...] = ()
    place: str = ""
    """Of what was sent: the host and the part of the request; of code: how it compares."""
    spots: tuple[str, ...] = ()
    """Of what was sent: every place that shows it, with every signal, to be found again among what
    another audit could not establish."""
    constants: tuple[str, ...] = ()
    """Those that the code hides or compares with."""
    p_value: float | None = None
    bits: float = 0.0


class Probe(Frozen):
    """What was found in one version, in one way."""

    version: str
    by: ProbedBy
    traits: tuple[Trait, ...] = ()
    conditions: tuple[CodeCondition, ...] = ()
    """Those comparisons in the code that its traits are about."""
    omissions: tuple[str, ...] = ()
    """Parts of its code that could not be searched, or not wholly, a line each: the first few."""
    problem: str = ""
    """Why nothing is known of it: it could not be fetched, does not run … Empty if it was done."""
    detectable: float | None = None
    """The smallest change in the share of runs that the audit would have established."""
    unsure: tuple[str, ...] = ()
    """Spots, as of Trait, at which something looked so at first and was not established."""
    runs: int = 0
    varied: tuple[Signal, ...] = ()
    """Signals that the audit varied, with all levels, the default first."""
    sha256: str = ""
    """Hex digest of the package's own archive."""
    size: int = 0
    """Bytes of all its archives."""
    downloaded: int = 0
    """Bytes fetched for it; 0 where they were in the cache."""
    kind: ArtifactKind | None = None
    seconds: float = 0.0
    """That it took, downloads included."""
    evidence: str = ""
    """Where the runs are kept on the machine that made them."""
    known: bool = False
    """It was made for an earlier timeline, and taken from the store."""


class Edge(Frozen):
    """Where a bar begins or ends."""

    version: str
    """The first, or last, version in which it was found."""
    neighbour: str | None
    """The nearest version beyond it in which it was looked for and not found; None if the range
    ends here."""
    exact: bool
    """No version lies between the two, and the neighbour lacks it for sure."""
    unsure: bool = False
    """The audit of the neighbour saw something like it, which it could not establish."""
    unknown: tuple[str, ...] = ()
    """Those that lie between, of which it is not known."""
    by: ProbedBy | None = None
    """By what both sides were looked into; `run` only if both were."""
    p_value: float | None = None
    """Of the audit of `version`."""
    detectable: float | None = None
    """Of the audit of `neighbour`: an effect at least this large would have been found."""


class Bar(Frozen):
    """A finding, from the first to the last version that has it."""

    trait: Trait
    """As of the last version in which it was found."""
    begins: Edge
    ends: Edge
    versions: int = Field(ge=1)
    """Published from the first to the last, both included."""
    days: int | None = None
    """From the publication of the first to that of the last; None where no times are known."""
    by: ProbedBy
    """How it was found."""
    seen: tuple[str, ...]
    """Versions in which it was looked for and found."""
    in_code: tuple[str, ...] = ()
    """Of what runs showed: versions within that were not run, and whose code has all of the
    `counterparts`."""
    assumed: int = Field(ge=0)
    """Versions within that were not looked into: it is assumed that they have it too."""
    changes: tuple[str, ...] = ()
    """What changed within, a sentence each: constants that came or went."""
    counterparts: tuple[str, ...] = ()
    """Of what runs showed: what the code has in the same versions, a title each."""


class Changed(StrEnum):
    """What a release did to a finding."""

    ADDED = "added"
    REMOVED = "removed"


class NewDifference(Frozen):
    """A difference between a release that has appeared and the one before it."""

    version: str
    before: str
    change: Changed
    trait: Trait
    by: ProbedBy


class TimelineReport(Frozen):
    """Everything that one timeline says."""

    schema_version: int = TIMELINE_SCHEMA_VERSION
    tool_version: str
    agent: str
    """Id of the profile."""
    package: str
    """Package URL without a version."""
    started: datetime
    seconds: float = Field(ge=0)
    scenario: str
    signals: tuple[Signal, ...] = ()
    """Those that the audits varied, with all levels that they tried, the default first."""
    compared: tuple[str, ...] = ()
    """Ids of the signals that were followed in the code, besides all that is hidden in it."""
    releases: tuple[Release, ...]
    """All that were considered, in the order of their versions."""
    left_out: tuple[str, ...] = ()
    """Releases that were not considered though they lie in the range, with the reason."""
    probes: tuple[Probe, ...] = ()
    """In the order of their versions; those of code first."""
    bars: tuple[Bar, ...] = ()
    """The most severe first, and those that runs showed before those of the code."""
    news: tuple[NewDifference, ...] = ()
    """Of a watch: differences of the releases that have appeared to those before them."""
    watch: bool = False
    """It is one of a watch: it begins with the version that was the newest the last time."""
    watched_from: str = ""
    """Of a watch: the version that was the newest the last time; empty for the first time."""
    odd: tuple[str, ...] = ()
    """What is odd about the registry's versions and times, a sentence each."""
    problems: tuple[str, ...] = ()
    """What could not be done, a sentence each."""
    downloaded: int = Field(default=0, ge=0)
    """Bytes fetched by this timeline."""
    interrupted: bool = False
    complete: bool
    """All that was asked for was done."""
