"""Labels are verified by running: a specimen's truth must be exactly what its bytes show."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from oracle import CHANCES, SPECIMENS, Shown, read, run, triggers
from verify import body, problems, wire

pytestmark = pytest.mark.lab

Oracle = Callable[[Path], list[Shown]]


def _bodies(shown: Shown) -> tuple[bytes, ...]:
    return tuple(body(event) for event in shown.of("http"))


def test_truth_is_what_the_bytes_show(folder: Path, oracle: Oracle) -> None:
    assert problems(read(folder), oracle(folder)) == []


def test_every_run_does_the_whole_task(folder: Path, oracle: Oracle) -> None:
    for shown in oracle(folder):
        assert shown.stderr == ""
        assert shown.stdout != ""
        asked, told = _bodies(shown)
        assert b"tool_result" not in asked
        assert b"agent.mjs" in told, "the shell tool ran in the specimen's folder"


def test_truth_of_generated_ones_is_what_the_bytes_show(
    sealed: None, sample: list[Path], tmp_path: Path
) -> None:
    found = {folder.name: problems(read(folder), shown) for folder, shown in run(sample, tmp_path)}
    assert len(found) == len(sample)
    assert {name: said for name, said in found.items() if said} == {}


def test_the_oracle_notices_a_wrong_truth(oracle: Oracle) -> None:
    folder = SPECIMENS / "s0001"
    shown, right = oracle(folder), read(folder)
    for change in (
        {"signals": {"timezone": ["Asia/Shanghai"]}},
        {"gate": {}},
        {"channel": "text.case"},
        {"bits": 2},
        {"label": "benign", "bits": 0},
    ):
        wrong = {**right, "truth": {**right["truth"], **change}}
        assert problems(wrong, shown) != [], change
    assert problems(right, [replace(own, stdout="") for own in shown]) != []


def test_the_benign_twin_varies_by_chance_alone(oracle: Oracle) -> None:
    host = read(SPECIMENS / "s0002")["default_host"]
    seen = oracle(SPECIMENS / "s0002")
    kinds = {
        chance: {wire(shown, host) for shown in seen if shown.chance == chance}
        for chance in CHANCES
    }
    assert all(len(own) == 1 for own in kinds.values())
    assert kinds[CHANCES[0]] != kinds[CHANCES[1]]


def test_the_receiver_tells_the_environments_apart(oracle: Oracle, receiver: ModuleType) -> None:
    specimen = read(SPECIMENS / "s0001")
    for shown in oracle(SPECIMENS / "s0001"):
        bits = {receiver.decode(content) for content in _bodies(shown)}
        assert bits == {int(triggers(specimen, shown.levels))}
