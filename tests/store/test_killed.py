"""Killing any process at any point loses nothing that was said to be kept."""

import os
import signal
import time

import killing
import pytest
from runs import run

from undeclared.store import AuditStore
from undeclared.store.checking import check
from undeclared.store.exporting import export
from undeclared.store.importing import import_file


def test_what_was_said_to_be_kept_is_there_whoever_is_killed(where):
    counts = killing.kill_often(where, processes=4, kills=8, seed=1)
    assert counts.missing == 0
    assert counts.problems == ()
    assert counts.runs_said > 8
    # What is there and was not said: at most one step of each process that was killed.
    assert 0 <= counts.runs_there - counts.runs_said <= counts.kills
    assert 0 <= counts.audits_there - counts.audits_said <= counts.kills


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A file with six audits of three runs each."""
    folder = tmp_path_factory.mktemp("exported")
    store = AuditStore(folder)
    for number in range(6):
        with store.open(f"{number:08x}") as record:
            for one in range(3):
                record.add(run(one, os.urandom(100_000)))
            record.finish("{}", f"{number}")
    export(store, folder / "file")
    return folder / "file"


def test_an_import_that_is_killed_leaves_whole_audits_and_goes_on(where, exported):
    store = AuditStore(where)
    assert store.listed() == ()
    there = 0
    for twentieths in range(4):
        pid = os.fork()
        if pid == 0:
            import_file(AuditStore(where), exported)
            os._exit(0)
        time.sleep(twentieths / 20)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        entries = store.listed()
        assert all(own.runs == 3 and own.finished for own in entries)
        assert len(entries) >= there
        there = len(entries)
    done = import_file(store, exported)
    assert (done.known, done.audits) == (there, 6 - there)
    assert [len(store.runs(own.id)) for own in store.listed()] == [3] * 6
    assert check(store).problems == ()
