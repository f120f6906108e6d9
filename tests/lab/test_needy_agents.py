"""Agents that cannot be left alone: each is told what keeps it, and what avoids that."""

import pytest
from stage import lab_or_skip, make_lab, make_profile, make_trial

from undeclared.catalogue import Examples, Level, Setting, SignalSpec, Wire, scenarios
from undeclared.facts.troubles import troubles
from undeclared.model import Outcome

pytestmark = pytest.mark.lab

KINDS = ("login", "browser", "question", "terminal", "update", "daemon")
NEEDS = SignalSpec(
    id="needs",
    title="What it needs",
    how="a variable",
    levels=(
        Level(value="unset", group="default"),
        *(Level(value=own, group="needy", set=Setting(env={"NEEDS": own})) for own in KINDS),
    ),
    pattern="[a-z]+",
    examples=Examples(match=("login",), reject=("",)),
)


@pytest.fixture(scope="module")
def runs():
    """By what it needs, a run of it; the tracer watches all but one."""
    profile = make_profile(
        command=("python3", "/opt/agent/needy.py", "{prompt}"),
        cwd="repository",
        wire=Wire.ANTHROPIC_MESSAGES,
        base_url_env=None,
        env={"CODER_WIRE": "anthropic-messages", "MODEL_BASE_URL": "https://api.vendor.example"},
    )
    scenario = scenarios()["hello"].model_copy(update={"timeout": 6.0})
    with lab_or_skip(
        make_lab(jobs=2, profile=profile, scenario=scenario, signals_varied={"needs": NEEDS})
    ) as lab:
        trials = [
            make_trial(needs=own, observers="tracer" if own != "daemon" else "ca")
            for own in ("unset", *KINDS)
        ]
        return {run.environment["needs"]: run for run in lab.run(trials)}


@pytest.mark.parametrize("kind", KINDS)
def test_what_keeps_it_is_told_with_what_avoids_it(runs, kind):
    found = {own.trouble.id: own for own in troubles([runs[kind]])}
    assert kind in found
    said = found[kind].said
    assert found[kind].trouble.means in said
    assert found[kind].trouble.avoid in said
    assert (runs[kind].outcome is Outcome.COMPLETED) is (kind == "daemon")


def test_the_first_sign_is_shown_without_its_colours(runs):
    found = {own.trouble.id: own for own in troubles([runs["login"]])}
    assert "it said “You are not logged in. Go to" in found["login"].said
    found = {own.trouble.id: own for own in troubles([runs["daemon"]])}
    assert "“sleep 60” was still there after its end" in found["daemon"].said


def test_an_agent_that_needs_nothing_is_in_no_trouble(runs):
    assert runs["unset"].outcome is Outcome.COMPLETED
    assert troubles([runs["unset"]]) == ()
