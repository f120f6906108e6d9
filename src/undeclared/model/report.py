"""The report: the one public result, versioned apart from the tool."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from undeclared.model.artifact import Artifact
from undeclared.model.base import Frozen
from undeclared.model.code import ConditionStatus
from undeclared.model.contents import Change, Content, Identifier, Sought
from undeclared.model.coverage import Coverage
from undeclared.model.finding import Finding
from undeclared.model.observation import CanaryFact

SCHEMA_VERSION = 1
"""Raised when a field is removed or changes its meaning; new fields do not raise it."""


class Role(StrEnum):
    """What a host is for."""

    MODEL = "model"
    TELEMETRY = "telemetry"
    ERRORS = "errors"
    FLAGS = "flags"
    UPDATE = "update"
    REGISTRY = "registry"
    AUTH = "auth"
    OTHER = "other"


class OptOutEffect(StrEnum):
    """What switches did to what they should stop."""

    ALL = "stops all"
    PART = "stops a part"
    NOTHING = "stops nothing"
    IDLE = "nothing to stop"
    """Without them nothing was contacted, in this scenario, that they should stop."""
    UNKNOWN = "unknown"
    """No run was completed."""


class Contact(Frozen):
    """A host that the agent contacted."""

    host: str
    port: int
    role: Role
    declared: bool | None
    """Whether the vendor declares it; None where the profile holds no declarations."""
    requests: int
    bytes_out: int
    when_opted_out: bool | None = None
    """Whether it is still contacted with every documented opt-out set; None if not tried."""
    runs: int
    """Runs in which it was contacted."""
    bits_learned: float = Field(default=0.0, ge=0)
    """What it learns of the environment, at least, from all its loci together: log2 of the classes
    of those environments tried that it can tell apart."""
    phases: tuple[str, ...] = ()
    """When: `install`, `before the first prompt`, `during`, `after the last prompt`; of reports by
    older versions of this tool `run`."""


class Read(Frozen):
    """A signal that the agent reads."""

    signal: str
    how: str
    """The variable, file or call, and who saw it: `env TZ, by a hook in the runtime` …"""
    evidence: str
    """Where in the program, or which process."""


class Hidden(Frozen):
    """Constants that the code hides behind a decoder."""

    decoder: str
    entries: tuple[str, ...]
    evidence: str


class ConditionTried(Frozen):
    """A comparison that the code makes, and what the runs say of it."""

    id: str
    """As of CodeCondition."""
    signals: tuple[str, ...]
    says: str
    """In one line: `timezone equals {Asia/Tokyo, Etc/UTC}`."""
    values: tuple[str, ...] = ()
    """As of CodeCondition: all of them."""
    levels: tuple[str, ...] = ()
    """Those tried at which it holds."""
    status: ConditionStatus
    evidence: str
    """The file, and the bytes in it."""


class OptOutTried(Frozen):
    """Switches that were set to opt out, and what remained of the traffic."""

    setting: str
    """What was set, for a person: `DISABLE_TELEMETRY=1`, `every documented switch` …"""
    documented: bool
    """The vendor's documents name these switches with these values."""
    runs: int = Field(ge=0)
    """Completed runs; 0 where the agent does not work so."""
    effect: OptOutEffect
    remains: tuple[str, ...] = ()
    """Hosts that were contacted in any of these runs; of the model's host, with the path, what was
    asked besides the model."""
    covered: tuple[str, ...] = ()
    """Hosts, or a host with a path, that were contacted though the documents say that with these
    switches they are not; set as documented, they should have stopped."""
    stopped: tuple[str, ...] = ()
    """Hosts contacted in every run without a switch, and in none of these."""
    unsaid: tuple[str, ...] = ()
    """Those of them of which no document says that they would stop."""
    note: str = ""
    """What else is to be said, such as how the agent failed."""


class Report(Frozen):
    """Everything that one audit says."""

    schema_version: int = SCHEMA_VERSION
    tool_version: str
    agent: str
    """Id of the profile."""
    started: datetime
    seconds: float = Field(ge=0)
    artifact: Artifact
    coverage: Coverage
    contacts: tuple[Contact, ...] = ()
    reads: tuple[Read, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    conditions: tuple[ConditionTried, ...] = ()
    """What the code compares with constants of facts of the machine that were varied."""
    planted: tuple[str, ...] = ()
    """Where a secret was planted in every run, for a person: `~/.aws/credentials` …"""
    canaries: tuple[CanaryFact, ...] = ()
    """Those of them that were found in what was sent, asked for or not."""
    sought: tuple[Sought, ...] = ()
    """Categories of data that were looked for in what was sent; empty where that was not done."""
    contents: tuple[Content, ...] = ()
    """What of them was found, by host; a category of `sought` that a host is not named with was not
    seen there."""
    identifiers_tried: tuple[Change, ...] = ()
    """What was changed to see which identifiers stay; empty where that was not tried."""
    identifiers: tuple[Identifier, ...] = ()
    """Those found, the longest-lived first."""
    opt_outs: tuple[OptOutTried, ...] = ()
    """The documented switches to opt out that were tried, as documented and in other spellings."""
    findings: tuple[Finding, ...] = ()
    evidence_folder: str = ""
    """Where the raw bytes of this audit are kept, as whoever ran it names the store; after `#` its
    number there, which `undeclared store show` takes."""
