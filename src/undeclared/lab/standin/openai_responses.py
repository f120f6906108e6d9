"""The Responses API: `POST …/responses`, streamed or not, with the vendor's own kinds of tools.

Every event of a stream has a name, a `type` that repeats it, and a `sequence_number`; there is no
`[DONE]`. An answer may go on from an earlier one by `previous_response_id`. A failure in the midst
of a stream is the event `response.failed`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from undeclared.catalogue import Fault, Wire
from undeclared.lab.standin import openai_common
from undeclared.lab.standin.exchange import (
    CREATED,
    TOKENS_IN,
    TOKENS_OUT,
    Asked,
    MalformedError,
    Reply,
    as_json,
    as_stream,
    dump,
    mapping,
    objects,
    pieces,
    read_object,
)
from undeclared.lab.standin.script import ANY, AUTO, NONE, Conversation, Said
from undeclared.lab.standin.tools import CUSTOM, FUNCTION, Call, Offered, offered_of

_WIRE = Wire.OPENAI_RESPONSES
_CHOICES = {"auto": AUTO, "required": ANY, "none": NONE}
_CALLS = ("function", "custom_tool", "local_shell", "shell", "apply_patch")
_OWN_TOOLS = ("local_shell", "shell", "apply_patch")
"""Tools without a schema in the request that the agent carries out itself."""


def read(asked: Asked) -> Conversation | Reply | None:
    """Read a request of this wire, whatever prefix its path has; None for any other."""
    path = asked.plain_path
    try:
        if asked.method == "POST" and path.endswith("/responses"):
            return _conversation(_parse(asked.body))
        if asked.method == "POST" and path.endswith("/responses/input_tokens"):
            _parse(asked.body)
            counted = {"object": "response.input_tokens", "input_tokens": TOKENS_IN}
            return as_json(_WIRE, counted)
    except MalformedError as error:
        return openai_common.malformed(_WIRE, str(error))
    return openai_common.read(_WIRE, asked)


def write(conversation: Conversation, said: Said, fault: Fault | None = None) -> Reply:
    """The response, whole or as a stream; the stream fails in its midst if there is a fault."""
    response = _response(conversation, said)
    headers = (("x-request-id", f"req_{said.identifier}"),)
    if not conversation.stream:
        return as_json(_WIRE, response, headers=headers)
    events = list(_events(response))
    if fault is not None:
        error = openai_common.error_of(fault)["error"]
        told = {"code": error["code"], "message": error["message"]}
        failed = {**response, "status": "failed", "output": [], "usage": None, "error": told}
        events = [*events[: len(events) // 2], {"type": "response.failed", "response": failed}]
    frames = (_frame({**event, "sequence_number": n}) for n, event in enumerate(events))
    return as_stream(_WIRE, frames, headers=headers)


def refuse(fault: Fault) -> Reply:
    """The error of a fault."""
    return openai_common.refuse(_WIRE, fault)


def unknown(previous: str) -> Reply:
    """The error for an answer that was never given."""
    return openai_common.malformed(_WIRE, f"Previous response with id '{previous}' not found.")


def _parse(body: bytes) -> dict[str, Any]:
    request = read_object(body)
    if not isinstance(request.get("model"), str):
        raise MalformedError("Missing required parameter: 'model'.")
    given = request.get("input")
    if not isinstance(given, str) and not (
        isinstance(given, list) and all(isinstance(item, dict) for item in given)
    ):
        raise MalformedError("Invalid type for 'input': expected a string or an array of objects.")
    return request


def _conversation(request: dict[str, Any]) -> Conversation:
    types = [str(item.get("type")) for item in objects(request["input"])]
    calls = sum(types.count(f"{kind}_call") for kind in _CALLS)
    outputs = sum(types.count(f"{kind}_call_output") for kind in _CALLS)
    choice = request.get("tool_choice")
    form = mapping(mapping(request.get("text")).get("format"))
    structure: Mapping[str, Any] | None = None
    if form.get("type") == "json_schema":
        structure = mapping(form.get("schema"))
    elif form.get("type") == "json_object":
        structure = {"type": "object"}
    named, previous = mapping(choice).get("name"), request.get("previous_response_id")
    return Conversation(
        model=request["model"],
        request=request,
        # What was called is not repeated where the API keeps the conversation.
        rounds=max(calls, outputs),
        tools=tuple(tool for part in objects(request.get("tools")) for tool in _tools(part)),
        stream=request.get("stream") is True,
        choice=_CHOICES.get(choice, AUTO) if isinstance(choice, str) else AUTO,
        insists_on=named if isinstance(named, str) else None,
        structure=structure,
        previous=previous.removeprefix("resp_") if isinstance(previous, str) else None,
    )


def _tools(tool: Mapping[str, Any]) -> Iterator[Offered]:
    kind = tool.get("type")
    if kind == "namespace":
        inside = tool.get("name")
        for part in objects(tool.get("tools")):
            if part.get("type") == FUNCTION and isinstance(inside, str):
                yield from offered_of(part.get("name"), part.get("parameters"), namespace=inside)
    elif kind == FUNCTION:
        yield from offered_of(tool.get("name"), tool.get("parameters"))
    elif kind == CUSTOM:
        yield from offered_of(tool.get("name"), None, type=CUSTOM)
    elif kind in _OWN_TOOLS:
        yield Offered(str(kind), type=str(kind))


def _response(conversation: Conversation, said: Said) -> dict[str, Any]:
    output: list[dict[str, Any]] = []
    if said.text or not said.call:
        part = {"type": "output_text", "annotations": [], "logprobs": [], "text": said.text}
        message = {"type": "message", "role": "assistant", "content": [part]}
        output.append({"id": f"msg_{said.identifier}", "status": "completed", **message})
    if said.call:
        output.append(_call(said.call, said.identifier))
    request = conversation.request
    return {
        "id": f"resp_{said.identifier}",
        "object": "response",
        "created_at": CREATED,
        "status": "completed",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "model": conversation.model,
        "output": output,
        "parallel_tool_calls": request.get("parallel_tool_calls") is not False,
        "previous_response_id": request.get("previous_response_id"),
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": request.get("store") is not False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": TOKENS_IN,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": TOKENS_OUT,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": TOKENS_IN + TOKENS_OUT,
        },
        "metadata": {},
    }


def _call(call: Call, identifier: str) -> dict[str, Any]:
    item: dict[str, Any] = {"status": "completed", "call_id": f"call_{identifier}"}
    kind, name, arguments = call.tool.type, call.tool.name, call.arguments
    if kind == CUSTOM:
        written = {"name": name, "input": call.text}
        return {"id": f"ctc_{identifier}", "type": "custom_tool_call", **item, **written}
    if kind == "local_shell":
        words = ["bash", "-lc", arguments["command"]]
        action: dict[str, Any] = {"type": "exec", "command": words, "env": {}}
        return {"id": f"lsh_{identifier}", "type": "local_shell_call", **item, "action": action}
    if kind == "shell":
        action = {"commands": [arguments["command"]], "timeout_ms": None}
        return {"id": f"sh_{identifier}", "type": "shell_call", **item, "action": action}
    if kind == "apply_patch":
        operation = {"operation": arguments}
        return {"id": f"apc_{identifier}", "type": "apply_patch_call", **item, **operation}
    inside = {"namespace": call.tool.namespace} if call.tool.namespace else {}
    function = {"name": name, "arguments": dump(arguments), **inside}
    return {"id": f"fc_{identifier}", "type": "function_call", **item, **function}


def _events(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The stream that builds up to the same response."""
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(response["output"]):
        place = {"output_index": index}
        yield {"type": "response.output_item.added", **place, "item": _begun(item)}
        yield from _inside(item, {"item_id": item["id"], **place})
        yield {"type": "response.output_item.done", **place, "item": item}
    yield {"type": "response.completed", "response": response}


def _begun(item: dict[str, Any]) -> dict[str, Any]:
    empty = {"content": [], "arguments": "", "input": ""}
    return {**item, "status": "in_progress", **{k: v for k, v in empty.items() if k in item}}


def _inside(item: dict[str, Any], place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events between the beginning of an item and its end."""
    if item["type"] == "message":
        (part,) = item["content"]
        here = {**place, "content_index": 0}
        said = {"logprobs": part["logprobs"]}
        yield {"type": "response.content_part.added", **here, "part": {**part, "text": ""}}
        for piece in pieces(part["text"]):
            yield {"type": "response.output_text.delta", **here, "delta": piece, **said}
        yield {"type": "response.output_text.done", **here, "text": part["text"], **said}
        yield {"type": "response.content_part.done", **here, "part": part}
        return
    for kind, filled in (
        ("function_call_arguments", "arguments"),
        ("custom_tool_call_input", "input"),
    ):
        if filled in item:
            for piece in pieces(item[filled]):
                yield {"type": f"response.{kind}.delta", **place, "delta": piece}
            yield {"type": f"response.{kind}.done", **place, filled: item[filled]}


def _frame(event: dict[str, Any]) -> str:
    return f"event: {event['type']}\ndata: {dump(event)}\n\n"
