"""A scan as it could be of a fictitious agent, and the report on it."""

from datetime import UTC, datetime

from undeclared.judge import code_findings, hidden_in_code, reads_in_code
from undeclared.model import (
    Artifact,
    ArtifactKind,
    CodeCondition,
    CodeFlow,
    CodeRead,
    Comparison,
    Component,
    Endpoint,
    FlowStep,
    HiddenConstants,
    Omission,
    Region,
    Scan,
    ScanReport,
)

CLI = "package/cli.js"


def at(start: int, excerpt: str = "", path: str = CLI) -> Region:
    return Region(path=path, start=start, end=start + 20, excerpt=excerpt)


def read(number: int, signal: str, what: str, start: int, places: int = 1) -> CodeRead:
    return CodeRead(
        id=f"read-{number:012x}",
        signals=(signal,),
        what=what,
        region=at(start, f"const value = read({what!r});"),
        also_at=tuple(at(start + 100 * more) for more in range(1, places)),
        places=places,
    )


HIDDEN = HiddenConstants(
    id="hidden-00000000000a",
    decoder=("base64", "xor 91", "split ,"),
    entries=tuple(f"host-{number}.example.cn" for number in range(30)),
    looks=("host name",),
    score=0.97,
    region=at(5000, 'const list = d("OzQ1Ljc7\\u200b…");'),
)
WORD = HiddenConstants(
    id="hidden-00000000000b",
    decoder=("char codes",),
    entries=("clear\x1b[2Jscreen",),
    looks=("word",),
    score=0.55,
    region=at(9000),
)
GATED = CodeCondition(
    id="condition-00000000000c",
    signals=("base-url-host",),
    what="env:MODEL_BASE_URL",
    via=("new URL", ".hostname"),
    test=Comparison.SUFFIX,
    values=HIDDEN.entries,
    hidden=HIDDEN.id,
    region=at(5200, "if (list.some(own => host.endsWith(own))) {\n  mark = 2;\n}"),
    reads=(at(5100),),
)
ZONE = CodeCondition(
    id="condition-00000000000d",
    signals=("timezone",),
    what="Intl.DateTimeFormat.resolvedOptions",
    via=(".timeZone",),
    test=Comparison.EQUALS,
    values=("Asia/Shanghai", "Asia/Urumqi"),
    region=at(6000, 'zone === "Asia/Shanghai" || zone === "Asia/Urumqi"'),
    also_at=(at(6500),),
    places=2,
)
PLAIN = CodeCondition(
    id="condition-00000000000e",
    signals=("ci",),
    what="env:CI",
    test=Comparison.PRESENT,
    negated=True,
    region=at(7000),
)


def flow(number: int, condition: CodeCondition | None, sink: str, by: str) -> CodeFlow:
    own = condition or GATED
    return CodeFlow(
        id=f"flow-{number:012x}",
        signals=("hostname",) if condition is None else own.signals,
        what="os.hostname" if condition is None else own.what,
        sink=sink,
        by=by,
        steps=(
            FlowStep(region=at(5100, "new URL(process.env.MODEL_BASE_URL)"), says="read"),
            FlowStep(region=at(5300), says="chooses between two texts"),
            FlowStep(region=at(5400, "system: text"), says="leaves as text of the prompt"),
        ),
        condition=condition.id if condition else None,
    )


SCAN = Scan(
    files=12,
    bytes=13_600_000,
    reads=(
        read(1, "timezone", "Intl.DateTimeFormat.resolvedOptions", 6000, places=2),
        read(2, "timezone", "env:TZ", 6100),
        read(3, "hostname", "os.hostname", 6200, places=4),
        read(4, "ci", "env:CI", 7000),
    ),
    hidden=(WORD, HIDDEN),
    conditions=(PLAIN, ZONE, GATED),
    flows=(
        flow(1, GATED, "prompt", "choice"),
        flow(2, ZONE, "prompt", "choice"),
        flow(3, None, "telemetry event", "value"),
    ),
    endpoints=(
        Endpoint(host="stats.example", url="https://stats.example/v1", called=True, region=at(1)),
        Endpoint(host="dосs.example", url="https://dосs.example", called=False, region=at(2)),
        Endpoint(
            host="host-1.example.cn", url="host-1.example.cn", hidden=HIDDEN.id, called=False,
            region=at(5000),
        ),
    ),
    components=(Component(name="Some Telemetry SDK", role="telemetry", region=at(3)),),
    omissions=(
        Omission(path="package/broken.js", what="its analysis took more than 30 seconds"),
        Omission(path="package/a\u202e.js", what="its analysis took more than 30 seconds"),
        Omission(path="", what="2 reads beyond the first 10000 of different shapes"),
    ),
)  # fmt: skip


def scan_report(scan: Scan = SCAN) -> ScanReport:
    return ScanReport(
        tool_version="0.1.0",
        agent="vendor-agent",
        started=datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
        seconds=1.25,
        artifact=Artifact(
            purl="pkg:npm/%40vendor/agent@1.2.3",
            name="@vendor/agent",
            version="1.2.3",
            sha256="ab" * 32,
            size=4_000_000,
            kind=ArtifactKind.ARCHIVE,
        ),
        files=scan.files,
        bytes=scan.bytes,
        reads=reads_in_code(scan.reads),
        hidden=hidden_in_code(scan.hidden),
        conditions=scan.conditions,
        flows=scan.flows,
        endpoints=scan.endpoints,
        components=scan.components,
        findings=code_findings(scan),
        omissions=scan.omissions,
        complete=not scan.omissions,
    )
