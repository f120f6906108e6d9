# ruff: noqa: T201
"""A small coding agent that speaks any of four wires over raw HTTP; CODER_WIRE says which.

It offers a shell, a reader, an editor, a writer, a search and a list of files (CODER_TOOLS names
the only one), carries out what the model calls, retries what may pass, and prints the last text.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

WIRE = os.environ["CODER_WIRE"]
STREAM = os.environ.get("CODER_STREAM", "yes") == "yes"
TEXT = {"type": "string"}
TOOLS = {
    "run_shell": {
        "command": TEXT,
        "timeout": {"type": "number"},
        "background": {"type": "boolean"},
    },
    "read_file": {"absolute_path": {**TEXT, "description": "must be absolute"}},
    "edit": {"file_path": TEXT, "old_string": TEXT, "new_string": TEXT},
    "write_file": {"file_path": TEXT, "content": TEXT},
    "grep": {"pattern": TEXT, "mode": {**TEXT, "enum": ["content", "count"]}},
    "list_directory": {"path": TEXT},
}
OFFERED = [name for name in TOOLS if os.environ.get("CODER_TOOLS", "all") in ("all", name)]


class PassingError(Exception):
    """The server failed in a way that may pass."""


# --- the tools ------------------------------------------------------------------------------------


def carry_out(name, arguments):
    assert set(arguments) == set(TOOLS[name]), (name, arguments)
    if name == "run_shell":
        assert isinstance(arguments["timeout"], (int, float)), arguments
        assert arguments["background"] is False, arguments
        done = subprocess.run(arguments["command"], shell=True, capture_output=True, text=True)
        return done.stdout + done.stderr
    if name == "read_file":
        assert Path(arguments["absolute_path"]).is_absolute(), arguments
        return Path(arguments["absolute_path"]).read_text()
    if name == "edit":
        before = Path(arguments["file_path"]).read_text()
        assert before.count(arguments["old_string"]) == 1, arguments
        Path(arguments["file_path"]).write_text(
            before.replace(arguments["old_string"], arguments["new_string"])
        )
        return "edited"
    if name == "write_file":
        Path(arguments["file_path"]).write_text(arguments["content"])
        return "written"
    if name == "grep":
        assert arguments["mode"] == "content", arguments
        command = ["grep", "-rn", arguments["pattern"], "."]
        return subprocess.run(command, capture_output=True, text=True).stdout
    return "\n".join(sorted(place.name for place in Path(arguments["path"]).iterdir()))


def schema(name):
    return {"type": "object", "properties": TOOLS[name], "required": list(TOOLS[name])}


# --- the network ----------------------------------------------------------------------------------


def post(path, body):
    """The answer as a list of JSON documents; raises PassingError."""
    address = urlsplit(os.environ["MODEL_BASE_URL"])
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.netloc, timeout=30)
    headers = {"content-type": "application/json", "authorization": "Bearer " + os.environ["KEY"]}
    try:
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read().decode()
    except (http.client.HTTPException, OSError) as error:
        raise PassingError(f"broken: {type(error).__name__}") from error
    finally:
        connection.close()
    if response.status in (429, 500, 503, 529):
        time.sleep(float(response.headers.get("retry-after", "0")) / 10)
        raise PassingError(str(response.status))
    if response.status != 200:
        sys.exit(f"error {response.status}: {text}")
    if not text.startswith(("data:", "event:")):
        return [json.loads(text)]
    frames = [frame.splitlines() for frame in text.strip().replace("\r\n", "\n").split("\n\n")]
    data = [line[6:] for frame in frames for line in frame if line.startswith("data: ")]
    return [json.loads(line) for line in data if line != "[DONE]"]


def insist(path, body):
    for _ in range(6):
        try:
            return HOW[WIRE][1](post(path, body))
        except PassingError as error:
            print(f"again after {error}", file=sys.stderr)
    sys.exit("the model's server keeps failing")


# --- the wires: what is sent, what came back, and how a result is told ---------------------------


def anthropic_ask(history):
    tools = [{"name": name, "input_schema": schema(name)} for name in OFFERED]
    return "/v1/messages", {"max_tokens": 1000, "messages": history, "tools": tools}


def anthropic_hear(documents):
    content = documents[0].get("content", [])
    for event in documents if documents[0]["type"] == "message_start" else ():
        if event["type"] == "error":
            raise PassingError(event["error"]["type"])
        if event["type"] == "content_block_start":
            content.append({**event["content_block"], "written": ""})
        elif event["type"] == "content_block_delta":
            delta = event["delta"]
            content[-1]["written"] += delta.get("text", "") + delta.get("partial_json", "")
        elif event["type"] == "content_block_stop":
            written = content[-1].pop("written")
            if content[-1]["type"] == "text":
                content[-1]["text"] = written
            else:
                content[-1]["input"] = json.loads(written)
    text = "".join(block.get("text", "") for block in content)
    calls = [(b["id"], b["name"], b["input"]) for b in content if b["type"] == "tool_use"]
    return text, calls, [{"role": "assistant", "content": content}]


def anthropic_tell(identifier, name, result):
    block = {"type": "tool_result", "tool_use_id": identifier, "content": result}
    return {"role": "user", "content": [block]}


def chat_ask(history):
    tools = [
        {"type": "function", "function": {"name": name, "parameters": schema(name)}}
        for name in OFFERED
    ]
    return "/v1/chat/completions", {"messages": history, "tools": tools}


def chat_hear(documents):
    message = {"role": "assistant", "content": "", "tool_calls": []}
    if documents[0].get("object") == "chat.completion":
        message = documents[0]["choices"][0]["message"]
    for chunk in documents if documents[0].get("object") == "chat.completion.chunk" else ():
        if "error" in chunk:
            raise PassingError(chunk["error"]["code"])
        delta = chunk["choices"][0]["delta"]
        message["content"] += delta.get("content") or ""
        for call in delta.get("tool_calls", ()):
            if "id" in call:
                message["tool_calls"].append(call)
            else:
                function = message["tool_calls"][call["index"]]["function"]
                function["arguments"] += call["function"]["arguments"]
    calls = [
        (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"]))
        for call in message.get("tool_calls") or ()
    ]
    if not calls:
        message.pop("tool_calls", None)
    return message["content"], calls, [message]


def chat_tell(identifier, name, result):
    return {"role": "tool", "tool_call_id": identifier, "content": result}


def responses_ask(history):
    tools = [{"type": "function", "name": name, "parameters": schema(name)} for name in OFFERED]
    return "/v1/responses", {"input": history, "tools": tools, "store": False}


def responses_hear(documents):
    last = documents[-1]
    if last.get("type") == "response.failed":
        raise PassingError(last["response"]["error"]["code"])
    response = last.get("response", last)
    done = [
        event["item"] for event in documents if event.get("type") == "response.output_item.done"
    ]
    assert not STREAM or done == response["output"]
    text = "".join(
        part["text"] for item in response["output"] if item["type"] == "message"
        for part in item["content"]
    )  # fmt: skip
    calls = [
        (item["call_id"], item["name"], json.loads(item["arguments"]))
        for item in response["output"] if item["type"] == "function_call"
    ]  # fmt: skip
    return text, calls, response["output"]


def responses_tell(identifier, name, result):
    return {"type": "function_call_output", "call_id": identifier, "output": result}


def gemini_ask(history):
    declared = [{"name": name, "parametersJsonSchema": schema(name)} for name in OFFERED]
    method = "streamGenerateContent?alt=sse" if STREAM else "generateContent"
    contents = [
        {"role": turn["role"], "parts": turn.get("parts") or [{"text": turn["content"]}]}
        for turn in history
    ]
    tools = [{"functionDeclarations": declared}] if declared else []
    return f"/v1beta/models/m-1:{method}", {"contents": contents, "tools": tools}


def gemini_hear(documents):
    for document in documents:
        if "error" in document:
            raise PassingError(document["error"]["status"])
    parts = [part for d in documents for part in d["candidates"][0]["content"]["parts"]]
    found = [part["functionCall"] for part in parts if "functionCall" in part]
    calls = [(call["id"], call["name"], call["args"]) for call in found]
    text = "".join(part.get("text", "") for part in parts)
    return text, calls, [{"role": "model", "parts": parts}]


def gemini_tell(identifier, name, result):
    response = {"id": identifier, "name": name, "response": {"output": result}}
    return {"role": "user", "parts": [{"functionResponse": response}]}


HOW = {
    "anthropic-messages": (anthropic_ask, anthropic_hear, anthropic_tell),
    "openai-chat": (chat_ask, chat_hear, chat_tell),
    "openai-responses": (responses_ask, responses_hear, responses_tell),
    "gemini": (gemini_ask, gemini_hear, gemini_tell),
}


def main():
    ask, _, tell = HOW[WIRE]
    history = [{"role": "user", "content": sys.argv[1]}]
    for _ in range(20):
        path, body = ask(history)
        common = {} if WIRE == "gemini" else {"model": "m-1", "stream": STREAM}
        text, calls, said = insist(path, {**common, **body})
        print(text)
        history += said
        if not calls:
            return
        for identifier, name, arguments in calls:
            result = carry_out(name, arguments)
            print(f"{name}: {json.dumps(arguments)}\n{result}")
            history.append(tell(identifier, name, result))
    sys.exit("the model never came to an end")


main()
