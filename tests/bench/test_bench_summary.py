"""Rates and their intervals."""

import pytest
from bench_reports import claim, report, specimen
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from undeclared.bench.score import score
from undeclared.bench.summary import by, figures, wilson

CHINA = ("Asia/Shanghai", "Asia/Urumqi")


@given(st.integers(1, 300).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_is_wilsons(counts: tuple[int, int]) -> None:
    hits, of = counts
    rate = wilson(hits, of)
    known = binomtest(hits, of).proportion_ci(0.95, method="wilson")
    assert (rate.low, rate.high) == pytest.approx((known.low, known.high), abs=1e-4)


def test_nothing_counted_is_no_rate() -> None:
    assert wilson(0, 0).value is None


def test_counts() -> None:
    mark = specimen(signals={"timezone": CHINA}, bits=1)
    benign = specimen(label="benign", channel="", family="N1")
    scores = [
        score(mark, report(claim(timezone=CHINA))),
        score(mark, report(claim(timezone=CHINA, bits=2))),
        score(mark, report()),
        score(benign, report()),
        score(benign, report(claim(timezone=CHINA))),
        score(benign, report(complete=False)),
    ]
    found = figures(scores)
    assert (found.true_positives, found.false_negatives) == (2, 1)
    assert (found.true_negatives, found.false_positives, found.incomplete) == (1, 1, 1)
    assert found.precision.value == pytest.approx(2 / 3, abs=1e-4)
    assert found.recall.value == pytest.approx(2 / 3, abs=1e-4)
    assert found.bits_exact.value == 0.5
    assert found.bits_error_mean == 0.5
    assert {name: len(own) for name, own in by(scores, "group").items()} == {"B": 3, "N": 3}


def test_no_specimen_is_no_figure() -> None:
    found = figures([])
    assert found.precision.value is None
    assert found.bits_error_mean is None
