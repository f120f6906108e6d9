import os

import pytest

from undeclared.lab import keeping
from undeclared.lab.keeping import Keeping


def fresh(folder, **texts):
    """A new home, as it is laid out for a run."""
    home = folder / "home"
    home.mkdir()
    for name, text in texts.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text)
    return home


@pytest.fixture
def kept(tmp_path):
    return Keeping(tmp_path / "kept")


def test_what_a_run_left_is_there_in_the_next_and_told(kept, tmp_path):
    home = fresh(tmp_path, settings="a")
    kept.begin("first", home)
    (home / "settings").write_text("b")
    (home / "id").write_text("5f0c")
    os.mkfifo(home / "pipe")
    (home / "link").symlink_to("/etc/passwd")
    assert [(own.path, own.content) for own in kept.end(home)] == [
        ("id", b"5f0c"),
        ("settings", b"b"),
    ]
    assert not home.exists()
    home = fresh(tmp_path, settings="a", more="c")
    kept.begin("first", home)
    assert {own.name for own in home.iterdir()} == {"settings", "id", "pipe", "link", "more"}
    assert (home / "settings").read_text() == "b"
    assert [own.path for own in kept.end(home)] == ["id", "settings"]


def test_another_repository_comes_beside_the_first_which_stays_as_it_was(kept, tmp_path):
    home = fresh(tmp_path)
    for name in ("one", "two"):
        (home / name / ".git").mkdir(parents=True)
    kept.begin("first", home)
    (home / "one" / "written").write_text("x")
    assert [own.path for own in kept.end(home)] == ["one/written"]
    home = fresh(tmp_path)
    for name in ("one", "three"):
        (home / name / ".git").mkdir(parents=True)
        (home / name / "new").write_text("y")
    kept.begin("first", home)
    assert not (home / "one" / "new").exists()
    assert (home / "three" / "new").exists()
    assert (home / "two").exists()


def test_another_name_is_another_home_and_no_name_keeps_nothing(kept, tmp_path):
    home = fresh(tmp_path, id="1")
    kept.begin("first", home)
    kept.end(home)
    home = fresh(tmp_path)
    kept.begin("second", home)
    assert list(home.iterdir()) == []
    kept.end(home)
    home = fresh(tmp_path)
    kept.begin(None, home)
    assert kept.end(home) == ()
    assert home.exists()


def test_long_files_are_cut_and_too_many_left_out_the_longest_first(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 8)
    monkeypatch.setattr(keeping, "MOST_IN_ALL", 20)
    home = fresh(tmp_path)
    kept.begin("first", home)
    for name, size in (("a", 100), ("b", 4), ("c", 90), ("d", 80)):
        (home / name).write_bytes(b"x" * size)
    assert [(own.path, len(own.content)) for own in kept.end(home)] == [("b", 4), ("d", 8)]
