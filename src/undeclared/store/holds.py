"""Who is at work on an audit: one process, until it lets go or is no more.

On one machine, between processes that see each other, it is known at once whether the holder still
lives. Elsewhere a hold counts until it runs out, by the clock of the store; every run that is kept
renews it.
"""

import os
import uuid
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from undeclared.store.database import Database
from undeclared.store.schema import holds

LEASE = timedelta(minutes=30)
"""How long a hold counts elsewhere without a sign of its holder; longer than any pause in which an
audit keeps no run."""
_MINE: set[str] = set()
"""Holds of this process that it has not let go."""


def take(database: Database, connection: Connection, audit: int) -> str | None:
    """Take an audit for this process: the token of the hold, or None if another one has it.

    In a transaction that is alone.
    """
    now = database.now(connection)
    found = connection.execute(select(holds).where(holds.c.audit == audit)).one_or_none()
    if found is not None:
        if _counts(found, now):
            return None
        connection.execute(delete(holds).where(holds.c.audit == audit))
    token = uuid.uuid4().hex
    _MINE.add(token)
    process = os.getpid()
    connection.execute(
        insert(holds).values(
            audit=audit,
            token=token,
            place=_here(),
            process=process,
            born=_born(process) or 0,
            until=now + LEASE,
        )
    )
    return token


def renew(database: Database, connection: Connection, audit: int, token: str) -> bool:
    """Keep a hold for longer; whether it still is one."""
    mine = (holds.c.audit == audit) & (holds.c.token == token)
    until = database.now(connection) + LEASE
    return connection.execute(update(holds).where(mine).values(until=until)).rowcount == 1


def let_go(database: Database, audit: int, token: str) -> None:
    """Give a hold up, if it still is one. Raises UndeclaredError where that cannot be said."""
    _MINE.discard(token)
    with database.writing() as connection:
        connection.execute(delete(holds).where((holds.c.audit == audit) & (holds.c.token == token)))


def held(database: Database, connection: Connection) -> frozenset[int]:
    """The audits that are being worked on now."""
    now = database.now(connection)
    return frozenset(own.audit for own in connection.execute(select(holds)) if _counts(own, now))


def _counts(hold: Row[Any], now: datetime) -> bool:
    if hold.place == _here():
        if hold.process == os.getpid() and hold.token not in _MINE:
            return False  # it was let go when nothing could be written
        return _alive(hold.process, hold.born)
    until: datetime = hold.until
    return until > now


@cache
def _here() -> str:
    """Names the processes that this one sees: those of one boot and one namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return uuid.uuid4().hex  # nothing is known, so nobody else is here


def _alive(process: int, born: int) -> bool:
    found = _born(process)
    return found is not None and (found == born or not born)


def _born(process: int) -> int | None:
    """When a process was started, in clock ticks since boot; None if there is none.

    Field 22 of /proc/PID/stat, proc(5). One that was killed and that its parent has not looked
    after yet (state Z) is no more.
    """
    try:
        # The name of the program, in parentheses, may hold anything.
        stat = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
        return None if stat[0] in (b"Z", b"X") else int(stat[19])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, IndexError):
        return 0
