import hashlib
import os

import pytest

from undeclared.acquire.local import as_it_is, local
from undeclared.model import NotFound, UsageError


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "agent"
    (root / "lib").mkdir(parents=True)
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "lib" / "a.js").write_text("1")
    return root


def digest(folder, cache):
    return local(folder, "agent", cache).sha256


def test_a_folder_is_taken_as_it_is(folder, cache):
    acquired = local(folder, "agent", cache)
    assert acquired.root == folder
    assert acquired.parts == ()
    assert acquired.size == 11
    assert acquired.version == f"local-{acquired.sha256[:12]}"
    assert acquired.purl == f"pkg:generic/agent@{acquired.version}"


def test_a_package_says_its_own_version(folder, cache):
    (folder / "package.json").write_text('{"version": "4.5.6"}')
    assert local(folder, "agent", cache).version == "4.5.6"


def test_the_digest_changes_with_every_change(folder, cache):
    seen = {digest(folder, cache)}
    changes = [
        lambda: (folder / "lib/a.js").write_text("2"),
        lambda: (folder / "lib/a.js").rename(folder / "lib/b.js"),
        lambda: (folder / "run.sh").chmod(0o755),
        lambda: (folder / "link").symlink_to("run.sh"),
        lambda: ((folder / "link").unlink(), (folder / "link").symlink_to("lib")),
    ]
    for change in changes:
        change()
        seen.add(digest(folder, cache))
    assert len(seen) == 1 + len(changes)


def test_the_digest_does_not_depend_on_times_or_place(folder, cache, tmp_path):
    before = digest(folder, cache)
    os.utime(folder / "run.sh", (1, 1))
    folder.rename(tmp_path / "moved")
    assert digest(tmp_path / "moved", cache) == before


def test_a_single_program_is_given_without_its_neighbours(folder, cache):
    acquired = local(folder / "run.sh", "run.sh", cache)
    assert [file.name for file in acquired.root.iterdir()] == ["run.sh"]


def test_an_archive_is_to_be_unpacked_first(tmp_path, cache):
    (tmp_path / "agent.tgz").write_bytes(b"")
    with pytest.raises(UsageError, match="archive"):
        local(tmp_path / "agent.tgz", "agent", cache)


def test_what_is_not_there_is_not_found(tmp_path, cache):
    with pytest.raises(NotFound, match="cannot be read"):
        local(tmp_path / "nothing", "nothing", cache)


def test_a_file_that_is_only_read_stays_where_it_is(folder):
    found = as_it_is(folder / "run.sh", "run.sh")
    assert found.root == folder / "run.sh"
    assert found.sha256 == hashlib.sha256(b"#!/bin/sh\n").hexdigest()
    assert found.size == 10


def test_a_folder_that_is_only_read_is_described_like_another(folder, cache):
    assert as_it_is(folder, "agent") == local(folder, "agent", cache)


def test_an_archive_may_be_read(tmp_path):
    archive = tmp_path / "agent.tgz"
    archive.write_bytes(b"anything")
    assert as_it_is(archive, "agent.tgz").size == 8


def test_what_is_not_there_cannot_be_read(tmp_path):
    with pytest.raises(NotFound, match="cannot be read"):
        as_it_is(tmp_path / "nothing", "nothing")
