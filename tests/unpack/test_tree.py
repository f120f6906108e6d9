import hashlib
import json
import multiprocessing
import os
from pathlib import PurePosixPath

import pytest

from undeclared.model import Incomplete, NotFound, Part
from undeclared.unpack import Limits, tree


@pytest.fixture
def part(make):
    def build(place, files):
        members = [(f"p/{path}", text) for path, text in files.items()]
        archive = make(members, name=place.replace("/", "+") + ".tgz")
        content = archive.read_bytes()
        one = Part(
            name=place.removeprefix("node_modules/"),
            version="1.0.0",
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            place=PurePosixPath(place),
        )
        return one, archive

    return build


@pytest.fixture
def parts(part):
    return [
        part("node_modules/a", {"index.js": b"a", "node_modules/b/index.js": b"bundled"}),
        part("node_modules/@own/c", {"index.js": b"c"}),
        part("node_modules/a/node_modules/b", {"index.js": b"b"}),
    ]


def quiet(_):
    pass


def test_each_part_is_at_its_place(parts, tmp_path):
    root = tree(parts, tmp_path / "trees", quiet)
    assert (root / "node_modules/a/index.js").read_bytes() == b"a"
    assert (root / "node_modules/@own/c/index.js").read_bytes() == b"c"
    assert (root / "node_modules/a/node_modules/b/index.js").read_bytes() == b"b"
    assert not list((tmp_path / "trees").glob(".making-*"))


def test_the_order_of_parts_does_not_matter(parts, tmp_path):
    assert tree(parts, tmp_path / "t", quiet) == tree(parts[::-1], tmp_path / "t", quiet)


def test_a_second_time_nothing_is_unpacked(parts, tmp_path):
    said = []
    first = tree(parts, tmp_path / "trees", said.append)
    for _, archive in parts:
        archive.unlink()
    assert tree(parts, tmp_path / "trees", said.append) == first
    assert said == ["unpacking 3 archives"]


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "node_modules/a/index.js").write_bytes(b""),
        lambda root: (root / "node_modules/a/index.js").unlink(),
        lambda root: (root / "node_modules/a/more").write_bytes(b""),
        lambda root: (root / "node_modules/a/index.js").chmod(0o755),
    ],
)
def test_a_tree_that_was_changed_is_made_anew(parts, tmp_path, change):
    root = tree(parts, tmp_path / "trees", quiet)
    change(root)
    assert tree(parts, tmp_path / "trees", quiet) == root
    assert (root / "node_modules/a/index.js").read_bytes() == b"a"
    assert not (root / "node_modules/a/more").exists()
    assert (root / "node_modules/a/index.js").stat().st_mode & 0o777 == 0o644


def test_other_parts_make_another_tree(parts, tmp_path):
    assert tree(parts, tmp_path / "t", quiet) != tree(parts[:2], tmp_path / "t", quiet)


@pytest.mark.parametrize("declared", [{"x": "./run.js", "y": "../../run", "z": 3}, "run.js"])
def test_declared_commands_become_executable(part, tmp_path, declared):
    manifest = json.dumps({"bin": declared}).encode()
    files = {"package.json": manifest, "run.js": b"#!", "other.js": b""}
    root = tree([part("node_modules/a", files)], tmp_path / "trees", quiet)
    package = root / "node_modules/a"
    assert (package / "run.js").stat().st_mode & 0o777 == 0o755
    assert (package / "other.js").stat().st_mode & 0o777 == 0o644


def test_a_file_in_the_place_of_a_part_is_refused(part, tmp_path):
    parts = [
        part("node_modules/a", {"node_modules": b"a file"}),
        part("node_modules/a/node_modules/b", {"index.js": b"b"}),
    ]
    with pytest.raises(NotFound, match="a file lies where"):
        tree(parts, tmp_path / "trees", quiet)
    assert list((tmp_path / "trees").iterdir()) == []


def test_limits_hold_for_all_parts_together(part, tmp_path):
    parts = [part(f"node_modules/{name}", {"file": b"x" * 1000}) for name in "abc"]
    assert tree(parts, tmp_path / "trees", quiet, Limits(max_bytes=3000))
    with pytest.raises(Incomplete, match="bytes"):
        tree(parts, tmp_path / "others", quiet, Limits(max_bytes=2500))
    assert list((tmp_path / "others").iterdir()) == []


@pytest.mark.parametrize("place", ["../out", "/out", "node_modules/../../out"])
def test_a_place_outside_is_a_mistake_of_the_caller(part, tmp_path, place):
    one, archive = part("node_modules/a", {"file": b""})
    moved = one.model_copy(update={"place": PurePosixPath(place)})
    with pytest.raises(ValueError, match="not inside"):
        tree([(moved, archive)], tmp_path / "trees", quiet)
    assert not (tmp_path / "out").exists()


def test_old_trees_go_and_recent_ones_stay(part, tmp_path):
    folder = tmp_path / "trees"
    parts = [part(f"node_modules/p{number}", {"f": b"%d" % number}) for number in range(23)]
    roots = [tree([one], folder, quiet) for one in parts[:22]]
    assert all(root.exists() for root in roots)
    for number, root in enumerate(roots[:5]):
        os.utime(root.with_suffix(".state"), (1000 + number, 1000 + number))
    last = tree([parts[22]], folder, quiet)
    assert [number for number, root in enumerate(roots) if not root.exists()] == [0, 1, 2]
    assert last.exists()


def test_several_processes_make_one_tree(parts, tmp_path):
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        jobs = [pool.apply_async(tree, (parts, tmp_path / "trees", print)) for _ in range(6)]
        roots = {job.get(60) for job in jobs}
    assert len(roots) == 1
    assert len(list((tmp_path / "trees").iterdir())) == 2
    assert (roots.pop() / "node_modules/@own/c/index.js").read_bytes() == b"c"


def test_a_broken_archive_is_called_by_its_package(part, tmp_path):
    one, archive = part("node_modules/a", {"index.js": b"a"})
    archive.write_bytes(b"no archive")
    with pytest.raises(NotFound, match=r"^a@1\.0\.0 is not a sound package archive"):
        tree([(one, archive)], tmp_path / "trees", quiet)
