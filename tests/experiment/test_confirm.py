import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from simulation import HOSTS, ZONES

from undeclared.experiment.confirm import choose, detectable, holm
from undeclared.experiment.confirm import test as run_test
from undeclared.experiment.design import crossed
from undeclared.experiment.hypothesis import Hypothesis, projected
from undeclared.experiment.table import Pattern
from undeclared.model import Environment

EVERYTHING = crossed((HOSTS, ZONES))
CHINA = frozenset({"Asia/Shanghai", "Asia/Urumqi"})
GATED = frozenset(
    projected(own, ["base-url-host"]) for own in EVERYTHING if own["base-url-host"] != "unset"
)
HYPOTHESIS = Hypothesis(
    pattern=0,
    signal="timezone",
    shows=1,
    levels=CHINA,
    against=frozenset(ZONES.levels) - CHINA,
    rests=GATED,
    beside=("base-url-host",),
)


def outcome(own: list[Environment], classes: list[int]):
    pattern = Pattern(np.array(classes), ())
    return run_test([HYPOTHESIS], [pattern], own, [0] * len(own), range(len(own)))[0]


def in_one_stratum(first: int, second: int) -> list[Environment]:
    host = "gateway.example.com"
    china = Environment.of({"base-url-host": host, "timezone": "Asia/Shanghai"})
    berlin = Environment.of({"base-url-host": host, "timezone": "Europe/Berlin"})
    return [china] * first + [berlin] * second


@given(st.integers(0, 8), st.integers(0, 8), st.integers(0, 8), st.integers(0, 8))
def test_in_one_stratum_it_is_fishers_exact_test(a: int, b: int, c: int, d: int):
    if not a + b or not c + d:
        return
    result = outcome(in_one_stratum(a + b, c + d), [1] * a + [0] * b + [1] * c + [0] * d)
    expected = fisher_exact([[a, b], [c, d]], alternative="greater").pvalue
    assert result.counts == ((a, b), (c, d))
    assert result.p_value == pytest.approx(expected, abs=1e-12)


def test_what_depends_on_the_other_signal_only_is_not_taken_for_an_effect():
    # Shown with one host and not with the other, whatever the zone; the zones are badly balanced.
    zones = ["Asia/Shanghai"] * 9 + ["Europe/Berlin"] + ["Asia/Shanghai"] + ["Europe/Berlin"] * 9
    hosts = ["gateway.example.cn"] * 10 + ["gateway.example.com"] * 10
    own = [
        Environment.of({"base-url-host": host, "timezone": zone})
        for host, zone in zip(hosts, zones, strict=True)
    ]
    result = outcome(own, [1] * 10 + [0] * 10)
    assert result.p_value == pytest.approx(1.0)
    pooled = fisher_exact([[9, 1], [1, 9]], alternative="greater").pvalue
    assert pooled < 0.01  # what ignoring the strata would have claimed


def test_runs_outside_the_gate_are_not_counted():
    own = [Environment.of({"base-url-host": "unset", "timezone": zone}) for zone in ZONES.levels]
    assert outcome(own, [0, 0, 0, 1, 1]).p_value == 1.0


def test_under_the_null_small_p_values_are_rare():
    generator = random.Random(1)
    own = in_one_stratum(10, 10)
    level, hits = 0.05, 0
    for _ in range(600):
        hits += outcome(own, [generator.randint(0, 1) for _ in own]).p_value <= level
    assert hits / 600 <= level + 3 * math.sqrt(level * (1 - level) / 600)


def test_chosen_runs_could_establish_every_hypothesis():
    other = Hypothesis(
        pattern=1,
        signal="base-url-host",
        shows=1,
        levels=frozenset({"gateway.example.cn"}),
        against=frozenset(HOSTS.levels) - {"gateway.example.cn"},
        rests=frozenset(projected(own, ["timezone"]) for own in EVERYTHING),
        beside=("timezone",),
    )
    chosen = choose([HYPOTHESIS, other], (HOSTS, ZONES), most=60, seed="0")
    assert len(chosen) < 40
    for hypothesis in (HYPOTHESIS, other):
        classes = [int(hypothesis.arm(own) == 0) for own in chosen]
        patterns = [Pattern(np.array(classes), ())] * 2
        result = run_test([hypothesis], patterns, chosen, [0] * len(chosen), range(len(chosen)))[0]
        assert result.p_value * 2 <= 0.05
        assert result.p_value == pytest.approx(result.p_best)


def test_no_more_runs_are_chosen_than_allowed():
    assert len(choose([HYPOTHESIS], (HOSTS, ZONES), most=3, seed="0")) == 3
    assert choose([], (HOSTS, ZONES), most=3, seed="0") == []


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_never_lowers_and_keeps_the_order(p_values: list[float]):
    adjusted = holm(p_values)
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    assert all(adjusted[a] <= adjusted[b] for a, b in itertools.pairwise(order))


@settings(max_examples=30)
@given(st.integers(2, 12), st.integers(2, 30), st.integers(1, 50))
def test_more_tests_need_a_larger_effect(first: int, second: int, tests: int):
    one, many = detectable(first, second, 1), detectable(first, second, tests)
    if many is not None:
        assert one is not None
        assert 0 < one <= many <= 1


def test_too_few_runs_detect_nothing():
    assert detectable(1, 3, 10) is None
