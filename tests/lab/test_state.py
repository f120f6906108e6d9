import os
import tempfile

import pytest

from undeclared.lab import authority
from undeclared.lab.state import state_folder
from undeclared.model import Incomplete


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_removed_at_the_end(temporary):
    with state_folder() as folder:
        assert (folder / "space").is_dir()
        assert authority.certificate(folder)
    assert list(temporary.iterdir()) == []


def test_what_a_killed_lab_left_is_removed_and_what_a_living_one_uses_is_not(temporary):
    left, new, foreign = (
        temporary / name for name in ("undeclared-lab-old", "undeclared-lab-new", "other")
    )
    for folder in (left, new, foreign):
        (folder / "space").mkdir(parents=True)
    with state_folder() as living:
        for folder in (left, foreign, living):
            os.utime(folder, (1, 1))
        with state_folder():
            assert not left.exists()
            assert all(folder.exists() for folder in (new, foreign, living))


def test_no_place_for_it_is_explained(temporary, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "missing"))
    with pytest.raises(Incomplete, match="temporary folder") as caught, state_folder():
        pass
    assert "TMPDIR" in caught.value.next_step


def test_a_full_disk_leaves_nothing_behind(temporary, monkeypatch):
    def full(folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(authority, "create", full)
    with pytest.raises(Incomplete, match="No space left"), state_folder():
        pass
    assert list(temporary.iterdir()) == []
