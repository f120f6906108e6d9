"""Reports and runs as an audit of a specimen would make them."""

from datetime import UTC, datetime
from pathlib import Path

from undeclared.bench.specimens import Specimen, Truth
from undeclared.model import (
    Artifact,
    ArtifactKind,
    Confidence,
    Coverage,
    Environment,
    Finding,
    FindingKind,
    FindingVariant,
    HttpFlow,
    HttpRequest,
    Locus,
    Outcome,
    Phase,
    Report,
    Run,
    RunCounts,
    Severity,
    Signal,
    Trial,
)

ZONES = ("Etc/UTC", "Europe/Berlin", "Asia/Shanghai", "Asia/Urumqi")
HOSTS = ("unset", "gateway.example.com", "moonshot.example.cn")
TRIED = (Signal(id="timezone", levels=ZONES), Signal(id="base-url-host", levels=HOSTS))
WHEN = datetime(2026, 11, 22, tzinfo=UTC)


def specimen(**truth) -> Specimen:
    base = {"label": "mark", "channel": "text.codepoint", "family": "B1", "variant": "clean"}
    return Specimen(
        id="s9001",
        folder=Path("/nowhere"),
        default_host="api.vendor.example",
        truth=Truth(**{**base, **truth}),
    )


def claim(
    kind: FindingKind = FindingKind.MARK,
    channel: str = "text.codepoint",
    bits: float = 1,
    part: str = "body",
    **signals: tuple[str, ...],
) -> Finding:
    told = tuple(
        Signal(id=name.replace("_", "-"), levels=levels) for name, levels in signals.items()
    )
    variants = tuple(
        FindingVariant(
            when={}, text=text, codepoints=(), changed=text, conditions=told, seen=4, of=4
        )
        for text in ("a", "b")
    )
    mark = kind is FindingKind.MARK
    return Finding(
        id=f"{kind}-{channel}",
        kind=kind,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        title="A difference",
        condition=" and ".join(signal.id for signal in told),
        declared=None,
        covert=mark,
        covert_because="equal skeleton" if mark else "",
        signals=told,
        channel=channel,
        locus=Locus(host="h", method="POST", path="/v1/messages", part=part),
        bits=bits,
        p_value=1e-6,
        variants=variants,
    )


def report(*findings: Finding, complete: bool = True, completed: int = 40) -> Report:
    counts = RunCounts(planned=40, completed=completed, agent_failed=0, timed_out=0, lab_failed=0)
    return Report(
        tool_version="0",
        agent="s9001",
        started=WHEN,
        seconds=12.5,
        artifact=Artifact(
            purl="pkg:generic/s9001@0", name="s9001", version="0", published=None,
            sha256="0" * 64, size=1, kind=ArtifactKind.SCRIPT,
        ),
        coverage=Coverage(
            scenario="command", signals=TRIED, runs=counts, family_wise_error_rate=0.05, loci=10,
            not_exercised=(), complete=complete,
        ),
        findings=findings,
    )  # fmt: skip


def run(
    number: int,
    body: bytes = b"{}",
    *,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    target: bytes = b"/v1/messages",
    **levels: str,
) -> Run:
    environment = {"timezone": ZONES[0], "base-url-host": HOSTS[0]}
    environment |= {name.replace("_", "-"): level for name, level in levels.items()}
    host = environment["base-url-host"].encode()
    request = HttpRequest(
        method=b"POST", scheme="https", host="h", port=443, target=target, version="HTTP/1.1",
        headers=((b"Host", host), *headers), body=body,
    )  # fmt: skip
    trial = Trial(
        id=f"discovery-0-{number:03d}",
        phase=Phase.DISCOVERY,
        block=0,
        environment=Environment.of(environment),
    )
    return Run(
        trial=trial,
        scenario="command",
        started=WHEN,
        seconds=0.1,
        outcome=Outcome.COMPLETED,
        flows=(HttpFlow(started=0.0, connection=0, request=request, answered_by="generic"),),
    )
