"""Killing any process at any point loses nothing that was said to be kept."""

import killing


def test_what_was_said_to_be_kept_is_there_whoever_is_killed(where):
    counts = killing.kill_often(where, processes=4, kills=8, seed=1)
    assert counts.missing == 0
    assert counts.problems == ()
    assert counts.runs_said > 8
    # What is there and was not said: at most one step of each process that was killed.
    assert 0 <= counts.runs_there - counts.runs_said <= counts.kills
    assert 0 <= counts.audits_there - counts.audits_said <= counts.kills
