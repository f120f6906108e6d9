"""What happens when the database or its disk cannot do what is asked."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from runs import run
from sqlalchemy.engine import make_url

from undeclared.model import Incomplete, NotFound, UndeclaredError, UsageError
from undeclared.store import AuditStore
from undeclared.store.checking import check

KEY = "ab" * 32
BODY = os.urandom(200_000)


@pytest.fixture
def folder(tmp_path):
    with AuditStore(tmp_path).open(KEY) as record:
        for number in range(5):
            record.add(run(number, b"%d" % number + BODY))
    return tmp_path


def raises_and_changes_nothing(folder, error, match):
    file = folder / "undeclared.db"
    before = file.read_bytes()
    with pytest.raises(error, match=match) as caught:
        AuditStore(folder).open(KEY)
    assert file.read_bytes() == before
    return caught.value


@pytest.mark.parametrize("place", ["file", "/proc/no/such/place"])
def test_a_store_that_cannot_be_made_is_explained(tmp_path, place):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Incomplete, match="cannot be written") as caught:
        AuditStore(tmp_path / place).open(KEY)
    assert "UNDECLARED_STATE" in caught.value.next_step


@pytest.mark.parametrize("content", [b"noise", b"SQLite format 3\0" + b"\xff" * 5000, b"x" * 9000])
def test_a_file_that_is_no_database_is_never_overwritten(tmp_path, content):
    (tmp_path / "undeclared.db").write_bytes(content)
    error = raises_and_changes_nothing(tmp_path, NotFound, "damaged")
    assert "move it away" in error.next_step


def test_a_file_that_was_cut_off_is_damaged(folder):
    file = folder / "undeclared.db"
    os.truncate(file, 8192)
    raises_and_changes_nothing(folder, NotFound, "damaged")


def test_damaged_pages_are_found_by_a_check(folder):
    file = folder / "undeclared.db"
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = b"\0" * 3000
    file.write_bytes(content)
    try:
        problems = check(AuditStore(folder)).problems
    except UndeclaredError as error:
        problems = (error.what,)
    assert any("evidence" in own or "damaged" in own for own in problems)


def test_a_sound_store_has_no_problems(store):
    with store.open(KEY) as record:
        record.add(run(1, BODY))
        record.finish("{}")
    store.keep("scan", "1", "text")
    found = check(store)
    assert found.problems == ()
    assert (found.audits, found.runs, found.blobs, found.results) == (1, 1, 1, 1)


def test_a_store_of_a_newer_version_is_refused(store, where):
    with store.open(KEY) as record:
        record.add(run(1))
    with store.database.writing() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    with pytest.raises(NotFound, match="newer version") as caught:
        AuditStore(where).open(KEY)
    assert "Update undeclared" in caught.value.next_step
    assert store.entry(record.number).runs == 1


def test_a_store_that_is_locked_waits_and_then_says_so(folder):
    other = sqlite3.connect(folder / "undeclared.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Incomplete, match="in use by another process"):
        AuditStore(folder, patience=0.2).keep("scan", "1", "text")
    other.rollback()
    AuditStore(folder, patience=0.2).keep("scan", "1", "text")
    other.close()


def test_a_locked_postgresql_waits_and_then_says_so(server):
    store = AuditStore(server, patience=0.2)
    store.keep("scan", "1", "text")
    url = make_url(server)
    address = f"host={url.query['host']} user={url.username} dbname={url.database}"
    with psycopg.connect(address) as other:
        other.execute("lock table results")
        with pytest.raises(Incomplete, match="in use by another process"):
            store.keep("scan", "1", "another")
    assert store.kept("scan", "1") == "text"


FILL = """
import os, sys
from pathlib import Path
from runs import run
from undeclared.model import Incomplete
from undeclared.store import AuditStore
store = AuditStore(Path(sys.argv[1]))
with store.open(sys.argv[2]) as record:
    for number in range(100):
        try:
            record.add(run(number, os.urandom(100_000)))
        except Incomplete as error:
            assert "cannot be written" in error.what, error.what
            assert len(record.runs()) == number, "what was kept is gone"
            print(number)
            break
Path(sys.argv[1], "ballast").unlink()
with store.open(sys.argv[2]) as record:
    assert len(record.runs()) == number
    record.add(run(number, b"there is room again" * 100))
    assert len(record.runs()) == number + 1
"""


def test_on_a_full_disk_what_was_kept_stays(tmp_path):
    script = (
        'mount -t tmpfs -o size=3m none "$1" && head -c 1000000 /dev/zero > "$1/ballast"'
        ' && exec "$2" -c "$3" "$1" "$4"'
    )
    own = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*own, "true"], check=False, capture_output=True).returncode:
        if os.environ.get("CI") == "true":
            pytest.fail("no namespaces here")
        pytest.skip("no namespaces here")
    done = subprocess.run(
        [*own, "sh", "-c", script, "sh", tmp_path, sys.executable, FILL, KEY],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
    )
    assert done.returncode == 0, done.stderr
    assert 2 < int(done.stdout) < 30


@pytest.mark.parametrize(
    "url", ["mysql://me:hunter2@db/x", "postgresql://", "://hunter2", "sqlite://", "hunter2"]
)
def test_an_address_that_is_none_is_wrong_usage_and_not_repeated(url):
    with pytest.raises(UsageError, match="UNDECLARED_STORE") as caught:
        AuditStore(url)
    assert "hunter2" not in str(caught.value)


def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path):
    url = f"postgresql://me:hunter2@/team?host={tmp_path}"
    with pytest.raises(Incomplete, match="cannot be reached") as caught:
        AuditStore(url).listed()
    error = caught.value
    assert "hunter2" not in f"{error!r} {error} {error.__cause__!r}"
    assert error.__cause__ is None
    assert "UNDECLARED_STORE" in error.next_step


def test_a_copy_of_the_file_is_a_store(folder, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(folder / "undeclared.db", copy)
    with AuditStore(copy).open(KEY) as record:
        assert len(record.runs()) == 5
