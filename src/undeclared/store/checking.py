"""Whether a store is whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, exists, func, select

from undeclared.store.audits import AuditStore
from undeclared.store.database import SKEW
from undeclared.store.evidence import Damaged, unpack, unpack_blob, unpack_run
from undeclared.store.reading import fetch
from undeclared.store.schema import audits, blobs, reports, results, runs

_NAMED = 20
"""Problems of SQLite itself that are named."""


@dataclass(frozen=True)
class Checked:
    """What was looked at, and what is wrong."""

    audits: int
    runs: int
    blobs: int
    results: int
    problems: tuple[str, ...]
    """Each in one line, for a person."""


def check(store: AuditStore) -> Checked:
    """Read everything in a store and compare it with its digests. Changes nothing.

    Raises UndeclaredError if it cannot be read at all.
    """
    with store.database.reading() as connection:
        connection = connection.execution_options(yield_per=20)
        problems = [
            *(_of_sqlite(connection) if store.database.sqlite else ()),
            *_of_blobs(connection),
            *_of_runs(connection),
            *_of_texts(connection),
            *_of_counts(connection, store.database.now(connection)),
        ]
        return Checked(
            audits=_count(connection, audits),
            runs=_count(connection, runs),
            blobs=_count(connection, blobs),
            results=_count(connection, results),
            problems=tuple(problems),
        )


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _of_sqlite(connection: Connection) -> Iterator[str]:
    """SQLite's own look at its pages and indexes, and at what refers to what."""
    for row in connection.exec_driver_sql(f"PRAGMA integrity_check({_NAMED})").all():
        if row[0] != "ok":
            yield f"the file is damaged: {row[0]}"
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check").all()[:_NAMED]:
        yield f"a row of {row[0]} refers to one of {row[2]} that is not there"


def _of_blobs(connection: Connection) -> Iterator[str]:
    for own in connection.execute(select(blobs.c.sha256, blobs.c.data).order_by(blobs.c.id)):
        try:
            unpack_blob(own.data, own.sha256)
        except Damaged:
            yield f"evidence {own.sha256} is not as it was written"


def _of_runs(connection: Connection) -> Iterator[str]:
    query = select(runs.c.id, runs.c.audit, runs.c.number, runs.c.data).order_by(runs.c.id)
    for own in connection.execute(query):
        values: dict[str, bytes] = {}
        try:
            fetch(connection, own.id, values)
            unpack_run(own.data, values.__getitem__)
        except Damaged:
            yield f"run {own.number} of audit {own.audit} cannot be read by this version"


def _of_texts(connection: Connection) -> Iterator[str]:
    for audit, data in connection.execute(select(reports.c.audit, reports.c.data)):
        if not _is_text(data):
            yield f"the report of audit {audit} is not as it was written"
    for kind, key, data in connection.execute(
        select(results.c.kind, results.c.key, results.c.data)
    ):
        if not _is_text(data):
            yield f"the {kind} {key} is not as it was written"


def _is_text(packed: bytes) -> bool:
    try:
        unpack(packed).decode("utf-8", "surrogatepass")
    except (Damaged, UnicodeDecodeError):
        return False
    return True


def _of_counts(connection: Connection, now: datetime) -> Iterator[str]:
    there = select(func.count()).where(runs.c.audit == audits.c.id).scalar_subquery()
    query = select(audits.c.id, audits.c.runs, there.label("there")).where(audits.c.runs != there)
    for own in connection.execute(query):
        yield f"audit {own.id} has {own.there} runs and should have {own.runs}"
    reported = exists().where(reports.c.audit == audits.c.id)
    for number in connection.scalars(
        select(audits.c.id).where(audits.c.finished.is_not(None), ~reported)
    ):
        yield f"audit {number} is finished and has lost its report"
    ahead = select(audits.c.id).where(audits.c.finished > now + SKEW)
    for number in connection.scalars(ahead):
        yield f"audit {number} was finished in the future: the clock was wrong then, or is now"
