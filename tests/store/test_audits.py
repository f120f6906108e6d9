import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runs import run, runs
from sqlalchemy import delete, func, select, update

from undeclared.model import Incomplete
from undeclared.store import AuditStore, default_store, holds, kept_runs, schema, state_folder

KEY = "ab" * 32
OTHER = "cd" * 32
BODY = b"a large body " * 100
SAMPLE = Path(__file__).parents[1] / "report" / "golden" / "report.json"


def count(store, table):
    with store.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def change(store, statement):
    with store.database.writing() as connection:
        assert connection.execute(statement).rowcount > 0


def numbers(some):
    return [int(one.trial.id[-3:]) for one in some]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(runs, max_size=3))
def test_runs_come_back_as_they_were_and_in_order(where, some):
    with AuditStore(where).open(KEY) as record:
        for one in some:
            record.add(one)
        assert record.runs() == tuple(some)
    with AuditStore(where).open(KEY) as record:
        assert record.runs() == tuple(some)
        record.finish("{}")


def test_an_unfinished_record_is_continued_and_a_finished_one_is_left_alone(store):
    with store.open(KEY) as record:
        record.add(run(1))
    with store.open(KEY) as again:
        assert again.number == record.number
        again.add(run(2))
        again.finish("{}", "1f")
    with store.open(KEY) as new:
        assert new.number != record.number
        assert new.runs() == ()
    assert numbers(store.runs(record.number)) == [1, 2]
    assert store.finished("1f") == "{}"


def test_another_key_is_another_record(store):
    with store.open(KEY) as one, store.open(OTHER) as other:
        one.add(run(1))
        assert other.runs() == ()


def test_a_record_in_use_is_left_to_its_user(store, where):
    with store.open(KEY) as first:
        first.add(run(1))
        with AuditStore(where).open(KEY) as second:
            assert second.number != first.number
            assert second.runs() == ()
            second.add(run(2))
        first.add(run(3))
        assert numbers(first.runs()) == [1, 3]


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
    for key in (KEY, OTHER):
        with store.open(key) as record:
            record.add(run(1, BODY))
            record.add(run(2, BODY))
            assert {one.flows[0].request.body for one in record.runs()} == {BODY}
    with store.database.reading() as connection:
        [blob] = connection.execute(select(schema.blobs)).all()
        packed = connection.scalars(select(schema.runs.c.data)).all()
    assert blob.bytes == len(blob.data) < len(BODY) / 5
    assert all(len(one) < len(BODY) for one in packed)


@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "evidence cut", "evidence gone"])
def test_a_damaged_run_is_left_out_and_the_others_stay(store, damage):
    with store.open(KEY) as record:
        record.add(run(1, BODY))
        record.add(run(2))
        first = update(schema.runs).where(schema.runs.c.number == 1)
        if damage == "cut":
            change(store, first.values(data=func.substr(schema.runs.c.data, 1, 99)))
        elif damage == "empty":
            change(store, first.values(data=b""))
        elif damage == "noise":
            change(store, first.values(data=b"noise"))
        elif damage == "evidence cut":
            change(store, update(schema.blobs).values(data=b"\x28\xb5\x2f\xfd"))
        else:
            change(store, delete(schema.evidence))
        assert record.runs() == (run(2),)
        record.add(run(3, BODY + b"another"))
        assert record.runs()[1:] == (run(3, BODY + b"another"),)


def test_damaged_evidence_is_healed_when_it_is_measured_again(store):
    with store.open(KEY) as record:
        record.add(run(1, BODY))
        change(store, update(schema.blobs).values(data=b"noise"))
    with store.open(KEY) as record:
        record.add(run(2, BODY))
        assert record.runs() == (run(1, BODY), run(2, BODY))


@pytest.mark.parametrize("key", ["", "../../etc", "ABCDEF12", "short", "g" * 64])
def test_a_key_is_a_hex_digest(tmp_path, key):
    with pytest.raises(ValueError, match="hex"):
        AuditStore(tmp_path).open(key)


def test_what_an_agent_wrote_into_names_and_paths_is_kept_whatever_it_is(store):
    strange = run(1)
    request = strange.flows[0].request.model_copy(
        update={"host": "a\0b\ud800" * 900, "target": b"/\0\xff\xfe" * 9000, "method": b"\0"}
    )
    flow = strange.flows[0].model_copy(update={"request": request})
    strange = strange.model_copy(update={"flows": (flow, *strange.flows)})
    with store.open(KEY) as record:
        record.add(strange)
    assert count(store, schema.flows) == 2


def test_the_folder_and_the_store_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.delenv("UNDECLARED_STORE", raising=False)
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path))
    assert default_store().place == str(tmp_path / "undeclared.db")
    monkeypatch.setenv("UNDECLARED_STORE", f"sqlite:///{tmp_path}/other.db")
    assert default_store().place == str(tmp_path / "other.db")
    monkeypatch.setenv("UNDECLARED_STORE", "postgresql://me:secret@db.example:5433/team")
    assert default_store().place == "postgresql://db.example:5433/team"
    monkeypatch.delenv("UNDECLARED_STATE")
    assert state_folder().name == "undeclared"


def test_runs_are_found_by_the_place_that_a_report_names(store, where, monkeypatch):
    monkeypatch.setenv(
        "UNDECLARED_STATE" if isinstance(where, Path) else "UNDECLARED_STORE", str(where)
    )
    with store.open(KEY) as record:
        record.add(run(1))
        assert kept_runs(record.place) == (run(1),)
    assert kept_runs(f"{store.place}#99") == ()
    assert kept_runs("~/no/such/place#1") == ()
    assert kept_runs("") == ()


def test_a_file_elsewhere_is_found_too(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDECLARED_STATE", str(tmp_path / "mine"))
    with AuditStore(tmp_path / "theirs").open(KEY) as record:
        record.add(run(1))
    assert kept_runs(record.place) == (run(1),)


def test_a_finished_audit_is_found_again_by_what_was_asked(store):
    before = datetime.now(UTC) - timedelta(seconds=5)
    with store.open(KEY) as record:
        assert store.finished("1f", before) is None
        record.finish('{"number": 1}', "1f")
    with store.open(KEY) as record:
        record.finish('{"number": 2}', "2f")
    with store.open(OTHER) as unfinished:
        unfinished.add(run(1))
        assert store.finished("1f", before) == '{"number": 1}'
        assert store.finished("2f", before) == '{"number": 2}'
        assert store.finished("3f", before) is None
    assert store.finished("1f", datetime.now(UTC) + timedelta(hours=1)) is None
    assert store.finished("1f") == '{"number": 1}'


def finish_at(store, text, when, asked="1f"):
    with store.open(KEY) as record:
        record.finish(text, asked)
    change(
        store,
        update(schema.audits).where(schema.audits.c.id == record.number).values(finished=when),
    )


def test_of_two_answers_the_newer_is_found(store):
    finish_at(store, "2", datetime(2026, 1, 2, tzinfo=UTC))
    finish_at(store, "1", datetime(2026, 1, 1, tzinfo=UTC))
    assert store.finished("1f") == "2"
    assert store.finished("1f", datetime(2025, 1, 1, tzinfo=UTC)) == "2"
    assert store.finished("1f", datetime(2026, 1, 3, tzinfo=UTC)) is None


def test_an_answer_from_the_future_is_not_taken_for_a_recent_one(store):
    finish_at(store, "now", datetime.now(UTC))
    finish_at(store, "wrong clock", datetime.now(UTC) + timedelta(days=400))
    assert store.finished("1f", datetime.now(UTC) - timedelta(days=1)) == "now"


def test_reports_of_a_package_version_are_found_newest_first(store):
    sample = SAMPLE.read_text()
    purl = "pkg:npm/%40vendor/agent@1.2.3"
    assert store.reports("") == ()
    found = []
    for seconds in (1.0, 2.0):
        with store.open(KEY) as record:
            text = sample.replace('"seconds": 93.5', f'"seconds": {seconds}')
            record.finish(text)
            found.insert(0, text)
    assert store.reports(purl) == tuple(found)
    assert store.reports(purl + "0") == ()


def test_other_results_are_kept_and_replaced(store):
    assert store.kept("scan", "k") is None
    store.keep("scan", "k", "a\0 scan", "pkg:npm/a@1")
    store.keep("scan", "l", "")
    store.keep("watch", "k", "a state")
    store.keep("scan", "k", "a newer scan")
    assert store.kept("scan", "k") == "a newer scan"
    assert store.kept("scan", "l") == ""
    assert store.kept("watch", "k") == "a state"
    assert count(store, schema.results) == 3


def test_what_a_killed_process_on_this_machine_held_is_taken_over_at_once(store, where):
    reader, writer = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_hold, args=(where, writer))
    process.start()
    number = reader.recv()
    with store.open(KEY) as record:
        assert record.number != number
    process.kill()
    # Nobody has waited for it yet: it is dead, and still has its number.
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        pass
    with store.open(KEY) as record:
        assert record.number == number
        assert numbers(record.runs()) == [1]
    process.join()


def _hold(where, writer):
    with AuditStore(where).open(KEY) as record:
        record.add(run(1))
        writer.send(record.number)
        signal.pause()


def test_a_process_with_the_same_number_is_not_the_holder(store):
    record = store.open(KEY)
    change(store, update(schema.holds).values(born=schema.holds.c.born + 1))
    with store.open(KEY) as other:
        assert other.number == record.number


def test_what_another_machine_holds_is_left_to_it_until_its_lease_ends(store):
    record = store.open(KEY)
    change(store, update(schema.holds).values(place="another machine"))
    with store.open(KEY) as other:
        assert other.number != record.number
        other.finish("{}")
    change(store, update(schema.holds).values(until=datetime.now(UTC) - timedelta(seconds=1)))
    record.add(run(1))  # it is alive, and says so
    with store.open(KEY) as other:
        assert other.number != record.number
        other.finish("{}")
    change(store, update(schema.holds).values(until=datetime.now(UTC) - timedelta(seconds=1)))
    with store.open(KEY) as other:
        assert other.number == record.number
        with pytest.raises(Incomplete, match="continued by another process"):
            record.add(run(2))
        record.close()
        other.add(run(3))
        assert numbers(other.runs()) == [1, 3]
    assert timedelta(minutes=10) < holds.LEASE


def test_a_forked_process_shares_no_connection(store):
    with store.open(KEY) as record:
        record.add(run(1))
        pid = os.fork()
        if pid == 0:
            try:
                other = AuditStore(store.database._url.render_as_string(hide_password=False))
                with other.open(OTHER) as own:
                    own.add(run(2, BODY))
                os._exit(0)
            except BaseException:
                os._exit(1)
        record.add(run(3, BODY))
        assert os.waitpid(pid, 0)[1] == 0
        record.add(run(4))
        assert numbers(record.runs()) == [1, 3, 4]
    with store.open(OTHER) as other:
        assert numbers(other.runs()) == [2]


def test_nobody_else_may_read_the_file_or_what_stands_beside_it(tmp_path):
    store = AuditStore(tmp_path / "state")
    with store.database.writing() as connection:
        connection.exec_driver_sql("delete from results")
        files = {own.name: own.stat().st_mode & 0o777 for own in (tmp_path / "state").iterdir()}
    assert files.keys() >= {"undeclared.db", "undeclared.db-wal"}
    assert set(files.values()) == {0o600}
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
