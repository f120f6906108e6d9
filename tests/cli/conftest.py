"""Whole command lines, with the audit itself replaced."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import undeclared.audit
import undeclared.scan
from undeclared import __version__, catalogue
from undeclared.audit import AuditRequest
from undeclared.cli.main import main
from undeclared.cli.progress import Progress
from undeclared.lab import doctor
from undeclared.lab.doctor.piece import limited, missing, ok
from undeclared.model import Report, ScanReport
from undeclared.scan import ScanRequest

SAMPLE = Path(__file__).parents[1] / "report" / "golden" / "report.json"
SCANNED = SAMPLE.with_name("scan.json")


@dataclass(frozen=True)
class Result:
    """What one command line did."""

    command: str
    code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        """As it is kept in a golden file: scrubbed of what changes with every version."""
        said = (
            f"$ {self.command}\n[exit code {self.code}]\n"
            f"[stdout]\n{self.stdout}[stderr]\n{self.stderr}"
        )
        return said.replace(__version__, "VERSION")


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Carries out a command line in this process: 80 columns, no terminal, no colour."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("UNDECLARED_STORE", raising=False)
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("UNDECLARED_DEBUG", raising=False)

    def carry_out(*arguments: str) -> Result:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Result(" ".join(("undeclared", *arguments)), code, captured.out, captured.err)

    return carry_out


@dataclass
class StubAudit:
    """Stands in for `undeclared.audit.audit`: remembers what it was asked, and answers."""

    report: Report
    raises: BaseException | None = None
    before: Callable[[], None] = lambda: None
    requests: list[AuditRequest] = field(default_factory=list)

    def __call__(self, request: AuditRequest, watch: Progress) -> Report:
        self.requests.append(request)
        self.before()
        if self.raises is not None:
            raise self.raises
        watch.say("discovery: 4 runs")
        for done in range(5):
            watch.advance("discovery", done, 4)
        return self.report


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> StubAudit:
    """An audit that answers with the sample report of tests/report."""
    stub = StubAudit(Report.model_validate_json(SAMPLE.read_text(encoding="utf-8")))
    monkeypatch.setattr(undeclared.audit, "audit", stub)
    return stub


@dataclass
class StubScan:
    """Stands in for `undeclared.scan.scan`."""

    report: ScanReport
    requests: list[ScanRequest] = field(default_factory=list)

    def __call__(self, request: ScanRequest, watch: Progress) -> ScanReport:
        self.requests.append(request)
        watch.say("scanning: 500 files so far")
        return self.report


@pytest.fixture
def scan(monkeypatch: pytest.MonkeyPatch) -> StubScan:
    """A scan that answers with the sample report of tests/report."""
    stub = StubScan(ScanReport.model_validate_json(SCANNED.read_text(encoding="utf-8")))
    monkeypatch.setattr(undeclared.scan, "scan", stub)
    return stub


@pytest.fixture
def small_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """One agent and one signal, so that golden files do not change with the real catalogue."""
    agent = catalogue.AgentProfile.model_validate(
        {
            "id": "vendor-agent",
            "title": "Vendor Agent",
            "npm": "@vendor/agent",
            "versions": "1.x",
            "checked": {"version": "1.2.3", "date": "2026-11-23"},
            "programs": [{"bin": "agent"}],
            "command": ["{program}", "{prompt}"],
            "wire": "anthropic-messages",
            "default_host": "api.vendor.example",
            "hosts": [{"host": "*.vendor.example", "role": "model"}],
            "declarations": [
                {
                    "host": "api.vendor.example",
                    "says": "the model API",
                    "source": "Documentation, network access",
                    "date": "2026-11-22",
                }
            ],
            "examples": {"match": ["vendor-agent"], "reject": ["agent"]},
        }
    )
    signal = catalogue.SignalSpec.model_validate(
        {
            "id": "timezone",
            "title": "Time zone of the machine",
            "how": "the variable TZ, and /etc/localtime and /etc/timezone, all naming one zone",
            "set": {"env": {"TZ": "{level}"}},
            "levels": [
                {"value": "Etc/UTC", "group": "default"},
                {"value": "Europe/Berlin", "group": "Europe"},
                {"value": "Asia/Kathmandu", "group": "an odd offset"},
            ],
            "pattern": "[A-Za-z/]+",
            "examples": {"match": ["Asia/Tokyo"], "reject": [""]},
        }
    )
    monkeypatch.setattr(catalogue, "agents", lambda: {agent.id: agent})
    monkeypatch.setattr(catalogue, "signals", lambda: {signal.id: signal})


@pytest.fixture
def odd_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a piece of each state."""
    found = (
        ok("kernel", "Linux 6.1"),
        limited(
            "strace",
            "the program strace is not installed",
            "no run is traced: files, processes and connections of an agent are not reported",
            "sudo apt-get install strace",
        ),
        missing(
            "user namespaces",
            "forbidden by \x1b[31mAppArmor",
            "Either put this into a file\n    profile one {\n      userns,\n    }\nor allow all.",
        ),
    )
    monkeypatch.setattr(doctor, "examine", lambda: iter(found))
