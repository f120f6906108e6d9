"""Archives on disk, and where to unpack them."""

import gzip

import pytest
from tarballs import tar_bytes


@pytest.fixture
def make(tmp_path):
    """Write an archive and return its path."""

    def write(members, name="package.tgz", **more):
        file = tmp_path / name
        file.write_bytes(gzip.compress(tar_bytes(members, **more), mtime=0))
        return file

    return write


@pytest.fixture
def target(tmp_path):
    """Where to unpack; its folder holds nothing else."""
    folder = tmp_path / "inside"
    folder.mkdir()
    return folder / "target"
