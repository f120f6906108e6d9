from pathlib import Path

import pytest

from undeclared.lab import veil


@pytest.fixture
def overlays(monkeypatch):
    """The folders for which an overlay was asked."""
    asked = []

    def overlay(folder, place, space):
        asked.append(folder)
        return True

    monkeypatch.setattr(veil, "_overlay", overlay)
    return asked


def test_each_folder_is_lent_once_from_a_place_without_its_path(tmp_path, overlays):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    lent = veil.lend([one, other, one], tmp_path / "space")
    assert lent == {one: tmp_path / "space/lent-0", other: tmp_path / "space/lent-1"}
    assert overlays == [one, other]


def test_a_folder_with_another_file_system_in_it_stays(tmp_path, overlays, monkeypatch):
    folder, point = tmp_path / "usr", tmp_path / "usr/local"
    point.mkdir(parents=True)
    monkeypatch.setattr(veil, "_mount_points", lambda: {Path("/"), folder, point})
    assert veil.lend([folder], tmp_path / "space") == {folder: folder}
    monkeypatch.setattr(veil, "_mount_points", lambda: {Path("/"), folder})
    assert veil.lend([folder], tmp_path / "more") == {folder: tmp_path / "more/lent-0"}


def test_a_file_stays_and_so_does_what_the_kernel_refuses(tmp_path, overlays, monkeypatch):
    file = tmp_path / "node"
    file.touch()
    assert veil.lend([file], tmp_path / "space") == {file: file}
    monkeypatch.setattr(veil, "_overlay", lambda *_: False)
    assert veil.lend([tmp_path], tmp_path / "more") == {tmp_path: tmp_path}


def test_mount_points_are_read_whatever_their_names():
    assert {Path("/"), Path("/proc")} <= veil._mount_points()
    assert veil._path(rb"/mnt/a\040b\134c") == Path("/mnt/a b\\c")
    assert veil._path("/mnt/ä".encode()) == Path("/mnt/ä")
