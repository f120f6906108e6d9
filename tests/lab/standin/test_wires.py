"""What holds for every wire."""

import json

import pytest
from dialects import DIALECTS, Gemini, Messages, Responses, frames
from hypothesis import given
from hypothesis import strategies as st
from stage import make_profile, make_scenario

from undeclared.catalogue import Fault, ToolCall, Turn
from undeclared.lab.standin import Asked, StandIn

DO = ("do", {"type": "object", "properties": {"cmd": {"type": "string"}}, "required": ["cmd"]})
LOOK = ("look", {"type": "object", "properties": {}})
SCENARIO = make_scenario()
LONG = make_scenario(
    turns=(Turn(text="Ein längerer Text “mit” Zeichen, der in vielen Stücken kommt. 🙂" * 3),),
    examples={"match": ["Stücken"], "reject": ["error"]},
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
words = st.sampled_from(
    ["type", "object", "string", "array", "items", "properties", "required", "enum", "$ref", "#/a",
     "anyOf", "command", "default", "minItems", "const", "name", "function", "tools", "custom"]
)  # fmt: skip
schemas = st.recursive(
    words | st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=25,
)


def post(dialect, request, *, scenario=SCENARIO, stream=False, query="", standin=None):
    path = dialect.path
    if stream and dialect is Gemini:
        path, query = path.replace(":generate", ":streamGenerate"), query or "alt=sse"
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    standin = standin or StandIn(make_profile(wire=dialect.wire), scenario)
    return standin.reply(Asked("POST", "any.example", path, body, query))


each_wire = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.wire)


@each_wire
@pytest.mark.parametrize("rounds", [0, 1, 3])
@pytest.mark.parametrize("tools", [(LOOK, DO), (LOOK,), ()], ids=["both", "look", "none"])
@pytest.mark.parametrize("scenario", [SCENARIO, LONG], ids=["short", "long"])
def test_a_stream_builds_up_to_the_same_answer(dialect, rounds, tools, scenario):
    whole = post(dialect, dialect.request(tools, rounds, False), scenario=scenario)
    stream = post(dialect, dialect.request(tools, rounds, True), scenario=scenario, stream=True)
    assert (whole.status, stream.status) == (200, 200)
    assert dialect.built(frames(stream)) == json.loads(whole.body)
    assert stream.step == whole.step
    assert stream.answered_by == dialect.wire


@each_wire
def test_the_turn_is_read_from_the_conversation(dialect):
    heard = []
    for rounds in (0, 1, 5):
        reply = post(dialect, dialect.request((LOOK, DO), rounds, False))
        heard.append((reply.step, *dialect.said(json.loads(reply.body))))
    assert heard == [
        ("turn-1", "First.", [("do", {"cmd": "echo done"})]),
        ("turn-2", "All is done.", []),
        ("turn-2", "All is done.", []),
    ]


@each_wire
def test_without_tools_it_is_aside_but_not_for_an_agent_that_has_none(dialect):
    request = dialect.request((), 0, False)
    assert dialect.said(json.loads(post(dialect, request).body)) == ("aside", [])
    silent = StandIn(make_profile(wire=dialect.wire, offers_tools=False), SCENARIO)
    reply = post(dialect, request, standin=silent)
    assert reply.step == "turn-2"
    assert dialect.said(json.loads(reply.body)) == ("All is done.", [])


@each_wire
def test_an_agent_without_tools_is_told_all_at_once_in_its_own_form(dialect):
    profile = make_profile(
        wire=dialect.wire, offers_tools=False, written={"shell": "Run: `{command}`"}
    )
    reply = post(dialect, dialect.request((), 0, False), standin=StandIn(profile, SCENARIO))
    first, called = SCENARIO.turns[0].text, SCENARIO.turns[0].tool
    text, _ = dialect.said(json.loads(reply.body))
    assert text == f"{first}\n\nRun: `{called.command}`\n\nAll is done."


@each_wire
def test_an_agent_that_ends_by_a_command_is_given_it_at_the_last_turn(dialect):
    standin = StandIn(make_profile(wire=dialect.wire, finish_command="echo END"), SCENARIO)
    said = [
        dialect.said(json.loads(post(dialect, request, standin=standin).body))
        for request in (dialect.request((DO,), rounds, False) for rounds in (0, 1, 2))
    ]
    assert [calls for _, calls in said][1:] == [[("do", {"cmd": "echo END"})], []]
    assert said[1][0] == "All is done."


@each_wire
def test_equal_requests_get_equal_bytes(dialect):
    request = dialect.request((DO,), 0, True)
    assert post(dialect, request, stream=True) == post(dialect, request, stream=True)


@each_wire
@given(body=st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_request_is_told_so(dialect, body):
    reply = post(dialect, body)
    assert (reply.status, reply.step) == (400, None)
    assert json.loads(reply.body)["error"]["message"]


@each_wire
@given(content=json_values, tools=schemas | json_values, choice=schemas, form=schemas)
def test_nothing_in_a_request_breaks_it(dialect, content, tools, choice, form):
    odd = dialect.request((DO,), 1, False)
    if "contents" in odd:
        odd |= {"contents": [{"role": "model", "parts": content}, {"parts": [content]}]}
        odd |= {"toolConfig": choice, "generationConfig": form, "system_instruction": content}
        odd["tools"] = [{"functionDeclarations": tools}, tools]
    else:
        key = "input" if "input" in odd else "messages"
        odd[key] = [{"role": "assistant", "content": content, "tool_calls": content}]
        odd |= {"tools": tools, "tool_choice": choice, "response_format": form, "text": form}
        odd |= {"output_config": form, "thinking": choice, "previous_response_id": None}
    reply = post(dialect, odd)
    assert reply.status == 200
    dialect.said(json.loads(reply.body))


@each_wire
@given(schema=schemas)
def test_any_schema_can_be_offered(dialect, schema):
    reply = post(dialect, dialect.request((("bash", schema), DO), 0, True), stream=True)
    assert reply.status == 200
    dialect.said(dialect.built(frames(reply)))


@pytest.mark.parametrize("depth", [10_000, 100_000])
@each_wire
def test_a_request_nested_without_end_is_refused(dialect, depth):
    assert post(dialect, b'{"model":' + b"[" * depth).status == 400


@each_wire
def test_text_that_is_no_text_is_answered_in_utf_8(dialect):
    schema = {"properties": {"command": {}, "x": {"enum": ["\ud800"]}}, "required": ["x"]}
    reply = post(dialect, dialect.request((("bash", schema),), 0, False))
    ((_, arguments),) = dialect.said(json.loads(reply.body.decode()))[1]
    assert arguments == {"command": "echo done", "x": "?"}


# --- a choice of the agent's ----------------------------------------------------------------------

FORCED = {
    "anthropic-messages": {"tool_choice": {"type": "tool", "name": "look"}},
    "openai-chat": {"tool_choice": {"type": "function", "function": {"name": "look"}}},
    "openai-responses": {"tool_choice": {"type": "function", "name": "look"}},
    "gemini": {
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look"]}}
    },
}
ANY = {
    "anthropic-messages": {"tool_choice": {"type": "any"}},
    "openai-chat": {"tool_choice": "required"},
    "openai-responses": {"tool_choice": "required"},
    "gemini": {"tool_config": {"function_calling_config": {"mode": "ANY"}}},
}
NONE = {
    "anthropic-messages": {"tool_choice": {"type": "none"}},
    "openai-chat": {"tool_choice": "none"},
    "openai-responses": {"tool_choice": "none"},
    "gemini": {"toolConfig": {"functionCallingConfig": {"mode": "NONE"}}},
}


def calls(dialect, choice, tools, rounds=0):
    reply = post(dialect, dialect.request(tools, rounds, False, **choice[dialect.wire]))
    return reply.step, dialect.said(json.loads(reply.body))[1]


@each_wire
def test_a_tool_that_must_be_called_is_called_and_aside(dialect):
    schema = {"properties": {"score": {"type": "INTEGER", "minimum": 3}}, "required": ["score"]}
    tools = (("look", schema), DO)
    assert calls(dialect, FORCED, tools) == ("side", [("look", {"score": 3})])


@each_wire
def test_some_tool_must_be_called_or_none_may(dialect):
    assert calls(dialect, ANY, (LOOK, DO)) == ("turn-1", [("do", {"cmd": "echo done"})])
    assert calls(dialect, ANY, (LOOK, DO), 1) == ("turn-2", [("look", {})])
    assert calls(dialect, NONE, (LOOK, DO)) == ("turn-1", [])


@each_wire
def test_an_agent_that_ends_by_a_tool_is_told_by_it(dialect):
    schema = {"properties": {"result": {"type": "string"}}, "required": ["result"]}
    tools = (DO, ("attempt_completion", schema))
    request = dialect.request(tools, 1, False)
    told = dialect.said(json.loads(post(dialect, request).body))
    assert told == ("All is done.", [("attempt_completion", {"result": "All is done."})])
    again = post(dialect, dialect.request(tools, 2, False))
    assert dialect.said(json.loads(again.body)) == ("All is done.", [])


# --- faults ---------------------------------------------------------------------------------------


def with_fault(**fault):
    call = ToolCall(wants="shell", command="echo done")
    return make_scenario(
        turns=(Turn(text="First.", tool=call, fault=Fault(**fault)), Turn(text="All is done."))
    )


@each_wire
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_fault_comes_as_often_as_it_is_told_to(dialect, stream):
    scenario = with_fault(problem="rate-limited", retry_after=7, times=2)
    standin = StandIn(make_profile(wire=dialect.wire), scenario)
    request = dialect.request((DO,), 0, stream)
    replies = [post(dialect, request, stream=stream, standin=standin) for _ in range(4)]
    assert [reply.status for reply in replies] == [429, 429, 200, 200]
    assert {reply.step for reply in replies} == {"turn-1"}
    assert ("retry-after", "7") in replies[0].headers
    assert ("retry-after", "7") not in replies[2].headers
    # What is aside, or at another step, is not touched.
    aside = StandIn(make_profile(wire=dialect.wire), scenario)
    assert post(dialect, dialect.request((), 0, False), standin=aside).status == 200
    assert post(dialect, dialect.request((DO,), 1, False), standin=aside).status == 200


@each_wire
def test_an_error_may_come_in_the_midst_of_a_stream(dialect):
    scenario = with_fault(problem="overloaded", in_stream=True)
    reply = post(dialect, dialect.request((DO,), 0, True), scenario=scenario, stream=True)
    assert reply.status == 200
    first, *_, last = frames(reply)
    assert "error" not in first
    assert "verload" in json.dumps(last)
    whole = post(dialect, dialect.request((DO,), 0, False), scenario=scenario)
    assert whole.status in (503, 529)


@each_wire
def test_a_stream_may_break_off_or_come_late(dialect):
    request = dialect.request((DO,), 0, True)
    scenario = with_fault(cut_at=0.5, delay=2)
    standin = StandIn(make_profile(wire=dialect.wire), scenario)
    broken, whole = (post(dialect, request, stream=True, standin=standin) for _ in range(2))
    assert broken.body == whole.body
    assert (broken.cut_after, broken.delay) == (len(whole.body) // 2, 2)
    assert (whole.cut_after, whole.delay) == (None, 0)


# --- what only one wire has -----------------------------------------------------------------------


def test_an_agent_may_speak_another_wire_too():
    standin = StandIn(make_profile(wire="openai-chat"), SCENARIO)
    reply = post(Messages, Messages.request((DO,), 0, False), standin=standin)
    assert (reply.answered_by, reply.step) == ("anthropic-messages", "turn-1")


@pytest.mark.parametrize(
    ("answered", "outputs", "step"),
    [(0, 1, "turn-2"), (1, 1, "turn-2"), (0, 0, "turn-1")],
)
def test_a_response_goes_on_from_the_one_before(answered, outputs, step):
    before = json.loads(post(Responses, Responses.request((DO,), answered, False)).body)
    request = Responses.request((DO,), 0, False, previous_response_id=before["id"])
    output = {"type": "function_call_output", "call_id": "1", "output": "done"}
    request["input"] = [output] * outputs or "More."
    assert post(Responses, request).step == step


def test_tools_without_a_schema_get_one_text():
    tool = {"type": "custom", "name": "apply_patch", "format": {"type": "grammar"}}
    edit = ToolCall(wants="edit", path="a.py", old="  one", new="  two")
    scenario = make_scenario(turns=(Turn(tool=edit), Turn(text="All is done.")))
    request = {**Responses.request((), 0, False), "tools": [tool]}
    whole = json.loads(post(Responses, request, scenario=scenario).body)
    stream = post(Responses, {**request, "stream": True}, scenario=scenario)
    assert Responses.built(frames(stream)) == whole
    (item,) = whole["output"]
    assert (item["type"], item["name"]) == ("custom_tool_call", "apply_patch")
    assert item["input"] == (
        "*** Begin Patch\n*** Update File: a.py\n@@\n-  one\n+  two\n*** End Patch\n"
    )


@pytest.mark.parametrize("kind", ["shell", "local_shell", "apply_patch"])
def test_the_vendors_own_tools(kind):
    edit = ToolCall(wants="edit", path="a.py", old="one", new="two")
    wanted = edit if kind == "apply_patch" else ToolCall(wants="shell", command="ls")
    scenario = make_scenario(turns=(Turn(tool=wanted), Turn(text="All is done.")))
    request = {**Responses.request((), 0, False), "tools": [{"type": kind}]}
    (item,) = json.loads(post(Responses, request, scenario=scenario).body)["output"]
    assert item["type"] == f"{kind}_call"
    assert (
        item.get("action", item.get("operation"))
        == {
            "shell": {"commands": ["ls"], "timeout_ms": None},
            "local_shell": {"type": "exec", "command": ["bash", "-lc", "ls"], "env": {}},
            "apply_patch": {"type": "update_file", "path": "a.py", "diff": "@@\n-one\n+two\n"},
        }[kind]
    )


def test_a_tool_in_a_namespace_is_called_in_it():
    shell = {"type": "function", "name": DO[0], "parameters": DO[1]}
    namespace = {"type": "namespace", "name": "here", "tools": [shell]}
    request = {**Responses.request((), 0, False), "tools": [namespace]}
    item = json.loads(post(Responses, request).body)["output"][-1]
    assert (item["namespace"], item["name"]) == ("here", "do")


def test_gemini_streams_as_one_array_without_events():
    request = Gemini.request((DO,), 0, True)
    array = post(Gemini, request, stream=True, query="key=x")
    events = post(Gemini, request, stream=True, query="key=x&alt=sse")
    assert array.content_type == "application/json"
    assert frames(array) == frames(events)
