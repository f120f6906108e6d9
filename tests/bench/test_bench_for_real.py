"""A mark and its twin, audited in a real lab as agents nobody knows."""

import os
from pathlib import Path

import pytest
from generator.population import Program, programs
from generator.writing import write

from undeclared.bench import BenchRequest, bench
from undeclared.lab import require_isolation
from undeclared.model import LabUnavailable

pytestmark = pytest.mark.lab


def _pair() -> list[Program]:
    """A mark of one time zone condition in a prompt's text, and its twin."""
    fitting = [
        own
        for own in programs(0)
        if own.condition is not None
        and own.condition.signals == ("timezone",)
        and own.variant == "clean"
        and own.form.channel == "text.codepoint"
        and own.transport == "request"
    ]
    mark = next(own for own in fitting if not own.twin)
    twin = next(own for own in fitting if own.twin and own.form.name == mark.form.name)
    return [mark, twin]


class _Watch:
    def say(self, text: str) -> None: ...

    def advance(self, stage: str, done: int, total: int) -> None: ...


def test_the_mark_is_found_and_its_twin_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        require_isolation()
    except LabUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path / "state"))
    pair = _pair()
    for own in pair:
        assert write(own, tmp_path / "specimens")
    request = BenchRequest(specimens=tmp_path / "specimens", signals=("timezone",), jobs=2)
    summary = bench(request, _Watch())
    answers = {own.id: own.answer for own in summary.scores}
    assert answers == {pair[0].id: "found", pair[1].id: "clear"}
    found = summary.total
    assert found.signals_exact.value == found.levels_exact.value == found.bits_exact.value == 1
    compared = {own.name: own for own in summary.baselines}
    assert compared["unicode-scan"].false_positives == 1, "which cannot tell a cause from a lot"
    assert compared["substring"].true_positives == 0
