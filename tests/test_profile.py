"""Profiles: what the document says holds, and what is wrong with one is told by its field."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from undeclared.catalogue import AgentProfile, scenarios
from undeclared.catalogue.loader import parse
from undeclared.model import (
    Environment,
    HttpFlow,
    HttpRequest,
    LabUnavailable,
    Outcome,
    Phase,
    Run,
    TlsFlow,
    Trial,
)
from undeclared.profile import State, examine, judged

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "profiles.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
AGENTS = ROOT / "tests" / "lab" / "agents"


class Quiet:
    def say(self, text):
        pass


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_of_the_document_loads(text):
    assert parse(text, AgentProfile, "docs/profiles.md").command


def test_every_field_is_explained_and_shown():
    fields = set(AgentProfile.model_fields)
    explained = re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)
    assert set(explained) == fields
    assert len(explained) == len(fields)
    shown = {field for text in EXAMPLES for field in re.findall(r"^(\w+):", text, re.MULTILINE)}
    assert fields - shown == set()


def profile(**changes):
    fields = {
        "id": "mine", "title": "Mine", "command": ["python3", "needy.py", "{prompt}"],
        "cwd": "artifact", "wire": "anthropic-messages", "default_host": "api.vendor.example",
        "examples": {"match": ["mine"], "reject": ["yours"]},
    }  # fmt: skip
    return AgentProfile.model_validate({**fields, **changes})


def request(step, host="api.vendor.example", wire="anthropic-messages"):
    return HttpFlow(
        started=0.1,
        connection=0,
        request=HttpRequest(
            method=b"POST", scheme="https", host=host, port=443, target=b"/v1/x?y=1",
            version="HTTP/1.1", headers=(), body=b"{}",
        ),
        answered_by=wire if step else "generic",
        step=step,
    )  # fmt: skip


def run(*flows, outcome=Outcome.COMPLETED, stdout="", stderr="", reason=None):
    return Run(
        trial=Trial(id="p", phase=Phase.PREFLIGHT, block=0, environment=Environment.of({})),
        scenario="command", started=datetime(2026, 11, 23, tzinfo=UTC), seconds=1.0,
        outcome=outcome, reason=reason, flows=flows, stdout=stdout.encode(), stderr=stderr.encode(),
    )  # fmt: skip


REFUSED = TlsFlow(
    started=0, connection=1, sni="x.example", port=443, client_hello=b"", error="unknown ca"
)
SAID = scenarios()["command"].turns[-1].text
TURNS = (request("turn-1"), request("turn-2"))


def steps(*flows, own=None, **told):
    found = judged([run(*flows, **told)], own or profile(), scenarios()["command"])
    return {step.id: step for step in found}


def test_an_agent_that_does_its_task_has_nothing_wrong():
    found = steps(*TURNS, stdout=SAID)
    assert {step.state for step in found.values()} == {State.OK, State.DOUBTFUL}
    assert {name for name, step in found.items() if step.state is State.DOUBTFUL} == {
        "declarations"
    }


@pytest.mark.parametrize(
    ("name", "field", "found"),
    [
        ("model", "command", steps(outcome=Outcome.AGENT_FAILED, reason="exited")),
        ("model", "base_url_env", steps(request(None, "api.other.example"))),
        ("wire", "wire", steps(request("turn-1", wire="openai-chat"), stdout=SAID)),
        ("tools", "command", steps(request("turn-1"))),
        ("answer", "command", steps(*TURNS)),
        ("end", "command", steps(outcome=Outcome.TIMED_OUT, reason="still running after 60 s")),
        ("login", "key_env, key, env, files",
         steps(outcome=Outcome.AGENT_FAILED, stderr="Please log in first.")),
        ("hosts", "hosts", steps(*TURNS, request(None, "what.is.this.example"), stdout=SAID)),
        ("trust", "ca_env", steps(*TURNS, REFUSED)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_the_field_that_it_depends_on(name, field, found):
    assert found[name].state is not State.OK
    assert found[name].field == field
    assert found[name].fix


def test_a_profile_that_does_not_load_names_the_field(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(EXAMPLES[0].replace("wire:", "wyre:"))
    (step,) = examine(file, None, "command", Quiet())
    assert (step.id, step.state, step.field) == ("profile", State.WRONG, "wire")


@pytest.mark.lab
def test_a_program_is_tried_out_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDECLARED_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "mine.yaml"
    file.write_text(
        EXAMPLES[-1]
        .replace("agent.py", "needy.py")
        .replace("title:", "env: {NEEDS: question}\ntitle:")
    )
    try:
        found = {step.id: step for step in examine(file, str(AGENTS), "hello", Quiet())}
    except LabUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    assert found["program"].state is State.OK
    assert found["question"].state is State.WRONG
    assert "Do you trust the files" in found["question"].found
    assert found["model"].state is State.WRONG
