"""`undeclared audit`: what it asks for, and the exit code for what it gets."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from undeclared.audit import AuditRequest
from undeclared.cli.shared import SEVERITIES
from undeclared.model import Report, Severity


def test_asks_for_what_was_given(run, audit, tmp_path):
    profile = tmp_path / "profile.yaml"
    profile.write_text("id: x\n")
    run(
        "audit", "npm:@vendor/agent@1.2.3", "--profile", str(profile), "--scenario", "command",
        "--signals", "timezone, base-url-host", "--level", "timezone=Asia/Kabul",
        "--level", "base-url-host=a=b", "--runs", "3", "--jobs", "2", "--seed", "7", "--fresh",
    )  # fmt: skip
    assert audit.requests == [
        AuditRequest(
            agent="npm:@vendor/agent@1.2.3",
            profile=profile,
            scenario="command",
            signals=("timezone", "base-url-host"),
            extra_levels=(("timezone", "Asia/Kabul"), ("base-url-host", "a=b")),
            replicates=3,
            jobs=2,
            seed=7,
            fresh=True,
        )
    ]


def test_defaults_are_those_of_the_request(run, audit):
    run("audit", "vendor-agent")
    assert audit.requests == [AuditRequest(agent="vendor-agent")]


def test_help_tells_the_true_defaults(run):
    shown = " ".join(run("audit", "--help").stdout.split())
    fields = AuditRequest.model_fields
    for default in (
        fields["scenario"].default, fields["replicates"].default, fields["strength"].default,
        fields["seed"].default,
    ):  # fmt: skip
        assert f"[default: {default}]" in shown


def test_severities_are_those_of_the_model():
    assert tuple(Severity) == SEVERITIES


def with_findings(report: Report, *severities: str, complete: bool) -> Report:
    coverage = report.coverage.model_copy(update={"complete": complete})
    found = tuple(
        report.findings[0].model_copy(update={"severity": Severity(name)}) for name in severities
    )
    return report.model_copy(update={"findings": found, "coverage": coverage})


@pytest.mark.parametrize(
    ("severities", "complete", "options", "code"),
    [
        (["high"], True, [], 0),
        ([], True, ["--fail-on", "low"], 0),
        (["low"], True, ["--fail-on", "medium"], 0),
        (["low"], True, ["--fail-on", "low"], 11),
        (["low", "medium"], True, ["--fail-on", "low"], 12),
        (["high", "low"], True, ["--fail-on", "medium"], 13),
        (["critical"], True, ["--fail-on", "critical"], 14),
        ([], False, [], 4),
        (["critical"], False, [], 4),
        (["low"], False, ["--fail-on", "high"], 4),
        (["high"], False, ["--fail-on", "high"], 13),
    ],
)
def test_exit_codes(run, audit, severities, complete, options, code):
    audit.report = with_findings(audit.report, *severities, complete=complete)
    assert run("audit", "vendor-agent", *options).code == code


def test_report_goes_to_a_file(run, audit, tmp_path):
    file = tmp_path / "report.json"
    result = run("audit", "vendor-agent", "--format", "json", "--output", str(file))
    assert result.stdout == ""
    assert Report.model_validate_json(file.read_text()) == audit.report
    assert json.loads(file.read_text())["schema_version"] == 1


def test_a_report_that_cannot_be_saved_is_no_success(run, audit, tmp_path):
    audit.report = with_findings(audit.report, complete=True)
    file = tmp_path / "full"
    audit.before = file.mkdir
    result = run("audit", "vendor-agent", "--output", str(file))
    assert result.code == 4
    assert "could not be written" in result.stderr
    assert result.stdout.startswith("vendor-agent 1.2.3: ")


@pytest.mark.parametrize("output", ["", "missing/report", "locked/report"])
def test_a_place_that_cannot_be_written_is_noticed_before_the_work(
    run, audit, tmp_path, monkeypatch, output
):
    monkeypatch.chdir(tmp_path)
    locked = tmp_path / "locked"
    locked.mkdir()
    able = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path) != locked and able(path, mode)
    )  # root may write anywhere
    assert run("audit", "vendor-agent", "--output", output).code == 2
    assert audit.requests == []


def test_a_full_stdout_is_no_success(run, audit, monkeypatch):
    with open("/dev/full", "w") as full, open(os.devnull, "w") as null:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdout", full)
        result = run("audit", "vendor-agent")
        os.dup2(null.fileno(), full.fileno())
    assert result.code == 4
    assert "could not be written to stdout" in result.stderr


def test_progress_is_told_in_lines_where_stderr_is_no_terminal(run, audit):
    assert run("audit", "vendor-agent").stderr == "discovery: 4 runs\ndiscovery: 4 of 4 done\n"


@pytest.fixture
def restored(number: int) -> Iterator[None]:
    before = signal.getsignal(number)
    yield
    signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ends_are_like_ctrl_c(run, audit, number, restored):
    audit.before = lambda: os.kill(os.getpid(), number)
    signal.signal(number, signal.SIG_DFL)  # whatever started the tests may ignore it
    before = signal.getsignal(number)
    result = run("audit", "vendor-agent")
    assert result.code == 4
    assert result.stderr.startswith("interrupted: nothing was concluded; what was measured")
    assert signal.getsignal(number) == before


def test_nohup_is_respected(run, audit):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        audit.before = lambda: os.kill(os.getpid(), signal.SIGHUP)
        assert "discovery: 4 of 4 done" in run("audit", "vendor-agent").stderr
    finally:
        signal.signal(signal.SIGHUP, before)


def test_relative_output_needs_no_folder(run, audit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("audit", "vendor-agent", "--output", "report.txt")
    assert Path("report.txt").read_text().startswith("vendor-agent 1.2.3: 2 marks")
