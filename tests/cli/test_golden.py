"""Command lines as a person sees them.

Each file in tests/cli/golden holds one command line, its exit code, stdout and stderr.
`make golden` writes them anew; the version reads VERSION.
"""

from pathlib import Path

import golden
import pytest

GOLDEN = Path(__file__).parent / "golden"

CASES = {
    "help": ["--help"],
    "version": ["--version"],
    "agents": ["agents"],
    "agents-json": ["agents", "--format", "json"],
    "signals": ["signals"],
    "signals-json": ["signals", "--format", "json"],
    "audit-help": ["audit", "--help"],
    "compare-help": ["compare", "--help"],
    "diff-help": ["diff", "--help"],
    "timeline-help": ["timeline", "--help"],
    "scan-help": ["scan", "--help"],
    "profile-help": ["profile", "--help"],
    "store-help": ["store", "--help"],
    "usage-no-target": ["scan"],
    "usage-scan-format": ["scan", "vendor-agent", "--format", "pdf"],
    "usage-no-command": [],
    "usage-unknown-command": ["scam"],
    "usage-no-agent": ["audit"],
    "usage-all": ["audit", "vendor-agent", "--all"],
    "usage-several": ["audit", "vendor-agent", "other", "--profile", "README.md"],
    "usage-unknown-option": ["audit", "vendor-agent", "--frobnicate"],
    "usage-format": ["audit", "vendor-agent", "--format", "pdf"],
    "usage-runs": ["audit", "vendor-agent", "--runs", "0"],
    "usage-signals": ["audit", "vendor-agent", "--signals", "timezone,,locale"],
    "usage-level": ["audit", "vendor-agent", "--level", "timezone"],
    "usage-profile": ["audit", "vendor-agent", "--profile", "no-such-file.yaml"],
    "usage-output": ["audit", "vendor-agent", "--output", "no-such-folder/report.json"],
    "diff-no-report": ["diff", "README.md", "CHANGELOG.md"],
    "usage-fail-on": ["audit", "vendor-agent", "--fail-on", "mark"],
}

AUDITS = {
    "audit-text": ["audit", "vendor-agent@1.2.3"],
    "audit-json": ["audit", "vendor-agent@1.2.3", "--format", "json"],
    "audit-fail-on": ["audit", "vendor-agent@1.2.3", "--fail-on", "medium"],
}

SCANS = {
    "scan-text": ["scan", "vendor-agent@1.2.3"],
    "scan-fail-on": ["scan", "vendor-agent@1.2.3", "--fail-on", "medium"],
}

DOCTOR = {
    "doctor": ["doctor"],
    "doctor-json": ["doctor", "--format", "json"],
}


@pytest.mark.parametrize("name", DOCTOR)
def test_doctor_looks_as_agreed(name, run, odd_machine):
    golden.check(GOLDEN / f"{name}.txt", str(run(*DOCTOR[name])))


@pytest.mark.parametrize("name", CASES)
def test_looks_as_agreed(name, run, small_catalogue):
    golden.check(GOLDEN / f"{name}.txt", str(run(*CASES[name])))


@pytest.mark.parametrize("name", AUDITS)
def test_audit_looks_as_agreed(name, run, audit):
    golden.check(GOLDEN / f"{name}.txt", str(run(*AUDITS[name])))


@pytest.mark.parametrize("name", SCANS)
def test_scan_looks_as_agreed(name, run, scan):
    golden.check(GOLDEN / f"{name}.txt", str(run(*SCANS[name])))


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("usage")])
def test_wrong_usage_is_told_on_stderr_alone(name, run):
    result = run(*CASES[name])
    assert result.code == 2
    assert result.stdout == ""
    assert result.stderr


def test_no_golden_file_is_left_over():
    assert {file.stem for file in GOLDEN.iterdir()} == {*CASES, *AUDITS, *SCANS, *DOCTOR}
