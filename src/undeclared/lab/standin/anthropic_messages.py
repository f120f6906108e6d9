"""The Messages API: `POST /v1/messages`, streamed or not, token counts and the list of models.

Event order as in the vendor's streaming reference: message_start, then per block
content_block_start, content_block_delta, content_block_stop, then message_delta, message_stop.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from undeclared.catalogue import Scenario, Wire
from undeclared.lab.standin.exchange import Asked, Reply
from undeclared.lab.standin.script import Said, say

_TOKENS = 1000
_MODEL = {
    "type": "model",
    "id": "stand-in-1",
    "display_name": "Stand-in 1",
    "created_at": "2026-01-01T00:00:00Z",
}


class _Malformed(ValueError):
    """The request is not one that the API would accept."""


def answer(asked: Asked, scenario: Scenario) -> Reply | None:
    """Answer a request of this wire, whatever prefix its path has; None for any other."""
    path = asked.path.rstrip("/")
    try:
        if asked.method == "POST" and path.endswith("/v1/messages"):
            return _messages(_parse(asked.body), scenario)
        if asked.method == "POST" and path.endswith("/v1/messages/count_tokens"):
            _parse(asked.body)
            return _json({"input_tokens": _TOKENS})
    except _Malformed as error:
        problem = {"type": "invalid_request_error", "message": str(error)}
        return _json({"type": "error", "error": problem}, status=400)
    if asked.method == "GET" and path.endswith("/v1/models"):
        ends = {"has_more": False, "first_id": _MODEL["id"], "last_id": _MODEL["id"]}
        return _json({"data": [_MODEL], **ends})
    if asked.method == "GET" and "/v1/models/" in path:
        return _json({**_MODEL, "id": path.rpartition("/")[2]})
    return None


def _parse(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError as error:
        raise _Malformed("the request body is not valid JSON") from error
    if not isinstance(request, dict):
        raise _Malformed("the request body is not an object")
    if not isinstance(request.get("model"), str):
        raise _Malformed("model: field required")
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _Malformed("messages: at least one message is required")
    if not all(isinstance(message, dict) for message in messages):
        raise _Malformed("messages: every message is an object")
    return request


def _messages(request: dict[str, Any], scenario: Scenario) -> Reply:
    said = say(scenario, _tools(request), _rounds(request["messages"]))
    message = _message(request["model"], said, scenario)
    if request.get("stream") is not True:
        return _json(message, step=said.step)
    frames = (f"event: {data['type']}\ndata: {_dump(data)}\n\n" for data in _events(message))
    body = "".join(frames).encode()
    return Reply(200, "text/event-stream; charset=utf-8", body, Wire.ANTHROPIC_MESSAGES, said.step)


def _tools(request: dict[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    tools = request.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict) and isinstance(tool.get("name"), str):
            schema = tool.get("input_schema")
            yield tool["name"], schema if isinstance(schema, dict) else {}


def _rounds(messages: list[dict[str, Any]]) -> int:
    return sum(message.get("role") == "assistant" and _uses_tool(message) for message in messages)


def _uses_tool(message: dict[str, Any]) -> bool:
    content = message.get("content")
    return isinstance(content, list) and any(
        isinstance(block, dict) and block.get("type") == "tool_use" for block in content
    )


def _message(model: str, said: Said, scenario: Scenario) -> dict[str, Any]:
    identifier = said.identifier(scenario)
    content: list[dict[str, Any]] = []
    if said.text:
        content.append({"type": "text", "text": said.text})
    if said.call:
        use = {"id": f"toolu_{identifier}", "name": said.call.tool, "input": said.call.arguments}
        content.append({"type": "tool_use", **use})
    return {
        "id": f"msg_{identifier}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "tool_use" if said.call else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": _TOKENS,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 20,
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
        if block["type"] == "text":
            empty: dict[str, Any] = {"text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        else:
            empty = {"input": {}}
            delta = {"type": "input_json_delta", "partial_json": _dump(block["input"])}
        yield {"type": "content_block_start", "index": index, "content_block": {**block, **empty}}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": {"output_tokens": 20}}
    yield {"type": "message_stop"}


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _json(value: object, *, status: int = 200, step: str | None = None) -> Reply:
    body = _dump(value).encode()
    return Reply(status, "application/json", body, Wire.ANTHROPIC_MESSAGES, step)
