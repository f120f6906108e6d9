"""Whole audits in a real lab: specimens whose truth is known, and a real agent of the registry."""

import os
from pathlib import Path

import pytest
import yaml

from undeclared import catalogue
from undeclared.audit import AuditRequest, audit
from undeclared.experiment import plan
from undeclared.model import (
    ArtifactKind,
    ConditionStatus,
    Finding,
    FindingKind,
    LabUnavailable,
    Report,
    Severity,
)
from undeclared.store import default_store, kept_runs

SPECIMENS = Path(__file__).parent.parent / "specimens"

pytestmark = pytest.mark.lab


class Quiet:
    def say(self, text: str) -> None:
        pass

    def advance(self, stage: str, done: int, total: int) -> None:
        pass


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Audit over fewer levels, to be fast; `audited(agent, profile=…)`."""
    kept = {
        "timezone": {"Etc/UTC", "Asia/Tokyo", "Asia/Shanghai", "Asia/Urumqi"},
        "base-url-host": {
            "unset", "gateway.example.com", "gateway.example.cn", "deepseek.example.com",
            "moonshot.example.cn",
        },
    }  # fmt: skip
    fewer = {
        name: spec.model_copy(
            update={
                "levels": tuple(
                    own for own in spec.levels if name not in kept or own.value in kept[name]
                )
            }
        )
        for name, spec in catalogue.signals().items()
    }
    monkeypatch.setattr(plan, "signals", lambda: fewer)
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("UNDECLARED_STORE", raising=False)

    def audited(agent: str, **fields: object) -> Report:
        try:
            request = AuditRequest(agent=agent, jobs=2, signals=tuple(kept), **fields)  # type: ignore[arg-type] # fields of the request
            return audit(request, Quiet())
        except LabUnavailable as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(error))

    return audited


def specimen(name: str) -> tuple[str, Path, dict[str, object]]:
    file = SPECIMENS / name / "specimen.yaml"
    return str(file.parent), file, yaml.safe_load(file.read_text())["truth"]


def observed(report: Report) -> list[Finding]:
    """Findings about what was sent, not about what the code could do."""
    return [own for own in report.findings if own.variants]


def marks(report: Report) -> list[Finding]:
    return [own for own in report.findings if own.kind is FindingKind.MARK]


def test_a_marked_specimen_is_found_as_its_truth_says(audited) -> None:
    folder, profile, truth = specimen("s0001")
    report = audited(folder, profile=profile)
    assert report.coverage.complete, report.coverage.problems
    (found,) = observed(report)
    assert (found.kind, found.channel, found.bits) == (
        FindingKind.MARK,
        truth["channel"],
        truth["bits"],
    )
    levels = {signal.id: list(signal.levels) for signal in found.signals}
    assert levels["timezone"] == truth["signals"]["timezone"]
    assert "unset" not in levels["base-url-host"]
    assert len(levels["base-url-host"]) == 4
    assert found.p_value is not None
    assert found.p_value < 0.05
    assert all(variant.seen == variant.of for variant in found.variants)
    # The code keeps the zones hidden; what it compares them with was tried, and confirmed.
    assert [own.entries for own in report.hidden] == [("Asia/Shanghai", "Asia/Urumqi")]
    (compared,) = (own for own in report.conditions if own.signals == ("timezone",))
    assert compared.status is ConditionStatus.CONFIRMED
    assert compared.levels == ("Asia/Shanghai", "Asia/Urumqi")
    # What the report says is what is kept.
    kept = default_store().reports(report.artifact.purl)
    assert [Report.model_validate_json(own) for own in kept] == [report]
    assert len(kept_runs(report.evidence_folder)) == report.coverage.runs.planned


def test_the_benign_twin_with_the_same_bytes_at_random_gives_nothing(audited) -> None:
    folder, profile, _ = specimen("s0002")
    report = audited(folder, profile=profile)
    assert report.coverage.complete, report.coverage.problems
    assert observed(report) == []
    assert any(locus.pointer == "/system" for locus in report.coverage.noisy)


@pytest.mark.registry
def test_a_real_agent_is_audited_as_a_newcomer_would(audited) -> None:
    # Each of its runs takes seconds; what stays the same is tested on small agents.
    report = audited("claude-code@2.1.101", identifiers=False)
    assert report.coverage.complete, report.coverage.problems
    assert report.artifact.purl == "pkg:npm/%40anthropic-ai/claude-code@2.1.101"
    assert report.artifact.kind is ArtifactKind.SCRIPT
    found = {own.channel: own for own in marks(report)}
    assert set(found) == {"text.codepoint", "text.format"}
    sign, separator = found["text.codepoint"], found["text.format"]
    assert sign.severity is separator.severity is Severity.HIGH
    shown = {own.when["base-url-host"]: own.codepoints for own in sign.variants}
    assert shown == {
        "unset": ("U+0027",),
        "gateway.example.cn": ("U+2019",),
        "deepseek.example.com": ("U+02BC",),
        "moonshot.example.cn": ("U+02B9",),
    }
    assert sign.bits == 2
    assert [own.codepoints for own in separator.variants] == [("U+002D",), ("U+002F",)]
    assert {own.id for own in separator.signals} == {"base-url-host", "timezone"}
    (zones,) = (own.levels for own in separator.signals if own.id == "timezone")
    assert zones == ("Asia/Shanghai", "Asia/Urumqi")
    hosts = {contact.host for contact in report.contacts}
    assert {"api.anthropic.com", "{base-url-host}"} <= hosts
