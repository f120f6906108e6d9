"""What a run showed at every place, through every view.

A reading is a string, taken from raw bytes without folding anything. Places are made so that the
same thing has the same place in every run: flows are told apart by what they ask for and by their
step in the conversation, elements of arrays by what they are, never by position alone.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from undeclared.experiment import handshake, json_source
from undeclared.experiment.likeness import Aligner, escaped
from undeclared.experiment.payload import opened
from undeclared.model import DnsFlow, Headers, HttpFlow, Locus, Run, StreamFlow, TlsFlow, View

MODEL_HOST = "{base-url-host}"
"""Stands for the model's host where the experiment itself moves it."""

Reading = str
"""What was seen; a place without a reading was absent, and nothing else says so."""


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


Key = tuple[str, str, str, str]
"""Host, method, path and step of an HTTP flow: the first four fields of its places."""


def keys(run: Run, moved_host: str | None) -> Iterator[tuple[int, Key]]:
    """The HTTP flows of a run by index, each with the key that it has in every run.

    `moved_host` is the host that the experiment gave the model in this run, `""` if it left the
    model at its default host; None if the experiment does not move it at all.
    """
    seen: Counter[Key] = Counter()
    for index, flow in enumerate(run.flows):
        if isinstance(flow, HttpFlow):
            key = (
                MODEL_HOST if _is_model(flow, moved_host) else flow.request.host,
                flow.request.method.decode("latin-1"),
                template(_path_of(flow.request.target)),
                flow.step or "",
            )
            seen[key] += 1
            again = f"#{seen[key]}" if seen[key] > 1 else ""
            yield index, (*key[:3], key[3] + again)


def _is_model(flow: HttpFlow, moved_host: str | None) -> bool:
    """Whether a request goes where the experiment moved the model.

    The conversation does, wherever that is. Other requests to the default host are the vendor's own
    and stay with it.
    """
    if moved_host is None:
        return False
    return flow.step is not None or flow.request.host == moved_host


@dataclass(slots=True)
class Reader:
    """Reads runs one after another, the reference first, and aligns each with those before."""

    default_host: str | None = None
    """Where the model is if the experiment does not move it."""
    aligner: Aligner = field(default_factory=Aligner)
    _memory: json_source.Memory = field(default_factory=dict)
    _known: dict[tuple[int, Key, str], dict[Place, Reading]] = field(default_factory=dict)
    """Readings of remembered nodes by identity and place; the memory keeps the nodes alive."""

    def readings(self, run: Run, moved_host: str | None) -> dict[Place, Reading]:
        """Everything that a run showed; see `keys` for `moved_host`."""
        found: dict[Place, Reading] = {}
        totals: Counter[tuple[str, str, str]] = Counter()
        conversations: set[int] = set()
        for index, key in keys(run, moved_host):
            flow = run.flows[index]
            assert isinstance(flow, HttpFlow)  # noqa: S101 - `keys` gives no others
            totals[key[:3]] += 1
            if key[0] == MODEL_HOST:
                conversations.add(flow.connection)
            self._http(found, flow, key)
        for (host, method, path), total in totals.items():
            found[Place(host, method, path, "", "request", "", View.COUNT)] = str(total)
        for other in run.flows:
            if isinstance(other, TlsFlow):
                host = MODEL_HOST if other.connection in conversations else other.sni or ""
                for pointer, view, value in handshake.readings(other.client_hello):
                    # Only the first handshake with a host: later ones may resume it.
                    place = Place(host, "TLS", "", "", "client-hello", pointer, view)
                    found.setdefault(place, value)
            elif isinstance(other, DnsFlow):
                host = other.name.lower()
                if moved_host is not None and host in (moved_host, self.default_host):
                    continue  # asked because the experiment moved the model there, or away
                found[Place(host, "DNS", "", "", "question", other.type, View.PRESENCE)] = "asked"
                found[Place(host, "DNS", "", "", "question", other.type, View.CASE)] = other.name
            elif isinstance(other, StreamFlow):
                port = f"{other.transport}/{other.port}"
                found[Place(other.address, port, "", "", "request", "", View.PRESENCE)] = "opened"
        return found

    def _http(self, found: dict[Place, Reading], flow: HttpFlow, key: Key) -> None:
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
            self._json(found, text, key)
        elif text:
            found[Place(*key, "body", "", View.TEXT)] = text

    def _json(self, found: dict[Place, Reading], text: str, key: Key) -> None:
        try:
            document = json_source.read(text, self._memory)
        except json_source.NotJson:
            found[Place(*key, "body", "", View.TEXT)] = text
            return
        spacing = sorted(f"{after}{space!r}" for after, space in document.spacing if space)
        found[Place(*key, "body", "", View.WHITESPACE)] = " ".join(spacing)
        self._walk(found, document.root, "", key)

    def _walk(
        self, found: dict[Place, Reading], node: json_source.Node, pointer: str, key: Key
    ) -> None:
        if node.kind == "string":
            found[Place(*key, "body", pointer, View.TEXT)] = node.text
            style = json_source.escape_style(node.source)
            found[Place(*key, "body", pointer, View.ESCAPE)] = style
        elif node.kind == "scalar":
            found[Place(*key, "body", pointer, View.VALUE)] = node.source
        elif not node.remembered:
            self._walk_into(found, node, pointer, key)
        else:
            known = self._known.get((id(node), key, pointer))
            if known is None:
                known = self._known[id(node), key, pointer] = {}
                self._walk_into(known, node, pointer, key)
            found.update(known)

    def _walk_into(
        self, found: dict[Place, Reading], node: json_source.Node, pointer: str, key: Key
    ) -> None:
        if node.kind == "object":
            order = "\n".join(name for name, _ in node.members)
            found[Place(*key, "body", pointer, View.KEY_ORDER)] = order
            seen: Counter[str] = Counter()
            for name, child in node.members:
                seen[name] += 1
                again = f"#{seen[name]}" if seen[name] > 1 else ""
                self._walk(found, child, f"{pointer}/{escaped(name)}{again}", key)
        else:
            names, by_themselves = self.aligner.names((key, pointer), node.elements)
            telling = by_themselves and not any("#" in name for name in names)
            order = "\n".join(names) if telling else ""
            found[Place(*key, "body", pointer, View.ORDER)] = order
            for name, child in zip(names, node.elements, strict=True):
                self._walk(found, child, f"{pointer}/{name}", key)


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


def _query(found: dict[Place, Reading], target: bytes, key: Key) -> None:
    query = target.decode("latin-1").partition("?")[2]
    if not query:
        return
    names = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
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
    found[Place(*key, "headers", "", View.ORDER)] = "\n".join(names)
