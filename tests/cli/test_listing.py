"""`undeclared agents` and `undeclared signals` list the whole catalogue."""

import json

import pytest

from undeclared import catalogue

LISTS = {"agents": catalogue.agents, "signals": catalogue.signals}


@pytest.mark.parametrize("name", LISTS)
def test_text_names_every_entry(run, name):
    result = run(name)
    assert result.code == 0
    titles = [line for line in result.stdout.splitlines() if line and line[0] not in " —"]
    assert sorted(titles) == sorted(f"{own.id}: {own.title}" for own in LISTS[name]().values())


def test_signals_are_listed_by_topic(run):
    lines = run("signals").stdout.splitlines()
    topics = [line.strip("— ") for line in lines if line.startswith("—")]
    assert topics == [topic.value for topic in catalogue.Topic]
    assert lines.index("timezone: Time zone of the machine") < lines.index("— network —")
    assert lines.index("— network —") < lines.index("dns-search: Domain that the resolver searches")


@pytest.mark.parametrize("name", LISTS)
def test_json_holds_every_entry(run, name):
    listed = json.loads(run(name, "--format", "json").stdout)[name]
    assert sorted(entry["id"] for entry in listed) == sorted(LISTS[name]())


def test_json_tells_every_level(run):
    listed = json.loads(run("signals", "--format", "json").stdout)["signals"]
    for entry in listed:
        levels = [level["value"] for level in entry["levels"]]
        assert levels == [level.value for level in catalogue.signals()[entry["id"]].levels]


def test_json_tells_what_was_checked_and_read(run):
    for entry in json.loads(run("agents", "--format", "json").stdout)["agents"]:
        profile = catalogue.agents()[entry["id"]]
        checked = profile.checked and profile.checked.model_dump()
        assert entry["checked"] == checked
        told = {own["source"]: own["date"] for own in entry["documents"]}
        statements = (*profile.declarations, *profile.data, *profile.opt_outs, *profile.agreed)
        assert set(told) == {own.source for own in statements}
        assert all(told[own.source] >= own.date for own in statements)
