"""A report as an audit of a fictitious agent would make it."""

from datetime import UTC, datetime

import pytest

from undeclared.model import (
    Artifact,
    ArtifactKind,
    Confidence,
    Contact,
    Contrast,
    Coverage,
    Evidence,
    Finding,
    FindingKind,
    FindingVariant,
    Locus,
    Moment,
    Report,
    Role,
    RunCounts,
    Severity,
    Signal,
    Unconfirmed,
)

ZONES = ("Etc/UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo", "Asia/Urumqi")
HOSTS = ("unset", "gateway.example.com", "gateway.example.cn", "lab.example.com")
TIMEZONE = Signal(id="timezone", levels=ZONES)
GATEWAY = Signal(id="base-url-host", levels=HOSTS)


def turn(part: str, pointer: str, segment: str = "", step: str = "turn-1") -> Locus:
    return Locus(
        host="{base-url-host}",
        method="POST",
        path="/v1/messages",
        part=part,
        pointer=pointer,
        segment=segment,
        step=step,
    )


def only(signal: Signal, *levels: str) -> Signal:
    return signal.model_copy(update={"levels": levels})


def variant(text: str, changed: str, *conditions: Signal, seen: int = 12) -> FindingVariant:
    return FindingVariant(
        when={signal.id: signal.levels[0] for signal in conditions},
        text=text,
        changed=changed,
        codepoints=tuple(f"U+{ord(c):04X}" for c in changed),
        conditions=conditions,
        seen=seen,
        of=seen,
    )


def contrast(signal: Signal, levels: tuple[str, ...], number: int, *within: Signal) -> Contrast:
    return Contrast(
        signal=signal.id,
        levels=levels,
        against=tuple(level for level in signal.levels if level not in levels),
        within=within,
        variant=number,
        counts=((12, 0), (0, 12)),
        p_value=3.7e-07,
        p_adjusted=2.2e-06,
    )


def apostrophe() -> Finding:
    text = (
        "# currentDate\nToday{}s date is 2026-11-22.\n\nIMPORTANT: this may or may not be relevant."
    )
    elsewhere = only(GATEWAY, *HOSTS[1:])
    shapes = {
        "'": (TIMEZONE, GATEWAY),
        "’": (elsewhere, only(TIMEZONE, "Etc/UTC")),
        "ʼ": (only(GATEWAY, "gateway.example.cn"), TIMEZONE),
        "＇": (only(GATEWAY, "lab.example.com"), only(TIMEZONE, "Asia/Urumqi")),
    }
    body = "/messages/0/content/0/text"
    return Finding(
        id="mark-0123456789ab",
        kind=FindingKind.MARK,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        title="Look-alike characters: U+0027 APOSTROPHE becomes U+2019, U+02BC or U+FF07",
        condition="base-url-host not unset and timezone in {Etc/UTC, Asia/Urumqi}",
        declared=False,
        covert=True,
        covert_because="equal Unicode TR39 skeleton",
        signals=(elsewhere, TIMEZONE),
        channel="text.codepoint",
        locus=turn("body", body, "Today⟨…⟩s date is"),
        bits=2.0,
        p_value=2.2e-06,
        variants=tuple(
            variant(text.format(shape), shape, *conditions) for shape, conditions in shapes.items()
        ),
        contrasts=tuple(
            contrast(GATEWAY, (HOSTS[number],), number, only(TIMEZONE, "Etc/UTC"))
            for number in (1, 2, 3)
        ),
        also_at=tuple(
            turn("body", f"/messages/{index}/content/0/text", step="turn-2") for index in range(146)
        ),
        evidence=(Evidence(run="confirmation-0-003", flow=4, sha256="ab" * 32, note="U+2019"),),
    )


def separator() -> Finding:
    east = only(TIMEZONE, "Asia/Urumqi")
    return Finding(
        id="mark-ba9876543210",
        kind=FindingKind.MARK,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        title="Invisible characters: no text becomes U+200B ZERO WIDTH SPACE, by timezone",
        condition="timezone = Asia/Urumqi",
        declared=None,
        covert=True,
        covert_because="equal without characters that have no glyph",
        signals=(east,),
        channel="text.invisible",
        locus=turn("body", "/system/0/text", "careful⟨…⟩ with"),
        bits=0.61,
        p_value=0.00004,
        variants=(
            variant("Be careful with files.", "", only(TIMEZONE, *ZONES[:4]), seen=48),
            variant("Be careful\u200b with files.", "\u200b", east, seen=11),
        ),
        contrasts=(contrast(TIMEZONE, ("Asia/Urumqi",), 1),),
        also_at=(turn("body", "/system/1/text"),),
    )


def shown(number: int, locus: Locus, severity: Severity, further: int = 0) -> Finding:
    return Finding(
        id=f"influence-{number:012d}",
        kind=FindingKind.INFLUENCE,
        severity=severity,
        confidence=Confidence.HIGH,
        title=f"Value: “UTC” becomes “Asia/Urumqi” ({number}), by timezone",
        condition="timezone not Etc/UTC",
        declared=None,
        covert=False,
        signals=(only(TIMEZONE, *ZONES[1:]),),
        channel="json.value",
        locus=locus,
        bits=2.3219,
        p_value=0.0001,
        variants=(
            variant("UTC", "UTC", only(TIMEZONE, "Etc/UTC")),
            variant("Asia/Urumqi", "Asia/Urumqi", only(TIMEZONE, *ZONES[1:])),
        ),
        also_at=(locus,) * further,
    )


def contacts() -> tuple[Contact, ...]:
    def contact(
        host: str, role: Role, declared: bool | None, requests: int, out: int, *when: Moment
    ) -> Contact:
        return Contact(
            host=host, port=443, role=role, declared=declared, requests=requests, bytes_out=out,
            runs=60, phases=when,
        )  # fmt: skip

    every = (Moment.BEFORE, Moment.DURING, Moment.AFTER)
    return (
        contact("api.vendor.example", Role.MODEL, True, 180, 14_230_881, Moment.DURING),
        contact("stats.vendor.example", Role.TELEMETRY, False, 61, 402_112, *every),
        contact("stаts.vendor.example", Role.OTHER, None, 0, 0, Moment.INSTALL),
    )


def coverage(*, complete: bool) -> Coverage:
    return Coverage(
        scenario="command",
        signals=(TIMEZONE, GATEWAY),
        runs=RunCounts(planned=64, completed=60, agent_failed=1, timed_out=2, lab_failed=1),
        minimum_detectable_effect=0.62,
        family_wise_error_rate=0.05,
        loci=1482,
        noisy=tuple(turn("body", f"/metadata/{name}") for name in ("user_id", "a", "b", "c", "d")),
        unconfirmed=(
            Unconfirmed(
                locus=turn("header", "x-stainless-lang"),
                signals=(TIMEZONE,),
                status="not_confirmed",
                p_value=0.4,
            ),
        ),
        not_exercised=("tools other than the shell", "opt-outs", "signals other than these two"),
        problems=()
        if complete
        else ("4 of 64 runs gave no result, so 2 comparisons are missing.",),
        complete=complete,
    )


@pytest.fixture
def report() -> Report:
    """Two marks, influences, contacts, and a coverage that is not complete."""
    telemetry = Locus(
        host="stats.vendor.example",
        method="POST",
        path="/v1/events",
        part="body",
        pointer="/events/[name=start]/tz",
    )
    return Report(
        tool_version="0.1.0",
        agent="vendor-agent",
        started=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        seconds=93.5,
        artifact=Artifact(
            purl="pkg:npm/%40vendor/agent@1.2.3",
            name="@vendor/agent",
            version="1.2.3",
            published=datetime(2026, 11, 1, tzinfo=UTC),
            sha256="cd" * 32,
            size=12_345_678,
            kind=ArtifactKind.SCRIPT,
        ),
        coverage=coverage(complete=False),
        contacts=contacts(),
        findings=(
            shown(1, turn("body", "/system/2/text", "Zone: ⟨…⟩"), Severity.LOW, further=3),
            separator(),
            shown(2, telemetry, Severity.MEDIUM),
            apostrophe(),
        ),
        evidence_folder="~/.cache/undeclared/evidence",
    )
