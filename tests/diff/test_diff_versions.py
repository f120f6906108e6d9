"""Where the two reports come from: files, the store, or audits that are made now."""

import subprocess
import sys
from pathlib import Path

import pytest

import undeclared.apart
import undeclared.scan
from undeclared.audit import AuditRequest
from undeclared.diff import DiffRequest, diff
from undeclared.model import (
    DifferenceKind,
    FindingKind,
    NotFound,
    Report,
    ScanReport,
    Signal,
    UsageError,
)
from undeclared.store import AuditStore, default_store

SAMPLE = Path(__file__).parents[1] / "report" / "golden" / "report.json"
SCANNED = SAMPLE.with_name("scan.json")
NAME = "npm:@vendor/agent"


class Quiet:
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def advance(self, stage: str, done: int, total: int) -> None:
        pass


def report(
    version: str, *, marked: bool = True, complete: bool = True, **coverage: object
) -> Report:
    sample = Report.model_validate_json(SAMPLE.read_bytes())
    marks = [own for own in sample.findings if own.kind is FindingKind.MARK and marked]
    given = {
        "complete": complete, "problems": (), "minimum_detectable_effect": 0.3,
        "every_combination": True, "unconfirmed": (), **coverage,
    }  # fmt: skip
    update = {"version": version, "purl": f"pkg:npm/%40vendor/agent@{version}"}
    return sample.model_copy(
        update={
            "artifact": sample.artifact.model_copy(update=update),
            "findings": tuple(marks),
            "coverage": sample.coverage.model_copy(update=given),
        }
    )


def keep(store: AuditStore, made: Report) -> None:
    with store.open("ab" * 16) as record:
        record.finish(made.model_dump_json())


@pytest.fixture
def store(tmp_path, monkeypatch) -> AuditStore:
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path / "state"))
    return default_store()


@pytest.fixture
def profile(tmp_path) -> Path:
    found = sorted((Path(undeclared.__file__).parent / "catalogue" / "agents").glob("*.yaml"))
    text = found[0].read_text(encoding="utf-8")
    file = tmp_path / "profile.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def audits(monkeypatch) -> list[AuditRequest]:
    """Audits are made of the sample, with the levels that they are asked for."""
    asked: list[AuditRequest] = []

    def audit(request: AuditRequest, watch: object) -> Report:
        asked.append(request)
        levels: dict[str, list[str]] = {
            own.id: list(own.levels) for own in report("1").coverage.signals
        }
        for signal, level in request.extra_levels:
            levels[signal].append(level)
        version = request.agent.rpartition("@")[2]
        if version == "2.0.0":  # its code names one more
            levels["base-url-host"].append("hidden.example")
        signals = tuple(Signal(id=name, levels=tuple(own)) for name, own in levels.items())
        made = report(version, signals=signals)
        if version != "2.0.0":
            return made
        mark = next(own for own in made.findings if len(own.signals) == 2)
        gate, zone = mark.signals
        at = gate.model_copy(update={"levels": (*gate.levels, "hidden.example")})
        return made.model_copy(
            update={"findings": (mark.model_copy(update={"signals": (at, zone)}),)}
        )

    monkeypatch.setattr(undeclared.apart, "audit_apart", audit)
    return asked


def request(before: str, after: str, **fields: object) -> DiffRequest:
    return DiffRequest.model_validate({"before": before, "after": after, **fields})


def test_reports_in_files_are_compared(tmp_path):
    for version, marked in (("1.0.0", True), ("2.0.0", False)):
        made = report(version, marked=marked).model_dump_json()
        (tmp_path / f"{version}.json").write_text(made)
    made = diff(request(str(tmp_path / "1.0.0.json"), str(tmp_path / "2.0.0.json")), Quiet())
    assert made.summary[0] == "From 1.0.0 to 2.0.0: 2 marks removed."


def test_the_newest_complete_audits_that_are_alike_are_taken(store, profile, audits):
    keep(store, report("1.0.0", marked=False, complete=False))
    keep(store, report("1.0.0"))
    keep(store, report("1.0.0", scenario="other"))
    keep(store, report("2.0.0", marked=False))
    asked = request(f"{NAME}@1.0.0", f"{NAME}@2.0.0", profile=profile)
    made = diff(asked, Quiet())
    assert not audits
    assert [own.kind for own in made.entries if own.severity == "high"] == [
        DifferenceKind.REMOVED
    ] * 2


def test_what_is_not_kept_is_audited_like_the_other(store, profile, audits):
    more = (
        Signal(id="timezone", levels=("Etc/UTC", "Asia/Kashgar")),
        Signal(id="base-url-host", levels=("unset", "own.example")),
    )
    keep(store, report("1.0.0", signals=more))
    diff(request(f"{NAME}@1.0.0", f"{NAME}@3.0.0", profile=profile), Quiet())
    (asked,) = audits
    assert asked.agent == f"{NAME}@3.0.0"
    assert asked.signals == ("timezone", "base-url-host")
    assert ("base-url-host", "own.example") in asked.extra_levels
    assert ("timezone", "Etc/UTC") not in asked.extra_levels


def test_a_level_that_only_the_second_names_is_tried_with_the_first(store, profile, audits):
    diff(request(f"{NAME}@1.0.0", f"{NAME}@2.0.0", profile=profile, signals=("timezone",
         "base-url-host")), Quiet())  # fmt: skip
    assert [own.agent.rpartition("@")[2] for own in audits] == ["1.0.0", "2.0.0", "1.0.0"]
    assert ("base-url-host", "hidden.example") in audits[2].extra_levels


def test_an_audit_that_is_interrupted_ends_it(store, profile, monkeypatch):
    asked: list[str] = []

    def audit(request: AuditRequest, watch: object) -> Report:
        asked.append(request.agent)
        return report("1.0.0", complete=False, interrupted=True)

    monkeypatch.setattr(undeclared.apart, "audit_apart", audit)
    with pytest.raises(KeyboardInterrupt):
        diff(request(f"{NAME}@1.0.0", f"{NAME}@2.0.0", profile=profile), Quiet())
    assert asked == [f"{NAME}@1.0.0"]


def test_a_file_and_a_version_are_compared(store, profile, audits, tmp_path):
    file = tmp_path / "one.json"
    file.write_text(report("1.0.0").model_dump_json())
    made = diff(request(f"{NAME}@3.0.0", str(file), profile=profile), Quiet())
    assert (made.before.artifact.version, made.after.artifact.version) == ("3.0.0", "1.0.0")


def test_scans_are_made_once_and_kept(store, monkeypatch):
    asked: list[str] = []

    def scan(wanted: undeclared.scan.ScanRequest, watch: object) -> ScanReport:
        asked.append(wanted.target)
        made = ScanReport.model_validate_json(SCANNED.read_bytes())
        version = wanted.target.rpartition("@")[2]
        artifact = made.artifact.model_copy(update={"version": version})
        return made.model_copy(update={"artifact": artifact})

    monkeypatch.setattr(undeclared.scan, "scan", scan)
    static = request(f"{NAME}@1.0.0", f"{NAME}@2.0.0", static=True)
    made = diff(static, Quiet())
    assert not made.entries
    assert made.before.source == "scan"
    diff(static, Quiet())
    assert asked == [f"{NAME}@1.0.0", f"{NAME}@2.0.0"]


def test_an_audit_and_a_scan_cannot_be_compared(tmp_path):
    audit = tmp_path / "audit.json"
    audit.write_text(report("1.0.0").model_dump_json())
    with pytest.raises(UsageError, match="the other that of a scan"):
        diff(request(str(audit), str(SCANNED)), Quiet())


@pytest.mark.parametrize("text", ["{}", '{"schema_version": 1', "{" * 100_000])
def test_a_file_that_holds_something_else_is_refused(tmp_path, text):
    file = tmp_path / "odd.json"
    file.write_text(text)
    with pytest.raises(NotFound, match="holds no report"):
        diff(request(str(file), str(file)), Quiet())


def test_comparing_reports_needs_no_laboratory(tmp_path):
    file = tmp_path / "one.json"
    file.write_text(report("1.0.0").model_dump_json())
    code = (
        "import sys; from undeclared.cli.main import main;"
        f"main(['diff', {str(file)!r}, {str(file)!r}]);"
        "print([name for name in ('numpy', 'scipy', 'mitmproxy', 'undeclared.lab', "
        "'undeclared.experiment', 'undeclared.audit') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")
