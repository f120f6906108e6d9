"""The Gemini API: `…/models/M:generateContent` and its relatives, at either of its two doors.

A stream is a row of partial answers: as server-sent events with `alt=sse`, else as one JSON array.
Field names may be written in either case. A tool call comes whole, and its end is `STOP` as well.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

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
from undeclared.lab.standin.openai_common import dimensions, vector
from undeclared.lab.standin.script import ANY, AUTO, NONE, Conversation, Said
from undeclared.lab.standin.tools import Offered, offered_of

_WIRE = Wire.GEMINI
_ASKED = re.compile(
    r"/models/(?P<model>[^/]+):(?P<method>generateContent|streamGenerateContent|countTokens"
    r"|embedContent|batchEmbedContents)$"
)
_LISTED = re.compile(r"/v1[a-z0-9]*(/.+)?/models(?P<one>/[^/:]+)?$")
_CHOICES = {"AUTO": AUTO, "ANY": ANY, "NONE": NONE}
_DIMENSIONS = 768
_MODEL = {
    "version": "1",
    "displayName": "Stand-in 1",
    "description": "A model that follows a script.",
    "inputTokenLimit": 1048576,
    "outputTokenLimit": 65536,
    "supportedGenerationMethods": ["generateContent", "countTokens", "embedContent"],
}
_PROBLEMS = {
    "unauthorized": (401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
    "forbidden": (403, "PERMISSION_DENIED", "The caller does not have permission."),
    "rate-limited": (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (check quota)."),
    "failed": (500, "INTERNAL", "An internal error has occurred."),
    "unavailable": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "overloaded": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
}


def read(asked: Asked) -> Conversation | Reply | None:
    """Read a request of this wire, whatever prefix its path has; None for any other."""
    path = asked.plain_path
    found = _ASKED.search(path)
    if asked.method == "POST" and found:
        model, method = found["model"], found["method"]
        try:
            request = read_object(asked.body)
            if method == "countTokens":
                details = [{"modality": "TEXT", "tokenCount": TOKENS_IN}]
                counted = {"totalTokens": TOKENS_IN, "promptTokensDetails": details}
                return as_json(_WIRE, counted)
            if method == "embedContent":
                return as_json(_WIRE, {"embedding": _embedding(request)})
            if method == "batchEmbedContents":
                embeddings = [_embedding(part) for part in objects(request.get("requests"))]
                return as_json(_WIRE, {"embeddings": embeddings})
            streams = method == "streamGenerateContent"
            as_events = parse_qs(asked.query).get("alt") == ["sse"]
            return _conversation(model, request, stream=streams, as_events=as_events)
        except MalformedError as error:
            return _error(400, "INVALID_ARGUMENT", str(error))
    listed = _LISTED.search(path)
    if asked.method == "GET" and listed:
        if listed["one"]:
            return as_json(_WIRE, {"name": f"models{listed['one']}", **_MODEL})
        return as_json(_WIRE, {"models": [{"name": "models/stand-in-1", **_MODEL}]})
    return None


def write(conversation: Conversation, said: Said, fault: Fault | None = None) -> Reply:
    """The answer, whole or as a stream; the stream ends in an error if there is a fault."""
    parts = _parts(said)
    if not conversation.stream:
        return as_json(_WIRE, _response(conversation, said, parts, ends=True))
    pieced = list(_pieced(parts))
    answers = [
        _response(conversation, said, [part], ends=number == len(pieced))
        for number, part in enumerate(pieced, start=1)
    ]
    if fault is not None:
        answers = [*answers[: len(answers) // 2], _problem(fault)]
    if conversation.request["as_events"]:
        return as_stream(_WIRE, (f"data: {dump(answer)}\r\n\r\n" for answer in answers))
    return as_json(_WIRE, answers)


def refuse(fault: Fault) -> Reply:
    """The error of a fault."""
    status, *_ = _PROBLEMS[fault.problem or "failed"]
    wait = () if fault.retry_after is None else (("retry-after", str(fault.retry_after)),)
    return as_json(_WIRE, _problem(fault), status=status, headers=wait)


def unknown(previous: str) -> Reply:
    """The error for an answer that was never given; this API keeps none."""
    return _error(400, "INVALID_ARGUMENT", f"{previous}: not found")


def _error(code: int, status: str, text: str) -> Reply:
    error = {"error": {"code": code, "message": text, "status": status}}
    return as_json(_WIRE, error, status=code)


def _problem(fault: Fault) -> dict[str, Any]:
    code, status, text = _PROBLEMS[fault.problem or "failed"]
    error: dict[str, Any] = {"code": code, "message": text, "status": status}
    if fault.retry_after is not None:
        wait = {"@type": "type.googleapis.com/google.rpc.RetryInfo"}
        error["details"] = [{**wait, "retryDelay": f"{fault.retry_after}s"}]
    return {"error": error}


def _either(value: object, name: str) -> Any:  # noqa: ANN401
    """A field by its name in camel case, or as the protocol's own definition writes it."""
    fields = mapping(value)
    return fields[name] if name in fields else fields.get(re.sub(r"([A-Z])", r"_\1", name).lower())


def _conversation(
    model: str, request: dict[str, Any], *, stream: bool, as_events: bool
) -> Conversation:
    contents = request.get("contents")
    if not isinstance(contents, list) or not contents:
        raise MalformedError("* GenerateContentRequest.contents: contents is not specified")
    if not all(isinstance(content, dict) for content in contents):
        raise MalformedError("Invalid value at 'contents'")
    calling = _either(_either(request, "toolConfig"), "functionCallingConfig")
    allowed = _either(calling, "allowedFunctionNames")
    names = allowed if isinstance(allowed, list) and all(map(_is_text, allowed)) else []
    choice = _CHOICES.get(str(mapping(calling).get("mode")), AUTO)
    config = _either(request, "generationConfig")
    wanted = _either(config, "responseJsonSchema") or _either(config, "responseSchema")
    if wanted is None and _either(config, "responseMimeType") == "application/json":
        wanted = {"type": "object"}
    return Conversation(
        model=model,
        request={"as_events": as_events},
        rounds=sum(map(_uses_tool, contents)),
        tools=tuple(_tools(request)),
        stream=stream,
        choice=choice,
        insists_on=names[0] if choice == ANY and len(names) == 1 else None,
        structure=mapping(wanted) if wanted is not None else None,
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _tools(request: Mapping[str, Any]) -> Iterator[Offered]:
    tools = request.get("tools")
    for tool in objects(tools if isinstance(tools, list) else [tools]):
        for declared in objects(_either(tool, "functionDeclarations")):
            schema = _either(declared, "parametersJsonSchema") or declared.get("parameters")
            yield from offered_of(declared.get("name"), schema)


def _uses_tool(content: Mapping[str, Any]) -> bool:
    return content.get("role") == "model" and any(
        isinstance(_either(part, "functionCall"), dict) for part in objects(content.get("parts"))
    )


def _parts(said: Said) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if said.text or not said.call:
        parts.append({"text": said.text})
    if said.call:
        called = {"name": said.call.tool.name, "args": said.call.arguments}
        signature = base64.b64encode(said.identifier.encode()).decode()
        identified = {**called, "id": f"call_{said.identifier}"}
        parts.append({"functionCall": identified, "thoughtSignature": signature})
    return parts


def _pieced(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        if "text" in part:
            yield from ({"text": piece} for piece in pieces(part["text"]))
        else:
            yield part


def _response(
    conversation: Conversation, said: Said, parts: list[dict[str, Any]], *, ends: bool
) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if ends:
        candidate["finishReason"] = "STOP"
    usage = {
        "promptTokenCount": TOKENS_IN,
        "candidatesTokenCount": TOKENS_OUT,
        "totalTokenCount": TOKENS_IN + TOKENS_OUT,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": TOKENS_IN}],
    }
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": conversation.model,
        "responseId": said.identifier,
    }


def _embedding(request: Mapping[str, Any]) -> dict[str, Any]:
    content = request.get("content")
    size = dimensions(_either(request, "outputDimensionality"), _DIMENSIONS)
    return {"values": vector(dump(content), size)}
