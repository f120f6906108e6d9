"""The whole search over a history, with the probes themselves replaced."""

from datetime import date

import pytest

import undeclared.timeline as stages
from undeclared.model import Changed, FindingKind, NotFound, ProbedBy, UsageError
from undeclared.timeline import searching
from undeclared.timeline.choosing import Range


def marks(report):
    return [own for own in report.bars if own.trait.kind is FindingKind.MARK]


def test_first_and_last_version_are_exact_and_confirmed_by_run_with_few_probes(history):
    history.marked = range(11, 32)
    report = history.timeline()
    (bar,) = marks(report)
    assert (bar.begins.version, bar.begins.neighbour) == ("1.0.11", "1.0.10")
    assert (bar.ends.version, bar.ends.neighbour) == ("1.0.31", "1.0.32")
    assert bar.begins.exact
    assert bar.ends.exact
    assert (bar.begins.by, bar.ends.by) == (ProbedBy.RUN, ProbedBy.RUN)
    assert (bar.versions, bar.days) == (21, 20)
    assert bar.counterparts == ("List h",)
    # An audit costs most: only at the ends, and at both sides of where the code changes.
    assert history.looked("run") == [0, 10, 11, 31, 32, 39]
    assert len(history.looked("code")) <= 20
    assert report.complete
    assert report.downloaded == 1_000_000 * len(history.looked("code"))


def test_what_no_code_shows_is_bisected_by_runs(history):
    history.marked, history.listed = range(25, 40), range(0)
    (bar,) = marks(history.timeline())
    assert (bar.begins.version, bar.begins.exact) == ("1.0.25", True)
    assert bar.ends.neighbour is None


def test_a_version_that_does_not_run_is_passed_over_and_told(history):
    history.marked, history.broken = range(11, 32), {10, 20}
    report = history.timeline()
    (bar,) = marks(report)
    assert (bar.begins.version, bar.begins.neighbour) == ("1.0.11", "1.0.9")
    assert bar.begins.unknown == ("1.0.10",)
    assert not bar.begins.exact
    assert not report.complete
    assert any(own.startswith("1.0.10 by run: it does not run") for own in report.problems)


def test_an_interrupted_timeline_keeps_what_it_has_and_goes_on_there(history):
    history.marked, history.interrupt_after = range(11, 32), 7
    report = history.timeline()
    assert report.interrupted
    assert not report.complete
    assert len(report.probes) == 7
    history.interrupt_after = None
    again = history.timeline()
    assert again.complete
    assert len(set(history.made)) == len(history.made)
    assert sum(own.known for own in again.probes) == 7
    assert again.downloaded < 1_000_000 * len(again.probes)
    before = len(history.made)
    assert history.timeline().bars == again.bars
    assert len(history.made) == before
    history.timeline(fresh=True)
    assert len(history.made) > before


def test_no_more_versions_are_looked_into_than_allowed(history):
    history.marked = range(11, 32)
    report = history.timeline(probes=5)
    assert len(history.looked("run")) <= 5
    assert not report.complete
    assert any("--probes allows no more" in own for own in report.problems)


def test_every_version_is_looked_into_on_request(history):
    history.count, history.marked = 9, range(4, 5)
    report = history.timeline(every=True)
    assert history.looked("code") == history.looked("run") == list(range(9))
    (bar,) = marks(report)
    assert bar.assumed == 0
    with pytest.raises(UsageError, match="9 versions in this range, and --probes allows 8"):
        history.timeline(every=True, probes=8)


def test_audits_of_all_versions_are_alike_and_vary_what_was_asked_for(history):
    history.marked = range(11, 32)
    history.timeline(signals=("timezone", "locale"))
    asked = {
        own.audit.model_dump_json(exclude={"agent", "jobs"})
        for own in history.requests
        if hasattr(own, "audit")
    }
    assert len(asked) == 1
    (audit,) = {own.audit.signals for own in history.requests if hasattr(own, "audit")}
    assert audit == ("timezone", "locale")


def test_a_range_is_chosen_by_time_or_by_version(history):
    first, last = date(2026, 1, 11), date(2026, 1, 14)
    report = history.timeline(range=Range(since=first, until=last))
    assert [own.version for own in report.releases] == ["1.0.10", "1.0.11", "1.0.12", "1.0.13"]
    report = history.timeline(range=Range(first="1.0.38"))
    assert [own.version for own in report.releases] == ["1.0.38", "1.0.39"]
    with pytest.raises(NotFound, match=r"no version 1\.0\.77"):
        history.timeline(range=Range(last="1.0.77"))
    with pytest.raises(NotFound, match="no version was published"):
        history.timeline(range=Range(since=date(2027, 1, 1)))


def test_one_version_is_no_timeline(history):
    with pytest.raises(UsageError, match="names one version") as raised:
        history.timeline(agent="claude-code@2.1.101")
    assert "--from 2.1.101" in raised.value.next_step


def test_a_range_by_time_needs_times(history, monkeypatch):
    known = history.releases()
    unknown = tuple(own.model_copy(update={"published": None, "by": None}) for own in known)
    monkeypatch.setattr("undeclared.timeline.releases", lambda *_: unknown)
    with pytest.raises(UsageError, match="does not say when"):
        history.timeline(range=Range(since=date(2026, 1, 1)))


def test_prereleases_and_withdrawn_versions_are_left_out_and_told(history, monkeypatch):
    known = list(history.releases())
    known[3] = known[3].model_copy(update={"prerelease": True})
    known[5] = known[5].model_copy(update={"withdrawn": True})
    monkeypatch.setattr("undeclared.timeline.releases", lambda *_: tuple(known))
    report = history.timeline(range=Range(last="1.0.9"))
    assert len(report.releases) == 8
    assert report.left_out == (
        "withdrawn from the registry: 1.0.5",
        "prereleases, which --prereleases takes in: 1.0.3",
    )
    both = Range(last="1.0.9", prereleases=True)
    assert len(history.timeline(range=both).releases) == 9


def test_a_watch_begins_with_the_newest_and_then_tells_differences_alone(history):
    history.marked = range(41, 100)
    report = history.timeline(new=True)
    assert [own.version for own in report.releases] == ["1.0.39"]
    assert (report.watch, report.watched_from, report.news) == (True, "", ())

    assert history.timeline(new=True).news == ()
    assert history.made == [("code", 39), ("run", 39)]

    history.count = 43
    report = history.timeline(new=True)
    assert report.watched_from == "1.0.39"
    told = {(own.version, own.before, own.change, own.by) for own in report.news}
    assert told == {
        ("1.0.41", "1.0.40", Changed.ADDED, ProbedBy.RUN),
        ("1.0.41", "1.0.40", Changed.ADDED, ProbedBy.CODE),
    }
    assert history.looked("run") == [39, 40, 41, 42]
    history.count = 44
    assert history.timeline(new=True).news == ()


def test_a_watch_goes_on_before_a_version_that_could_not_be_looked_into(history):
    history.timeline(new=True)
    history.count, history.broken = 41, {40}
    assert not history.timeline(new=True).complete
    history.broken = set()
    report = history.timeline(new=True)
    assert report.watched_from == "1.0.39"
    assert report.complete


def test_a_cluster_does_the_work_where_one_is_named(history, monkeypatch):
    history.marked = range(11, 32)
    asked = []

    def on_workers(work, items, watch, *, cluster, label):
        asked.append(cluster)
        yield from searching.run_many(work, items, watch, label=label)

    monkeypatch.setattr("undeclared.cluster.run_many", on_workers)
    monkeypatch.setattr(stages, "require_isolation", pytest.fail)
    (bar,) = marks(history.timeline(cluster="tcp://scheduler.example:8786"))
    assert bar.begins.exact
    assert set(asked) == {"tcp://scheduler.example:8786"}
