"""`undeclared agents` and `undeclared signals` list the whole catalogue."""

import json

import pytest

from undeclared import catalogue

LISTS = {"agents": catalogue.agents, "signals": catalogue.signals}


@pytest.mark.parametrize("name", LISTS)
def test_text_names_every_entry(run, name):
    result = run(name)
    assert result.code == 0
    titles = [line for line in result.stdout.splitlines() if line and not line.startswith(" ")]
    assert titles == [f"{entry.id}: {entry.title}" for entry in LISTS[name]().values()]


@pytest.mark.parametrize("name", LISTS)
def test_json_holds_every_entry(run, name):
    listed = json.loads(run(name, "--format", "json").stdout)[name]
    assert [entry["id"] for entry in listed] == list(LISTS[name]())


def test_json_tells_every_level(run):
    listed = json.loads(run("signals", "--format", "json").stdout)["signals"]
    for entry in listed:
        levels = [level["value"] for level in entry["levels"]]
        assert levels == [level.value for level in catalogue.signals()[entry["id"]].levels]
