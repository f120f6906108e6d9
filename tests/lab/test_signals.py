"""Every level of every signal shows inside the agent's world, and nowhere else."""

import json

import pytest
from stage import AGENTS, lab_or_skip, make_profile, make_scenario, make_trial

from undeclared import catalogue
from undeclared.catalogue import ClashError, OptOut, SignalSpec, combine
from undeclared.lab import Lab, Target
from undeclared.model import Outcome

pytestmark = pytest.mark.lab

SIGNALS = catalogue.signals()
SEEN = {name: spec for name, spec in SIGNALS.items() if spec.seen}


def crowded() -> list[dict[str, str]]:
    """Environments in which as many signals as possible have a level that is not the default.

    Each such level is in one of them; so it also shows beside all the others.
    """
    environments: list[dict[str, str]] = []
    for name, spec in SEEN.items():
        for level in (own.value for own in spec.levels[1:]):
            for environment in environments:
                if name not in environment and not _clash(environment | {name: level}):
                    environment[name] = level
                    break
            else:
                environments.append({name: level})
    return environments


def _clash(levels: dict[str, str]) -> bool:
    try:
        combine(SIGNALS, levels)
    except ClashError:
        return True
    return False


CROWDED = crowded()
CASES = [(name, level.value) for name, spec in SEEN.items() for level in spec.levels[1:]]


def make_looking_lab(jobs: int = 2) -> Lab:
    commands = sorted({spec.seen.run for spec in SEEN.values() if spec.seen})
    profile = make_profile(
        command=("python3", "looker.py", "{prompt}"),
        default_host="api.vendor.example",
        model_env="MODEL",
        opt_outs=(OptOut(variable="QUIET", says="usage data", source="docs"),),
    )
    target = Target(profile=profile, root=AGENTS, program=None)
    scenario = make_scenario(prompt=json.dumps(commands), timeout=60.0)
    return Lab(target, scenario, SIGNALS, jobs=jobs)


@pytest.fixture(scope="module")
def looked() -> dict[str, tuple[Outcome, str, dict[str, str]]]:
    """What each command printed, by environment: its number, `defaults`, or `nothing`."""
    environments = {str(number): levels for number, levels in enumerate(CROWDED)}
    environments["defaults"] = {name: spec.default for name, spec in SEEN.items()}
    environments["nothing"] = {}
    trials = {make_trial(**levels): name for name, levels in environments.items()}
    with lab_or_skip(make_looking_lab()) as lab:
        return {
            trials[run.trial]: (run.outcome, f"{run.reason} {run.stderr!r}", _said(run.stdout))
            for run in lab.run(trials)
        }


def _said(stdout: bytes) -> dict[str, str]:
    return json.loads(stdout.splitlines()[0]) if stdout else {}


def expected(spec: SignalSpec, level: str) -> str:
    seen = next(own.seen for own in spec.levels if own.value == level)
    return level if seen is None else seen


@pytest.mark.parametrize(("name", "level"), CASES, ids=[f"{name}={level}" for name, level in CASES])
def test_a_level_shows_inside_and_only_at_that_level(looked, name: str, level: str) -> None:
    number = next(place for place, levels in enumerate(CROWDED) if levels.get(name) == level)
    spec = SEEN[name]
    text = expected(spec, level)
    assert text in looked[str(number)][2][spec.seen.run]
    assert text not in looked["defaults"][2][spec.seen.run]


@pytest.mark.parametrize("place", [*map(str, range(len(CROWDED))), "defaults", "nothing"])
def test_an_agent_works_in_every_environment(looked, place: str) -> None:
    outcome, reason, _ = looked[place]
    assert outcome is Outcome.COMPLETED, reason


PLAIN = (
    "locale", "timezone-file", "dns-resolver", "ip-geolocation", "hostname", "machine-id",
    "username", "home", "shell", "git-user", "git-email", "cwd", "repo-name", "git-branch",
)  # fmt: skip
"""Signals whose default a machine shows where the signal is not varied at all; the others' default
is that nothing is there, or, of the hardware, what this machine has."""


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_machine_shows_the_default(looked, name: str) -> None:
    spec = SEEN[name]
    assert spec.default in looked["nothing"][2][spec.seen.run]
