"""`audit A B`, `audit --all` and `compare`: what is asked for, and the exit code."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

import undeclared.compare
from undeclared.audit import AuditRequest
from undeclared.cli.progress import Progress
from undeclared.judge import Column, compared
from undeclared.model import ComparisonReport, NotFound, Report, Severity, Unaudited

SAMPLE = Path(__file__).parents[1] / "report" / "golden" / "report.json"


@dataclass
class StubSeveral:
    """Stands in for `undeclared.compare.audit_several`."""

    columns: tuple[Column, ...]
    raises: BaseException | None = None
    asked: list[tuple[tuple[str, ...], AuditRequest]] = field(default_factory=list)

    def __call__(
        self,
        names: Sequence[str],
        request: AuditRequest,
        watch: Progress,
        *,
        cluster: str | None = None,
    ) -> ComparisonReport:
        self.asked.append((tuple(names), request))
        if self.raises is not None:
            raise self.raises
        return compared(self.columns, tool_version="1", made=datetime(2026, 11, 23, tzinfo=UTC))


def sample(agent: str, *severities: str, complete: bool = True) -> Report:
    report = Report.model_validate_json(SAMPLE.read_text(encoding="utf-8"))
    return report.model_copy(
        update={
            "agent": agent,
            "coverage": report.coverage.model_copy(update={"complete": complete, "problems": ()}),
            "findings": tuple(
                report.findings[0].model_copy(update={"severity": Severity(name)})
                for name in severities
            ),
        }
    )


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> StubSeveral:
    stub = StubSeveral((sample("one"), sample("two")))
    monkeypatch.setattr(undeclared.compare, "audit_several", stub)
    return stub


def test_several_agents_are_asked_for_in_one_way(run, several):
    result = run("audit", "one", "two@1.2.3", "--signals", "timezone", "--no-scan", "--fresh")
    assert result.code == 0
    request = AuditRequest(agent="", signals=("timezone",), scan=False, fresh=True, reuse=True)
    assert several.asked == [(("one", "two@1.2.3"), request)]


def test_all_names_none(run, several):
    run("audit", "--all")
    assert several.asked == [((), AuditRequest(agent="", reuse=True))]


def test_one_agent_is_audited_again_each_time(run, audit, several):
    run("audit", "vendor-agent")
    assert several.asked == []
    assert [own.reuse for own in audit.requests] == [False]


@pytest.mark.parametrize("arguments", [["--all", "one"], [], ["one", "two", "--profile", __file__]])
def test_what_cannot_be_meant_is_refused(run, several, arguments):
    assert run("audit", *arguments).code == 2
    assert several.asked == []


@pytest.mark.parametrize(
    ("columns", "options", "code"),
    [
        ((sample("one"), sample("two")), [], 0),
        ((sample("one", "critical"), sample("two")), [], 0),
        ((sample("one"), sample("two", complete=False)), [], 4),
        ((sample("one"), Unaudited(agent="two", problem="no")), [], 4),
        ((sample("one", "low"), sample("two", "high")), ["--fail-on", "low"], 13),
        ((sample("one", "low"), sample("two")), ["--fail-on", "medium"], 0),
        ((sample("one", "low", complete=False), sample("two")), ["--fail-on", "medium"], 4),
        ((sample("one", "high"), Unaudited(agent="two", problem="no")), ["--fail-on", "low"], 13),
    ],
)
def test_the_worst_decides(run, several, columns, options, code):
    several.columns = columns
    assert run("audit", "one", "two", *options).code == code


@pytest.mark.parametrize(
    ("form", "beginning"),
    [("text", "2 agents: "), ("markdown", "# What 2 "), ("html", "<!doctype html>"), ("json", "{")],
)
@pytest.mark.parametrize("command", ["audit", "compare"])
def test_every_format_can_be_written_to_a_file(run, several, tmp_path, command, form, beginning):
    file = tmp_path / "page"
    named = ["one", "two"] if command == "audit" else written(tmp_path, "one", "two")
    result = run(command, *named, "--format", form, "--output", str(file))
    assert (result.code, result.stdout) == (0, "")
    assert file.read_text(encoding="utf-8").lstrip().startswith(beginning)


def written(folder: Path, *names: str, complete: bool = True) -> list[str]:
    files = [folder / f"{name}.json" for name in names]
    for file, name in zip(files, names, strict=True):
        file.write_text(sample(name, complete=complete).model_dump_json(), encoding="utf-8")
    return [str(file) for file in files]


def test_reports_are_compared_in_the_order_given(run, tmp_path):
    result = run("compare", *written(tmp_path, "b", "a"), "--format", "json")
    assert [own["name"] for own in json.loads(result.stdout)["agents"]] == ["b", "a"]
    assert result.code == 0


def test_an_incomplete_report_makes_an_incomplete_comparison(run, tmp_path):
    assert run("compare", *written(tmp_path, "a", complete=False)).code == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Invalid JSON"),
        ("[]", "holds no report of an audit"),
        ('{"schema_version": 1}', "tool_version: Field required"),
    ],
)
def test_what_is_no_report_is_not_found(run, tmp_path, text, says):
    file = tmp_path / "x.json"
    file.write_text(text)
    result = run("compare", *written(tmp_path, "a"), str(file))
    assert result.code == 3
    assert says in result.stderr
    assert str(file) in result.stderr
    assert "nothing was compared" in result.stderr


def test_a_name_that_does_not_exist_ends_it(run, several):
    several.raises = NotFound("there is no agent", means="nothing was done", next_step="Look.")
    assert run("audit", "one", "tow").code == 3


@pytest.mark.parametrize(("form", "beginning"), [("html", "<!doctype"), ("markdown", "# What v")])
def test_one_agent_can_have_a_page_too(run, audit, form: str, beginning: str, tmp_path: Path):
    result = run("audit", "vendor-agent", "--format", form)
    assert result.stdout.lstrip().startswith(beginning)
    assert result.code == 4  # the sample is incomplete
