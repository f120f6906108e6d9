"""Specimens as the benchmark reads them."""

from pathlib import Path

import pytest
from bench_folder import write_specimen

from undeclared.bench.specimens import load, matching, sample
from undeclared.model import NotFound, Signal, UsageError

ZONES = Signal(id="timezone", levels=("Etc/UTC", "Europe/Berlin", "Asia/Tokyo"))
HOSTS = Signal(id="base-url-host", levels=("unset", "a.example.com", "b.example.cn"))


def test_the_committed_ones_are_read() -> None:
    found = {own.id: own for own in load(Path(__file__).parents[2] / "specimens")}
    assert found["s0001"].truth.label == "mark"
    assert found["s0001"].truth.gate == {"base-url-host": "not-default"}
    assert found["s0002"].truth.causes == {}


def test_generated_ones_are_found_and_none_twice(tmp_path: Path) -> None:
    write_specimen(tmp_path / "s0001")
    write_specimen(tmp_path / "generated" / "s0001")
    write_specimen(tmp_path / "generated" / "s0002")
    assert [own.id for own in load(tmp_path)] == ["s0001", "s0002"]


def test_none_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no specimens"):
        load(tmp_path)


def test_a_wrong_truth_is_an_error(tmp_path: Path) -> None:
    write_specimen(tmp_path / "s0001", label="perhaps")
    with pytest.raises(UsageError, match="describes no specimen"):
        load(tmp_path)


def test_the_digest_depends_on_the_program_and_not_on_the_truth(tmp_path: Path) -> None:
    digests = []
    for text, label in (("1", "benign"), ("1", "mark"), ("2", "benign")):
        write_specimen(tmp_path / "s0001", program=text, label=label)
        digests.append(load(tmp_path)[0].digest())
    assert digests[0] == digests[1] != digests[2]


def test_a_sample_has_all_families_before_any_twice(tmp_path: Path) -> None:
    for number in range(20):
        write_specimen(tmp_path / f"s{number:04d}", family="B1" if number < 18 else f"C{number}")
    found = load(tmp_path)
    chosen = sample(found, 3, 0)
    assert {own.truth.family for own in chosen} == {"B1", "C18", "C19"}
    assert sample(found, 3, 0) == chosen
    assert len(sample(found, 99, 0)) == 20


@pytest.mark.parametrize(
    ("signal", "wanted", "levels"),
    [
        (ZONES, ("Asia/*",), {"Asia/Tokyo"}),
        (ZONES, ("*",), {"Europe/Berlin", "Asia/Tokyo"}),
        (ZONES, ("Etc/UTC",), {"Etc/UTC"}),
        (HOSTS, "not-default", {"b.example.cn"}),
    ],
)
def test_levels_that_a_truth_names(signal: Signal, wanted, levels: set[str]) -> None:
    assert matching(signal, wanted, "a.example.com") == levels
