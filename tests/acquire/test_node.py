import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.acquire import node
from undeclared.acquire.platform import this_platform
from undeclared.model import Incomplete

NAME = f"node-{this_platform().os}-{this_platform().cpu}"
PUBLISHED = ["20.18.0", "21.7.3", "22.1.0", "22.10.0", "22.9.0", "23.0.0", "24.1.0", "24.2.0-rc.1"]


@pytest.mark.parametrize(
    ("wanted", "version", "expected"),
    [
        (">=22.0.0", "20.20.2", False),
        (">=22.0.0", "22.0.0", True),
        ("^20.19.0 || >=22.12.0", "21.0.0", False),
        ("^20.19.0 || >=22.12.0", "20.20.2", True),
        ("", None, True),
        (">=18", None, False),
        ("whatever you have", "20.20.2", True),
    ],
)
def test_a_version_fits_as_npm_reads_the_range(wanted, version, expected):
    assert node.fits(wanted, version) is expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (">=22.0.0", "22.10.0"),  # the newest of the oldest line, and not as texts are sorted
        (">=21", "22.10.0"),  # a line with long support
        ("21", "21.7.3"),
        (">=23 <24", "23.0.0"),
        (">=24.2.0", None),  # a release candidate is no release
        (">=99", None),
    ],
)
def test_the_line_that_a_package_was_made_for_is_chosen(wanted, expected):
    assert node.chosen(wanted, PUBLISHED) == expected


@given(st.text(max_size=30), st.lists(st.text(max_size=12), max_size=5))
def test_no_range_and_no_version_is_too_odd(wanted, published):
    assert node.chosen(wanted, published) in (None, *published)


@pytest.fixture
def script(tmp_path):
    def make(manifest, first="#!/usr/bin/env node", name="cli.js"):
        package = tmp_path / "node_modules" / "tool"
        (package / "bin").mkdir(parents=True)
        (package / "package.json").write_text(manifest)
        program = package / "bin" / name
        program.write_text(f"{first}\n")
        return tmp_path, program

    return make


def test_a_script_asks_for_what_its_package_says(script):
    assert node.asked_for(*script(json.dumps({"engines": {"node": ">=22"}}))) == ">=22"


@pytest.mark.parametrize("manifest", ["{}", '{"engines": [">=22"]}', "[]", "not JSON"])
def test_a_package_may_say_nothing(script, manifest):
    assert node.asked_for(*script(manifest)) == ""


def test_what_is_no_script_of_node_asks_for_none(script):
    manifest = json.dumps({"engines": {"node": ">=22"}})
    root, program = script(manifest, first="#!/bin/sh", name="tool")
    assert node.asked_for(root, program) == ""
    program.write_bytes(b"\x7fELF")
    assert node.asked_for(root, program) == ""
    assert node.asked_for(root, None) == ""


def test_it_is_fetched_once_and_taken_from_the_cache_then(registry, cache):
    for version in ("22.9.0", "22.10.0", "24.1.0"):
        registry.publish(NAME, version, files={"bin/node": "#!/bin/sh\n"})
    said = []
    found = node.fetched(">=22", cache, said.append)
    assert (found.name, found.version) == (NAME, "22.10.0")
    assert said[0].startswith("it asks for Node.js >=22, and here is ")
    registry.publish(NAME, "22.11.0")
    registry.requests.clear()
    assert node.fetched(">=22", cache, said.append) == found
    assert not registry.requests


def test_where_none_fits_nothing_is_audited(registry, cache):
    registry.publish(NAME, "20.1.0")
    with pytest.raises(Incomplete, match="asks for Node"):
        node.fetched(">=22", cache, lambda text: None)
