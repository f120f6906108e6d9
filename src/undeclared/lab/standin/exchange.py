"""What the stand-in sees of a request, what it gives back, and JSON as it goes over the wire."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PIECE = 24
"""Characters of a text that come in one piece of a stream."""
CREATED = 1767225600
"""Seconds since the epoch at which everything was made: equal requests get equal bytes."""
TOKENS_IN = 1000
TOKENS_OUT = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, reduced to what decides the answer."""

    method: str
    host: str
    path: str
    """Without the query."""
    body: bytes
    """Content coding removed."""
    query: str = ""
    """What follows `?`, as sent."""
    content_type: str = ""
    """The header field, as sent."""

    @property
    def plain_path(self) -> str:
        """The path without a slash at its end."""
        return self.path.rstrip("/")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whole: a stream is the concatenation of its frames."""

    status: int
    content_type: str
    body: bytes
    answered_by: str
    """A wire, or `generic`."""
    step: str | None = None
    """The step of the scenario that the request reached: `turn-1`, `turn-2` … or `side`."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further header fields: `retry-after` …"""
    cut_after: int | None = None
    """The connection breaks off after so many bytes of the body; None: it does not."""
    delay: float = 0.0
    """Seconds before the answer is given."""


class MalformedError(ValueError):
    """The request is not one that the API would accept."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a request; raises MalformedError."""
    try:
        request = json.loads(body, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise MalformedError("the request body is not valid JSON") from error
    if not isinstance(request, dict):
        raise MalformedError("the request body is not an object")
    return request


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else 0.0


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects in a JSON array; none for anything else."""
    for element in value if isinstance(value, list) else ():
        if isinstance(element, dict):
            yield element


def dump(value: object) -> str:
    """JSON as APIs send it, without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def pieces(text: str) -> Iterator[str]:
    """A text in the pieces in which it is streamed; one, though empty, at least."""
    for start in range(0, max(len(text), 1), PIECE):
        yield text[start : start + PIECE]


def as_json(
    wire: str,
    value: object,
    *,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
) -> Reply:
    """An answer of one JSON document."""
    body = dump(value).encode("utf-8", "replace")
    return Reply(status, "application/json", body, wire, headers=headers)


def as_stream(
    wire: str, frames: Iterable[str], *, headers: tuple[tuple[str, str], ...] = ()
) -> Reply:
    """A stream of server-sent events (HTML standard, 9.2); each frame ends with an empty line."""
    body = "".join(frames).encode("utf-8", "replace")
    return Reply(200, "text/event-stream; charset=utf-8", body, wire, headers=headers)
