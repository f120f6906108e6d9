"""What the two APIs of one vendor share: errors, the list of models, embeddings."""

import base64
import hashlib
import struct
from typing import Any

from undeclared.catalogue import Fault
from undeclared.lab.standin.exchange import (
    CREATED,
    Asked,
    MalformedError,
    Reply,
    as_json,
    read_object,
)

_DIMENSIONS = 1536
_MOST_DIMENSIONS = 4096
_MODEL = {"object": "model", "created": CREATED, "owned_by": "system"}
_PROBLEMS = {
    "unauthorized": (
        401,
        "invalid_request_error",
        "invalid_api_key",
        "Incorrect API key.",
    ),
    "forbidden": (403, "invalid_request_error", "model_not_found", "You may not use this model."),
    "rate-limited": (429, "requests", "rate_limit_exceeded", "Rate limit reached for requests."),
    "failed": (500, "server_error", "server_error", "The server had an error."),
    "unavailable": (503, "server_error", "service_unavailable", "Service unavailable."),
    "overloaded": (503, "server_error", "server_is_overloaded", "The engine is overloaded."),
}


def read(wire: str, asked: Asked) -> Reply | None:
    """Answer what is no conversation; None if it is nothing of this vendor's."""
    path = asked.plain_path
    if asked.method == "POST" and path.endswith("/embeddings"):
        try:
            return _embeddings(wire, read_object(asked.body))
        except MalformedError as error:
            return malformed(wire, str(error))
    if asked.method == "GET" and path.endswith("/models"):
        return as_json(wire, {"object": "list", "data": [{"id": "stand-in-1", **_MODEL}]})
    if asked.method == "GET" and "/v1/models/" in path:
        return as_json(wire, {"id": path.rpartition("/")[2], **_MODEL})
    return None


def malformed(wire: str, text: str) -> Reply:
    """The error for a request that the API would not accept."""
    error = {"message": text, "type": "invalid_request_error", "param": None, "code": None}
    return as_json(wire, {"error": error}, status=400)


def error_of(fault: Fault) -> dict[str, Any]:
    """The JSON of a fault's error."""
    _, kind, code, text = _PROBLEMS[fault.problem or "failed"]
    return {"error": {"message": text, "type": kind, "param": None, "code": code}}


def refuse(wire: str, fault: Fault) -> Reply:
    """The error of a fault."""
    status, *_ = _PROBLEMS[fault.problem or "failed"]
    wait = () if fault.retry_after is None else (("retry-after", str(fault.retry_after)),)
    return as_json(wire, error_of(fault), status=status, headers=wait)


def _embeddings(wire: str, request: dict[str, Any]) -> Reply:
    model = request.get("model")
    if not isinstance(model, str):
        raise MalformedError("you must provide a model parameter")
    given = request.get("input")
    if given is None:
        raise MalformedError("Missing required parameter: 'input'.")
    many = isinstance(given, list) and not all(isinstance(token, int) for token in given)
    size = dimensions(request.get("dimensions"), _DIMENSIONS)
    data = []
    for index, text in enumerate(given if many else [given]):
        numbers = vector(str(text), size)
        packed: object = numbers
        if request.get("encoding_format") == "base64":
            packed = base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
        data.append({"object": "embedding", "index": index, "embedding": packed})
    usage = {"prompt_tokens": len(data), "total_tokens": len(data)}
    return as_json(wire, {"object": "list", "data": data, "model": model, "usage": usage})


def dimensions(wanted: object, usual: int) -> int:
    """How long a vector is to be."""
    return wanted if isinstance(wanted, int) and 0 < wanted <= _MOST_DIMENSIONS else usual


def vector(text: str, dimensions: int) -> list[float]:
    """A unit vector that only equal texts share; single precision, as it goes over the wire."""
    stream = hashlib.shake_256(text.encode("utf-8", "replace")).digest(dimensions)
    numbers = [byte - 127.5 for byte in stream]
    length = sum(number * number for number in numbers) ** 0.5
    packed = struct.pack(f"<{dimensions}f", *(number / length for number in numbers))
    return list(struct.unpack(f"<{dimensions}f", packed))
