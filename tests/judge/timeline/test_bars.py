"""From probes to bars, and the same finding in several versions."""

from undeclared.judge.timeline import bars, differences, identified
from undeclared.model import Changed, ProbedBy, Severity

CODE = ProbedBy.CODE


def test_a_bar_has_exact_ends_its_length_and_what_was_assumed(make):
    releases = make.releases(20)
    mark = make.trait(p_value=0.0001)
    probes = [
        make.probe(0, detectable=0.4),
        make.probe(4, detectable=0.3),
        make.probe(5, mark),
        make.probe(11, mark),
        make.probe(12, detectable=0.2),
        make.probe(19),
    ]
    (bar,) = bars(releases, probes)
    assert (bar.begins.version, bar.begins.neighbour, bar.begins.exact) == ("1.0.5", "1.0.4", True)
    assert (bar.begins.p_value, bar.begins.detectable) == (0.0001, 0.3)
    assert (bar.ends.version, bar.ends.neighbour, bar.ends.exact) == ("1.0.11", "1.0.12", True)
    assert (bar.versions, bar.days, bar.assumed) == (7, 12, 5)
    assert bar.seen == ("1.0.5", "1.0.11")


def test_a_version_that_cannot_be_run_is_named_between(make):
    mark = make.trait()
    probes = [
        make.probe(0), make.probe(1, problem="does not run"), make.probe(2, mark),
        make.probe(3, mark), make.probe(4, problem="is missing"),
    ]  # fmt: skip
    (bar,) = bars(make.releases(5), probes)
    assert (bar.begins.exact, bar.begins.unknown) == (False, ("1.0.1",))
    assert (bar.ends.neighbour, bar.ends.unknown) == (None, ("1.0.4",))


def test_a_neighbour_that_looked_like_it_at_first_does_not_lack_it_for_sure(make):
    mark = make.trait(spots=("a body by timezone", "b body by timezone"))
    probes = [
        make.probe(0), make.probe(1, unsure=("b body by timezone",)), make.probe(2, mark),
        make.probe(3, unsure=("b body by locale",)),
    ]  # fmt: skip
    (bar,) = bars(make.releases(4), probes)
    assert (bar.begins.unsure, bar.begins.exact) == (True, False)
    assert (bar.ends.unsure, bar.ends.exact) == (False, True)


def test_a_mark_that_comes_back_is_two_bars(make):
    mark = make.trait()
    held = (1, 2, 5)
    probes = [make.probe(number, *((mark,) if number in held else ())) for number in range(7)]
    found = bars(make.releases(7), probes)
    assert [(own.begins.version, own.ends.version) for own in found] == [
        ("1.0.1", "1.0.2"),
        ("1.0.5", "1.0.5"),
    ]


def test_what_the_code_has_in_the_same_versions_is_told_with_what_runs_show(make):
    zones, other = make.hidden("z", ("Asia/Tokyo",)), make.hidden("o", ("a", "b"))
    mark = make.trait()
    probes = [
        make.probe(0), make.probe(1, mark), make.probe(2, mark), make.probe(3),
        make.probe(0, other, by=CODE), make.probe(1, zones, other, by=CODE),
        make.probe(2, zones, other, by=CODE), make.probe(3, by=CODE),
    ]  # fmt: skip
    first, *rest = bars(make.releases(4), probes)
    assert (first.by, first.counterparts) == (ProbedBy.RUN, ("Mark z",))
    assert first.in_code == ()
    assert {own.trait.id for own in rest} == {zones.id, other.id}
    assert not any(own.counterparts for own in rest)


def test_versions_whose_code_has_what_the_ends_have_are_not_merely_assumed(make):
    zones, mark = make.hidden("z", ("Asia/Tokyo",)), make.trait()
    held = range(1, 9)
    runs = [make.probe(own, *((mark,) if own in held else ())) for own in (0, 1, 8, 9)]
    looks = [
        make.probe(own, *((zones,) if own in held else ()), by=CODE) for own in (0, 1, 4, 6, 8, 9)
    ]
    bar = bars(make.releases(10), [*runs, *looks])[0]
    assert (bar.seen, bar.in_code, bar.assumed) == (("1.0.1", "1.0.8"), ("1.0.4", "1.0.6"), 4)


def test_constants_that_come_and_go_are_changes_of_one_list(make):
    lists = [
        ("a", "b", "c", "d", "e", "f"), ("a", "b", "c", "d", "e", "f"),
        ("b", "c", "d", "e", "f", "g"),
    ]  # fmt: skip
    probes = [
        make.probe(3 * number, make.hidden(f"v{number}", own), by=CODE)
        for number, own in enumerate(lists)
    ]
    (bar,) = bars(make.releases(7), probes)
    assert bar.changes == ("after 1.0.3, by 1.0.6: gains g and loses a; 6 constants become 6",)
    assert bar.begins.neighbour is None
    assert bar.assumed == 4


def test_the_same_is_recognised_by_its_id_or_by_what_it_does(make):
    one = make.trait("a")
    moved = one.model_copy(update={"id": "mark-moved", "title": "Elsewhere"})
    other = make.trait("b", channel="text.format")
    named = identified({3: [moved], 1: [one, other], 2: [other]})
    (name,) = named[3]
    assert name in named[1]
    assert len(named[1]) == 2
    assert not named[2].keys() & named[3].keys()


def test_lists_with_little_in_common_are_not_the_same(make):
    named = identified(
        {
            0: [make.hidden("a", ("x", "y", "z"))],
            1: [make.hidden("b", ("x", "u", "v"))],
            2: [make.hidden("c", tuple("xyzuvwabc"))],
        }
    )
    assert len(set().union(*named.values())) == 3


def test_of_two_that_are_the_same_in_one_version_the_more_severe_stands_for_both(make):
    low = make.trait("a", id="mark-low", severity=Severity.LOW)
    high = make.trait("a", id="mark-high")
    (own,) = identified({0: [low, high]})[0].values()
    assert own.id == "mark-high"


def test_differences_are_told_of_each_version_and_the_one_before_it(make):
    mark, low = make.trait(), make.trait("l", severity=Severity.LOW, channel="json.value")
    probes = [
        make.probe(0, low), make.probe(1, problem="does not run"), make.probe(2, mark),
        make.probe(3, mark),
    ]  # fmt: skip
    found = differences(make.releases(4), probes)
    assert [(own.version, own.before, own.change, own.trait.id) for own in found] == [
        ("1.0.2", "1.0.0", Changed.ADDED, mark.id),
        ("1.0.2", "1.0.0", Changed.REMOVED, low.id),
    ]
