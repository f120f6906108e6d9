"""The tables of a store, from every state that it may be found in."""

import importlib.util
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from runs import run

from undeclared.store import AuditStore, opening, schema
from undeclared.store.database import Database

KEY = "ab" * 32


def script(folder=opening.MIGRATIONS):
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return config


REVISIONS = [own.revision for own in ScriptDirectory.from_config(script()).walk_revisions()][::-1]


def migrated(where, revision):
    """A store as a version of that time has left it."""
    database = Database(where)
    with database.migrating() as connection:
        config = script()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return database


def test_the_newest_migration_is_the_one_that_is_known():
    assert REVISIONS[-1] == schema.REVISION


@pytest.mark.parametrize("revision", [None, *REVISIONS])
def test_from_every_revision_the_tables_become_those_of_today(where, revision):
    if revision:
        migrated(where, revision)
    store = AuditStore(where)
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.METADATA) == []
        assert opening.revision(connection) == schema.REVISION
    with store.open(KEY) as record:
        record.add(run(1, b"x" * 1000))
        assert record.runs() == (run(1, b"x" * 1000),)


NEXT = """
import sqlalchemy as sa
from alembic import op
revision = "next"
down_revision = "{before}"
def upgrade():
    with op.batch_alter_table("audits") as table:
        table.add_column(sa.Column("new", sa.Text(), nullable=False, server_default="x"))
        table.alter_column("agent", new_column_name="profile")
    {then}
"""


@pytest.fixture
def newer(tmp_path, monkeypatch):
    """A version that has one migration more."""

    def make(then="pass"):
        folder = tmp_path / "migrations"
        shutil.copytree(opening.MIGRATIONS, folder)
        text = NEXT.format(before=schema.REVISION, then=then)
        (folder / "versions" / "next.py").write_text(text)
        monkeypatch.setattr(opening, "MIGRATIONS", folder)
        monkeypatch.setattr(opening, "REVISION", "next")

    return make


def kept(where):
    with AuditStore(where).open(KEY) as record:
        record.add(run(1, b"x" * 1000))
    return record.number


def test_a_change_of_the_tables_keeps_what_is_in_them(where, newer):
    number = kept(where)
    newer()
    store = AuditStore(where)
    assert store.runs(number) == (run(1, b"x" * 1000),)
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("select new, profile from audits").all() == [("x", "")]
        assert opening.revision(connection) == "next"


def test_a_change_that_fails_changes_nothing(where, newer, monkeypatch):
    number = kept(where)
    newer(then="raise RuntimeError('half-way')")
    with pytest.raises(RuntimeError, match="half-way"):
        AuditStore(where).runs(number)
    monkeypatch.undo()
    assert AuditStore(where).runs(number) == (run(1, b"x" * 1000),)


def test_threads_that_open_a_new_store_at_once_all_can(where):
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: kept(where), range(8)))
    assert sum(own.runs for own in AuditStore(where).listed()) == len(numbers)


OPEN = """
import sys
from pathlib import Path
from undeclared.store import AuditStore
where = sys.argv[1]
store = AuditStore(where if "://" in where else Path(where))
store.keep("process", sys.argv[2], "was here")
"""


def test_processes_that_open_a_new_store_at_once_all_can(where):
    processes = [
        subprocess.Popen([sys.executable, "-c", OPEN, str(where), str(number)])
        for number in range(4)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0] * 4
    store = AuditStore(where)
    assert [store.kept("process", str(number)) for number in range(4)] == ["was here"] * 4


def test_nothing_of_alembic_is_loaded_where_no_change_is_due(tmp_path):
    kept(tmp_path)
    look = "import sys; from pathlib import Path; from undeclared.store import AuditStore;"
    look += "AuditStore(Path(sys.argv[1])).listed(); sys.exit('alembic' in sys.modules)"
    assert importlib.util.find_spec("alembic")
    assert subprocess.run([sys.executable, "-c", look, tmp_path], check=False).returncode == 0


def test_a_migration_stands_by_itself():
    for file in Path(opening.MIGRATIONS, "versions").glob("*.py"):
        assert "undeclared" not in file.read_text(), "it must not change with the code"
