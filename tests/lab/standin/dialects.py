"""How a client of each wire asks, and what it makes of a stream; for the tests of all wires."""

import json

ASK = "Do it."


def frames(reply):
    """The JSON documents of a stream, after its form has been checked."""
    text = reply.body.decode()
    if reply.content_type == "application/json":
        return json.loads(text)
    assert reply.content_type.startswith("text/event-stream")
    assert text.endswith(("\n\n", "\r\n\r\n"))
    found = []
    for frame in text.replace("\r\n", "\n").removesuffix("\n\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in frame.split("\n"))
        assert set(lines) <= {"event", "data"}
        if lines["data"] == "[DONE]":
            continue
        document = json.loads(lines["data"])
        assert lines.get("event", document.get("type")) == document.get("type")
        found.append(document)
    return found


class Messages:
    wire = "anthropic-messages"
    path = "/v1/messages"

    @staticmethod
    def request(tools, rounds, stream, **more):
        used = {"type": "tool_use", "id": "1", "name": "do", "input": {}}
        messages = [{"role": "user", "content": ASK}]
        messages += [{"role": "assistant", "content": [used]}] * rounds
        offered = [{"name": name, "input_schema": schema} for name, schema in tools]
        return {"model": "m", "messages": messages, "tools": offered, "stream": stream, **more}

    @staticmethod
    def built(documents):
        message = documents[0]["message"]
        for event in documents[1:]:
            kind = event["type"]
            if kind == "content_block_start":
                assert event["index"] == len(message["content"])
                message["content"].append({**event["content_block"], "written": ""})
            elif kind == "content_block_delta":
                block, delta = message["content"][-1], event["delta"]
                if "partial_json" in delta:
                    block["written"] += delta["partial_json"]
                for name in {"text", "thinking", "signature"} & delta.keys():
                    block[name] = block.get(name, "") + delta[name]
            elif kind == "content_block_stop":
                block = message["content"][-1]
                if written := block.pop("written"):
                    block["input"] = json.loads(written)
            elif kind == "message_delta":
                message |= event["delta"]
                message["usage"] |= event["usage"]
        assert documents[-1]["type"] == "message_stop"
        return message

    @staticmethod
    def said(whole):
        text = "".join(b["text"] for b in whole["content"] if b["type"] == "text")
        uses = [(b["name"], b["input"]) for b in whole["content"] if b["type"] == "tool_use"]
        assert whole["stop_reason"] == ("tool_use" if uses else "end_turn")
        return text, uses


class Chat:
    wire = "openai-chat"
    path = "/v1/chat/completions"

    @staticmethod
    def request(tools, rounds, stream, **more):
        call = {"id": "1", "type": "function", "function": {"name": "do", "arguments": "{}"}}
        messages = [{"role": "user", "content": ASK}]
        messages += [{"role": "assistant", "content": None, "tool_calls": [call]}] * rounds
        offered = [
            {"type": "function", "function": {"name": name, "parameters": schema}}
            for name, schema in tools
        ]
        options = {"include_usage": True}
        return {
            "model": "m", "messages": messages, "tools": offered, "stream": stream,
            "stream_options": options, **more,
        }  # fmt: skip

    @staticmethod
    def built(documents):
        *chunks, last = documents
        assert last["choices"] == []
        message = {"refusal": None}
        for chunk in chunks:
            (choice,) = chunk["choices"]
            delta = choice["delta"]
            for call in delta.get("tool_calls", ()):
                calls = message.setdefault("tool_calls", [])
                if "id" in call:
                    assert call.pop("index") == len(calls)
                    calls.append(call)
                else:
                    kind = calls[call["index"]]["type"]
                    ((name, piece),) = call[kind].items()
                    calls[call["index"]][kind][name] += piece
            for name in ("role", "content"):
                if name in delta:
                    before = message.get(name)
                    message[name] = before + delta[name] if before else delta[name]
        whole = {k: v for k, v in last.items() if k != "choices"}
        finish = {"index": 0, "logprobs": None, "finish_reason": choice["finish_reason"]}
        return {
            **whole,
            "object": "chat.completion",
            "choices": [{**finish, "message": message}],
        }

    @staticmethod
    def said(whole):
        (choice,) = whole["choices"]
        calls = [
            (call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in choice["message"].get("tool_calls", ())
        ]
        assert choice["finish_reason"] == ("tool_calls" if calls else "stop")
        return choice["message"]["content"], calls


class Responses:
    wire = "openai-responses"
    path = "/v1/responses"

    @staticmethod
    def request(tools, rounds, stream, **more):
        call = {"type": "function_call", "call_id": "1", "name": "do", "arguments": "{}"}
        result = {"type": "function_call_output", "call_id": "1", "output": "done"}
        given = [{"role": "user", "content": ASK}, *[call, result] * rounds]
        offered = [
            {"type": "function", "name": name, "parameters": schema} for name, schema in tools
        ]
        return {"model": "m", "input": given, "tools": offered, "stream": stream, **more}

    @staticmethod
    def built(documents):
        assert [event["sequence_number"] for event in documents] == list(range(len(documents)))
        assert documents[0]["type"] == "response.created"
        assert documents[-1]["type"] == "response.completed"
        output, written = [], ""
        for event in documents:
            kind = event["type"].removeprefix("response.")
            if kind == "output_item.added":
                assert event["output_index"] == len(output)
                written = ""
            elif kind.endswith(".delta"):
                written += event["delta"]
            elif kind == "output_item.done":
                item = event["item"]
                if item["type"] == "message":
                    assert written == item["content"][0]["text"]
                else:
                    assert written == item.get("arguments", item.get("input", ""))
                output.append(item)
        return {**documents[-1]["response"], "output": output}

    @staticmethod
    def said(whole):
        text = "".join(
            part["text"]
            for item in whole["output"]
            if item["type"] == "message"
            for part in item["content"]
        )
        calls = [
            (item["name"], json.loads(item["arguments"]))
            for item in whole["output"]
            if item["type"] == "function_call"
        ]
        return text, calls


class Gemini:
    wire = "gemini"

    path = "/v1beta/models/m:generateContent"

    @staticmethod
    def request(tools, rounds, stream, **more):
        contents = [{"role": "user", "parts": [{"text": ASK}]}]
        called = {"functionCall": {"name": "do", "args": {}}}
        contents += [{"role": "model", "parts": [called]}] * rounds
        declared = [{"name": name, "parametersJsonSchema": schema} for name, schema in tools]
        return {"contents": contents, "tools": [{"functionDeclarations": declared}], **more}

    @staticmethod
    def built(documents):
        parts = []
        for document in documents:
            (candidate,) = document["candidates"]
            for part in candidate["content"]["parts"]:
                if "text" in part and parts and "text" in parts[-1]:
                    parts[-1]["text"] += part["text"]
                else:
                    parts.append(part)
        ends = ["finishReason" in document["candidates"][0] for document in documents]
        assert ends == [False] * (len(ends) - 1) + [True]
        content = {"role": "model", "parts": parts}
        return {**documents[-1], "candidates": [{**candidate, "content": content}]}

    @staticmethod
    def said(whole):
        parts = whole["candidates"][0]["content"]["parts"]
        calls = [
            (part["functionCall"]["name"], part["functionCall"]["args"])
            for part in parts
            if "functionCall" in part
        ]
        return "".join(part.get("text", "") for part in parts), calls


DIALECTS = (Messages, Chat, Responses, Gemini)
