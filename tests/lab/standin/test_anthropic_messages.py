import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import make_profile, make_scenario

from undeclared.catalogue import Answer
from undeclared.lab.standin import Asked, StandIn

SCENARIO = make_scenario()
SHELL = {"name": "do", "input_schema": {"properties": {"cmd": {"type": "string"}}}}
LOOK = {"name": "look", "input_schema": {"properties": {"command": {"type": "array"}}}}
USE = {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "do", "input": {}}]}
TEXT = {"role": "assistant", "content": "so far"}
ASK = {"role": "user", "content": "Do it."}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def post(request, path="/v1/messages", profile=None):
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    asked = Asked("POST", "any.example", path, body)
    return StandIn(profile or make_profile(), SCENARIO).reply(asked)


def request(*messages, tools=(LOOK, SHELL), **more):
    return {"model": "m-1", "messages": [ASK, *messages], "tools": list(tools), **more}


def rebuild(stream):
    """What a client makes of a stream: the message, block by block."""
    frames = [frame.split("\n") for frame in stream.decode().strip().split("\n\n")]
    for name, data in frames:
        assert name.removeprefix("event: ") == json.loads(data.removeprefix("data: "))["type"]
    events = [json.loads(data.removeprefix("data: ")) for _, data in frames]
    message = events[0]["message"]
    assert (events[0]["type"], events[-1]["type"]) == ("message_start", "message_stop")
    for event in events:
        if event["type"] == "content_block_start":
            assert event["index"] == len(message["content"])
            message["content"].append(event["content_block"])
            written = ""
        elif event["type"] == "content_block_delta":
            delta = event["delta"]
            if delta["type"] == "text_delta":
                message["content"][-1]["text"] += delta["text"]
            else:
                written += delta["partial_json"]
        elif event["type"] == "content_block_stop" and written:
            message["content"][-1]["input"] = json.loads(written)
        elif event["type"] == "message_delta":
            message |= event["delta"]
            message["usage"] |= event["usage"]
    return message


@pytest.mark.parametrize("messages", [(), (USE,), (USE, USE, USE)])
@pytest.mark.parametrize("tools", [(LOOK, SHELL), (LOOK,), ()])
def test_a_stream_builds_up_to_the_same_message(messages, tools):
    whole = post(request(*messages, tools=tools))
    stream = post(request(*messages, tools=tools, stream=True))
    assert stream.content_type.startswith("text/event-stream")
    assert rebuild(stream.body) == json.loads(whole.body)
    assert stream.step == whole.step


@pytest.mark.parametrize(
    ("messages", "step", "stop"),
    [((), "turn-1", "tool_use"), ((TEXT,), "turn-1", "tool_use"), ((USE,), "turn-2", "end_turn"),
     ((USE, TEXT, USE), "turn-2", "end_turn")],
)  # fmt: skip
def test_the_turn_is_read_from_the_conversation(messages, step, stop):
    given = post(request(*messages))
    assert (given.status, given.step, given.answered_by) == (200, step, "anthropic-messages")
    assert json.loads(given.body)["stop_reason"] == stop
    assert post(request(*messages)) == given


def test_the_tool_is_chosen_by_its_schema():
    (text, use) = json.loads(post(request()).body)["content"]
    assert text == {"type": "text", "text": "First."}
    assert (use["name"], use["input"]) == ("do", {"cmd": "echo done"})


def test_without_a_tool_for_commands_the_turn_is_said_and_ends():
    message = json.loads(post(request(tools=(LOOK,))).body)
    assert message["stop_reason"] == "end_turn"
    assert [block["type"] for block in message["content"]] == ["text"]


def test_a_request_without_tools_is_aside():
    given = post(request(USE, tools=()))
    assert given.step == "side"
    assert json.loads(given.body)["content"] == [{"type": "text", "text": "aside"}]


@pytest.mark.parametrize("path", ["/v1/messages", "/gateway/7/v1/messages/"])
def test_a_path_may_have_a_prefix(path):
    assert post(request(), path).step == "turn-1"


@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_a_malformed_request_is_told_so(body):
    given = post(body)
    assert given.status == 400
    assert json.loads(given.body)["error"]["type"] == "invalid_request_error"
    assert given.step is None


@given(json_values, json_values)
def test_no_content_breaks_it(content, tools):
    odd = {"model": "m", "messages": [{"role": "assistant", "content": content}], "tools": tools}
    assert post(odd).status == 200


def test_the_rest_of_the_wire():
    assert json.loads(post(request(), "/v1/messages/count_tokens").body)["input_tokens"] > 0
    models = StandIn(make_profile(), SCENARIO).reply(Asked("GET", "h", "/v1/models", b""))
    assert json.loads(models.body)["data"][0]["type"] == "model"
    model = StandIn(make_profile(), SCENARIO).reply(Asked("GET", "h", "/v1/models/m-7", b""))
    assert json.loads(model.body)["id"] == "m-7"


def test_other_requests_get_the_profiles_answer_and_then_a_common_one():
    answers = (Answer(host="*.example", path="/policy", body='{"rules":[]}'),)
    profile = make_profile(answers=answers)
    given = StandIn(profile, SCENARIO).reply(Asked("GET", "Any.example", "/policy", b""))
    assert (given.status, given.body, given.answered_by) == (200, b'{"rules":[]}', "generic")
    missing = StandIn(profile, SCENARIO).reply(Asked("GET", "any.test", "/policy", b""))
    assert missing.status == 404
