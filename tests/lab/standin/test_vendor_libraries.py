"""What the vendors' own libraries make of the stand-in's answers; they reach loopback only."""

import importlib
import json
import os
import re
from contextlib import contextmanager

import pytest
from model_server import served
from stage import make_scenario

from undeclared.catalogue import Fault, ToolCall, Turn

SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
PROMPT = "Do it."


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch):
    """Neither a proxy nor a key nor an address of this machine's own."""
    for name in list(os.environ):
        if re.match(r"(?i)(anthropic|openai|google|gemini)_|.*_proxy$", name):
            monkeypatch.delenv(name)


def faulty(**fault):
    return make_scenario(
        turns=(
            Turn(
                text="First.",
                tool=ToolCall(wants="shell", command="echo done"),
                fault=Fault(**fault),
            ),
            Turn(text="All is done."),
        )
    )


# --- one client a wire, with the same few words ---------------------------------------------------


class Anthropic:
    wire = "anthropic-messages"
    library = "anthropic"

    def __init__(self, address, **options):
        module = importlib.import_module("anthropic")
        self.client = module.Anthropic(base_url=address, api_key="fake", **options)
        self.messages = [{"role": "user", "content": PROMPT}]
        self.tools = [{"name": "do", "input_schema": SCHEMA}]

    def ask(self, *, stream):
        asked = {"model": "m-1", "max_tokens": 2000, "messages": self.messages, "tools": self.tools}
        if stream:
            with self.client.messages.stream(**asked) as events:
                message = events.get_final_message()
        else:
            message = self.client.messages.create(**asked)
        self.messages.append({"role": "assistant", "content": message.content})
        text = "".join(block.text for block in message.content if block.type == "text")
        calls = [block for block in message.content if block.type == "tool_use"]
        for call in calls:
            result = {"type": "tool_result", "tool_use_id": call.id, "content": "done"}
            self.messages.append({"role": "user", "content": [result]})
        return text, [(call.name, call.input) for call in calls]

    def close(self):
        self.client.close()


class Chat:
    wire = "openai-chat"
    library = "openai"

    def __init__(self, address, **options):
        module = importlib.import_module("openai")
        self.client = module.OpenAI(base_url=f"{address}/v1", api_key="fake", **options)
        self.messages = [{"role": "user", "content": PROMPT}]
        self.tools = [{"type": "function", "function": {"name": "do", "parameters": SCHEMA}}]

    def ask(self, *, stream):
        asked = {"model": "m-1", "messages": self.messages, "tools": self.tools}
        if stream:
            with self.client.chat.completions.stream(
                **asked, stream_options={"include_usage": True}
            ) as events:
                completion = events.get_final_completion()
        else:
            completion = self.client.chat.completions.create(**asked)
        assert completion.usage.total_tokens > 0
        message = completion.choices[0].message
        self.messages.append(message.model_dump(exclude_none=True))
        calls = message.tool_calls or []
        for call in calls:
            self.messages.append({"role": "tool", "tool_call_id": call.id, "content": "done"})
        return message.content, [
            (call.function.name, json.loads(call.function.arguments)) for call in calls
        ]

    def close(self):
        self.client.close()


class Responses:
    wire = "openai-responses"
    library = "openai"
    keeps = False
    """Whether the server keeps the conversation."""

    def __init__(self, address, **options):
        module = importlib.import_module("openai")
        self.client = module.OpenAI(base_url=f"{address}/v1", api_key="fake", **options)
        self.items = [{"role": "user", "content": PROMPT}]
        self.tools = [{"type": "function", "name": "do", "parameters": SCHEMA, "strict": False}]
        self.more = {}

    def ask(self, *, stream):
        asked = {"model": "m-1", "input": self.items, "tools": self.tools, **self.more}
        if stream:
            with self.client.responses.stream(**asked) as events:
                for _ in events:
                    pass
                response = events.get_final_response()
        else:
            response = self.client.responses.create(**asked)
        calls = [item for item in response.output if item.type == "function_call"]
        outputs = [
            {"type": "function_call_output", "call_id": call.call_id, "output": "done"}
            for call in calls
        ]
        if self.keeps:
            self.items, self.more = outputs, {"previous_response_id": response.id}
        else:
            self.items += [item.model_dump(exclude_none=True) for item in response.output]
            self.items += outputs
        return response.output_text, [(call.name, json.loads(call.arguments)) for call in calls]

    def close(self):
        self.client.close()


class KeptResponses(Responses):
    keeps = True


class Gemini:
    wire = "gemini"
    library = "google.genai"

    def __init__(self, address, max_retries=0):
        genai = importlib.import_module("google.genai")
        self.types = importlib.import_module("google.genai.types")
        retries = self.types.HttpRetryOptions(attempts=max_retries + 1, initial_delay=0.01)
        options = self.types.HttpOptions(base_url=address, retry_options=retries)
        self.client = genai.Client(api_key="fake", vertexai=False, http_options=options)
        self.contents = [self.types.UserContent(PROMPT)]

    def ask(self, *, stream):
        types = self.types
        declared = types.FunctionDeclaration(name="do", parameters_json_schema=SCHEMA)
        config = types.GenerateContentConfig(
            tools=[types.Tool(function_declarations=[declared])],
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )
        asked = {"model": "m-1", "contents": self.contents, "config": config}
        if stream:
            answers = list(self.client.models.generate_content_stream(**asked))
        else:
            answers = [self.client.models.generate_content(**asked)]
        assert answers[-1].candidates[0].finish_reason.value == "STOP"
        assert answers[-1].usage_metadata.total_token_count > 0
        parts = [part for answer in answers for part in answer.candidates[0].content.parts]
        self.contents.append(types.ModelContent(parts=parts))
        calls = [part.function_call for part in parts if part.function_call]
        for call in calls:
            result = types.Part.from_function_response(name=call.name, response={"output": "done"})
            self.contents.append(types.UserContent(parts=[result]))
        text = "".join(part.text for part in parts if part.text)
        return text, [(call.name, call.args) for call in calls]

    def close(self):
        self.client.close()


CLIENTS = (Anthropic, Chat, Responses, KeptResponses, Gemini)


@contextmanager
def client_of(kind, scenario=None, **options):
    with served(kind.wire, scenario) as (address, replies):
        client = kind(address, **{"max_retries": 0, **options})
        try:
            yield client, replies
        finally:
            client.close()


# --- the conversation -----------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("kind", CLIENTS)
def test_a_tool_call_goes_round(kind, stream):
    with client_of(kind) as (client, replies):
        assert client.ask(stream=stream) == ("First.", [("do", {"command": "echo done"})])
        assert client.ask(stream=stream) == ("All is done.", [])
    assert [(reply.status, reply.step) for reply in replies] == [(200, "turn-1"), (200, "turn-2")]


# --- errors ---------------------------------------------------------------------------------------

ERRORS = {
    "anthropic": {
        "unauthorized": ("AuthenticationError", 401),
        "forbidden": ("PermissionDeniedError", 403),
        "rate-limited": ("RateLimitError", 429),
        "failed": ("InternalServerError", 500),
        "unavailable": ("InternalServerError", 503),
        "overloaded": ("APIStatusError", 529),
    },
    "openai": {
        "unauthorized": ("AuthenticationError", 401),
        "forbidden": ("PermissionDeniedError", 403),
        "rate-limited": ("RateLimitError", 429),
        "failed": ("InternalServerError", 500),
        "unavailable": ("InternalServerError", 503),
        "overloaded": ("InternalServerError", 503),
    },
    "google.genai": {
        "unauthorized": ("ClientError", 401),
        "forbidden": ("ClientError", 403),
        "rate-limited": ("ClientError", 429),
        "failed": ("ServerError", 500),
        "unavailable": ("ServerError", 503),
        "overloaded": ("ServerError", 503),
    },
}


def error_class(library, name):
    module = importlib.import_module("google.genai.errors" if "google" in library else library)
    return getattr(module, name)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("problem", ERRORS["openai"])
@pytest.mark.parametrize("kind", [Anthropic, Chat, Responses, Gemini])
def test_an_error_is_the_librarys_own(kind, problem, stream):
    name, status = ERRORS[kind.library][problem]
    with client_of(kind, faulty(problem=problem)) as (client, _):
        with pytest.raises(error_class(kind.library, name)) as raised:
            client.ask(stream=stream)
        seen = getattr(raised.value, "status_code", None) or raised.value.code
        assert seen == status
        assert raised.value.message
        assert client.ask(stream=stream)[0] == "First."


@pytest.mark.parametrize("problem", ["rate-limited", "failed", "overloaded"])
@pytest.mark.parametrize("kind", [Anthropic, Chat, Responses, Gemini])
def test_a_passing_error_is_retried(kind, problem):
    scenario = faulty(problem=problem, retry_after=0)
    with client_of(kind, scenario, max_retries=2) as (client, replies):
        assert client.ask(stream=False)[0] == "First."
    assert [reply.status for reply in replies][1:] == [200]
    assert {reply.step for reply in replies} == {"turn-1"}


@pytest.mark.parametrize(
    ("kind", "name"),
    [(Anthropic, "APIStatusError"), (Chat, "APIError"), (Gemini, "ServerError")],
)
def test_an_error_in_the_midst_of_a_stream(kind, name):
    with client_of(kind, faulty(problem="overloaded", in_stream=True)) as (client, replies):
        with pytest.raises(error_class(kind.library, name), match=r"(?i)overloaded"):
            client.ask(stream=True)
        assert replies[0].status == 200
        assert client.ask(stream=True)[0] == "First."


def test_a_response_fails_in_the_midst_of_its_stream():
    with client_of(Responses, faulty(problem="overloaded", in_stream=True)) as (client, _):
        asked = {"model": "m-1", "input": client.items, "tools": client.tools}
        events = list(client.client.responses.create(**asked, stream=True))
        assert events[0].type == "response.created"
        assert events[-1].type == "response.failed"
        assert events[-1].response.error.code == "server_is_overloaded"
        assert [event.sequence_number for event in events] == list(range(len(events)))


@pytest.mark.parametrize("kind", [Anthropic, Chat, Responses])
def test_a_stream_that_breaks_off(kind):
    httpx = importlib.import_module("httpx")
    with client_of(kind, faulty(cut_at=0.5)) as (client, _):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            client.ask(stream=True)
        assert client.ask(stream=True)[0] == "First."


# --- the rest -------------------------------------------------------------------------------------


def test_anthropic_thinks_counts_and_lists():
    with client_of(Anthropic) as (client, _):
        api = client.client
        thinking = {"type": "enabled", "budget_tokens": 1024}
        asked = {"model": "m-1", "messages": client.messages}
        for tools in ([], client.tools):
            more = {"thinking": thinking, "max_tokens": 2000, "tools": tools}
            with api.messages.stream(**asked, **more) as events:
                message = events.get_final_message()
            assert message.content[0].type == "thinking"
            assert message.content[0].signature
            whole = api.messages.create(**asked, **more)
            assert [block.type for block in whole.content] == [b.type for b in message.content]
            assert whole.content[0] == message.content[0]
        assert api.messages.count_tokens(**asked).input_tokens > 0
        assert [model.id for model in api.models.list()] == ["stand-in-1"]
        assert api.models.retrieve("m-9").id == "m-9"
        builtin = {"type": "bash_20250124", "name": "bash"}
        message = api.messages.create(**asked, max_tokens=10, tools=[builtin])
        assert message.content[-1].input == {"command": "echo done"}


def test_openai_lists_and_embeds():
    with client_of(Chat) as (client, _):
        api = client.client
        assert [model.id for model in api.models.list()] == ["stand-in-1"]
        assert api.models.retrieve("m-9").id == "m-9"
        first, second = api.embeddings.create(model="e-1", input=["one", "two"], dimensions=8).data
        assert len(first.embedding) == 8
        assert first.embedding != second.embedding
        again = api.embeddings.create(
            model="e-1", input="one", dimensions=8, encoding_format="float"
        )
        assert again.data[0].embedding == first.embedding
        assert sum(x * x for x in first.embedding) == pytest.approx(1)


def test_openai_gets_structured_text():
    pydantic = importlib.import_module("pydantic")
    made = pydantic.create_model("Made", title=str, score=(int, ...), done=(bool, ...))
    with client_of(Chat) as (client, _):
        parsed = client.client.chat.completions.parse(
            model="m-1", messages=client.messages, response_format=made
        )
        assert parsed.choices[0].message.parsed.title == "aside"
    with client_of(Responses) as (client, _):
        parsed = client.client.responses.parse(model="m-1", input=client.items, text_format=made)
        assert parsed.output_parsed.title == "aside"
        counted = client.client.responses.input_tokens.count(model="m-1", input=client.items)
        assert counted.input_tokens > 0


def test_openai_calls_tools_without_a_schema():
    with client_of(Responses) as (client, _):
        shell = client.client.responses.create(
            model="m-1", input=PROMPT, tools=[{"type": "local_shell"}]
        ).output[-1]
        assert (shell.type, shell.action.command) == (
            "local_shell_call",
            ["bash", "-lc", "echo done"],
        )


def test_a_response_to_an_answer_never_given_is_refused():
    openai = importlib.import_module("openai")
    with (
        client_of(Responses) as (client, _),
        pytest.raises(openai.BadRequestError, match="not found"),
    ):
        client.client.responses.create(
            model="m-1", input=PROMPT, tools=client.tools, previous_response_id="resp_none"
        )


def test_gemini_counts_lists_embeds_and_fits_a_schema():
    with client_of(Gemini) as (client, _):
        models = client.client.models
        assert models.count_tokens(model="m-1", contents=PROMPT).total_tokens > 0
        assert [model.name for model in models.list()] == ["models/stand-in-1"]
        assert models.get(model="m-9").name == "models/m-9"
        config = {"output_dimensionality": 8}
        found = models.embed_content(model="e-1", contents=["one", "two"], config=config).embeddings
        assert [len(one.values) for one in found] == [8, 8]
        structured = models.generate_content(
            model="m-1",
            contents=PROMPT,
            config={
                "response_mime_type": "application/json",
                "response_schema": {
                    "type": "OBJECT",
                    "properties": {"next": {"type": "STRING", "enum": ["user", "model"]}},
                    "required": ["next"],
                },
            },
        )
        assert structured.parsed == {"next": "user"}


def test_gemini_streams_as_one_array_too():
    httpx = importlib.import_module("httpx")
    with served("gemini") as (address, _):
        body = {"contents": [{"role": "user", "parts": [{"text": PROMPT}]}]}
        for path in ("/v1beta/models/m-1", "/v1/projects/p/locations/l/publishers/google/models/m"):
            got = httpx.post(f"{address}{path}:streamGenerateContent", json=body, trust_env=False)
            texts = [a["candidates"][0]["content"]["parts"][0]["text"] for a in got.json()]
            assert "".join(texts) == "aside"
