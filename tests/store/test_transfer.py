"""Audits that travel from one store to another, and files that lie."""

import hashlib
import io
import json
import os
import resource
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runs import run, runs

from undeclared import __version__
from undeclared.model import Incomplete, NotFound
from undeclared.store import AuditStore
from undeclared.store.checking import check
from undeclared.store.evidence import pack, pack_run
from undeclared.store.exporting import export
from undeclared.store.importing import import_file, import_folder

KEY = "ab" * 32
SAMPLE = Path(__file__).parents[1] / "report" / "golden" / "report.json"


@pytest.fixture
def here(tmp_path):
    """A store with two finished audits, one that is not, and two other results."""
    store = AuditStore(tmp_path / "here")
    for number in range(2):
        with store.open(KEY) as record:
            record.add(run(1, b"shared" * 500))
            record.add(run(2, b"%d" % number * 1000))
            record.finish(SAMPLE.read_text(), f"{number}")
    with store.open(KEY) as record:
        record.add(run(9))
    store.keep("scan", "a", "text \ud800", "pkg:npm/a@1")
    store.keep("watch", "a", "state")
    return store


def everything(store):
    """All that a store says, but for what is its own: numbers, order."""
    audits = [
        (own.agent, own.purl, own.finished, own.runs, own.worst, own.complete,
         store.runs(own.id), store.report(own.id), store.hosts(own.id), store.findings(own.id))
        for own in store.listed()
        if own.finished
    ]  # fmt: skip
    return sorted(audits, key=lambda own: own[2])


def test_what_was_exported_is_the_same_elsewhere_and_comes_once(here, where, tmp_path):
    file = tmp_path / "file"
    done = export(here, file)
    assert (done.audits, done.runs, done.results, done.unfinished) == (2, 4, 2, 1)
    assert done.bytes == file.stat().st_size
    there = AuditStore(where)
    first = import_file(there, file)
    assert (first.audits, first.runs, first.results, first.known) == (2, 4, 2, 0)
    again = import_file(there, file)
    assert (again.audits, again.runs, again.results, again.known) == (0, 0, 0, 4)
    assert everything(there) == everything(here)
    assert there.finished("1") == here.finished("1")
    assert there.kept("scan", "a") == "text \ud800"
    assert check(there).problems == ()
    export(there, tmp_path / "back")
    assert import_file(here, tmp_path / "back").known == 4


def test_some_audits_go_without_the_rest(here, tmp_path):
    [_, newer, older] = here.listed()
    file = tmp_path / "file"
    assert export(here, file, [older.id]).results == 0
    there = AuditStore(tmp_path / "there")
    assert import_file(there, file).audits == 1
    assert import_file(there, file).known == 1
    export(here, file, [newer.id, older.id])
    assert import_file(there, file).audits == 1
    with pytest.raises(NotFound, match="no audit 77"):
        export(here, file, [77])


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(runs, max_size=3), max_size=3), st.text(max_size=50))
def test_runs_of_every_shape_travel(several, result):
    with TemporaryDirectory() as folder:
        here, there = AuditStore(Path(folder, "a")), AuditStore(Path(folder, "b"))
        for some in several:
            with here.open(KEY) as record:
                for one in some:
                    record.add(one)
                record.finish("{}")
        here.keep("scan", "k", result)
        export(here, Path(folder, "file"))
        assert import_file(there, Path(folder, "file")).audits == len(several)
        assert everything(there) == everything(here)
        assert there.kept("scan", "k") == result


def test_a_newer_result_is_not_replaced(here, tmp_path):
    export(here, tmp_path / "file")
    here.keep("watch", "a", "a newer state")
    assert import_file(here, tmp_path / "file").results == 0
    assert here.kept("watch", "a") == "a newer state"


def test_a_file_that_cannot_be_written_is_not_there(here, tmp_path):
    with pytest.raises(Incomplete, match="cannot be written"):
        export(here, tmp_path / "no" / "file")
    (tmp_path / "file").write_text("old")
    here_file = tmp_path / "here" / "undeclared.db"
    with here.database.writing() as connection:
        connection.exec_driver_sql("update blobs set data = x'00'")
    with pytest.raises(NotFound, match="cannot be exported"):
        export(here, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "old"
    assert here_file.exists()
    assert [own.name for own in tmp_path.iterdir() if own.name.startswith(".")] == []


def test_a_file_for_which_there_is_no_room_is_named(tmp_path):
    store = AuditStore(tmp_path / "store")
    with store.open(KEY) as record:
        record.add(run(1, os.urandom(400_000)))
        record.finish("{}")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(Incomplete, match="/file cannot be written"):
            export(store, tmp_path / "file")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [own.name for own in tmp_path.iterdir()] == ["store"]


@pytest.fixture
def exported(here, tmp_path):
    export(here, tmp_path / "file")
    return (tmp_path / "file").read_bytes(), everything(here)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_file_that_was_changed_or_cut_leaves_only_whole_audits(exported, data):
    content, kept = bytearray(exported[0]), exported[1]
    unpacked = bytearray(zstandard.ZstdDecompressor().stream_reader(content).read())
    inside = data.draw(st.booleans(), label="within the stream")
    changed = unpacked if inside else content
    at = data.draw(st.integers(0, len(changed) - 1), label="at")
    if data.draw(st.booleans(), label="cut"):
        del changed[at:]
    else:
        changed[at] ^= data.draw(st.integers(1, 255), label="bits")
    with TemporaryDirectory() as folder:
        file = Path(folder, "file")
        file.write_bytes(zstandard.compress(bytes(unpacked)) if inside else content)
        there = AuditStore(Path(folder, "there"))
        with suppress(NotFound):
            import_file(there, file)
        for own in everything(there):
            # What has no digest of its own is only when it was finished.
            assert (*own[:2], *own[3:]) in [(*one[:2], *one[3:]) for one in kept]
        assert all("in the future" in own for own in check(there).problems)


def line(**fields):
    return json.dumps(fields).encode() + b"\n"


def piece(kind, content, **fields):
    digest = hashlib.sha256(content).hexdigest()
    return line(kind=kind, bytes=len(content), sha256=digest, **fields) + content


HEAD = line(kind="file", undeclared="store", format=1, tool_version=__version__)
AUDIT = line(kind="audit", identity="1" * 32, key=KEY, asked="1f", finished="2026-01-02T03:04:05Z")
REPORT = piece("report", b"{}")
END = line(kind="end", audits=1, results=0)
VALUE = b"v" * 1000
RUN = zstandard.decompress(pack_run(run(1, VALUE), lambda value: hashlib.sha256(value).hexdigest()))


def ended(number_of_runs):
    return line(kind="audit-end", runs=number_of_runs)


def imported(folder, content):
    (folder / "file").write_bytes(zstandard.compress(content))
    store = AuditStore(folder / "store")
    return store, import_file(store, folder / "file")


def test_the_format_is_as_it_is_described(tmp_path):
    content = HEAD + AUDIT + piece("blob", VALUE) + piece("run", RUN, number=4)
    store, done = imported(tmp_path, content + REPORT + ended(1) + END)
    assert (done.audits, done.runs, done.unreadable) == (1, 1, 0)
    assert store.runs(1) == (run(1, VALUE),)
    assert store.finished("1f", datetime(2026, 1, 2, tzinfo=UTC)) == "{}"


LIES = {
    "nothing": b"",
    "another format": HEAD.replace(b'"format": 1', b'"format": 2'),
    "no head": AUDIT + REPORT + ended(0) + END,
    "two heads": HEAD + HEAD,
    "no end": HEAD + AUDIT + REPORT + ended(0),
    "no report": HEAD + AUDIT + ended(0) + END,
    "two reports": HEAD + AUDIT + REPORT + REPORT + ended(0) + END,
    "a report that is none": HEAD + AUDIT + piece("report", b"[]") + ended(0) + END,
    "a report that is no text": HEAD + AUDIT + piece("report", b"\xff") + ended(0) + END,
    "a date before all dates": HEAD
    + AUDIT
    + piece("report", b'{"started": "0001-01-01T00:00:00+14:00"}')
    + ended(0)
    + END,
    "a wrong count": HEAD + AUDIT + REPORT + ended(1) + END,
    "evidence that is not there": HEAD + AUDIT + piece("run", RUN) + REPORT + ended(1) + END,
    "evidence that nobody wants": HEAD + AUDIT + piece("blob", VALUE) + REPORT + ended(0) + END,
    "a wrong digest": HEAD + AUDIT + piece("blob", VALUE).replace(b"vvv", b"vwv") + END,
    "a number twice": HEAD
    + AUDIT
    + piece("blob", VALUE)
    + piece("run", RUN, number=1)
    + piece("run", RUN, number=1)
    + REPORT
    + ended(2)
    + END,
    "an audit within an audit": HEAD + AUDIT + AUDIT + REPORT + ended(0) + END,
    "a run outside": HEAD + piece("run", RUN) + END,
    "a long line": HEAD + b'{"kind":"' + b"a" * 100_000 + b'"}\n' + END,
    "a huge piece": HEAD + AUDIT + line(kind="blob", bytes=2**40, sha256="0" * 64),
    "a piece that is not there": HEAD + AUDIT + line(kind="blob", bytes=2**27, sha256="0" * 64),
    "a negative piece": HEAD + AUDIT + line(kind="blob", bytes=-1, sha256="0" * 64),
    "a path for a key": HEAD + AUDIT.replace(KEY.encode(), b"../../etc/passwd") + REPORT + END,
    "an unknown kind": HEAD + line(kind="surprise") + END,
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_in_order_is_refused_and_nothing_of_it_stays(tmp_path, lie):
    with pytest.raises(NotFound):
        imported(tmp_path, LIES[lie])
    store = AuditStore(tmp_path / "store")
    assert store.listed() == () or lie == "no end"
    assert check(store).problems == ()
    assert check(store).blobs == 0


@pytest.mark.parametrize("content", [b"", b"noise" * 99, b"\x28\xb5\x2f\xfd" + b"\xff" * 99])
def test_what_is_no_such_file_is_refused(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(NotFound, match=r"no file that|not whole"):
        import_file(AuditStore(tmp_path), tmp_path / "file")


def test_a_stream_that_wants_much_memory_is_refused(tmp_path):
    packer = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=30)
    )
    raw = io.BytesIO()
    with packer.stream_writer(raw, closefd=False) as stream:
        stream.write(HEAD + END)
    (tmp_path / "file").write_bytes(raw.getvalue())
    with pytest.raises(NotFound):
        import_file(AuditStore(tmp_path), tmp_path / "file")


def test_a_run_of_another_version_is_kept_and_said(tmp_path):
    strange = piece("run", b'{"of": "another version"}', number=1)
    store, done = imported(tmp_path, HEAD + AUDIT + strange + REPORT + ended(1) + END)
    assert (done.audits, done.runs, done.unreadable) == (1, 1, 1)
    assert store.runs(1) == ()
    assert check(store).problems == ("run 1 of audit 1 cannot be read by this version",)


def old_folder(root):
    """A folder for state as version 0.1 before the database left it."""
    folder = root / "audits" / KEY / "0001"
    folder.mkdir(parents=True)

    def keep(value):
        digest = hashlib.sha256(value).hexdigest()
        file = root / "evidence" / digest[:2] / f"{digest}.zst"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pack(value))
        return digest

    for number in (1, 2, 3):
        packed = pack_run(run(number, b"%d" % number * 1000), keep)
        (folder / f"run-{number:05d}.json.zst").write_bytes(packed)
    (folder / "report.json").write_text(SAMPLE.read_text())
    (folder / "asked").write_text("1f")
    os.utime(folder / "report.json", (1_790_000_000, 1_790_000_000))
    (root / "audits" / KEY / "0002").mkdir()
    return folder


def test_what_was_kept_before_there_was_a_database_is_taken_in(store, tmp_path):
    folder = old_folder(tmp_path / "old")
    done = import_folder(store, tmp_path / "old")
    assert (done.audits, done.runs, done.unreadable, done.damaged) == (1, 3, 0, 0)
    [entry] = store.listed()
    assert entry.finished == datetime.fromtimestamp(1_790_000_000, UTC)
    assert store.runs(entry.id) == tuple(run(n, b"%d" % n * 1000) for n in (1, 2, 3))
    assert store.finished("1f") == SAMPLE.read_text()
    assert import_folder(store, tmp_path / "old").known == 1
    (folder / "run-00002.json.zst").write_bytes(b"noise")
    other = AuditStore(tmp_path / "other")
    done = import_folder(other, tmp_path / "old")
    assert (done.audits, done.runs, done.unreadable) == (1, 2, 1)


def test_a_folder_with_nothing_in_it_is_not_found(tmp_path):
    with pytest.raises(NotFound, match="no finished audit"):
        import_folder(AuditStore(tmp_path), tmp_path)
