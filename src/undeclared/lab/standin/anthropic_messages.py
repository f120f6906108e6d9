"""The Messages API: `POST /v1/messages`, streamed or not, token counts and the list of models.

Event order as in the vendor's streaming reference: message_start, then per block
content_block_start, content_block_delta, content_block_stop, then message_delta, message_stop. An
error in the midst of a stream is an event of its own, `error`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from undeclared.catalogue import Fault, Wire
from undeclared.lab.standin.exchange import (
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
from undeclared.lab.standin.tools import FUNCTION, Offered, offered_of

_WIRE = Wire.ANTHROPIC_MESSAGES
_MODEL = {
    "type": "model",
    "id": "stand-in-1",
    "display_name": "Stand-in 1",
    "created_at": "2026-01-01T00:00:00Z",
}
_PROBLEMS = {
    "unauthorized": (401, "authentication_error", "invalid x-api-key"),
    "forbidden": (403, "permission_error", "Your API key may not use this resource."),
    "rate-limited": (429, "rate_limit_error", "This request would exceed your rate limit."),
    "failed": (500, "api_error", "Internal server error"),
    "unavailable": (503, "api_error", "Service unavailable"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
}
_CHOICES = {"auto": AUTO, "any": ANY, "none": NONE, "tool": ANY}


def read(asked: Asked) -> Conversation | Reply | None:
    """Read a request of this wire, whatever prefix its path has; None for any other."""
    path = asked.plain_path
    try:
        if asked.method == "POST" and path.endswith("/v1/messages"):
            return _conversation(_parse(asked.body))
        if asked.method == "POST" and path.endswith("/v1/messages/count_tokens"):
            _parse(asked.body)
            return as_json(_WIRE, {"input_tokens": TOKENS_IN})
    except MalformedError as error:
        return _error(400, "invalid_request_error", str(error))
    if asked.method == "GET" and path.endswith("/v1/models"):
        ends = {"has_more": False, "first_id": _MODEL["id"], "last_id": _MODEL["id"]}
        return as_json(_WIRE, {"data": [_MODEL], **ends})
    if asked.method == "GET" and "/v1/models/" in path:
        return as_json(_WIRE, {**_MODEL, "id": path.rpartition("/")[2]})
    return None


def write(conversation: Conversation, said: Said, fault: Fault | None = None) -> Reply:
    """The message, whole or as a stream; the stream ends in an error if there is a fault."""
    message = _message(conversation, said)
    headers = (("request-id", f"req_{said.identifier}"),)
    if not conversation.stream:
        return as_json(_WIRE, message, headers=headers)
    events = list(_events(message))
    if fault is not None and fault.problem is not None:
        _, kind, text = _PROBLEMS[fault.problem]
        ended = {"type": "error", "error": {"type": kind, "message": text}}
        events = [*events[: len(events) // 2], ended]
    return as_stream(_WIRE, (_frame(event) for event in events), headers=headers)


def refuse(fault: Fault) -> Reply:
    """The error of a fault."""
    status, kind, text = _PROBLEMS[fault.problem or "failed"]
    wait = () if fault.retry_after is None else (("retry-after", str(fault.retry_after)),)
    return _error(status, kind, text, wait)


def _error(status: int, kind: str, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    error = {"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_0"}
    return as_json(_WIRE, error, status=status, headers=headers)


def unknown(previous: str) -> Reply:
    """The error for an answer that was never given; this API keeps none."""
    return _error(400, "invalid_request_error", f"{previous}: not found")


def _parse(body: bytes) -> dict[str, Any]:
    request = read_object(body)
    if not isinstance(request.get("model"), str):
        raise MalformedError("model: Field required")
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        raise MalformedError("messages: at least one message is required")
    if not all(isinstance(message, dict) for message in messages):
        raise MalformedError("messages: every message is an object")
    return request


def _conversation(request: dict[str, Any]) -> Conversation:
    choice = mapping(request.get("tool_choice"))
    named = choice.get("name") if choice.get("type") == "tool" else None
    config = mapping(mapping(request.get("output_config")).get("format"))
    form = config or mapping(request.get("output_format"))
    return Conversation(
        model=request["model"],
        request=request,
        rounds=sum(map(_uses_tool, request["messages"])),
        tools=tuple(tool for part in objects(request.get("tools")) for tool in _tool(part)),
        stream=request.get("stream") is True,
        choice=_CHOICES.get(str(choice.get("type")), AUTO),
        insists_on=named if isinstance(named, str) else None,
        structure=mapping(form.get("schema")) if form.get("type") == "json_schema" else None,
    )


def _tool(tool: Mapping[str, Any]) -> Iterator[Offered]:
    kind = tool.get("type")
    if "input_schema" in tool or kind in (None, "custom"):
        yield from offered_of(tool.get("name"), tool.get("input_schema"), type=FUNCTION)
    elif isinstance(kind, str):
        yield from offered_of(tool.get("name"), None, type=kind)


def _uses_tool(message: Mapping[str, Any]) -> bool:
    return message.get("role") == "assistant" and any(
        block.get("type") == "tool_use" for block in objects(message.get("content"))
    )


def _message(conversation: Conversation, said: Said) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if mapping(conversation.request.get("thinking")).get("type") in ("enabled", "adaptive"):
        signed = {"thinking": "The next step is clear.", "signature": said.identifier * 4}
        content.append({"type": "thinking", **signed})
    if said.text or not said.call:
        content.append({"type": "text", "text": said.text})
    if said.call:
        name, arguments = said.call.tool.name, said.call.arguments
        use = {"id": f"toolu_{said.identifier}", "name": name, "input": arguments}
        content.append({"type": "tool_use", **use})
    return {
        "id": f"msg_{said.identifier}",
        "type": "message",
        "role": "assistant",
        "model": conversation.model,
        "content": content,
        "stop_reason": "tool_use" if said.call else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": TOKENS_IN,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": TOKENS_OUT,
        },
    }


def _events(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The stream that builds up to the same message."""
    opening: dict[str, Any] = {
        "content": [],
        "stop_reason": None,
        "usage": {**message["usage"], "output_tokens": 1},
    }
    yield {"type": "message_start", "message": {**message, **opening}}
    yield {"type": "ping"}
    for index, block in enumerate(message["content"]):
        empty, deltas = _parts(block)
        yield {"type": "content_block_start", "index": index, "content_block": {**block, **empty}}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": {"output_tokens": TOKENS_OUT}}
    yield {"type": "message_stop"}


def _parts(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """How a block begins, and what is added to it."""
    if block["type"] == "text":
        parts = [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
        return {"text": ""}, parts
    if block["type"] == "thinking":
        thoughts = [
            {"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"])
        ]
        signature = {"type": "signature_delta", "signature": block["signature"]}
        return {"thinking": "", "signature": ""}, [*thoughts, signature]
    written = dump(block["input"])
    return {"input": {}}, [
        {"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces(written))
    ]


def _frame(event: dict[str, Any]) -> str:
    return f"event: {event['type']}\ndata: {dump(event)}\n\n"
