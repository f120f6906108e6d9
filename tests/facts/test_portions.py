"""What a model asked for is told apart from what an agent sends unasked, in every wire."""

import json
from datetime import UTC, datetime

import pytest
from simulation import flow

from undeclared.catalogue import AgentProfile, scenarios
from undeclared.facts import World, content_facts
from undeclared.facts.moved import MovedModel
from undeclared.facts.portions import portions, spoken, texts, values
from undeclared.facts.sent import sent
from undeclared.model import AskedFor, Environment, HttpResponse, Outcome, Phase, Run, Trial

HERE = Environment.of({})
SCENARIO = scenarios()["read"]
CALL = "call_2fece0f59083"
SECOND = {
    "anthropic": {
        "messages": [
            {"role": "user", "content": SCENARIO.prompt},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": CALL, "name": "Read", "input": {"path": "greeter.py"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": CALL, "content": "def greet(name: str)"}]},
        ]
    },
    "chat": {
        "messages": [
            {"role": "user", "content": SCENARIO.prompt},
            {"role": "assistant", "tool_calls": [
                {"id": CALL, "function": {"name": "read", "arguments": '{"path": "greeter.py"}'}}]},
            {"role": "tool", "tool_call_id": CALL, "content": "def greet(name: str)"},
        ]
    },
    "responses": {
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": SCENARIO.prompt}]},
            {"type": "function_call", "call_id": CALL, "arguments": '{"path": "greeter.py"}'},
            {"type": "function_call_output", "call_id": CALL, "output": "def greet(name: str)"},
        ]
    },
    "gemini": {
        "contents": [
            {"role": "user", "parts": [{"text": SCENARIO.prompt}]},
            {"role": "model", "parts": [
                {"functionCall": {"name": CALL, "args": {"path": "greeter.py"}}}]},
            {"role": "user", "parts": [
                {"functionResponse": {"name": CALL, "response": {"x": "def greet(name: str)"}}}]},
        ]
    },
}  # fmt: skip


def conversation(body, answer=CALL):
    first = flow(HERE, {"prompt": SCENARIO.prompt})
    response = HttpResponse(status=200, headers=(), body=json.dumps({"id": answer}).encode())
    second = flow(HERE, body).model_copy(update={"step": "turn-2"})
    return first.model_copy(update={"response": response}), second


def of(flows):
    """By who asked for it, what the second request holds."""
    (own,) = (own for own in sent(flows) if own.part == "body" and own.flow == 1)
    return {
        part.asked_for: part
        for part in portions(flows, own, SCENARIO.prompt, spoken(SCENARIO))
    }  # fmt: skip


@pytest.mark.parametrize("wire", SECOND)
def test_a_call_and_its_result_are_the_models_and_the_prompt_is_the_users(wire):
    found = of(conversation(SECOND[wire]))
    assert b"greeter.py" not in found[AskedFor.NOBODY].data
    assert b"def greet" not in found[AskedFor.NOBODY].data
    assert b"greeter.py" in found[AskedFor.TOOL].data
    assert b"def greet" in found[AskedFor.TOOL].data
    assert SCENARIO.prompt.encode() == found[AskedFor.PROMPT].data


@pytest.mark.parametrize("wire", ["anthropic", "chat", "responses"])
def test_a_call_that_the_model_never_made_is_the_agents_own(wire):
    found = of(conversation(SECOND[wire], answer="another"))
    assert b"greeter.py" in found[AskedFor.NOBODY].data
    assert b"def greet" in found[AskedFor.NOBODY].data


def test_texts_within_texts_are_read():
    inner = json.dumps({"a": {"os": "linux"}})
    own_flow = flow(HERE, {"event": inner}).model_copy(update={"step": None})
    (own,) = (own for own in sent([own_flow]) if own.part == "body")
    (part,) = portions([own_flow], own, SCENARIO.prompt, [])
    assert part.asked_for is AskedFor.NOBODY
    assert ("/event#json/a/os", "linux") in texts(own, part)
    assert "linux" in list(values(own, part))


def facts(*flows):
    profile = AgentProfile.model_validate(
        {
            "id": "mine", "title": "Mine", "command": ["mine"], "wire": "anthropic-messages",
            "key_env": "KEY", "examples": {"match": ["mine"], "reject": ["yours"]},
        }
    )  # fmt: skip
    run = Run(
        trial=Trial(id="r", phase=Phase.DISCOVERY, block=0, environment=HERE), scenario="read",
        started=datetime(2026, 11, 23, tzinfo=UTC), seconds=1, outcome=Outcome.COMPLETED,
        flows=flows,
    )  # fmt: skip
    found = content_facts([run], MovedModel(None, None), World(profile, {}, SCENARIO), SCENARIO)
    return {(own.host, own.category, own.asked_for): own for own in found}


def telemetry(body, headers=()):
    own = flow(HERE, body, headers)
    return own.model_copy(
        update={"step": None, "request": own.request.model_copy(update={"host": "usage.example"})}
    )


def test_what_others_are_sent_is_asked_for_by_nobody():
    code, result = "def greet(name: str) -> str:", "def greet(name: str)"
    body = {"said": f"asked: {SCENARIO.prompt}", "code": code, "result": result}
    found = facts(*conversation(SECOND["anthropic"]), telemetry(body))
    own = found["usage.example", "prompt", AskedFor.NOBODY]
    assert own.examples[0].locus.pointer == "/said"
    assert found["usage.example", "code", AskedFor.NOBODY].what == ("text of greeter.py",)
    assert ("usage.example", "tool-results", AskedFor.NOBODY) in found


def test_the_key_goes_without_saying_to_the_model_and_to_nobody_else():
    key = "sk-fake-undeclared-0000000000000000"
    headers = ((b"Authorization", f"Bearer {key}".encode()),)
    asked = flow(HERE, {"prompt": SCENARIO.prompt}, headers)
    found = facts(asked, telemetry({"x": 1}, headers))
    (own,) = (own for own in found.values() if own.category == "identifiers")
    assert own.host == "usage.example"
    assert own.what == ("the key for the model",)
    assert key not in own.model_dump_json()
    assert "Bearer …" in own.examples[0].text


def test_common_words_count_only_as_a_whole():
    found = facts(telemetry({"text": "for linux and others", "shell": "bash"}))
    assert found == {}
    found = facts(telemetry({"platform": "Linux"}))
    assert [own.what for own in found.values()] == [("the kind of system",)]
