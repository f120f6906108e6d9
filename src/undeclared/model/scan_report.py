"""The report of a scan: what a program's code can do, without running it."""

from datetime import datetime

from pydantic import Field

from undeclared.model.artifact import Artifact
from undeclared.model.base import Frozen
from undeclared.model.code import CodeCondition, CodeFlow, Component, Endpoint, Omission, Sited
from undeclared.model.finding import Finding
from undeclared.model.report import Hidden, Read

SCAN_SCHEMA_VERSION = 1
"""Raised when a field is removed or changes its meaning; new fields do not raise it."""


class ReadInCode(Read, Sited):
    """A signal that the code reads; one for each signal that counts the read."""

    id: str
    """As of CodeRead: stays the same when a rebuild renames all variables."""
    what: str
    """As of CodeRead: `env:TZ`, `os.hostname` …"""


class HiddenInCode(Hidden, Sited):
    """Constants that the code keeps in a form which no search for their text finds."""

    id: str
    steps: tuple[str, ...]
    """The decoder, step by step."""
    looks: tuple[str, ...]
    """What the entries look like: `host name`, `time zone` …"""
    score: float = Field(ge=0, le=1)


class ScanReport(Frozen):
    """Everything that one scan says."""

    schema_version: int = SCAN_SCHEMA_VERSION
    tool_version: str
    agent: str = ""
    """Id of the profile; empty where none was given."""
    started: datetime
    seconds: float = Field(ge=0)
    artifact: Artifact
    files: int = Field(ge=0)
    """After unpacking, those in containers included."""
    bytes: int = Field(ge=0)
    """Of those files together; what a container holds is counted with it and again by itself."""
    reads: tuple[ReadInCode, ...] = ()
    hidden: tuple[HiddenInCode, ...] = ()
    conditions: tuple[CodeCondition, ...] = ()
    flows: tuple[CodeFlow, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    components: tuple[Component, ...] = ()
    findings: tuple[Finding, ...] = ()
    """Of the kinds `hidden-constants`, `condition` and `read`."""
    omissions: tuple[Omission, ...] = ()
    """What was not scanned, or not wholly."""
    complete: bool
    """Nothing was left out."""
