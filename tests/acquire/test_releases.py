"""Releases in the order of their versions, and times that cannot be right."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wheels import Index

from undeclared.acquire import parse_subject, releases
from undeclared.acquire.releases import judged, semantic
from undeclared.model import NotFound, Release, UsageError

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def made(times, **fields):
    """Releases 1.0.0, 1.0.1 … published so many days before now; None where it is not known."""
    return [
        Release(
            version=f"1.0.{number}", published=None if ago is None else NOW - ago * DAY, **fields
        )
        for number, ago in enumerate(times)
    ]


def test_npm_releases_come_in_version_order_with_what_is_withdrawn(registry):
    times = {
        "1.9.0": "2026-01-05T00:00:00.000Z",
        "1.10.0": "2026-02-01T00:00:00.000Z",
        "2.0.0-rc.1": "2026-02-20T00:00:00.000Z",
        "2.0.0": "2026-03-01T00:00:00.000Z",
    }
    for version in times:
        registry.publish("agent", version)
    registry.packages["agent"]["time"] = {
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-03-01T00:00:00.000Z",
        "1.9.5": "2026-01-20T00:00:00.000Z", **times,
    }  # fmt: skip
    found = releases(parse_subject("npm:agent"), NOW)
    assert [own.version for own in found] == ["1.9.0", "1.9.5", "1.10.0", "2.0.0-rc.1", "2.0.0"]
    assert [own.version for own in found if own.withdrawn] == ["1.9.5"]
    assert [own.version for own in found if own.prerelease] == ["2.0.0-rc.1"]
    assert not any(own.odd for own in found)
    assert found[2].by == datetime(2026, 2, 1, tzinfo=UTC)


def test_an_unknown_package_is_said_to_be_so(registry):
    with pytest.raises(NotFound, match="has no package nothing"):
        releases(parse_subject("npm:nothing"))


def test_a_path_has_no_releases(tmp_path):
    with pytest.raises(UsageError, match="on no registry"):
        releases(parse_subject(str(tmp_path)))


class JsonIndex(Index):
    """One that answers as PEP 691 and 700 say."""

    def __init__(self):
        super().__init__()
        self.told = {}

    def answer(self, path):
        name = path.strip("/").rpartition("/")[2]
        if path.startswith("/simple/") and name in self.told:
            page = {"meta": {"api-version": "1.1"}, "name": name, "files": self.told[name]}
            return json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json"
        return super().answer(path)


@pytest.fixture
def index(tmp_path, monkeypatch):
    running = JsonIndex()
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", running.url)
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "pip-cache"))
    yield running
    running.close()


def test_an_index_says_times_and_what_is_yanked(index):
    def file(version, day, **more):
        name = f"my_agent-{version}-py3-none-any.whl"
        return {
            "filename": name, "url": f"/files/{name}", "hashes": {},
            "upload-time": f"2026-01-{day:02}T00:00:00Z", **more,
        }  # fmt: skip

    index.told["my-agent"] = [
        file("1.10", 9),
        file("1.9", 8, yanked="broken"),
        file("2.0a1", 10),
        file("1.0", 1, **{"requires-python": ">=99"}),
    ]
    found = releases(parse_subject("pypi:My_Agent"), NOW)
    assert [own.version for own in found] == ["1.0", "1.9", "1.10", "2.0a1"]
    assert [own.withdrawn for own in found] == [False, True, False, False]
    assert [own.prerelease for own in found] == [False, False, False, True]
    assert [own.published.day for own in found] == [1, 8, 9, 10]


def test_an_index_in_html_says_no_times(index):
    index.publish("my-agent", "1.2")
    index.publish("my-agent", "1.10")
    found = releases(parse_subject("pypi:my-agent"), NOW)
    assert [(own.version, own.published) for own in found] == [("1.2", None), ("1.10", None)]


def test_a_time_that_a_mirror_has_rewritten_is_odd_and_bounded_by_the_next_version():
    found = judged(made([100, 90, 2, 80, 3, 70, 60]), NOW)
    assert [own.version for own in found if own.odd] == ["1.0.2", "1.0.4"]
    assert found[2].by == found[2].at == NOW - 80 * DAY
    assert found[2].odd == ("1.0.2 is said to be of 2026-10-30, but the later 1.0.3 of 2026-08-13")
    assert found[3].at == NOW - 80 * DAY


def test_a_clock_that_was_wrong_once_makes_no_other_version_odd():
    found = judged(made([100, 90, 5000, 80, 70, -400]), NOW)
    assert [own.version for own in found if own.odd] == ["1.0.2", "1.0.5"]
    assert found[2].at == NOW - 90 * DAY
    assert "which is to come" in found[5].odd
    assert found[5].at is None


def test_prereleases_of_the_next_version_make_this_one_not_odd():
    one, two, three = made([100, 90, 80])
    early = Release(version="1.0.2-rc.1", published=NOW - 97 * DAY, prerelease=True)
    late = Release(version="1.0.2-rc.2", published=NOW - 2 * DAY, prerelease=True)
    found = judged([one, two, early, late, three], NOW)
    assert [own.version for own in found if own.odd] == ["1.0.2-rc.2"]


@given(st.lists(st.none() | st.integers(-30, 400), max_size=40))
def test_times_that_count_never_go_back_by_more_than_a_day(agos):
    found = judged(made(agos), NOW)
    assert [own.version for own in found] == [f"1.0.{number}" for number in range(len(agos))]
    right = [own.at for own in found if own.at and not own.odd]
    assert all(later - earlier >= -2 * DAY for earlier, later in pairwise(right))


@given(st.lists(st.integers(0, 400), max_size=40))
def test_times_in_order_are_never_odd(agos):
    found = judged(made(sorted(agos, reverse=True)), NOW)
    assert not any(own.odd for own in found)
    assert all(own.by == own.published for own in found)


def test_versions_are_ordered_as_semantic_versioning_says():
    # The example of section 11 of the specification.
    ordered = [
        "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
        "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0",
    ]  # fmt: skip
    assert sorted({*ordered}, key=semantic) == ordered
    with pytest.raises(ValueError, match="semantic"):
        semantic("1.0")
