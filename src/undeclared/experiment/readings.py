"""What a run showed at every place, through every view.

A reading is a string, taken from raw bytes without folding anything. Places are made so that the
same thing has the same place in every run: flows are told apart by what they ask for and by their
step in the conversation, elements of arrays by the name they carry, never by position alone.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from undeclared.experiment import handshake, json_source
from undeclared.experiment.payload import opened
from undeclared.model import DnsFlow, Headers, HttpFlow, Locus, Run, StreamFlow, TlsFlow, View

MODEL_HOST = "{base-url-host}"
"""Stands for the model's host where the experiment itself moves it."""

Reading = str
"""What was seen; a place without a reading was absent."""


class Place(NamedTuple):
    """A locus and the view through which it is looked at; cheap to make and to compare."""

    host: str
    method: str
    path: str
    step: str
    part: str
    pointer: str
    view: View

    def locus(self, segment: str = "") -> Locus:
        """The place as the report names it."""
        return Locus(
            host=self.host,
            method=self.method,
            path=self.path,
            part=self.part,
            pointer=self.pointer,
            segment=segment,
            step=self.step,
        )


def readings(run: Run, model_hosts: Mapping[str, str]) -> dict[Place, Reading]:
    """Everything that a run showed.

    `model_hosts` maps host names to how they are named in a locus: the host that this run's
    environment gave the model becomes `MODEL_HOST`.
    """
    found: dict[Place, Reading] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    totals: Counter[tuple[str, str, str]] = Counter()
    for flow in run.flows:
        if isinstance(flow, HttpFlow):
            host = model_hosts.get(flow.request.host, flow.request.host)
            method = flow.request.method.decode("latin-1")
            path = template(_path_of(flow.request.target))
            step = _counted(seen, (host, method, path, flow.step or ""))
            totals[host, method, path] += 1
            _http(found, flow, (host, method, path, step))
        elif isinstance(flow, TlsFlow):
            host = model_hosts.get(flow.sni or "", flow.sni or "")
            for pointer, view, value in handshake.readings(flow.client_hello):
                # Only the first handshake with a host: later ones may resume it.
                found.setdefault(Place(host, "TLS", "", "", "client-hello", pointer, view), value)
        elif isinstance(flow, DnsFlow):
            host = model_hosts.get(flow.name.lower(), flow.name.lower())
            own = f"{host}" if host == MODEL_HOST else flow.name
            found[Place(own, "DNS", "", "", "question", flow.type, View.PRESENCE)] = "asked"
            if host != MODEL_HOST:
                found[Place(host, "DNS", "", "", "question", flow.type, View.CASE)] = flow.name
        elif isinstance(flow, StreamFlow):
            host, port = flow.address, f"{flow.transport}/{flow.port}"
            found[Place(host, port, "", "", "request", "", View.PRESENCE)] = "opened"
    for (host, method, path), total in totals.items():
        found[Place(host, method, path, "", "request", "", View.COUNT)] = str(total)
    return found


def locate(run: Run, locus: Locus, model_host: str | None) -> int | None:
    """Index of the HTTP flow of a run in which a locus lies; None if there is no such flow."""
    seen: Counter[tuple[str, ...]] = Counter()
    for index, flow in enumerate(run.flows):
        if isinstance(flow, HttpFlow):
            same = flow.request.host == model_host and locus.host == MODEL_HOST
            host = MODEL_HOST if same else flow.request.host
            method = flow.request.method.decode("latin-1")
            path = template(_path_of(flow.request.target))
            step = _counted(seen, (host, method, path, flow.step or ""))
            if (host, method, path, step) == (locus.host, locus.method, locus.path, locus.step):
                return index
    return None


def _counted(seen: Counter[tuple[str, ...]], key: tuple[str, ...]) -> str:
    """The step of a flow, numbered if the same request came before."""
    seen[key] += 1
    return key[-1] if seen[key] == 1 else f"{key[-1]}#{seen[key]}"


def _path_of(target: bytes) -> str:
    return target.decode("latin-1").partition("?")[0]


_IDENTIFIER = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|[0-9a-fA-F]{16,}|[0-9]{6,}"
)


def template(path: str) -> str:
    """A path with its identifiers replaced, so that it aligns between runs.

    The path as sent stays a reading of its own.

    >>> template("/v1/sessions/0123456789abcdef0/events")
    '/v1/sessions/{id}/events'
    """
    return _IDENTIFIER.sub("{id}", path)


Key = tuple[str, str, str, str]


def _http(found: dict[Place, Reading], flow: HttpFlow, key: Key) -> None:
    request = flow.request
    found[Place(*key, "request", "", View.PRESENCE)] = "sent"
    found[Place(*key, "line", "scheme", View.VALUE)] = request.scheme
    found[Place(*key, "line", "version", View.VALUE)] = request.version
    found[Place(*key, "line", "path", View.TEXT)] = _path_of(request.target)
    _query(found, request.target, key)
    _headers(found, request.headers, len(request.body), key)
    text = opened(request.headers, request.body)
    if text is None:
        found[Place(*key, "body", "", View.VALUE)] = request.body.decode("latin-1")
    elif text[:1] in ("{", "["):
        _json(found, text, key)
    elif text:
        found[Place(*key, "body", "", View.TEXT)] = text


def _query(found: dict[Place, Reading], target: bytes, key: Key) -> None:
    query = target.decode("latin-1").partition("?")[2]
    if not query:
        return
    names = []
    for field in query.split("&"):
        name, _, value = field.partition("=")
        names.append(name)
        found[Place(*key, "query", unquote(name), View.TEXT)] = value
    found[Place(*key, "query", "", View.ORDER)] = "\n".join(names)


def _headers(found: dict[Place, Reading], headers: Headers, length: int, key: Key) -> None:
    names = []
    for raw_name, raw_value in headers:
        sent = raw_name.decode("latin-1")
        name = sent.lower()
        value = raw_value.decode("utf-8", "surrogateescape")
        names.append(name)
        if name == "content-length" and value == str(length):
            continue  # a function of the body, which is compared itself
        if name in ("host", ":authority") and key[0] == MODEL_HOST:
            continue  # the experiment set it
        found[Place(*key, "header", name, View.TEXT)] = value
        found[Place(*key, "header", name, View.CASE)] = sent
        found[Place(*key, "header", name, View.PRESENCE)] = "sent"
    found[Place(*key, "headers", "", View.ORDER)] = "\n".join(names)


def _json(found: dict[Place, Reading], text: str, key: Key) -> None:
    try:
        document = json_source.read(text)
    except json_source.NotJson:
        found[Place(*key, "body", "", View.TEXT)] = text
        return
    spacing = sorted(f"{after}{space!r}" for after, space in document.spacing if space)
    found[Place(*key, "body", "", View.WHITESPACE)] = " ".join(spacing)
    for pointer, view, value in _walk(document.root, ""):
        found[Place(*key, "body", pointer, view)] = value


def _walk(node: json_source.Node, pointer: str) -> Iterator[tuple[str, View, Reading]]:
    if node.kind == "string":
        yield pointer, View.TEXT, node.text
        yield pointer, View.ESCAPE, json_source.escape_style(node.source)
    elif node.kind == "scalar":
        yield pointer, View.VALUE, node.source
    elif node.kind == "object":
        yield pointer, View.KEY_ORDER, "\n".join(key for key, _ in node.members)
        twice = Counter[str]()
        for name, child in node.members:
            twice[name] += 1
            again = f"#{twice[name]}" if twice[name] > 1 else ""
            yield from _walk(child, f"{pointer}/{_escaped(name)}{again}")
    else:
        names = _names(node.elements)
        yield pointer, View.ORDER, "\n".join(names)
        for name, child in zip(names, node.elements, strict=True):
            yield from _walk(child, f"{pointer}/{name}")
    yield pointer, View.PRESENCE, "there"


def _escaped(name: str) -> str:
    """A key as a step of a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


_NAMING = ("name", "event_name", "event", "id", "key", "type", "role")
"""Keys by which elements of an array are told apart, the most telling first."""


def _names(elements: list[json_source.Node]) -> list[str]:
    """A name for every element: by the first naming key that all have, else by position.

    Equal names are numbered in order: `[role=user]`, `[role=user]#2`.
    """
    if elements and all(element.kind == "object" for element in elements):
        fields = [_shallow(element) for element in elements]
        for naming in _NAMING:
            if all(naming in own for own in fields):
                count = Counter[str]()
                names = []
                for own in fields:
                    name = f"[{naming}={_escaped(own[naming])[:80]}]"
                    count[name] += 1
                    names.append(name if count[name] == 1 else f"{name}#{count[name]}")
                return names
    return [str(index) for index in range(len(elements))]


def _shallow(node: json_source.Node) -> dict[str, str]:
    """String members of an object and of the objects right below it, the upper ones first."""
    fields: dict[str, str] = {}
    below: list[json_source.Node] = []
    for name, child in node.members:
        if child.kind == "string":
            fields.setdefault(name, child.text)
        elif child.kind == "object":
            below.append(child)
    for inner in below:
        for name, child in inner.members:
            if child.kind == "string":
                fields.setdefault(name, child.text)
    return fields
