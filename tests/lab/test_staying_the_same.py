"""A home that is kept from run to run, and what is found to stay the same in it."""

import pytest
from stage import lab_or_skip, make_lab, make_profile

from undeclared.catalogue import Wire, scenarios
from undeclared.experiment import changes_tried, identifiers, identity
from undeclared.experiment.identities import trials
from undeclared.facts import World, content_facts
from undeclared.facts.moved import MovedModel
from undeclared.lab.pool import chains
from undeclared.model import AskedFor, Change, Environment, Phase, Trial

pytestmark = pytest.mark.lab

USAGE = "usage.vendor.example"
STILL = MovedModel(None, "api.vendor.example")


@pytest.fixture(scope="module")
def seen():
    """The runs, the identifiers by where they come from, and the contents."""
    profile = make_profile(
        command=("python3", "/opt/agent/rememberer.py", "{prompt}"),
        cwd="repository",
        wire=Wire.ANTHROPIC_MESSAGES,
        base_url_env=None,
        env={"CODER_WIRE": "anthropic-messages", "MODEL_BASE_URL": "https://api.vendor.example"},
    )
    spec, scenario = identity(profile), scenarios()["command"]
    signals = {spec.id: spec}
    with lab_or_skip(
        make_lab(jobs=2, profile=profile, scenario=scenario, signals_varied=signals)
    ) as lab:
        runs = list(lab.run(trials(spec, ())))
    world = World(profile, signals, scenario)
    found = identifiers(runs, STILL, world, lambda texts: ())
    facts = content_facts(runs, STILL, world, scenario)
    return runs, {own.source: own for own in found}, facts


def outlived(found):
    return {own.change.value for own in found.stays if own.stays}


def test_all_runs_take_place_and_only_what_the_agent_wrote_is_told(seen):
    runs, _, _ = seen
    assert {run.reason for run in runs} == {None}
    assert {run.canaries for run in runs} == {()}
    for run in runs:
        assert [own.path for own in run.home] == [".rememberer/state.json"]
    assert changes_tried(runs) == tuple(Change)


def test_each_identifier_is_told_with_its_origin_and_what_it_outlives(seen):
    _, found, _ = seen
    assert found["~/.rememberer/state.json"].origin == "home"
    assert outlived(found["~/.rememberer/state.json"]) == {"runs", "repositories", "accounts"}
    device = found["sha256 of the host name and the machine id"]
    assert (device.origin, device.locus.pointer) == ("hash", "/device")
    assert outlived(device) == {"runs", "repositories", "accounts", "reinstalls"}
    project = found["UUID v5 (URL) of the address of the remote"]
    assert outlived(project) == {"runs", "accounts", "reinstalls", "machines"}
    mail = found["the user's e-mail address"]
    assert (mail.origin, mail.locus.part, mail.locus.pointer) == ("fact", "header", "x-user")


def test_what_changes_with_each_run_and_what_everybody_has_is_no_identifier(seen):
    _, found, _ = seen
    pointers = {own.locus.pointer for own in found.values()}
    assert pointers.isdisjoint({"/session", "/product"})
    key = found["the key for the model"]
    assert "accounts" not in outlived(key)
    assert "…" in key.shown


def test_what_was_sent_is_told_by_kind_and_by_who_asked_for_it(seen):
    _, _, facts = seen
    rows = {(own.host, own.category, own.asked_for): own for own in facts}
    model = "api.vendor.example"
    assert rows[USAGE, "identifiers", AskedFor.NOBODY].what == ("the user's e-mail address",)
    (branch,) = rows[USAGE, "repository", AskedFor.NOBODY].examples
    assert (branch.what, branch.form) == ("the branch", "base64")
    names = rows[model, "file-names", AskedFor.TOOL]
    assert "the name of bramblecote_tithes.py" in names.what
    assert rows[model, "prompt", AskedFor.PROMPT].runs == 8
    assert (USAGE, "prompt", AskedFor.NOBODY) not in rows
    assert not any(own.category == "code" for own in facts)


def test_trials_in_one_home_come_in_one_piece():
    def trial(number, home):
        environment = Environment.of({})
        return Trial(
            id=str(number), phase=Phase.IDENTITY, block=0, environment=environment, home=home
        )

    homes = [None, "a", "a", "b", None, None, "a"]
    pieces = chains(trial(number, home) for number, home in enumerate(homes))
    assert [[own.id for own in piece] for piece in pieces] == [
        ["0"], ["1", "2"], ["3"], ["4"], ["5"], ["6"],
    ]  # fmt: skip
