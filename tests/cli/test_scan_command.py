"""`undeclared scan`: what it asks for, how it answers, and the exit code."""

import json
import os
import subprocess
import sys

import pytest

from undeclared.model import ScanReport, Severity
from undeclared.scan import ScanRequest


def test_asks_for_what_was_given(run, scan, tmp_path):
    profile = tmp_path / "profile.yaml"
    profile.write_text("id: x\n")
    run("scan", "./agent", "--profile", str(profile))
    assert scan.requests == [ScanRequest(target="./agent", profile=profile)]


@pytest.mark.parametrize(
    ("severities", "complete", "options", "code"),
    [
        (["high"], True, [], 0),
        (["high"], True, ["--fail-on", "medium"], 13),
        (["low"], True, ["--fail-on", "medium"], 0),
        ([], False, [], 4),
        (["low"], False, ["--fail-on", "high"], 4),
        (["medium"], False, ["--fail-on", "low"], 12),
    ],
)
def test_exit_codes(run, scan, severities, complete, options, code):
    findings = tuple(
        scan.report.findings[0].model_copy(update={"severity": Severity(name)})
        for name in severities
    )
    scan.report = scan.report.model_copy(update={"findings": findings, "complete": complete})
    assert run("scan", "agent", *options).code == code


def test_each_format_is_written(run, scan, tmp_path):
    shown = run("scan", "agent", "--format", "json").stdout
    assert ScanReport.model_validate_json(shown) == scan.report
    file = tmp_path / "scan.sarif"
    result = run("scan", "agent", "--format", "sarif", "--output", str(file))
    assert result.stdout == ""
    assert json.loads(file.read_text())["version"] == "2.1.0"
    assert run("scan", "agent").stdout.startswith("vendor-agent 1.2.3: 1 high")


def test_progress_goes_to_stderr(run, scan):
    assert run("scan", "agent").stderr == "scanning: 500 files so far\n"


def test_a_folder_is_scanned_for_real(tmp_path):
    (tmp_path / "agent.js").write_text("console.log(process.env.TZ)\n")
    code = "import sys; from undeclared.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "scan", str(tmp_path), "--format", "json"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = ScanReport.model_validate_json(done.stdout)
    assert (report.files, report.complete) == (1, True)
    assert report.artifact.size == len("console.log(process.env.TZ)\n")


def test_what_is_not_there_is_told(run, tmp_path):
    result = run("scan", str(tmp_path / "nothing"))
    assert result.code == 3
    assert "no file or folder" in result.stderr
