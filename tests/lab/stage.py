"""A lab whose agent does what the level of the signal `act` says."""

import os
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from undeclared.catalogue import (
    AgentProfile,
    Examples,
    Level,
    Scenario,
    Setting,
    SignalSpec,
    ToolCall,
    Turn,
    Wire,
    signals,
)
from undeclared.lab import Lab, Target
from undeclared.model import Environment, LabUnavailable, Phase, Trial

AGENTS = Path(__file__).parent / "agents"
_numbers = count()


@contextmanager
def lab_or_skip(lab):
    """Open a lab; where the machine cannot hold one, skip, but not on a machine that should."""
    try:
        opened = lab.__enter__()
    except LabUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    try:
        yield opened
    finally:
        lab.__exit__(None, None, None)


def make_profile(**changes):
    fields = {
        "id": "actor",
        "title": "Actor",
        "command": ("python3", "actor.py", "{prompt}"),
        "cwd": "artifact",
        "wire": Wire.ANTHROPIC_MESSAGES,
        "base_url_env": "MODEL_BASE_URL",
        "key_env": "KEY",
        "ca_env": ("SSL_CERT_FILE",),
        "examples": Examples(match=("actor",), reject=("other",)),
    }
    return AgentProfile(**{**fields, **changes})


def make_scenario(**changes):
    fields = {
        "id": "test",
        "title": "Test",
        "prompt": "Do it.",
        "turns": (
            Turn(text="First.", tool=ToolCall(wants="shell", command="echo done")),
            Turn(text="All is done."),
        ),
        "side": "aside",
        "timeout": 10.0,
        "repository": {"README.md": "Read me.\n", "src/main.py": "print()\n"},
        "examples": Examples(match=("All is done.",), reject=("error",)),
    }
    return Scenario(**{**fields, **changes})


ACT = SignalSpec(
    id="act",
    title="What the agent does",
    how="a variable",
    set=Setting(env={"ACT": "{level}"}),
    levels=(Level(value="unset", group="default"), Level(value="fail", group="other")),
    pattern="[ -~]+",
    examples=Examples(match=("fail",), reject=("",)),
)


def make_trial(**levels):
    named = {name.replace("_", "-"): level for name, level in levels.items()}
    return Trial(
        id=f"test-0-{next(_numbers):03}",
        phase=Phase.DISCOVERY,
        block=0,
        environment=Environment.of(named),
    )


def make_lab(*, jobs=1, profile=None, scenario=None, signals_varied=None):
    target = Target(profile=profile or make_profile(), root=AGENTS, program=None)
    varied = {
        "act": ACT,
        "timezone": signals()["timezone"],
        "base-url-host": signals()["base-url-host"],
    }
    return Lab(target, scenario or make_scenario(), signals_varied or varied, jobs=jobs)
