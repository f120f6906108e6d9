import hashlib
import os

import pytest

from undeclared.acquire import Cache, default_cache
from undeclared.model import Incomplete, NotFound


def put(cache, tmp_path, content):
    source = tmp_path / "source"
    source.write_bytes(content)
    return cache.add(source)


def test_what_was_added_is_found_by_its_digest(cache, tmp_path):
    digest, size = put(cache, tmp_path, b"content")
    assert (digest, size) == (hashlib.sha256(b"content").hexdigest(), 7)
    assert cache.path(digest).read_bytes() == b"content"


def test_what_was_never_added_is_not_found(cache):
    with pytest.raises(NotFound, match="does not hold"):
        cache.path("ab" * 32)


def test_a_damaged_archive_is_reported_once_and_removed(cache, tmp_path):
    digest, _ = put(cache, tmp_path, b"content")
    cache.path(digest).write_bytes(b"contenT")
    with pytest.raises(NotFound, match="damaged"):
        cache.path(digest)
    with pytest.raises(NotFound, match="does not hold"):
        cache.path(digest)


def test_what_was_used_longest_ago_goes_first(tmp_path):
    old = Cache(tmp_path / "cache", limit=250)
    digests = [put(old, tmp_path, bytes([number]) * 100)[0] for number in range(2)]
    for age, digest in enumerate(digests):
        file = old.path(digest)
        os.utime(file, (1000 - age, 1000 - age))
    new = Cache(tmp_path / "cache", limit=250)
    added, _ = put(new, tmp_path, b"z" * 100)
    assert new.path(digests[0])
    assert new.path(added)
    with pytest.raises(NotFound):
        new.path(digests[1])


def test_what_is_in_use_stays_even_above_the_limit(tmp_path):
    cache = Cache(tmp_path / "cache", limit=150)
    digests = [put(cache, tmp_path, bytes([number]) * 100)[0] for number in range(3)]
    assert all(cache.path(digest) for digest in digests)


def test_a_program_is_put_alone(cache, tmp_path):
    (tmp_path / "neighbour").write_text("private")
    program = tmp_path / "agent"
    program.write_text("#!/bin/sh\n")
    folder = cache.alone(program)
    assert [file.name for file in folder.iterdir()] == ["agent"]
    assert os.access(folder / "agent", os.X_OK)


def test_a_cache_that_cannot_be_written_is_incomplete(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Incomplete, match="cannot be written"):
        put(Cache(tmp_path / "file"), tmp_path, b"content")


def test_the_folder_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDECLARED_CACHE", str(tmp_path))
    assert default_cache().root == tmp_path
    monkeypatch.delenv("UNDECLARED_CACHE")
    assert default_cache().root.name == "undeclared"


def test_what_a_killed_process_left_goes_after_a_day(cache):
    left = cache.root / ".scratch-left"
    left.mkdir(parents=True)
    with cache.scratch():
        assert left.exists()
    os.utime(left, (1000, 1000))
    with cache.scratch():
        assert not left.exists()


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/no/such/place"])
def test_a_cache_that_cannot_be_made_is_explained(tmp_path, place):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Incomplete, match="cannot be written"):
        Cache(tmp_path / place).add(tmp_path / "file")
    with pytest.raises(Incomplete, match="cannot be written"), Cache(tmp_path / place).scratch():
        pass
