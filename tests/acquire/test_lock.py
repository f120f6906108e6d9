import json

import pytest

from undeclared.acquire.lock import read_lock
from undeclared.acquire.platform import Platform
from undeclared.model import Incomplete, NotFound

LINUX = Platform(os="linux", cpu="x64", libc="glibc")


def entry(**fields):
    return {"version": "1.0.0", "integrity": "sha512-x", **fields}


def places(packages, platform=LINUX):
    packages = {"": {}, "node_modules/a": entry(), **packages}
    found = read_lock(json.dumps({"packages": packages}).encode(), "a", platform)
    return [str(one.place) for one in found]


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"os": ["linux", "darwin"]}, True),
        ({"os": ["darwin"]}, False),
        ({"os": ["!linux"]}, False),
        ({"os": ["!win32"]}, True),
        ({"cpu": ["arm64"]}, False),
        ({"cpu": ["any"]}, True),
        ({"os": "linux", "cpu": "arm64"}, False),
        ({"os": "linux", "cpu": "x64"}, True),
        ({"libc": ["musl"]}, False),
        ({"os": ["linux"], "cpu": ["x64"], "libc": ["glibc"]}, True),
    ],
)
def test_an_optional_package_is_taken_where_it_fits(fields, fits):
    found = places(
        {
            "node_modules/a": entry(optionalDependencies={"b": "1"}),
            "node_modules/b": entry(optional=True, **fields),
        }
    )
    assert ("node_modules/b" in found) == fits


def test_a_needed_package_that_does_not_fit_ends_it():
    with pytest.raises(Incomplete, match="b has no build for this machine"):
        places(
            {
                "node_modules/a": entry(dependencies={"b": "1"}),
                "node_modules/b": entry(os=["aix"]),
            }
        )


def test_what_only_a_left_out_package_needs_is_left_out_and_the_nearest_copy_is_taken():
    assert places(
        {
            "node_modules/a": entry(dependencies={"c": "1", "d": "1"}),
            "node_modules/c": entry(dependencies={"d": "2"}),
            "node_modules/c/node_modules/d": entry(version="2.0.0"),
            "node_modules/d": entry(optionalDependencies={"e": "1"}),
            "node_modules/e": entry(optional=True, os=["aix"], dependencies={"f": "1"}),
            "node_modules/f": entry(optional=True),
        }
    ) == ["node_modules/a", "node_modules/c", "node_modules/c/node_modules/d", "node_modules/d"]


def test_what_is_bundled_comes_in_the_archive_of_another():
    assert places(
        {
            "node_modules/a": entry(dependencies={"b": "1"}),
            "node_modules/a/node_modules/b": {"version": "1.0.0", "inBundle": True},
        }
    ) == ["node_modules/a"]


def test_a_circle_of_dependencies_ends():
    packages = {
        "node_modules/a": entry(dependencies={"b": "1"}),
        "node_modules/b": entry(peerDependencies={"a": "1", "absent": "1"}),
    }
    assert places(packages) == ["node_modules/a", "node_modules/b"]


@pytest.mark.parametrize("name", ["..", "../../up", "-g", "a b", "x/../../y"])
def test_a_hostile_place_or_name_is_refused(name):
    with pytest.raises(NotFound, match="cannot be"):
        places(
            {
                "node_modules/a": entry(dependencies={name: "1"}),
                f"node_modules/{name}": entry(),
            }
        )
    with pytest.raises(NotFound, match="cannot be"):
        places({"node_modules/a": entry(name=name)})


@pytest.mark.parametrize(
    "fields", [{"integrity": ""}, {"version": "git+ssh://x"}, {"link": True}, {"version": ""}]
)
def test_what_cannot_be_verified_is_refused(fields):
    with pytest.raises(Incomplete, match="does not come from a registry"):
        places({"node_modules/a": entry(**fields)})


@pytest.mark.parametrize("text", [b"", b"[]", b'{"dependencies": {}}'])
def test_a_lock_of_another_kind_is_incomplete(text):
    with pytest.raises(Incomplete, match="cannot read"):
        read_lock(text, "a", LINUX)
