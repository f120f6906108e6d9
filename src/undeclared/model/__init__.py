"""Frozen types: the words of the project. No I/O, no judgement, nothing of one vendor."""

from undeclared.model.artifact import Artifact, ArtifactKind, Part
from undeclared.model.base import Frozen
from undeclared.model.coverage import Coverage, RunCounts, Unconfirmed
from undeclared.model.environment import UNSET, Environment, Signal
from undeclared.model.errors import (
    ExitCode,
    Incomplete,
    LabUnavailable,
    NotFound,
    UndeclaredError,
    UsageError,
)
from undeclared.model.finding import (
    Confidence,
    Finding,
    FindingKind,
    FindingVariant,
    Severity,
)
from undeclared.model.flow import (
    DnsFlow,
    Flow,
    Headers,
    HttpFlow,
    HttpRequest,
    HttpResponse,
    StreamFlow,
    TlsFlow,
)
from undeclared.model.locus import Locus
from undeclared.model.observation import (
    ContactFact,
    Contrast,
    Evidence,
    Influence,
    Status,
    Variant,
    View,
)
from undeclared.model.report import SCHEMA_VERSION, Contact, Hidden, Read, Report, Role
from undeclared.model.run import Outcome, Phase, Run, Trial

__all__ = [
    "SCHEMA_VERSION",
    "UNSET",
    "Artifact",
    "ArtifactKind",
    "Confidence",
    "Contact",
    "ContactFact",
    "Contrast",
    "Coverage",
    "DnsFlow",
    "Environment",
    "Evidence",
    "ExitCode",
    "Finding",
    "FindingKind",
    "FindingVariant",
    "Flow",
    "Frozen",
    "Headers",
    "Hidden",
    "HttpFlow",
    "HttpRequest",
    "HttpResponse",
    "Incomplete",
    "Influence",
    "LabUnavailable",
    "Locus",
    "NotFound",
    "Outcome",
    "Part",
    "Phase",
    "Read",
    "Report",
    "Role",
    "Run",
    "RunCounts",
    "Severity",
    "Signal",
    "Status",
    "StreamFlow",
    "TlsFlow",
    "Trial",
    "Unconfirmed",
    "UndeclaredError",
    "UsageError",
    "Variant",
    "View",
]
