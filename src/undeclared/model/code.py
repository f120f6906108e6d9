"""What a program's code can do, as it lies there; neutral facts of `static/`, never a judgement.

Names follow SARIF 2.1.0 (OASIS 2020): region, code flow, artifact location.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import Field

from undeclared.model.base import Frozen


class FileKind(StrEnum):
    """What a file holds, by its content first and its name second."""

    JAVASCRIPT = "javascript"
    TYPESCRIPT = "typescript"
    PYTHON = "python"
    JSON = "json"
    SOURCE_MAP = "source-map"
    WASM = "wasm"
    NATIVE = "native"
    """Machine code: ELF, Mach-O, PE; only its strings and names can be read."""
    BYTECODE = "bytecode"
    """Compiled by V8, JavaScriptCore or Python: only its strings can be read."""
    TEXT = "text"
    OTHER = "other"


class SourceFile(NamedTuple):
    """One file to scan, at the end of all unpacking."""

    path: str
    """Within the artifact, `/` between folders; what lies in a container is named after `!/`, as
    in `bin/agent!/$bunfs/root/cli` (JAR URL syntax)."""
    kind: FileKind
    data: bytes | memoryview
    """All its bytes; of a large file a view of a memory map."""


class Omission(Frozen):
    """Something that was not scanned, or not wholly: an analysis with one is incomplete."""

    path: str
    what: str
    """One line for a person: what could not be done, and why."""


class Region(Frozen):
    """A place in the code."""

    path: str
    """As in SourceFile."""
    start: int = Field(ge=0)
    """Byte offset …"""
    end: int = Field(ge=0)
    """… and the one after the last byte."""
    excerpt: str = ""
    """The code around, made readable: re-indented, at most 12 lines of 120 characters; a byte
    that is no UTF-8 as `\\xNN`. Short evidence, never a whole function of a large size."""


class Sited(Frozen):
    """Something that lies in the code, in one place or in several."""

    region: Region
    """Of the first place."""
    also_at: tuple[Region, ...] = ()
    """Further places of the same, the first few of them, without excerpts."""
    places: int = Field(default=1, ge=1)
    """How many there are."""


class CodeRead(Sited):
    """A place in the code that reads a fact of the machine."""

    id: str
    """Of the code's shape and literals, none of its names: stays the same when a rebuild renames
    all variables. Several places of the same shape share it."""
    signals: tuple[str, ...]
    """Ids of the signals whose rules count it; usually one."""
    what: str
    """As HookedRead.what says it: `env:TZ`, `os.hostname`, `Intl.DateTimeFormat`,
    `file:~/.gitconfig`, `run:git config user.name`."""


class HiddenConstants(Sited):
    """Constants that the code keeps in a form which no search for their text finds.

    The region is that of the encoded form.
    """

    id: str
    """As of CodeRead."""
    decoder: tuple[str, ...]
    """How the entries come out, step by step: `base64`, `xor 91`, `split ,`; or
    `function of the program` where the program's own decoder was cut out and run."""
    entries: tuple[str, ...]
    """All that came out, in order."""
    looks: tuple[str, ...]
    """What they look like: `host name`, `URL`, `time zone`, `locale`, `word` …"""
    score: float = Field(ge=0, le=1)
    """How sure that these are constants, and not what any bytes would give."""


class Comparison(StrEnum):
    """How a condition compares."""

    EQUALS = "equals"
    """With one of `values` (`===`, a switch, membership of a set or list)."""
    PREFIX = "begins with"
    SUFFIX = "ends with"
    CONTAINS = "contains"
    """One of `values` is a part of it."""
    MATCHES = "matches"
    """`values` are regular expressions, as the program writes them."""
    PRESENT = "is set"
    """Whether it is there, or true; no values."""
    COMPARES = "is compared"
    """Less, more, a parsed number; `values` as written."""


class CodeCondition(Sited):
    """A comparison of a fact of the machine with constants, at the place of the comparison."""

    id: str
    """As of CodeRead."""
    signals: tuple[str, ...]
    what: str
    """As of CodeRead: what is read."""
    via: tuple[str, ...] = ()
    """What was done to the value before, outermost last: `toLowerCase`, `new URL`, `.hostname` …"""
    test: Comparison
    values: tuple[str, ...] = ()
    """In the program's order, decoded where they were hidden."""
    hidden: str | None = None
    """The id of the hidden constants that `values` come from; None if they lie open."""
    negated: bool = False
    reads: tuple[Region, ...] = ()
    """Where the value is read."""

    def __str__(self) -> str:
        """In one line, the first few constants by name: `timezone equals {Asia/Tokyo, Etc/UTC}`."""
        subject = " or ".join(self.signals) or self.what
        return f"{subject} {_VERBS[self.test][self.negated]} {constants(self.values)}".rstrip()


NAMED = 6
"""Constants that are named of many."""


def constants(values: Sequence[str], most: int = NAMED) -> str:
    """Constants as a set, the first few by name; one alone as it is."""
    if len(values) <= 1:
        return "".join(values)
    named = ", ".join(values[:most])
    return f"{{{named}}}" if len(values) <= most else f"{{{named} …}} ({len(values)} in all)"


_VERBS = {
    Comparison.EQUALS: ("equals", "does not equal"),
    Comparison.PREFIX: ("begins with", "does not begin with"),
    Comparison.SUFFIX: ("ends with", "does not end with"),
    Comparison.CONTAINS: ("contains", "does not contain"),
    Comparison.MATCHES: ("matches", "does not match"),
    Comparison.PRESENT: ("is set", "is not set"),
    Comparison.COMPARES: ("is compared with", "is compared with"),
}


class ConditionStatus(StrEnum):
    """What runs say of a comparison that the code makes."""

    CONFIRMED = "confirmed by run"
    """What is sent differs between levels at which it holds and levels at which it does not."""
    CONTRADICTED = "contradicted"
    """The fact was read and levels on both sides were tried, and nothing that is sent differs so:
    the outcome goes elsewhere, or needs more than was tried."""
    NOT_EXERCISED = "not exercised"
    """The runs say nothing of it."""


class FlowStep(Frozen):
    """One step on the way of a value (a SARIF threadFlowLocation)."""

    region: Region
    says: str
    """One line: `read of env:TZ`, `returned by a function`, `chooses between two texts` …"""


class CodeFlow(Frozen):
    """A way from a read to what leaves the machine."""

    id: str
    """As of CodeRead."""
    signals: tuple[str, ...]
    what: str
    sink: Literal["request body", "header", "url", "prompt", "telemetry event", "request", "other"]
    by: Literal["value", "choice"]
    """Whether the value itself goes there, or decides what does."""
    steps: tuple[FlowStep, ...] = Field(min_length=1)
    condition: str | None = None
    """The id of the condition that it goes through, if it does."""
    places: int = Field(default=1, ge=1)
    """How many ways of this shape there are; the steps are those of the first."""


class Endpoint(Sited):
    """A host that the code names."""

    host: str
    url: str
    """As written, at most 300 characters; the host alone if nothing more is written."""
    hidden: str | None = None
    """The id of the hidden constants it is one of; None if it lies open."""
    called: bool
    """Whether it is seen to be given to something that makes a request."""


class Component(Sited):
    """A known library that sends: telemetry, errors, flags."""

    name: str
    """As in the catalogue."""
    role: str
    """As of Contact: `telemetry`, `errors`, `flags` …"""


class Scan(Frozen):
    """Everything that one scan of code established."""

    files: int = 0
    bytes: int = 0
    """After unpacking."""
    reads: tuple[CodeRead, ...] = ()
    hidden: tuple[HiddenConstants, ...] = ()
    conditions: tuple[CodeCondition, ...] = ()
    flows: tuple[CodeFlow, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    components: tuple[Component, ...] = ()
    omissions: tuple[Omission, ...] = ()


class Fingerprint(Frozen):
    """What tells versions of a program apart by what they do: a part of a scan, found sooner."""

    about: tuple[str, ...]
    """Ids of the signals whose reads were followed."""
    scan: Scan
    """All hidden constants, hosts and libraries; reads, conditions and ways of those signals."""
    left_out: tuple[str, ...]
    """What was not looked for, unlike in a whole scan."""
