"""What a model answers on four wires: one shell command first, a text once its result is there.

Runs inside the sealed sandbox; independent of the stand-in of the lab, so that the two cannot be
wrong in the same way.
"""

import json

ANSWER = "The repository holds a program."
_USAGE = {"input_tokens": 1, "output_tokens": 1}


def answer(path: str, body: bytes) -> tuple[str, str] | None:
    """Content type and text; None for what is no question to a model."""
    if path.startswith("/v1/messages"):
        asked = json.loads(body)
        found = _messages(isinstance(asked["messages"][-1]["content"], list))
        return _stream(found) if asked["stream"] else _json(found)
    if path.startswith("/v1/chat/completions"):
        return _json(_chat(json.loads(body)["messages"][-1]["role"] == "tool"))
    if path.startswith("/v1/responses"):
        last = json.loads(body)["input"][-1]
        return _json(_responses(last.get("type") == "function_call_output"))
    if ":generateContent" in path:
        return _json(_gemini("functionResponse" in json.loads(body)["contents"][-1]["parts"][0]))
    return None


def _json(content: dict) -> tuple[str, str]:
    return "application/json", json.dumps(content)


def _messages(done: bool) -> dict:
    call = {"type": "tool_use", "id": "toolu_1", "name": "shell", "input": {"command": "ls"}}
    block = {"type": "text", "text": ANSWER} if done else call
    return {"id": "msg_1", "type": "message", "role": "assistant", "content": [block],
            "stop_reason": "end_turn" if done else "tool_use", "usage": _USAGE}  # fmt: skip


def _stream(message: dict) -> tuple[str, str]:
    block = message["content"][0]
    if block["type"] == "text":
        start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
    else:
        start = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    events = [
        {"type": "message_start", "message": {**message, "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_stop"},
    ]
    text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return "text/event-stream", text


def _chat(done: bool) -> dict:
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "shell", "arguments": '{"command": "ls"}'},
    }
    message = {"role": "assistant", "content": ANSWER if done else None}
    return {
        "choices": [{"index": 0, "message": message if done else {**message, "tool_calls": [call]}}]
    }


def _responses(done: bool) -> dict:
    text = {"type": "message", "role": "assistant",
            "content": [{"type": "output_text", "text": ANSWER}]}  # fmt: skip
    call = {"type": "function_call", "call_id": "call_1", "name": "shell",
            "arguments": '{"command": "ls"}'}  # fmt: skip
    return {"id": "resp_1", "object": "response", "output": [text if done else call]}


def _gemini(done: bool) -> dict:
    part = (
        {"text": ANSWER} if done else {"functionCall": {"name": "shell", "args": {"command": "ls"}}}
    )
    return {"candidates": [{"content": {"role": "model", "parts": [part]}}]}
