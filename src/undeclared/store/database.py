"""One database: transactions on it. What its errors mean for a person is in `troubles`.

Every piece of work has a connection of its own. So none is shared with a process that was forked,
and one that was killed leaves nothing open but what the database itself takes back.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from undeclared.model import UsageError
from undeclared.store.troubles import told, written

PATIENCE = 60.0
"""Seconds to wait for others who are writing."""
SKEW = timedelta(minutes=5)
"""What was finished so far in the future, or farther, has no age that could be known."""
_LOCK = 0x756E6465
"""Number of our advisory lock in PostgreSQL: ASCII `unde`."""
_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_FILE = "undeclared.db"
_BEGIN = {
    "read": ("BEGIN",),
    # Asked for at once: a reader that becomes a writer could not wait for another one.
    "write": ("BEGIN IMMEDIATE",),
    # A table that is made anew is dropped first, which must not take along what refers to it; and
    # this cannot be said within a transaction.
    "migrate": ("PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"),
    "none": (),
}


class Database:
    """How to reach a store. Making one opens nothing."""

    def __init__(self, where: Path | str, *, patience: float = PATIENCE) -> None:
        """`where` is a folder that holds, or will hold, an SQLite file; or a URL."""
        self._url = _url(where)
        self._patience = patience
        self.file = Path(self._url.database or "") if self.sqlite else None
        """The SQLite file; None for a server."""
        self.place = str(self.file) if self.file else _without_secrets(self._url)
        """What a person is told: neither user nor password."""
        self._engine: Engine | None = None

    @property
    def sqlite(self) -> bool:
        """Whether it is a file on this machine."""
        return self._url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store. Raises UndeclaredError."""
        with self._told(), self._connection("read") as connection:
            if not self.sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction that is kept for good when it ends, or leaves nothing.

        Beside one that is `alone` there is no other. Raises UndeclaredError.
        """
        with self._told(), self._connection("write") as connection, connection.begin():
            if not self.sqlite:
                lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
                connection.execute(select(lock(_LOCK)))
            yield connection

    def give_back(self) -> None:
        """Give room that is free in the file back to the disk; a server does so by itself."""
        with self._told(), self._connection("none") as connection:
            driver = connection.connection.driver_connection
            if isinstance(driver, sqlite3.Connection):
                # It frees a page with each step; only a script is carried out to its last one.
                driver.executescript("PRAGMA incremental_vacuum")

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A transaction for a change of the tables, which is made where there is no file yet."""
        with (
            self._told(),
            written(self.place),
            self._made_ready(),
            self._connection("migrate") as connection,
            connection.begin(),
        ):
            if not self.sqlite:
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            yield connection

    def now(self, connection: Connection) -> datetime:
        """The time, by one clock for all who share the store."""
        if self.sqlite:
            return datetime.now(UTC)
        found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return found.astimezone(UTC)

    def _told(self) -> AbstractContextManager[None]:
        return told(self.place, self._url.password)

    def _connection(self, mode: str) -> Connection:
        if self._engine is None:
            self._engine = self._reached()
        return self._engine.connect().execution_options(mode=mode)

    def _reached(self) -> Engine:
        if self.sqlite:
            arguments: dict[str, object] = {"timeout": self._patience, "isolation_level": None}
        else:
            wait = f"-c lock_timeout={int(self._patience * 1000)} -c timezone=UTC"
            arguments = {
                "connect_timeout": 10,
                "application_name": "undeclared",
                "options": wait,
            }
        engine = create_engine(
            self._url, poolclass=NullPool, connect_args=arguments, hide_parameters=True
        )
        if self.sqlite:
            event.listen(engine, "connect", _on_connect)
            event.listen(engine, "begin", _on_begin)
        return engine

    @contextmanager
    def _made_ready(self) -> Iterator[None]:
        """The file there and in WAL mode, and no other process making it so."""
        if self.file is None:
            yield
            return
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What SQLite puts beside the file takes over these rights.
        os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        folder = os.open(self.file.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            os.fsync(folder)
            with self._connection("none") as connection:
                connection.exec_driver_sql("PRAGMA auto_vacuum=INCREMENTAL")
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            yield
        finally:
            os.close(folder)


def _on_connect(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _on_begin(connection: Connection) -> None:
    for statement in _BEGIN[connection.get_execution_options().get("mode", "none")]:
        connection.exec_driver_sql(statement)


def _url(where: Path | str) -> URL:
    if isinstance(where, Path):
        return URL.create("sqlite", database=str(where.absolute() / _FILE))
    try:
        url = make_url(where)
        driver = _DRIVERS[url.drivername]
    except (ArgumentError, KeyError, ValueError):
        # The text itself may hold a password, so it is not repeated.
        url = None
    if url is None or not url.database:
        raise UsageError(
            "the address of the store, in UNDECLARED_STORE, is none that is known",
            means="nothing was done",
            next_step="Give it as postgresql://user@host/database or sqlite:////folder/file.db.",
        )
    if driver == "sqlite":
        return URL.create(driver, database=str(Path(url.database).absolute()))
    return url.set(drivername=driver)


def _without_secrets(url: URL) -> str:
    host = url.host or url.query.get("host", "")
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{host if isinstance(host, str) else host[0]}{port}/{url.database}"
