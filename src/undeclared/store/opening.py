"""The tables of a store brought to what this version knows, before anything else is done."""

import threading
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from undeclared.store.database import Database
from undeclared.store.schema import REVISION
from undeclared.store.troubles import newer

MIGRATIONS = Path(__file__).with_name("migrations")
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32)))
_ONE_AT_A_TIME = threading.Lock()
"""Alembic keeps what it works on in one place for the whole process."""


def bring_up_to_date(database: Database) -> None:
    """Make the tables, or change those of an older version; all of it, or nothing.

    Raises NotFound for a store that is damaged or of a newer version, Incomplete for one that
    cannot be reached or written.
    """
    if database.file is None or _begun(database.file):
        with database.reading() as connection:
            if revision(connection) == REVISION:
                return
    with _ONE_AT_A_TIME, database.migrating() as connection:
        if (found := revision(connection)) != REVISION:  # else another process was faster
            _migrate(connection, found, database.place)


def revision(connection: Connection) -> str | None:
    """The newest migration that a store has had; None for an empty database."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    found: str | None = connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()
    return found


def _begun(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except OSError:
        return False  # making it says what is wrong


def _migrate(connection: Connection, found: str | None, place: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {own.revision for own in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise newer(place)
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)
