"""Runs as HTTP archives (HAR 1.2), for the many tools that open them.

The format: W3C Web Performance Working Group, "HTTP Archive (HAR) format"; for WebSockets, what
Chrome's developer tools write. What HAR has no place for is in fields whose names begin with `_`,
as the format provides: each page, which is a run, holds the flows that are no HTTP exchange.
"""

import json
from base64 import b64encode
from datetime import UTC, timedelta
from http import HTTPStatus
from typing import Any, TypeGuard
from urllib.parse import parse_qsl, quote

from undeclared import __version__
from undeclared.model import Headers, HttpFlow, HttpRequest, HttpResponse, Run, WebSocketFlow

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_UNKNOWN = -1
"""As the format says it of sizes and times."""
_TEXT, _BINARY = 1, 2
"""Opcodes (RFC 6455, section 5.2)."""

Json = dict[str, Any]


def render(*runs: Run) -> str:
    """The archive of some runs as JSON, everything but printable ASCII escaped."""
    return json.dumps(har(*runs), indent=1) + "\n"


def har(*runs: Run) -> Json:
    """The archive of some runs: one page for each run, one entry for each HTTP exchange."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "undeclared", "version": __version__},
            "pages": [_page(run) for run in runs],
            "entries": [
                _entry(run, index, flow)
                for run in runs
                for index, flow in enumerate(run.flows)
                if isinstance(flow, HttpFlow)
            ],
        }
    }


def _moment(run: Run, seconds: float) -> str:
    """ISO 8601 with milliseconds and a zone, as the format asks for."""
    return (run.started.astimezone(UTC) + timedelta(seconds=seconds)).isoformat(
        timespec="milliseconds"
    )


def _page(run: Run) -> Json:
    others = [
        {"_index": index, **flow.model_dump(mode="json")}
        for index, flow in enumerate(run.flows)
        if not isinstance(flow, HttpFlow)
    ]
    return {
        "startedDateTime": _moment(run, 0),
        "id": run.trial.id,
        "title": f"{run.scenario}: {run.outcome}",
        "pageTimings": {"onContentLoad": _UNKNOWN, "onLoad": _milliseconds(run.seconds)},
        "_environment": run.environment.as_dict(),
        "_phase": run.trial.phase.value,
        "_outcome": run.outcome.value,
        "_reason": run.reason,
        "_flows": others,
    }


def _entry(run: Run, index: int, flow: HttpFlow) -> Json:
    took = 0.0 if flow.ended is None else max(0.0, flow.ended - flow.started)
    entry: Json = {
        "pageref": run.trial.id,
        "startedDateTime": _moment(run, flow.started),
        "time": _milliseconds(took),
        "request": _request(flow.request),
        "response": _response(flow.request.version, flow.response),
        "cache": {},
        # The lab knows how long the agent took to send; its own answers take no time.
        "timings": {
            "blocked": _UNKNOWN, "dns": _UNKNOWN, "connect": _UNKNOWN, "ssl": _UNKNOWN,
            "send": _milliseconds(took), "wait": 0, "receive": 0,
        },
        "connection": str(flow.connection),
        "_index": index,
        "_answeredBy": flow.answered_by,
        "_step": flow.step,
        "_error": flow.error,
    }  # fmt: skip
    if sockets := [other for other in run.flows if _is_socket_of(other, flow)]:
        entry["_resourceType"] = "websocket"
        entry["_webSocketMessages"] = [
            {
                "type": "send",
                "time": (run.started + timedelta(seconds=message.at)).timestamp(),
                "opcode": _TEXT if message.text else _BINARY,
                "data": _plain(message.content) if message.text else _base64(message.content),
            }
            for message in sockets[0].messages
        ]
    return entry


def _is_socket_of(flow: object, upgrade: HttpFlow) -> TypeGuard[WebSocketFlow]:
    return (
        isinstance(flow, WebSocketFlow)
        and flow.connection == upgrade.connection
        and upgrade.response is not None
        and upgrade.response.status == HTTPStatus.SWITCHING_PROTOCOLS
    )


def _request(request: HttpRequest) -> Json:
    query = request.target.partition(b"?")[2].decode("utf-8", "surrogateescape")
    described: Json = {
        "method": _plain(request.method),
        "url": _url(request),
        "httpVersion": request.version,
        "cookies": _cookies(request.headers, b"cookie"),
        "headers": _headers(request.headers),
        "queryString": [
            {"name": _printable(name), "value": _printable(value)}
            for name, value in parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
        ],
        "headersSize": _UNKNOWN,
        "bodySize": len(request.body),
    }
    if request.target != _ascii(request.target):
        described["_targetBase64"] = _base64(request.target)
    if request.body:
        text = _text(request.body)
        described["postData"] = {"mimeType": _mime(request.headers), "text": text or ""}
        if text is None:
            described["_requestBodyBase64"] = _base64(request.body)
    if request.trailers:
        described["_trailers"] = _headers(request.trailers)
    return described


def _response(version: str, response: HttpResponse | None) -> Json:
    if response is None:  # as browsers describe a request that came to nothing
        return {
            "status": 0, "statusText": "", "httpVersion": version, "cookies": [], "headers": [],
            "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "",
            "headersSize": _UNKNOWN, "bodySize": _UNKNOWN,
        }  # fmt: skip
    text = _text(response.body)
    content: Json = {"size": len(response.body), "mimeType": _mime(response.headers)}
    if text is None:
        content |= {"text": _base64(response.body), "encoding": "base64"}
    else:
        content["text"] = text
    return {
        "status": response.status,
        "statusText": _phrase(response.status),
        "httpVersion": version,
        "cookies": _cookies(response.headers, b"set-cookie"),
        "headers": _headers(response.headers),
        "content": content,
        "redirectURL": _value(response.headers, b"location"),
        "headersSize": _UNKNOWN,
        "bodySize": len(response.body),
    }


def _url(request: HttpRequest) -> str:
    target = _ascii(request.target).decode("ascii")
    if target.startswith(("http://", "https://")):
        return target
    host = f"[{request.host}]" if ":" in request.host else quote(request.host, safe=_PRINTABLE)
    port = "" if request.port == _DEFAULT_PORTS[request.scheme] else f":{request.port}"
    path = target if target.startswith("/") else f"/{target}"
    return f"{request.scheme}://{host}{port}{path}"


def _ascii(target: bytes) -> bytes:
    """A target as a URL may hold it: every other byte is percent-encoded."""
    return quote(target, safe=_PRINTABLE).encode("ascii")


def _headers(headers: Headers) -> list[Json]:
    """Header fields in the order and letter case sent."""
    return [
        {"name": _plain(name), "value": _plain(value)}
        | ({} if _text(value) is not None else {"_valueBase64": _base64(value)})
        for name, value in headers
    ]


def _cookies(headers: Headers, name: bytes) -> list[Json]:
    found = []
    for key, value in headers:
        if key.lower() == name:
            pairs = value.split(b";")
            for pair in pairs if name == b"cookie" else pairs[:1]:
                own, _, content = pair.strip().partition(b"=")
                found.append({"name": _plain(own), "value": _plain(content)})
    return found


def _value(headers: Headers, name: bytes) -> str:
    return _plain(b", ".join(value for key, value in headers if key.lower() == name))


def _mime(headers: Headers) -> str:
    return _value(headers, b"content-type") or "application/octet-stream"


def _text(data: bytes) -> str | None:
    """Bytes as the text that they are; None if they are none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _plain(data: bytes) -> str:
    """Bytes as text, or each as the character of its number (ISO 8859-1)."""
    text = _text(data)
    return data.decode("latin-1") if text is None else text


def _printable(text: str) -> str:
    return _plain(text.encode("utf-8", "surrogateescape"))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
