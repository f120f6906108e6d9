"""What is kept for how long. An audit that somebody is at work on is never removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, exists, func, select

from undeclared.store.database import Database
from undeclared.store.entries import Entry, entries
from undeclared.store.schema import audits, blobs, evidence, results, runs
from undeclared.store.writing import batched


@dataclass(frozen=True)
class Limits:
    """What may be kept; None: no such limit."""

    audits: int | None = 10_000
    age: timedelta | None = None
    """Since an audit was finished."""
    bytes: int | None = 5 * 2**30
    """Of all that is kept, compressed; tables and indexes add a tenth or so."""


def remove_beyond(database: Database, limits: Limits) -> tuple[Entry, ...]:
    """Remove the oldest audits beyond the limits, and evidence that no run refers to.

    Which is older is told by the order in which they came into this store, not by a clock; the
    newest always stays. Returns what was removed. Raises UndeclaredError.
    """
    with database.reading() as connection:
        if not _beyond(database, connection, limits):
            return ()
    with database.writing(alone=True) as connection:
        removed = _beyond(database, connection, limits)
        for some in batched([own.id for own in removed]):
            of_them = select(evidence.c.blob).join(runs).where(runs.c.audit.in_(some)).distinct()
            freed = connection.scalars(of_them).all()
            connection.execute(delete(audits).where(audits.c.id.in_(some)))
            for part in batched(freed):
                referred = exists().where(evidence.c.blob == blobs.c.id)
                connection.execute(delete(blobs).where(blobs.c.id.in_(part), ~referred))
    database.give_back()
    return removed


def size(connection: Connection) -> int:
    """Bytes of all that is kept, compressed."""
    own = func.coalesce(func.sum(audits.c.bytes), 0)
    shared = func.coalesce(func.sum(blobs.c.bytes), 0)
    other = func.coalesce(func.sum(func.length(results.c.data)), 0)
    return sum(int(connection.scalar(select(part)) or 0) for part in (own, shared, other))


def _beyond(database: Database, connection: Connection, limits: Limits) -> tuple[Entry, ...]:
    """The audits to remove, oldest first."""
    there = connection.scalar(select(func.count()).select_from(audits)) or 0
    too_many = limits.audits is not None and there > limits.audits
    over = size(connection) - limits.bytes if limits.bytes is not None else 0
    if not too_many and limits.age is None and over <= 0:
        return ()
    every = entries(database, connection)
    resting = [own for own in every[1:] if not own.going_on]
    chosen: set[int] = set()
    if limits.audits is not None and too_many:
        chosen |= {own.id for own in resting[max(0, limits.audits - 1) :]}
    if limits.age is not None:
        before = database.now(connection) - limits.age
        chosen |= {own.id for own in resting if own.finished is not None and own.finished < before}
    if over > 0:
        chosen |= _oldest_freeing(connection, resting, over)
    return tuple(own for own in reversed(resting) if own.id in chosen)


def _oldest_freeing(connection: Connection, resting: Sequence[Entry], wanted: int) -> set[int]:
    """The oldest audits that together take so many bytes.

    What several refer to is freed with the newest of them.
    """
    newest = (
        select(func.max(audits.c.touched).label("touched"), func.max(blobs.c.bytes).label("bytes"))
        .select_from(evidence)
        .join(blobs)
        .join(runs)
        .join(audits)
        .group_by(evidence.c.blob)
        .subquery()
    )
    freed = (
        select(audits.c.id, func.sum(newest.c.bytes))
        .join(newest, newest.c.touched == audits.c.touched)
        .group_by(audits.c.id)
    )
    shared: dict[int, int] = {own[0]: int(own[1]) for own in connection.execute(freed)}
    chosen: set[int] = set()
    for own in reversed(resting):
        if wanted <= 0:
            break
        chosen.add(own.id)
        wanted -= own.bytes + shared.get(own.id, 0)
    return chosen
