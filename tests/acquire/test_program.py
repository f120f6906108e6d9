import json

import pytest

from undeclared.acquire import find_program
from undeclared.catalogue import AgentProfile, Examples, Program
from undeclared.model import NotFound


def profile(*programs):
    return AgentProfile(
        id="mine",
        title="Mine",
        programs=tuple(Program(**one) for one in programs),
        command=("run",),
        wire="openai-chat",
        examples=Examples(match=("mine",), reject=("yours",)),
    )


@pytest.fixture
def root(tmp_path):
    (tmp_path / "outside").write_text("not the agent's")
    package = tmp_path / "root" / "node_modules" / "@own" / "mine"
    (package / "bin").mkdir(parents=True)
    (package / "bin" / "run.js").write_text("")
    describe(package, {"mine": "./bin/run.js"})
    return tmp_path / "root"


def describe(package, commands):
    text = json.dumps({"name": "@own/mine", "version": "1.0.0", "bin": commands})
    (package / "package.json").write_text(text)


def found(root, *programs):
    return str(find_program(root, profile(*programs), "@own/mine").relative_to(root))


def test_without_programs_there_is_none(root):
    assert find_program(root, profile(), "@own/mine") is None


def test_the_first_that_exists_is_taken(root):
    run = "node_modules/@own/mine/bin/run.js"
    assert found(root, {"file": "node_modules/@own/*/bin/run.*"}) == run
    assert found(root, {"file": "bin/none"}, {"bin": "mine"}) == run


def test_a_star_does_not_cross_folders(root):
    with pytest.raises(NotFound, match=r"looked for node_modules/\*\.js, command other"):
        find_program(root, profile({"file": "node_modules/*.js"}, {"bin": "other"}), "@own/mine")


def test_a_single_command_is_named_as_its_package(root):
    describe(root / "node_modules/@own/mine", "bin/run.js")
    assert found(root, {"bin": "mine"}) == "node_modules/@own/mine/bin/run.js"


def test_a_local_folder_may_be_the_package(root):
    package = root / "node_modules/@own/mine"
    assert found(package, {"bin": "mine"}) == "bin/run.js"


@pytest.mark.parametrize("command", ["../../../../outside", "link", "/../../../../outside", ""])
def test_nothing_outside_is_ever_the_program(root, command):
    package = root / "node_modules/@own/mine"
    (package / "link").symlink_to(root.parent / "outside")
    describe(package, {"mine": command})
    patterns = ("../outside", str(root.parent / "outside"), "node_modules/@own/mine/link", "*/..")
    programs = [{"bin": "mine"}, *({"file": pattern} for pattern in patterns)]
    with pytest.raises(NotFound):
        find_program(root, profile(*programs), "@own/mine")


def test_a_link_that_stays_inside_leads_to_its_file(root):
    (root / "link").symlink_to("node_modules/@own/mine/bin/run.js")
    assert found(root, {"file": "link"}) == "node_modules/@own/mine/bin/run.js"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"bin": 3}', '{"bin": {"mine": null}}'])
def test_a_broken_package_has_no_program(root, text):
    (root / "node_modules/@own/mine/package.json").write_text(text)
    with pytest.raises(NotFound):
        find_program(root, profile({"bin": "mine"}), "@own/mine")
