import pytest

from undeclared.lab import limits, usage
from undeclared.lab.limits import MIB, Limits


@pytest.mark.parametrize(
    ("release", "version"),
    [("6.18.44-fc", (6, 18)), ("5.10.0-28-amd64", (5, 10)), ("6.1", (6, 1)), ("odd", (0, 0))],
)
def test_a_kernel_tells_its_version(release, version):
    assert limits.version(release) == version


@pytest.mark.parametrize(
    ("count", "text"), [(6 * 2**30, "6 GiB"), (192 * MIB, "192 MiB"), (3 * 2**29, "1.5 GiB")]
)
def test_bytes_are_told_in_units(count, text):
    assert limits.size(count) == text


def test_the_file_system_of_a_run_is_as_small_as_its_limits():
    assert Limits(disk=1000, files=7).tmpfs() == "size=1000,nr_inodes=7,mode=700"


def test_a_folder_with_room_is_not_full(tmp_path):
    assert not usage.full(tmp_path)
