import gzip
import io
import os
import stat
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tarballs import tar_bytes

from undeclared.model import Incomplete, NotFound, UndeclaredError
from undeclared.unpack import Limits, unpack_archive


def member(kind, **fields):
    one = tarfile.TarInfo()
    one.type = kind
    for name, value in fields.items():
        setattr(one, name, value)
    return one


def tree_of(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_top_folder_is_dropped_whatever_its_name(make, target):
    archive = make([("any name/a.txt", b"1"), ("other/b/c.txt", b"2"), ("any name/d", b"")])
    unpacked = unpack_archive(archive, target)
    assert tree_of(target) == {"a.txt": b"1", "b/c.txt": b"2", "d": b""}
    assert (unpacked.files, unpacked.bytes, unpacked.skipped) == (3, 2, 0)


def test_only_the_executable_bit_is_taken_over(make, target):
    modes = {"plain": 0o600, "run": 0o100, "setuid": 0o6755, "none": 0, "world": 0o666}
    archive = make([(f"p/{name}", member(b"0", mode=mode)) for name, mode in modes.items()])
    unpack_archive(archive, target)
    found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in target.iterdir()}
    assert found == {
        "plain": 0o644,
        "run": 0o755,
        "setuid": 0o755,
        "none": 0o644,
        "world": 0o644,
    }


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE]
)
def test_what_is_no_file_or_folder_is_skipped_and_counted(make, target, kind):
    archive = make(
        [
            ("p/odd", member(kind, linkname="/etc/passwd" if kind in b"12" else "")),
            ("p/odd", b"kept"),
            ("p/z", b""),
        ]
    )
    unpacked = unpack_archive(archive, target)
    assert unpacked.skipped == 1
    assert tree_of(target) == {"odd": b"kept", "z": b""}
    assert not any(path.is_symlink() for path in target.rglob("*"))


@pytest.mark.parametrize(
    "name", ["/etc/x", "p/../../x", "../x", "p/..", "p/a/../b", "..", "/", "//x/y"]
)
def test_a_path_that_leads_out_is_refused(make, target, name):
    archive = make([("p/first", b"1"), (name, b"2")])
    with pytest.raises(NotFound, match="leads out"):
        unpack_archive(archive, target)
    assert not target.exists()
    assert list(target.parent.iterdir()) == []


def test_a_link_cannot_be_written_through(make, target, tmp_path):
    archive = make(
        [("p/out", member(tarfile.SYMTYPE, linkname=str(tmp_path))), ("p/out/file", b"1")]
    )
    unpack_archive(archive, target)
    assert not (tmp_path / "file").exists()
    assert (target / "out").is_dir()
    assert not (target / "out").is_symlink()


@pytest.mark.parametrize("present", ["folder", "link", "dangling"])
def test_the_target_must_be_new(make, target, tmp_path, present):
    if present == "folder":
        target.mkdir()
    else:
        target.symlink_to(tmp_path if present == "link" else tmp_path / "nothing")
    with pytest.raises(FileExistsError):
        unpack_archive(make([("p/file", b"1")]), target)
    assert os.path.lexists(target)
    assert not (tmp_path / "file").exists()
    assert not (tmp_path / "nothing").exists()


def test_the_later_of_two_files_with_one_name_stays_as_with_npm(make, target):
    archive = make([("p/a", b"first"), ("p/A", b"capital"), ("other/./a", b"second")])
    unpacked = unpack_archive(archive, target)
    assert tree_of(target) == {"a": b"second", "A": b"capital"}
    assert unpacked.files == 2


@pytest.mark.parametrize(
    "members",
    [
        [("p/a", b"1"), ("p/a/b", b"2")],
        [("p/a/b", b"1"), ("p/a", b"2")],
        [("p/a", b"1"), ("p/a/", member(b"5"))],
    ],
)
def test_a_file_in_the_place_of_a_folder_is_refused(make, target, members):
    with pytest.raises(NotFound):
        unpack_archive(make(members), target)
    assert not target.exists()


@pytest.mark.parametrize("name", ["p/\\x/a", "p/C:/a", "p/c:a", "p//\\a"])
def test_a_path_that_begins_as_on_windows_is_refused_since_npm_changes_it(make, target, name):
    with pytest.raises(NotFound, match="as on Windows"):
        unpack_archive(make([(name, b"1")]), target)


def test_a_first_component_of_one_dot_counts_as_with_npm(make, target):
    unpack_archive(make([("./package/a", b"1")]), target)
    assert tree_of(target) == {"package/a": b"1"}


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_bytes": 2999}, "more than 2999 bytes"),
        ({"max_file_bytes": 999}, "a file has more than 999"),
        ({"max_files": 2}, "more than 2 members"),
        ({"max_depth": 1}, "folders deep"),
        ({"max_name": 3}, "a name has more"),
        ({"max_path": 7}, "a path has more"),
        ({"seconds": -1}, "seconds"),
    ],
)
def test_a_limit_ends_the_unpacking(make, target, limits, words):
    archive = make([(f"p/folder/b/{number}", b"x" * 1000) for number in range(3)])
    unpack_archive(archive, target.with_name("unlimited"))
    with pytest.raises(Incomplete, match=words):
        unpack_archive(archive, target, Limits(**limits))
    assert not target.exists()


def test_links_count_as_members(make, target):
    archive = make([(f"p/{number}", member(tarfile.SYMTYPE, linkname="a")) for number in range(9)])
    with pytest.raises(Incomplete, match="more than 8 members"):
        unpack_archive(archive, target, Limits(max_files=8))


def test_a_bomb_is_noticed_by_its_ratio_before_it_fills_the_disk(make, target):
    archive = make([("p/zeros", bytes(40 << 20))])
    assert archive.stat().st_size < 100_000
    with pytest.raises(Incomplete, match="grows by more than 200 times"):
        unpack_archive(archive, target)
    assert not target.exists()


def test_a_bomb_after_the_end_of_the_archive_is_noticed(tmp_path, target):
    archive = tmp_path / "bomb.tgz"
    archive.write_bytes(gzip.compress(tar_bytes([("p/a", b"1")]) + bytes(40 << 20)))
    with pytest.raises(Incomplete, match="grows"):
        unpack_archive(archive, target)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        b"\x1f\x8b",
        b"PK\x03\x04" + bytes(100),
        gzip.compress(bytes(1024), mtime=0),
    ],
)
def test_what_is_no_archive_is_not_readable(tmp_path, target, content):
    archive = tmp_path / "broken.tgz"
    archive.write_bytes(content)
    with pytest.raises(NotFound, match=r"broken\.tgz is not a sound package archive"):
        unpack_archive(archive, target)
    assert not target.exists()


def test_a_missing_archive_is_not_readable(tmp_path, target):
    with pytest.raises(NotFound, match="No such file"):
        unpack_archive(tmp_path / "none.tgz", target)
    assert not target.exists()


def test_a_full_disk_is_incomplete(make, target, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fchmod", full)
    with pytest.raises(Incomplete, match="disk is full"):
        unpack_archive(make([("p/a", b"1")]), target)
    assert not target.exists()


def test_an_archive_cut_anywhere_is_never_half_untar_bytes(make, target):
    archive = make([(f"p/{number}", os.urandom(700)) for number in range(5)])
    whole = archive.read_bytes()
    for length in range(1, len(whole), 97):
        archive.write_bytes(whole[:length])
        with pytest.raises(NotFound):
            unpack_archive(archive, target)
        assert not target.exists()


def test_a_header_damaged_in_the_middle_does_not_hide_what_follows(tmp_path, target):
    """`tarfile` takes the damaged header for the end, and shows one file without a word."""
    raw = bytearray(tar_bytes([("p/shown", b"1"), ("p/hidden", b"2")]))
    raw[1024 + 5] ^= 1
    with tarfile.open(fileobj=io.BytesIO(bytes(raw))) as lenient:
        assert lenient.getnames() == ["p/shown"]
    archive = tmp_path / "damaged.tgz"
    archive.write_bytes(gzip.compress(bytes(raw)))
    with pytest.raises(NotFound, match="checksum"):
        unpack_archive(archive, target)


names = st.text(st.characters(exclude_characters="/\0\\:", exclude_categories=["Cs"]), min_size=1)
safe = names.filter(lambda name: name not in (".", "..") and len(name.encode()) < 200)
paths = st.lists(safe, min_size=1, max_size=4).map("/".join)
forms = st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])


def no_file_is_a_folder(files):
    return not any(one != other and other.startswith(one + "/") for one in files for other in files)


packages = st.dictionaries(paths, st.binary(max_size=1500), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(packages.filter(no_file_is_a_folder), forms)
def test_what_was_packed_is_unpacked(files, form):
    with TemporaryDirectory() as folder:
        archive = Path(folder, "a.tgz")
        content = tar_bytes([(f"top/{path}", text) for path, text in files.items()], form)
        archive.write_bytes(gzip.compress(content))
        unpacked = unpack_archive(archive, Path(folder, "target"))
        assert tree_of(Path(folder, "target")) == files
        assert unpacked.bytes == sum(map(len, files.values()))


pieces = st.sampled_from(["..", ".", "", "a", "b", "link", "/", "ü", "\\", "C:", "~"])
hostile = st.tuples(
    st.lists(pieces, min_size=1, max_size=5).map("/".join),
    st.one_of(
        st.binary(max_size=20),
        st.builds(
            member,
            st.sampled_from([b"0", b"1", b"2", b"3", b"5", b"6", b"S"]),
            linkname=st.sampled_from(["", "", "../..", "a", "/etc/passwd"]),
            mode=st.integers(0, 0o7777),
        ),
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(hostile, max_size=8), forms)
def test_nothing_is_ever_outside_and_nothing_but_plain_files_inside(members, form):
    with TemporaryDirectory() as folder:
        archive, inside = Path(folder, "a.tgz"), Path(folder, "inside")
        archive.write_bytes(gzip.compress(tar_bytes(members, form)))
        inside.mkdir()
        try:
            unpack_archive(archive, inside / "target")
        except UndeclaredError:
            assert list(inside.iterdir()) == []
        assert {path.name for path in Path(folder).iterdir()} == {"a.tgz", "inside"}
        assert {path.name for path in inside.iterdir()} <= {"target"}
        for path in inside.rglob("*"):
            mode = path.lstat().st_mode
            assert stat.S_ISDIR(mode) or stat.S_ISREG(mode)
            assert stat.S_IMODE(mode) in (0o755, 0o644)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000), st.data())
def test_any_bytes_are_unpacked_or_refused_politely(noise, data):
    whole = bytearray(tar_bytes([("p/a", b"1" * 600), ("p/" + "long" * 60, b"2")]))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    for content in (noise, bytes(whole)):
        with TemporaryDirectory() as folder:
            archive, target = Path(folder, "a.tgz"), Path(folder, "target")
            archive.write_bytes(gzip.compress(content))
            try:
                unpack_archive(archive, target)
            except UndeclaredError:
                assert not target.exists()
