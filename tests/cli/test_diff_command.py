"""`undeclared diff`: formats and exit codes."""

import json
from pathlib import Path

import pytest

from undeclared.model import FindingKind, Report

SAMPLE = Path(__file__).parents[1] / "report" / "golden" / "report.json"


def report(*, marked: bool = True, complete: bool = True, effect: float = 0.3) -> str:
    sample = Report.model_validate_json(SAMPLE.read_bytes())
    marks = tuple(own for own in sample.findings if own.kind is FindingKind.MARK and marked)
    coverage = sample.coverage.model_copy(
        update={
            "complete": complete, "problems": (), "unconfirmed": (), "every_combination": True,
            "minimum_detectable_effect": effect,
        }
    )  # fmt: skip
    version = "1.0.0" if marked else "2.0.0"
    artifact = sample.artifact.model_copy(update={"version": version})
    made = sample.model_copy(update={"findings": marks, "coverage": coverage, "artifact": artifact})
    return made.model_dump_json()


@pytest.fixture
def files(tmp_path):
    def write(*reports: str) -> list[str]:
        names = [tmp_path / f"{number}.json" for number, _ in enumerate(reports)]
        for name, text in zip(names, reports, strict=True):
            name.write_text(text)
        return [str(own) for own in names]

    return write


@pytest.mark.parametrize(
    ("before", "after", "options", "code"),
    [
        (report(), report(), [], 0),
        (report(), report(marked=False), [], 0),
        (report(), report(marked=False), ["--fail-on", "low"], 0),
        (report(marked=False), report(), [], 0),
        (report(marked=False), report(), ["--fail-on", "high"], 13),
        (report(marked=False), report(), ["--fail-on", "critical"], 0),
        (report(marked=False, effect=0.9), report(), ["--fail-on", "high"], 0),
        (report(), report(complete=False), [], 4),
        (report(marked=False, complete=False), report(), ["--fail-on", "high"], 4),
    ],
    ids=[
        "same", "removed", "removed-never-fails", "added", "added-fails", "added-less-severe",
        "not-established-never-fails", "incomplete", "incomplete-adds-nothing",
    ],
)  # fmt: skip
def test_what_was_added_decides(run, files, before, after, options, code):
    assert run("diff", *files(before, after), *options).code == code


@pytest.mark.parametrize(
    ("form", "begins"), [("text", "From 1.0.0 to 2.0.0: 2 marks removed"), ("markdown", "### "),
                         ("html", "<!doctype html>"), ("json", "{")],
)  # fmt: skip
def test_each_format_can_be_written_to_a_file(run, files, tmp_path, form, begins):
    out = tmp_path / "out"
    given = files(report(), report(marked=False))
    done = run("diff", *given, "--format", form, "--output", str(out))
    assert (done.code, done.stdout) == (0, "")
    assert out.read_text().startswith(begins)


def test_json_has_the_summary_and_both_sides(run, files):
    done = run("diff", *files(report(), report(marked=False)), "--format", "json")
    told = json.loads(done.stdout)
    assert told["schema_version"] == 1
    assert told["summary"][0].startswith("From 1.0.0 to 2.0.0: 2 marks removed")
    assert (told["before"]["name"], told["after"]["name"]) == ("1.0.0", "2.0.0")


def test_a_file_without_a_report_is_told(run, tmp_path):
    odd = tmp_path / "odd.json"
    odd.write_text("{}")
    done = run("diff", str(odd), str(odd))
    assert done.code == 3
    assert "holds no report" in done.stderr
