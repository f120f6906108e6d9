"""`undeclared store`, over a store with audits in it."""

import json
import re
from pathlib import Path

import click
import pytest

from undeclared.cli.store import store as group
from undeclared.model import Report, ScanReport
from undeclared.store import SCAN, AuditStore, default_store, scan_key

SAMPLE = Path(__file__).parents[1] / "report" / "golden" / "report.json"
DOCS = Path(__file__).parents[2] / "docs" / "cli.md"


@pytest.fixture
def kept(run, tmp_path):
    """One finished audit, one that is not, one that is no report of this version."""
    store = AuditStore(tmp_path / "state")
    with store.open("aa" * 32) as record:
        record.finish(SAMPLE.read_text())
    with store.open("bb" * 32):
        pass
    with store.open("cc" * 32) as record:
        older = {**json.loads(SAMPLE.read_text()), "of_another_version": 1}
        record.finish(json.dumps(older))
    return store


def test_the_list_says_what_there_is(run, kept):
    done = run("store", "list")
    assert done.code == 0
    rows = [re.split(r"  +", line) for line in done.stdout.splitlines()]
    assert rows[0] == ["ID", "AGENT", "VERSION", "FINISHED", "RUNS", "WORST", "SIZE", "STATE"]
    assert [(row[0], row[-1]) for row in rows[1:]] == [
        ("3", "incomplete"), ("2", "interrupted"), ("1", "incomplete"),
    ]  # fmt: skip
    found = json.loads(run("store", "list", "--format", "json").stdout)["audits"]
    assert [own["id"] for own in found] == [3, 2, 1]
    assert found[0]["worst"] == "high"
    agent = found[0]["agent"]
    assert len(run("store", "list", "--agent", agent).stdout.splitlines()) == 3
    none = run("store", "list", "--agent", "another")
    assert (none.code, none.stdout) == (0, "")
    assert "no such audit" in none.stderr
    assert run("store", "list", "--host", "nowhere.example").stdout == ""


def test_a_report_is_shown_again_in_every_format(run, kept):
    shown = run("store", "show", "1", "--format", "json")
    assert Report.model_validate_json(shown.stdout) == Report.model_validate_json(
        SAMPLE.read_text()
    )
    assert shown.stdout.isascii()
    assert "mark" in run("store", "show", "1").stdout
    assert run("store", "show", "1", "--format", "markdown").stdout.startswith("#")
    assert "<html" in run("store", "show", "1", "--format", "html").stdout


def test_what_has_no_report_of_this_version_is_outlined(run, kept, tmp_path):
    unfinished = run("store", "show", "2")
    assert unfinished.code == 4
    assert "interrupted, 0 runs" in unfinished.stdout
    older = run("store", "show", "3", "--output", str(tmp_path / "out"))
    assert older.code == 4  # as the report says of itself
    text = (tmp_path / "out").read_text()
    assert "--format json has all of it" in text
    assert "high" in text
    assert '"of_another_version": 1' in run("store", "show", "3", "--format", "json").stdout
    assert run("store", "show", "99").code == 3


def test_audits_go_elsewhere_and_are_checked(run, kept, tmp_path, monkeypatch):
    file = str(tmp_path / "file")
    out = run("store", "export", file)
    assert out.code == 0
    assert "exported 2 audits with 0 runs and 0 other results" in out.stderr
    assert "left out 1 audit" in out.stderr
    assert run("store", "export", file, "3").stderr.startswith("exported 1 audit ")
    assert run("store", "export", file, "77").code == 3
    run("store", "export", file)
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path / "elsewhere"))
    assert "imported 2 audits" in run("store", "import", file).stderr
    assert "2 were there already" in run("store", "import", file).stderr
    assert len(run("store", "list").stdout.splitlines()) == 3
    checked = run("store", "check")
    assert (checked.code, checked.stdout) == (0, "")
    assert "2 audits, 0 runs" in checked.stderr
    with AuditStore(tmp_path / "elsewhere").database.writing() as connection:
        connection.exec_driver_sql("update reports set data = x'00' where audit = 1")
    damaged = run("store", "check")
    assert damaged.code == 3
    assert damaged.stdout == "the report of audit 1 is not as it was written\n"
    assert run("store", "show", "1").code == 3
    assert run("store", "import", str(tmp_path / "elsewhere" / "undeclared.db")).code == 3
    assert run("store", "import", str(tmp_path)).code == 3


def test_tidying_says_what_goes(run, kept):
    assert "removed 0 audits" in run("store", "tidy").stderr
    gone = run("store", "tidy", "--keep", "1")
    assert [line.split()[0] for line in gone.stdout.splitlines()] == ["ID", "1", "2"]
    assert "removed 2 audits" in gone.stderr
    assert run("store", "tidy", "--size", "5k", "--days", "0").code == 0
    assert run("store", "tidy", "--size", "much").code == 2


def test_the_scan_of_a_package_is_kept_and_listed(run, scan):
    purl = scan.report.artifact.purl
    run("scan", "vendor-agent")
    rows = run("store", "list", "--results").stdout.splitlines()
    assert [row.split()[:2] for row in rows] == [["KIND", "PACKAGE"], ["scan", purl]]
    [found] = json.loads(run("store", "list", "--results", "--format", "json").stdout)["results"]
    assert default_store().kept(SCAN, scan_key(purl)) == scan.report.model_dump_json()
    assert (found["kind"], found["key"]) == (SCAN, scan_key(purl))


def test_the_scan_of_a_file_is_not_kept(run, scan):
    artifact = scan.report.artifact.model_copy(update={"purl": "pkg:generic/agent@local-1"})
    scan.report = scan.report.model_copy(update={"artifact": artifact})
    run("scan", "./agent")
    assert default_store().results() == ()


def test_a_scan_that_cannot_be_kept_is_shown_all_the_same(run, scan, tmp_path):
    (tmp_path / "state").write_text("no folder")
    done = run("scan", "vendor-agent", "--format", "json")
    assert ScanReport.model_validate_json(done.stdout) == scan.report
    assert "not kept: " in done.stderr
    assert "cannot be written" in done.stderr


def test_an_error_shows_a_traceback_if_asked(run, kept):
    assert "Traceback" not in run("store", "show", "99").stderr
    assert "Traceback" in run("store", "--debug", "show", "99").stderr


def test_no_password_of_a_store_is_shown(run, tmp_path, monkeypatch):
    monkeypatch.setenv("UNDECLARED_STORE", f"postgresql://me:hunter2@/team?host={tmp_path}")
    done = run("store", "--debug", "list")
    assert done.code == 4
    assert "Traceback" in done.stderr
    assert "cannot be reached" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", group.commands)
def test_every_command_of_the_store_and_its_options_are_documented(name):
    _, _, section = DOCS.read_text().partition("\n## `undeclared store`")
    section = section.partition("\n## ")[0]
    [line] = [own for own in section.splitlines() if own.startswith(f"| `store {name}")]
    options = [
        flag
        for own in group.commands[name].params
        if isinstance(own, click.Option)
        for flag in own.opts
    ]
    assert [flag for flag in options if flag not in line] == []
