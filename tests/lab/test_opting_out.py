"""Switches to opt out, with an agent that honours them and in other spellings does not."""

import pytest
from stage import lab_or_skip, make_lab, make_profile

from undeclared.catalogue import Wire, scenarios
from undeclared.experiment import opt_out_states, switches
from undeclared.experiment.optouts import SWITCHES, trials
from undeclared.facts.moved import MovedModel
from undeclared.judge import opt_out_findings, opt_outs
from undeclared.model import OptOutEffect

pytestmark = pytest.mark.lab

USAGE = "usage.vendor.example"
SETTINGS = {".informer/settings.json": '{"usage": false}'}


def switch(**own):
    return {"says": "no usage is sent", "stops": ("telemetry",), "source": "docs", **own}


@pytest.fixture(scope="module")
def tried():
    """By what was set, what became of the traffic; and the findings."""
    profile = make_profile(
        command=("python3", "/opt/agent/informer.py", "{prompt}"),
        cwd="repository",
        wire=Wire.ANTHROPIC_MESSAGES,
        base_url_env=None,
        env={"CODER_WIRE": "anthropic-messages", "MODEL_BASE_URL": "https://api.vendor.example"},
        hosts=[{"host": USAGE, "role": "telemetry"}],
        opt_outs=[switch(variable="NO_USAGE"), switch(variable="QUIET"), switch(files=SETTINGS)],
    )
    spec = switches(profile)
    moved = MovedModel(None, "api.vendor.example")
    left_out = {"all", "customary", "all=0", "all=true", "all="}
    wanted = [own for own in trials(spec, (), 0) if own.environment.get(SWITCHES) not in left_out]
    with lab_or_skip(
        make_lab(
            jobs=2, profile=profile, scenario=scenarios()["hello"], signals_varied={spec.id: spec}
        )
    ) as lab:
        states = opt_out_states(spec, (), list(lab.run(wanted)), moved)
    lines = {own.setting: own for own in opt_outs(states, profile)}
    return lines, opt_out_findings(states, profile)


def test_a_switch_that_holds_stops_what_it_should(tried):
    lines, _ = tried
    for setting in ("NO_USAGE=1", "the switch in ~/.informer/settings.json"):
        assert lines[setting].effect is OptOutEffect.ALL
        assert lines[setting].stopped == (USAGE,)
        assert lines[setting].runs == 1


def test_a_spelling_that_the_agent_does_not_know_leaves_all(tried):
    lines, _ = tried
    assert lines["every documented variable, as yes"].remains == (USAGE,)
    assert lines["every documented variable, as 1"].remains == ()


def test_the_switch_that_does_not_hold_is_the_finding(tried):
    lines, findings = tried
    assert lines["QUIET=1"].effect is OptOutEffect.NOTHING
    (found,) = findings
    assert found.title == (
        f"{USAGE} (telemetry) is contacted with QUIET=1 in 1 of 1 runs, in none of 3 others with"
        " such a switch; without a switch in 1 of 1"
    )
    assert found.condition == "QUIET=1, of which the document says: no usage is sent"
    assert found.evidence[0].flow is not None
