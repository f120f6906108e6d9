"""`undeclared timeline`: what it asks for, what it writes, how it ends."""

import json
from datetime import date

import pytest
from timelines import timeline as made
from timelines import watched

import undeclared.timeline as stages
from undeclared.model import Changed
from undeclared.timeline.choosing import Range


@pytest.fixture
def asked(monkeypatch):
    """What was asked for; `asked.report` is the answer."""

    class Asked:
        request = None
        report = made()

        def find(self, request, watch):
            self.request = request
            return self.report

    own = Asked()
    monkeypatch.setattr(stages, "timeline", own.find)
    return own


def test_a_range_signals_and_limits_are_handed_on(run, asked):
    run(
        "timeline", "vendor-agent", "--since", "2026-03-15", "--until", "2026-07-15", "--every",
        "--signals", "timezone,locale", "--probes", "9", "--prereleases", "--fresh",
    )  # fmt: skip
    wanted = Range(since=date(2026, 3, 15), until=date(2026, 7, 15), prereleases=True)
    assert asked.request.range == wanted
    assert (asked.request.every, asked.request.fresh, asked.request.new) == (True, True, False)
    assert asked.request.signals == ("timezone", "locale")
    assert asked.request.probes == 9
    run("timeline", "vendor-agent", "--from", "1.0.0", "--to", "1.2.0")
    assert asked.request.range == Range(first="1.0.0", last="1.2.0")


def test_a_watch_varies_all_default_signals_unless_told_otherwise(run, asked):
    run("timeline", "vendor-agent", "--new")
    assert (asked.request.new, asked.request.signals) == (True, ("all",))
    run("timeline", "vendor-agent", "--new", "--signals", "timezone")
    assert asked.request.signals == ("timezone",)


@pytest.mark.parametrize(
    ("form", "begins"),
    [("text", "vendor-agent, 24"), ("markdown", "# vendor"), ("html", "<!doctype html>")],
)
def test_every_format_is_written(run, asked, form, begins):
    result = run("timeline", "vendor-agent", "--format", form)
    assert result.stdout.lstrip().startswith(begins)
    assert result.code == 4


def test_json_is_the_report(run, asked):
    told = json.loads(run("timeline", "vendor-agent", "--format", "json").stdout)
    assert [own["trait"]["kind"] for own in told["bars"]][:1] == ["mark"]


def test_the_exit_code_of_a_timeline_is_that_of_its_findings(run, asked):
    assert run("timeline", "vendor-agent", "--fail-on", "low").code == 13
    assert run("timeline", "vendor-agent", "--fail-on", "critical").code == 4
    asked.report = made(complete=True)
    assert run("timeline", "vendor-agent").code == 0


def test_the_exit_code_of_a_watch_is_that_of_what_was_added(run, asked):
    asked.report = watched()
    assert run("timeline", "vendor-agent", "--new", "--fail-on", "medium").code == 13
    gone = tuple(own.model_copy(update={"change": Changed.REMOVED}) for own in asked.report.news)
    asked.report = watched().model_copy(update={"news": gone})
    assert run("timeline", "vendor-agent", "--new", "--fail-on", "low").code == 0
    asked.report = watched().model_copy(update={"news": (), "complete": False})
    assert run("timeline", "vendor-agent", "--new", "--fail-on", "low").code == 4


def test_a_watch_takes_no_range(run, asked):
    result = run("timeline", "vendor-agent", "--new", "--since", "2026-01-01")
    assert result.code == 2
    assert "give no range with it" in result.stderr
    assert asked.request is None


def test_a_date_is_written_in_full(run, asked):
    result = run("timeline", "vendor-agent", "--since", "March")
    assert result.code == 2
    assert "'March' does not match the format '%Y-%m-%d'" in result.stderr
