"""What is removed when there is too much."""

import os
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runs import run
from sqlalchemy import func, select, update

from undeclared.store import AuditStore, Limits, schema
from undeclared.store.checking import check
from undeclared.store.retention import size

NOTHING = Limits(audits=None, age=None, bytes=None)


def added(store, number, body):
    """A finished audit with one run."""
    with store.open(f"{number:08x}") as record:
        record.add(run(number, body))
        record.finish("{}", f"{number:x}")
    return record.number


def there(store):
    return sorted(own.id for own in store.listed())


def blobs(store):
    with store.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(schema.blobs))


def total(store):
    with store.database.reading() as connection:
        return size(connection)


def test_old_audits_go_with_their_evidence_and_open_ones_stay(where):
    store = AuditStore(where, Limits(audits=2))
    with store.open("ee" * 32) as going_on:
        going_on.add(run(0, b"going on" * 100))
        numbers = [added(store, number, b"%d" % number * 1000) for number in range(4)]
        assert there(store) == [going_on.number, *numbers[2:]]
        assert going_on.runs() == (run(0, b"going on" * 100),)
        assert blobs(store) == 3
        assert store.finished("2") == "{}"
        assert store.finished("0") is None
    assert check(store).problems == ()


def test_a_number_is_not_given_out_again(where):
    store = AuditStore(where)
    first = added(store, 1, b"")
    second = added(store, 2, b"")
    assert [own.id for own in store.tidy(Limits(audits=1))] == [first]
    assert added(store, 3, b"") > second


def test_what_is_interrupted_counts_like_any_other(where):
    store = AuditStore(where)
    with store.open("aa" * 32) as interrupted:
        interrupted.add(run(1))
    numbers = [added(store, number, b"") for number in range(2)]
    assert [own.state for own in store.listed()] == ["incomplete", "incomplete", "interrupted"]
    removed = store.tidy(Limits(audits=2))
    assert [own.id for own in removed] == [interrupted.number]
    assert there(store) == numbers


def test_what_is_continued_is_new_again(where):
    store = AuditStore(where)
    with store.open("aa" * 32) as interrupted:
        interrupted.add(run(1))
    other = added(store, 2, b"")
    with store.open("aa" * 32) as again:
        again.add(run(2))
    assert [own.id for own in store.tidy(Limits(audits=1))] == [other]


def test_age_is_that_of_the_end_and_the_newest_stays(where):
    store = AuditStore(where)
    numbers = [added(store, number, b"") for number in range(4)]
    for number, days in zip(numbers, (9, 4, 1, 9), strict=True):
        then = datetime.now(UTC) - timedelta(days=days)
        with store.database.writing() as connection:
            of_it = schema.audits.c.id == number
            connection.execute(update(schema.audits).where(of_it).values(finished=then))
    removed = store.tidy(Limits(audits=None, age=timedelta(days=3), bytes=None))
    assert [own.id for own in removed] == numbers[:2]
    assert there(store) == numbers[2:]


def test_a_clock_that_went_back_removes_nothing_that_is_new(where):
    store = AuditStore(where)
    numbers = [added(store, number, b"") for number in range(3)]
    with store.database.writing() as connection:
        of_it = schema.audits.c.id == numbers[-1]
        then = datetime(1970, 1, 2, tzinfo=UTC)
        connection.execute(update(schema.audits).where(of_it).values(finished=then))
    assert [own.id for own in store.tidy(Limits(audits=1))] == numbers[:2]


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sets(st.integers(0, 3), min_size=1), min_size=1, max_size=4), st.floats(0, 1))
def test_by_size_just_so_many_go_that_the_rest_fits(where, contents, share):
    """Each audit has some of four large values, which it shares with others."""
    store = AuditStore(where)
    with store.database.writing() as connection:  # what the example before has left
        connection.execute(schema.audits.delete())
        connection.execute(schema.blobs.delete())
    values = [bytes([number]) + os.urandom(4000) for number in range(4)]
    numbers = []
    for number, content in enumerate(contents):
        with store.open(f"{number:08x}") as record:
            for one in sorted(content):
                record.add(run(one, values[one]))
            record.finish("{}")
        numbers.append(record.number)
    limit = int(total(store) * share)
    removed = [own.id for own in store.tidy(Limits(audits=None, bytes=limit))]
    assert removed == numbers[: len(removed)]
    assert total(store) <= limit or len(removed) == len(numbers) - 1
    assert check(store).problems == ()
    assert blobs(store) == len(set().union(*contents[len(removed) :]))
    if removed:  # one less would have been too few
        assert store.tidy(Limits(audits=None, bytes=limit)) == ()


def test_room_is_given_back_to_the_disk(tmp_path):
    store = AuditStore(tmp_path)
    for number in range(4):
        added(store, number, os.urandom(500_000))
    before = (tmp_path / "undeclared.db").stat().st_size
    store.tidy(Limits(audits=1))
    assert (tmp_path / "undeclared.db").stat().st_size < before / 2


def test_a_file_has_limits_by_itself_and_a_shared_database_has_none(tmp_path, server):
    assert AuditStore(tmp_path)._limits == Limits()
    assert AuditStore(server)._limits is None
