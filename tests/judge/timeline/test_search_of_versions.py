"""Which version to look into next: exact ends with few looks, whatever comes and goes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from undeclared.judge.timeline import Facts, boundaries, evenly, spans, wanted, widest

counts = st.integers(1, 90)


@st.composite
def histories(draw, facts=("a", "b")):
    """What each of some versions has; None for one that cannot be looked into."""
    count = draw(counts)
    stretches = {
        fact: draw(st.lists(st.tuples(st.integers(0, count), st.integers(0, count)), max_size=2))
        for fact in facts
    }
    broken = draw(st.sets(st.integers(0, count - 1), max_size=4))
    return [
        None
        if number in broken
        else Facts(
            fact
            for fact, own in stretches.items()
            if any(low <= number < high for low, high in own)
        )
        for number in range(count)
    ]


def search(truth, start, hints=(), budget=10_000):
    """Look into what is wanted until nothing is; return what was seen."""
    seen = {}
    while (numbers := wanted(len(truth), seen, start, hints=hints)) and len(seen) < budget:
        assert all(0 <= own < len(truth) and own not in seen for own in numbers)
        assert len(set(numbers)) == len(numbers)
        for number in numbers[: budget - len(seen)]:
            seen[number] = truth[number]
    return seen


@given(histories(), st.integers(2, 6))
def test_every_edge_that_was_found_is_exact_or_has_only_broken_versions_around_it(truth, number):
    seen = search(truth, evenly(len(truth), number))
    for span in spans(seen):
        assert span.fact in truth[span.first]
        assert span.fact in truth[span.last]
        if span.before is not None:
            assert span.fact not in truth[span.before]
            assert all(truth[own] is None for own in range(span.before + 1, span.first))
        if span.after is not None:
            assert span.fact not in truth[span.after]
            assert all(truth[own] is None for own in range(span.last + 1, span.after))


@given(st.integers(4, 300), st.data())
def test_one_stretch_that_a_look_has_met_is_found_with_few_looks(count, data):
    low = data.draw(st.integers(0, count - 1))
    high = data.draw(st.integers(low, count - 1))
    truth = [Facts("m") if low <= own <= high else Facts() for own in range(count)]
    start = evenly(count, 5)
    seen = search(truth, start)
    assert len(seen) <= len(start) + 2 * (count - 1).bit_length()
    if any(low <= own <= high for own in start):
        (span,) = spans(seen)
        assert (span.first, span.last) == (low, high)
        assert span.before == (low - 1 if low else None)
        assert span.after == (high + 1 if high < count - 1 else None)


@given(histories(), st.integers(2, 6), st.integers(1, 12))
def test_a_search_that_was_cut_short_goes_on_to_the_same_end(truth, number, budget):
    start = evenly(len(truth), number)
    seen = search(truth, start, budget=budget)
    assert len(seen) <= max(budget, 1)
    while more := [own for own in wanted(len(truth), seen, start) if own not in seen]:
        seen[more[0]] = truth[more[0]]
    assert spans(seen) == spans(search(truth, start))


def test_facts_that_change_together_share_their_looks():
    truth = [Facts("abcd") if 30 <= own < 60 else Facts() for own in range(100)]
    one = [Facts("a") if 30 <= own < 60 else Facts() for own in range(100)]
    assert search(truth, (0, 50, 99)).keys() == search(one, (0, 50, 99)).keys()


def test_both_sides_of_a_hint_are_looked_into_before_the_middle():
    seen = {0: Facts(), 99: Facts("m")}
    assert wanted(100, seen, (0, 99), hints=[91]) == (90, 91)
    assert wanted(100, seen, (0, 99)) == (49,)
    assert wanted(100, {**seen, 90: Facts(), 91: Facts("m")}, (0, 99), hints=[91]) == ()


def test_a_fact_of_no_weight_is_not_bisected_and_the_heaviest_comes_first():
    seen = {0: Facts(), 10: Facts("l"), 20: Facts("ls"), 30: Facts("s")}
    weights = {"l": 0, "s": 3}
    assert wanted(31, seen, (0,), weight=weights.__getitem__) == (15,)
    weights["l"] = 4
    assert wanted(31, seen, (0,), weight=weights.__getitem__) == (25, 5, 15)
    assert boundaries(seen, weights.__getitem__) == (10, 30, 20)


def test_a_broken_end_gives_way_to_its_neighbour():
    assert wanted(10, {0: None, 9: Facts()}, (0, 9)) == (1,)
    assert wanted(10, {0: None, 1: None, 9: Facts()}, (0, 9)) == (2,)
    assert wanted(3, dict.fromkeys(range(3)), (0, 2)) == ()


def test_what_comes_and_goes_between_two_looks_is_met_in_the_widest_stretches():
    truth = [Facts("m") if 12 <= own < 16 else Facts() for own in range(40)]
    seen = search(truth, evenly(40, 3))
    assert not spans(seen)
    while numbers := widest(40, seen, 3):
        seen |= {own: truth[own] for own in numbers}
    assert max(b - a for a, b in pairwise(sorted(seen))) <= 4
    (span,) = spans(seen | search(truth, sorted(seen)))
    assert (span.first, span.last) == (12, 15)


def test_a_fact_that_comes_back_is_two_stretches():
    truth = [Facts("m") if own in (1, 2, 5, 6) else Facts() for own in range(8)]
    found = spans(dict(enumerate(truth)))
    assert [(own.first, own.last, own.before, own.after) for own in found] == [
        (1, 2, 0, 3),
        (5, 6, 4, 7),
    ]


@given(counts, st.integers(1, 12))
def test_even_numbers_have_the_ends_and_are_no_more_than_asked_for(count, number):
    found = evenly(count, number)
    assert len(found) <= max(1, number)
    assert list(found) == sorted(set(found))
    if number > 1:
        assert (found[0], found[-1]) == (0, count - 1)
