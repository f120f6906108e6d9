"""The Chat Completions API: `POST …/chat/completions`, streamed or not, embeddings, models.

A stream is a row of chunks without event names that ends with `data: [DONE]`; an error in its midst
is a chunk `{"error": …}`.
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
from undeclared.lab.standin.tools import CUSTOM, Offered, offered_of

_WIRE = Wire.OPENAI_CHAT
_CHOICES = {"auto": AUTO, "required": ANY, "none": NONE}
_USAGE = {
    "prompt_tokens": TOKENS_IN,
    "completion_tokens": TOKENS_OUT,
    "total_tokens": TOKENS_IN + TOKENS_OUT,
    "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0},
}


def read(asked: Asked) -> Conversation | Reply | None:
    """Read a request of this wire, whatever prefix its path has; None for any other."""
    if asked.method == "POST" and asked.plain_path.endswith("/chat/completions"):
        try:
            return _conversation(_parse(asked.body))
        except MalformedError as error:
            return openai_common.malformed(_WIRE, str(error))
    return openai_common.read(_WIRE, asked)


def write(conversation: Conversation, said: Said, fault: Fault | None = None) -> Reply:
    """The completion, whole or as a stream; the stream ends in an error if there is a fault."""
    completion = _completion(conversation, said)
    headers = (("x-request-id", f"req_{said.identifier}"),)
    if not conversation.stream:
        return as_json(_WIRE, completion, headers=headers)
    options = mapping(conversation.request.get("stream_options"))
    chunks = list(_chunks(completion, with_usage=options.get("include_usage") is True))
    if fault is not None:
        chunks = [*chunks[: len(chunks) // 2], openai_common.error_of(fault)]
    frames = [f"data: {dump(chunk)}\n\n" for chunk in chunks]
    return as_stream(_WIRE, [*frames, "data: [DONE]\n\n"], headers=headers)


def refuse(fault: Fault) -> Reply:
    """The error of a fault."""
    return openai_common.refuse(_WIRE, fault)


def unknown(previous: str) -> Reply:
    """The error for an answer that was never given; this API keeps none."""
    return openai_common.malformed(_WIRE, f"{previous}: not found")


def _parse(body: bytes) -> dict[str, Any]:
    request = read_object(body)
    if not isinstance(request.get("model"), str):
        raise MalformedError("you must provide a model parameter")
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        raise MalformedError("Missing required parameter: 'messages'.")
    if not all(isinstance(message, dict) for message in messages):
        raise MalformedError("Invalid type for 'messages': expected an array of objects.")
    return request


def _conversation(request: dict[str, Any]) -> Conversation:
    choice = request.get("tool_choice")
    named = [mapping(mapping(choice).get(kind)).get("name") for kind in ("function", "custom")]
    form = mapping(request.get("response_format"))
    structure: Mapping[str, Any] | None = None
    if form.get("type") == "json_schema":
        structure = mapping(mapping(form.get("json_schema")).get("schema"))
    elif form.get("type") == "json_object":
        structure = {"type": "object"}
    return Conversation(
        model=request["model"],
        request=request,
        rounds=sum(
            message.get("role") == "assistant" and any(objects(message.get("tool_calls")))
            for message in request["messages"]
        ),
        tools=tuple(tool for part in objects(request.get("tools")) for tool in _tool(part)),
        stream=request.get("stream") is True,
        choice=_CHOICES.get(choice, AUTO) if isinstance(choice, str) else AUTO,
        insists_on=next((name for name in named if isinstance(name, str)), None),
        structure=structure,
    )


def _tool(tool: Mapping[str, Any]) -> Iterator[Offered]:
    if tool.get("type") == "custom":
        yield from offered_of(mapping(tool.get("custom")).get("name"), None, type=CUSTOM)
    else:
        function = mapping(tool.get("function"))
        yield from offered_of(function.get("name"), function.get("parameters"))


def _completion(conversation: Conversation, said: Said) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": None}
    if said.call:
        identified = {"id": f"call_{said.identifier}"}
        name = said.call.tool.name
        if said.call.tool.type == CUSTOM:
            custom = {"type": "custom", "custom": {"name": name, "input": said.call.text}}
            message["tool_calls"] = [{**identified, **custom}]
        else:
            function = {"name": name, "arguments": dump(said.call.arguments)}
            message["tool_calls"] = [{**identified, "type": "function", "function": function}]
        message["content"] = said.text or None
    finish = "tool_calls" if said.call else "stop"
    return {
        "id": f"chatcmpl-{said.identifier}",
        "object": "chat.completion",
        "created": CREATED,
        "model": conversation.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": _USAGE,
        "system_fingerprint": "fp_standin",
    }


def _chunks(completion: dict[str, Any], *, with_usage: bool) -> Iterator[dict[str, Any]]:
    """The stream that builds up to the same completion."""
    (choice,) = completion["choices"]
    message = choice["message"]
    same = {key: completion[key] for key in ("id", "created", "model", "system_fingerprint")}
    chunk = {**same, "object": "chat.completion.chunk", **({"usage": None} if with_usage else {})}

    def with_delta(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        part = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**chunk, "choices": [part]}

    content = message["content"]
    yield with_delta({"role": "assistant", "content": None if content is None else ""})
    for piece in pieces(content) if content else ():
        yield with_delta({"content": piece})
    for index, call in enumerate(message.get("tool_calls", ())):
        kind, filled = call["type"], "input" if call["type"] == "custom" else "arguments"
        opening = {**call, kind: {**call[kind], filled: ""}}
        yield with_delta({"tool_calls": [{"index": index, **opening}]})
        for piece in pieces(call[kind][filled]):
            yield with_delta({"tool_calls": [{"index": index, kind: {filled: piece}}]})
    yield with_delta({}, choice["finish_reason"])
    if with_usage:
        yield {**chunk, "choices": [], "usage": completion["usage"]}
