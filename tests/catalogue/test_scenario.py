"""What a scenario, a kind of tool or a set of answers must hold to be in the catalogue."""

import pytest
from pydantic import ValidationError

from undeclared.catalogue import Fault, Scenario, ToolCall, ToolKind, fill, scenarios, tool_kinds
from undeclared.catalogue.answers import AnswerSets

SCENARIOS = scenarios()


@pytest.mark.parametrize(
    "fields",
    [
        {"wants": "shell"},
        {"wants": "shell", "command": "ls", "path": "a"},
        {"wants": "edit", "path": "a", "old": "b"},
        {"wants": "edit", "path": "a", "old": "b\nc", "new": "d"},
        {"wants": "browse", "path": "a"},
    ],
)
def test_a_call_gives_what_its_kind_needs(fields):
    with pytest.raises(ValidationError):
        ToolCall(**fields)


@pytest.mark.parametrize(
    "fields",
    [{}, {"problem": "tired"}, {"cut_at": 1}, {"delay": 1, "in_stream": True}, {"times": 3}],
)
def test_a_fault_says_what_goes_wrong(fields):
    with pytest.raises(ValidationError):
        Fault(**fields)


def test_the_last_turn_ends_the_conversation():
    fields = SCENARIOS["command"].model_dump()
    fields["turns"] = [fields["turns"][0]]
    with pytest.raises(ValidationError, match="the last turn calls no tool"):
        Scenario(**fields)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda scenario: scenario.id)
def test_results_are_seen_in_results_alone(scenario):
    """Else they would be found in the last request though no tool had done anything."""
    said = [scenario.prompt]
    for turn in scenario.turns[:-1]:
        said.append(turn.text)
        said += [*turn.tool.values().values()] if turn.tool else []
    for text in scenario.results:
        assert not any(text in words for words in said)
    assert scenario.results or not any(turn.tool for turn in scenario.turns) or scenario.id == "end"


def test_every_kind_that_a_scenario_wants_is_known():
    kinds = tool_kinds()
    wanted = {turn.tool.wants for one in SCENARIOS.values() for turn in one.turns if turn.tool}
    assert wanted == {"shell", "read", "edit", "write", "search", "list"}
    assert wanted <= set(kinds)
    assert all(kinds[kind].shell for kind in wanted)


def test_a_form_uses_templates_that_are_there():
    fields = tool_kinds()["read"].model_dump()
    fields["forms"] = [{"names": ["read"], "arguments": {"place": ["path"]}}]
    with pytest.raises(ValidationError, match="no template is called place"):
        ToolKind(**fields)


SETS = {
    "id": "weather",
    "title": "Weather",
    "variants": {"sun": {"title": "sun", "facts": {"sky": "blue"}}},
    "answers": [{"host": "weather.example", "path": "/now", "body": "{sky} at {host}"}],
    "examples": {
        "match": ["GET https://weather.example/now"],
        "reject": ["GET https://weather.example/then"],
    },
}


def test_a_set_of_answers_fills_in_its_facts():
    (answer,) = AnswerSets(**SETS).sets()["weather/sun"]
    assert answer.body == "blue at {host}"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"variants": {"sun": {"title": "sun"}}}, "nothing fills sky"),
        ({"examples": {**SETS["examples"], "match": ["GET https://x.example/"]}}, "should answer"),
        ({"examples": {**SETS["examples"], "reject": SETS["examples"]["match"]}}, "not answer"),
    ],
)
def test_a_set_of_answers_that_does_not_hold_does_not_load(change, problem):
    with pytest.raises(ValidationError, match=problem):
        AnswerSets(**{**SETS, **change})


def test_only_known_places_are_filled():
    text = '{"a":{},"b":"{x}","c":"{x:shell}","d":"{y}"}'
    assert fill(text, {"x": "it's"}) == """{"a":{},"b":"it's","c":"'it'"'"'s'","d":"{y}"}"""
