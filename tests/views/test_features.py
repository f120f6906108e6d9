import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.experiment.screening import Screen
from undeclared.model import Environment, Signal, View
from undeclared.views.features import (
    Feature,
    features,
    is_noisy,
    of_numbers,
    of_order,
)
from undeclared.views.place import Place

ZONE = Signal(id="timezone", levels=("Etc/UTC", "Asia/Shanghai"))
RUNS = [Environment.of({"timezone": level}) for level in ZONE.levels for _ in range(30)]
ALL = range(len(RUNS))


def place(view: View = View.TEXT) -> Place:
    return Place("host", "POST", "/", "", "body", "/id", view)


def of(values: list[str | None], view: View = View.TEXT) -> dict[str, Feature]:
    return {own.what: own for own in features(place(view), values, ALL, {})}


def drawn(seed: int, biased: bool) -> list[str | None]:
    noise = random.Random(seed)
    return [
        str(uuid.UUID(int=noise.getrandbits(128) | (biased and run["timezone"] != "Etc/UTC")))
        for run in RUNS
    ]


def test_a_biased_bit_passes_the_screen_and_honest_ones_do_not():
    screen = Screen(RUNS, [ZONE])
    passed = screen.passed(list(of(drawn(1, biased=True)).values()), ALL)
    assert [own.what for own in passed] == ["last bit"]
    honest = sum(
        len(screen.passed(list(of(drawn(seed, biased=False)).values()), ALL))
        for seed in range(2, 42)
    )
    assert honest <= 8  # features taken up by chance in 40 places; one in a hundred tests


def test_a_version_that_never_varies_by_itself_passes_however_many_others_do():
    values = [
        str(uuid.UUID(int=random.Random(row).getrandbits(128), version=4 if row < 30 else 1))
        for row in ALL
    ]
    passed = Screen(RUNS, [ZONE]).passed(list(of(values).values()), ALL)
    assert "version (RFC 9562)" in {own.what for own in passed}


@given(st.lists(st.uuids().map(str), min_size=60, max_size=60))
def test_features_have_few_values_and_one_for_every_run(values: list[str]):
    for own in of(values).values():
        assert len(own.values) == len(RUNS)
        assert len(set(own.values)) <= 16


@pytest.mark.parametrize(
    ("values", "view"),
    [
        (["x"] * 60, View.TEXT),
        ([str(row % 3) for row in range(60)], View.TEXT),
    ],
)
def test_what_takes_few_values_is_not_noisy(values: list[str], view: View):
    assert not is_noisy(values, RUNS, ALL)


def test_what_is_the_same_in_equal_environments_is_not_noisy():
    many = [Environment.of({"timezone": str(row // 2)}) for row in ALL]
    assert not is_noisy([str(row // 2) for row in ALL], many, ALL)
    assert is_noisy([str(row) for row in ALL], many, ALL)


def test_a_late_request_is_told_from_the_others():
    noise = random.Random(0)
    delays = [str(int(200 + noise.gauss(0, 30) + (100 if row >= 30 else 0))) for row in ALL]
    passed = Screen(RUNS, [ZONE]).passed(list(of(delays, View.DELAY).values()), ALL)
    assert {own.view for own in passed} == {View.DELAY}


def test_a_delay_that_a_network_would_swallow_is_not_looked_at():
    delays = [200.0 + row % 7 for row in ALL]
    assert list(of_numbers(delays, ALL, least=25)) == []
    assert list(of_numbers(delays, ALL))


def test_bounds_are_chosen_on_the_known_runs_alone():
    known = range(40)
    one = dict(of_numbers([float(row) for row in ALL], known))
    other = dict(of_numbers([float(row) if row < 40 else 1e9 for row in ALL], known))
    assert one.keys() == other.keys()


def test_the_parity_of_an_order():
    assert dict(of_order("a\nb\nc"))["even permutation"] == "yes"
    assert dict(of_order("b\na\nc"))["even permutation"] == "no"
    assert dict(of_order("b\nc\na"))["even permutation"] == "yes"


def test_which_of_two_requests_began_first():
    a, b = "a.example\tGET\t/a\t", "a.example\tGET\t/b\t"
    values = [f"{a}\n{b}" if row < 30 else f"{b}\n{a}" for row in ALL]
    (own,) = of(values, View.SEQUENCE).values()
    assert own.what == "first of GET a.example/a and GET a.example/b"
    assert own.values[0] == "GET a.example/a"
    assert own.values[-1] == "GET a.example/b"
    assert own.place[:5] == ("a.example", "GET", "/b", "", "request")


def test_bounds_are_told_in_round_numbers():
    delays = [12.0 + row % 5 if row < 30 else 411.0 + row % 7 for row in ALL]
    own = dict(of_numbers(delays, ALL, " ms", least=25))[""]
    assert (own[0], own[-1]) == ("up to 210 ms", "over 210 ms")


def test_a_bit_that_few_runs_tell_of_passes_where_equal_environments_agree():
    zone = Signal(id="timezone", levels=("a", "b", "c", "d", "e", "f"))
    runs = [Environment.of({"timezone": level}) for level in ("a", *zone.levels) for _ in range(2)]
    noise = random.Random(5)
    values = [
        str(uuid.UUID(int=noise.getrandbits(128) >> 1 << 1 | (run["timezone"] == "c")))
        for run in runs
    ]
    found = list(features(place(), values, range(len(runs)), {}))
    passed = Screen(runs, [zone]).passed(found, range(len(runs)))
    assert "last bit" in {own.what for own in passed}
