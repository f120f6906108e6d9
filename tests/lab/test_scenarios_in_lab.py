"""Every scenario over every wire, in real labs, with an agent that speaks all four."""

import json
import re

import pytest
from stage import lab_or_skip, make_lab, make_profile, make_trial

from undeclared.catalogue import Examples, Level, Setting, SignalSpec, Wire, scenarios
from undeclared.model import Outcome

pytestmark = pytest.mark.lab


def varied(name, variable, *values):
    levels = [
        Level(value=value, group="other" if n else "default") for n, value in enumerate(values)
    ]
    return SignalSpec(
        id=name,
        title=variable,
        how="a variable",
        set=Setting(env={variable: "{level}"}),
        levels=tuple(levels),
        pattern="[ -~]+",
        examples=Examples(match=values, reject=("",)),
    )


SIGNALS = {
    "wire": varied("wire", "CODER_WIRE", *Wire),
    "stream": varied("stream", "CODER_STREAM", "yes", "no"),
    "tools": varied("tools", "CODER_TOOLS", "all", "run_shell"),
}


def coder_lab(scenario):
    profile = make_profile(
        command=("python3", "coder.py", "{prompt}"),
        env={"MODEL_BASE_URL": "http://api.vendor.example"},
        base_url_env=None,
    )
    return make_lab(profile=profile, scenario=scenario, signals_varied=SIGNALS, jobs=2)


def quick(scenario):
    """The same scenario without what only takes time."""
    turns = tuple(
        turn.model_copy(update={"fault": turn.fault.model_copy(update={"delay": 0.3})})
        if turn.fault and turn.fault.delay
        else turn
        for turn in scenario.turns
    )
    repository = {
        name: text.replace("sleep 8", "sleep 0.1") for name, text in scenario.repository.items()
    }
    return scenario.model_copy(update={"turns": turns, "repository": repository})


def steps(run):
    return [flow.step for flow in run.flows if flow.kind == "http"]


def expected_steps(scenario):
    return [
        f"turn-{number}"
        for number, turn in enumerate(scenario.turns, start=1)
        for _ in range(1 + (turn.fault.times if turn.fault and fails(turn.fault) else 0))
    ]


def fails(fault):
    return fault.problem is not None or fault.cut_at is not None


# What the agent says of each fault.
WORDS = {
    "retry": ["again after 429", "again after 500"],
    "overload": ["again after 5[02][39]"] * 2 + ["again after .*(overloaded|UNAVAILABLE)"],
    "broken-stream": ["again after broken: IncompleteRead|again after broken: Connection"],
}


@pytest.mark.parametrize("name", scenarios())
def test_every_wire_goes_through_a_scenario(name):
    scenario = quick(scenarios()[name])
    with lab_or_skip(coder_lab(scenario)) as lab:
        trials = [make_trial(wire=wire, stream="yes", tools="all") for wire in Wire]
        runs = list(lab.run(trials))
    assert len(runs) == len(Wire)
    for run in runs:
        told = f"{run.trial.environment}\n{run.stderr.decode()}"
        assert (run.outcome, run.reason) == (Outcome.COMPLETED, None), told
        output = run.stdout.decode()
        assert output.endswith(scenario.turns[-1].text + "\n")
        last = [flow for flow in run.flows if flow.kind == "http"][-1].request.body.decode()
        assert all(text in last for text in scenario.results), last
        assert steps(run) == expected_steps(scenario), told
        said, words = run.stderr.decode().splitlines(), WORDS.get(name, [])
        assert len(said) == len(words), told
        assert all(map(re.match, words, said)), told


def test_a_shell_alone_is_enough():
    scenario = quick(scenarios()["turns"])
    with lab_or_skip(coder_lab(scenario)) as lab:
        trials = [make_trial(wire=wire, stream="no", tools="run_shell") for wire in Wire]
        runs = list(lab.run(trials))
    for run in runs:
        assert run.outcome is Outcome.COMPLETED, run.stderr
        called = [
            line for line in run.stdout.decode().splitlines() if line.startswith("run_shell:")
        ]
        commands = [json.loads(line.partition(": ")[2])["command"] for line in called]
        assert [command.split()[0] for command in commands] == [
            "ls", "cat", "grep", "printf", "wc",
        ]  # fmt: skip
        assert "36 NOTES.md\n" in run.stdout.decode()
