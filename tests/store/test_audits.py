import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import run, runs

from undeclared.model import Incomplete
from undeclared.store import AuditStore, default_store
from undeclared.store.evidence import Evidence

KEY = "ab" * 32
BODY = b"a large body " * 100


@pytest.fixture
def store(tmp_path):
    return AuditStore(tmp_path / "store")


def blobs(store):
    return sorted(file.name for file in store.root.glob("evidence/*/*"))


@settings(max_examples=60, deadline=None)
@given(st.lists(runs, max_size=3))
def test_runs_come_back_as_they_were_and_in_order(some):
    with TemporaryDirectory() as folder:
        with AuditStore(Path(folder)).open(KEY) as record:
            for one in some:
                record.add(one)
            assert record.runs() == tuple(some)
        with AuditStore(Path(folder)).open(KEY) as record:
            assert record.runs() == tuple(some)


def test_an_unfinished_record_is_continued_and_a_finished_one_is_left_alone(store):
    with store.open(KEY) as record:
        record.add(run(1))
    with store.open(KEY) as again:
        assert again.folder == record.folder
        again.add(run(2))
        again.finish("{}")
        assert (again.folder / "report.json").read_text() == "{}"
    with store.open(KEY) as new:
        assert new.folder != record.folder
        assert new.runs() == ()
    assert len(list(record.folder.glob("run-*"))) == 2


def test_another_key_is_another_record(store):
    with store.open(KEY) as one, store.open("cd" * 32) as other:
        one.add(run(1))
        assert other.runs() == ()


def test_a_record_in_use_is_left_to_its_user(store):
    with store.open(KEY) as first:
        first.add(run(1))
        with AuditStore(store.root).open(KEY) as second:
            assert second.folder != first.folder
            assert second.runs() == ()
            second.add(run(2))
        first.add(run(3))
        assert [one.trial.id[-1] for one in first.runs()] == ["1", "3"]


def test_nothing_is_added_to_a_closed_or_finished_record(store):
    with store.open(KEY) as record:
        record.finish("{}")
        with pytest.raises(ValueError, match="finished"):
            record.add(run(1))
    with store.open(KEY) as record:
        pass
    with pytest.raises(ValueError, match="closed"):
        record.add(run(1))


def test_a_large_value_is_kept_once_for_all_audits_and_compressed(store):
    for key in (KEY, "cd" * 32):
        with store.open(key) as record:
            record.add(run(1, BODY))
            record.add(run(2, BODY))
            assert {one.flows[0].request.body for one in record.runs()} == {BODY}
    [blob] = store.root.glob("evidence/*/*")
    assert blob.stat().st_size < len(BODY) / 5
    assert not any(BODY[:20] in file.read_bytes() for file in store.root.rglob("run-*"))


@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "evidence cut", "evidence gone"])
def test_a_damaged_run_is_left_out_and_the_others_stay(store, damage):
    with store.open(KEY) as record:
        record.add(run(1, BODY))
        record.add(run(2))
        first = record.folder / "run-00001.json.zst"
        [blob] = store.root.glob("evidence/*/*")
        if damage == "cut":
            first.write_bytes(first.read_bytes()[:-9])
        elif damage == "empty":
            first.write_bytes(b"")
        elif damage == "noise":
            first.write_bytes(b"noise")
        elif damage == "evidence cut":
            blob.write_bytes(blob.read_bytes()[:-9])
        else:
            blob.unlink()
        (record.folder / ".writing-x").write_bytes(b"half a run")
        assert record.runs() == (run(2),)
        record.add(run(3, BODY + b"another"))
        assert record.runs()[1:] == (run(3, BODY + b"another"),)


def test_damaged_evidence_is_healed_when_it_is_measured_again(store):
    with store.open(KEY) as record:
        record.add(run(1, BODY))
        [blob] = store.root.glob("evidence/*/*")
        blob.write_bytes(b"noise")
        record.add(run(2, BODY))
        assert record.runs() == (run(1, BODY), run(2, BODY))


def test_old_audits_go_with_their_evidence_and_open_ones_stay(tmp_path):
    store = AuditStore(tmp_path, keep=2)
    with store.open("ee" * 32) as going_on:
        going_on.add(run(0, BODY + b"going on"))
        os.utime(going_on.folder, (1, 1))
        kept = []
        for number in range(4):
            with store.open(f"{number:08x}") as record:
                record.add(run(number, BODY + b"%d" % number))
                os.utime(record.folder, (1000 + number, 1000 + number))
                record.finish("{}")
                os.utime(record.folder, (1000 + number, 1000 + number))
                kept.append(record)
        assert [record.folder.exists() for record in kept] == [False, False, True, True]
        assert going_on.runs() == (run(0, BODY + b"going on"),)
    assert len(blobs(store)) == 3


def test_a_full_disk_is_incomplete_and_what_was_measured_stays(store, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with store.open(KEY) as record:
        record.add(run(1, BODY))
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            with pytest.raises(Incomplete, match="No space left"):
                record.add(run(2, BODY + b"2"))
        assert record.runs() == (run(1, BODY),)
        assert not list(store.root.rglob(".writing-*"))


@pytest.mark.parametrize("key", ["", "../../etc", "ABCDEF12", "short", "g" * 64])
def test_a_key_is_a_hex_digest(store, key):
    with pytest.raises(ValueError, match="hex"):
        store.open(key)


def test_the_folder_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path))
    assert default_store().root == tmp_path
    monkeypatch.delenv("UNDECLARED_STATE")
    assert default_store().root.name == "undeclared"


def test_evidence_is_verified(tmp_path):
    evidence = Evidence(tmp_path)
    digest = evidence.keep(BODY)
    assert evidence.fetch(digest) == BODY


ADD_FOREVER = """
import sys
from pathlib import Path
from runs import run
from undeclared.store import AuditStore
with AuditStore(Path(sys.argv[1])).open(sys.argv[2]) as record:
    print(record.folder, flush=True)
    for number in range(int(sys.argv[3])):
        record.add(run(number, b"%d " % number * 2000))
        print(number, flush=True)
"""


def add_in_another_process(store, how_many):
    return subprocess.Popen(
        [sys.executable, "-c", ADD_FOREVER, str(store.root), KEY, str(how_many)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    )


@pytest.mark.parametrize("after", [1, 7, 20])
def test_a_killed_process_loses_nothing_that_it_said_was_kept(store, after):
    with add_in_another_process(store, 100_000) as process:
        folder = process.stdout.readline().strip()
        for _ in range(after):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        said = after + len(process.stdout.readlines())
    with store.open(KEY) as record:
        assert str(record.folder) == folder
        kept = record.runs()
        assert said <= len(kept) <= said + 1
        assert kept == tuple(run(number, b"%d " % number * 2000) for number in range(len(kept)))
        record.add(run(999))
        assert len(record.runs()) == len(kept) + 1


def test_two_processes_write_to_records_of_their_own(store):
    with add_in_another_process(store, 100_000) as long:
        folder = long.stdout.readline().strip()
        with add_in_another_process(store, 30) as short:
            output = short.communicate(timeout=60)[0].splitlines()
        assert output[0] != folder
        assert output[1:] == [str(number) for number in range(30)]
        assert len(list(Path(output[0]).glob("run-*"))) == 30
        long.send_signal(signal.SIGKILL)
        long.stdout.read()


@pytest.mark.parametrize("place", ["file", "/proc/no/such/place"])
def test_a_store_that_cannot_be_made_is_explained(tmp_path, place):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Incomplete, match="cannot be written") as caught:
        AuditStore(tmp_path / place).open(KEY)
    assert "UNDECLARED_STATE" in caught.value.next_step


def test_a_finished_audit_is_found_again_by_what_was_asked(store):
    before = datetime.now(UTC) - timedelta(seconds=5)
    with store.open(KEY) as record:
        assert store.finished("1f", before) is None
        record.finish('{"number": 1}', "1f")
    with store.open(KEY) as record:
        record.finish('{"number": 2}', "2f")
    with store.open("cd" * 32) as unfinished:
        unfinished.add(run(1))
        assert store.finished("1f", before) == '{"number": 1}'
        assert store.finished("2f", before) == '{"number": 2}'
        assert store.finished("3f", before) is None
    assert store.finished("1f", datetime.now(UTC) + timedelta(hours=1)) is None


def test_of_two_answers_the_newer_is_found(store):
    for number in (1, 2):
        with store.open(KEY) as record:
            record.finish(f"{number}", "1f")
            os.utime(record.folder / "report.json", (number, number))
    assert store.finished("1f", datetime.fromtimestamp(0, UTC)) == "2"
