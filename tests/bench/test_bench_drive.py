"""A whole benchmark, with audits that are not carried out."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench_folder import write_specimen
from bench_reports import claim, report
from click.testing import CliRunner

from undeclared.bench import BenchRequest, bench, drive, render
from undeclared.bench.drive import Result
from undeclared.bench.score import Answer, score
from undeclared.cli.bench import bench as command
from undeclared.model import NotFound, UsageError

CHINA = ("Asia/Shanghai", "Asia/Urumqi")


class Watch:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.seen: list[tuple[int, int]] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def advance(self, stage: str, done: int, total: int) -> None:
        self.seen.append((done, total))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path / "state"))
    write_specimen(tmp_path / "specimens" / "s0001", label="mark")
    write_specimen(tmp_path / "specimens" / "s0002", family="N1")
    return tmp_path / "specimens"


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which specimens are audited, without a lab: the mark is found, nothing is claimed else."""
    asked: list[str] = []

    def pretend(specimens, request, watch) -> Iterator[tuple[str, Result]]:
        for own in specimens:
            asked.append(own.id)
            findings = [claim(timezone=CHINA)] if own.truth.causal else []
            yield own.id, Result(score=score(own, report(*findings)), claims={})

    monkeypatch.setattr(drive, "_audited", pretend)
    return asked


def test_results_are_added_up_and_kept(folder: Path, audited: list[str]) -> None:
    request, watch = BenchRequest(specimens=folder), Watch()
    summary = bench(request, watch)
    assert summary.complete
    assert (summary.total.true_positives, summary.total.true_negatives) == (1, 1)
    assert watch.seen[-1] == (2, 2)
    again = bench(request, Watch())
    assert again.total == summary.total
    assert audited == ["s0001", "s0002"], "the second time, nothing was audited"


def test_another_program_or_other_signals_are_measured_anew(
    folder: Path, audited: list[str]
) -> None:
    bench(BenchRequest(specimens=folder), Watch())
    write_specimen(folder / "s0002", family="N1", program="2")
    bench(BenchRequest(specimens=folder), Watch())
    assert audited == ["s0001", "s0002", "s0002"]
    bench(BenchRequest(specimens=folder, signals=("timezone",)), Watch())
    assert len(audited) == 5


def test_a_damaged_result_is_measured_anew(folder: Path, audited: list[str]) -> None:
    bench(BenchRequest(specimens=folder), Watch())
    for file in Path(os.environ["UNDECLARED_STATE"]).glob("bench/results/*.json"):
        file.write_text("{")
    assert bench(BenchRequest(specimens=folder), Watch()).complete
    assert len(audited) == 4


def test_what_has_no_result_is_not_complete_and_not_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(specimens, request, watch) -> Iterator[tuple[str, Result]]:
        for own in specimens:
            undone = score(own, report(complete=False))
            yield own.id, Result(score=undone, claims={}, final=False)

    monkeypatch.setattr(drive, "_audited", failing)
    summary = bench(BenchRequest(specimens=folder), Watch())
    assert not summary.complete
    assert summary.total.incomplete == 2
    assert not list(Path(os.environ["UNDECLARED_STATE"]).glob("bench/results/*.json"))
    assert "NOT COMPLETE" in render(summary)


def test_an_agent_that_cannot_be_measured_has_its_result(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(specimens, request, watch) -> Iterator[tuple[str, Result]]:
        for own in specimens:
            yield own.id, Result(score=score(own, report(complete=False)), claims={})

    monkeypatch.setattr(drive, "_audited", failing)
    summary = bench(BenchRequest(specimens=folder), Watch())
    assert summary.complete
    assert summary.total.incomplete == 2


def test_families_can_be_chosen(folder: Path, audited: list[str]) -> None:
    bench(BenchRequest(specimens=folder, families=("N",)), Watch())
    assert audited == ["s0002"]
    with pytest.raises(NotFound):
        bench(BenchRequest(specimens=folder, families=("Z9",)), Watch())


def test_what_cannot_be_found_is_left_out_and_said(folder: Path, audited: list[str]) -> None:
    watch = Watch()
    summary = bench(BenchRequest(specimens=folder, signals=("base-url-host",)), watch)
    assert audited == ["s0002"]
    assert summary.total.specimens == 1
    assert "left out, since they depend on signals that are not varied: 1" in watch.said[0]


@pytest.mark.parametrize("wrong", [{"signals": ("moon",)}, {"baselines": ("magic",)}])
def test_what_is_not_known_is_refused(folder: Path, wrong: dict) -> None:
    with pytest.raises(UsageError):
        bench(BenchRequest(specimens=folder, **wrong), Watch())


def test_the_table_names_what_is_wrong(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(specimens, request, watch) -> Iterator[tuple[str, Result]]:
        for own in specimens:
            findings = [] if own.truth.causal else [claim(timezone=CHINA)]
            yield own.id, Result(score=score(own, report(*findings)), claims={})

    monkeypatch.setattr(drive, "_audited", wrong)
    summary = bench(BenchRequest(specimens=folder), Watch())
    assert {own.answer for own in summary.scores} == {Answer.MISSED, Answer.FALSE}
    table = render(summary)
    assert "missed: 1\n  s0001 B1" in table
    assert "falsely claimed: 1\n  s0002 N1" in table
    assert all(len(line) <= 220 for line in table.splitlines())


def test_the_command_prints_and_tells_by_its_exit_code(folder: Path, audited: list[str]) -> None:
    done = CliRunner().invoke(command, ["--specimens", str(folder), "--format", "json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert '"schema_version": 1' in done.stdout
