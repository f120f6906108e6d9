"""What a run showed at every place, through every view.

A reading is a string, taken from raw bytes without folding anything. Places are made so that the
same thing has the same place in every run: flows are told apart by what they ask for and by their
step in the conversation, elements of arrays by what they are, never by position alone.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from undeclared.model import (
    DnsFlow,
    Http2Flow,
    HttpFlow,
    ProxyFlow,
    Run,
    StreamFlow,
    TlsFlow,
    View,
    WebSocketFlow,
)
from undeclared.views import forms, handshake, headers, timing
from undeclared.views.compressed import how
from undeclared.views.content import ContentReader
from undeclared.views.likeness import event_name
from undeclared.views.payload import decoded, opened
from undeclared.views.place import MODEL_HOST as MODEL_HOST
from undeclared.views.place import PROXY, Key, Place, Readings


def keys(run: Run, moved_host: str | None) -> Iterator[tuple[int, Key]]:
    """The HTTP flows of a run by index, each with the key that it has in every run.

    `moved_host` is the host that the experiment gave the model in this run, `""` if it left the
    model at its default host; None if the experiment does not move it at all.
    """
    own: dict[Key, list[int]] = {}
    for index, flow in enumerate(run.flows):
        if isinstance(flow, HttpFlow):
            key = (
                MODEL_HOST if _is_model(flow, moved_host) else template(flow.request.host),
                flow.request.method.decode("latin-1"),
                template(_path_of(flow.request.target)),
                flow.step or "",
            )
            own.setdefault(key, []).append(index)
    found: dict[int, Key] = {}
    for key, indices in own.items():
        for number, index in enumerate(_by_name(run, indices), start=1):
            again = f"#{number}" if number > 1 else ""
            found[index] = (*key[:3], key[3] + again)
    yield from sorted(found.items())


def _by_name(run: Run, indices: list[int]) -> list[int]:
    """Requests of one key in the order of the names of the events that they tell of.

    Then the same event has the same key in every run, whichever came first. Where any tells of
    none or of several, and in a conversation, they stay in the order in which they came.
    """
    if len(indices) < 2:
        return indices
    names = {}
    for index in indices:
        flow = run.flows[index]
        assert isinstance(flow, HttpFlow)  # noqa: S101 - `keys` gives no others
        text = None if flow.step else opened(flow.request.headers, flow.request.body)
        names[index] = event_name(text) if text else ""
    return sorted(indices, key=names.__getitem__) if all(names.values()) else indices


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
    _content: ContentReader = field(default_factory=ContentReader)

    def readings(self, run: Run, moved_host: str | None) -> Readings:
        """Everything that a run showed; see `keys` for `moved_host`."""
        found: Readings = {}
        totals: Counter[tuple[str, str, str]] = Counter()
        own = dict(keys(run, moved_host))
        hosts: dict[int, str] = {}
        """The host of each connection, as places name it."""
        for index, key in own.items():
            flow = run.flows[index]
            assert isinstance(flow, HttpFlow)  # noqa: S101 - `keys` gives no others
            totals[key[:3]] += 1
            if key[0] == MODEL_HOST:
                hosts[flow.connection] = MODEL_HOST
            hosts.setdefault(flow.connection, key[0])
            self._http(found, flow, key)
        for (host, method, path), total in totals.items():
            found[Place(host, method, path, "", "request", "", View.COUNT)] = str(total)
        timing.readings(found, run, own)
        for other in run.flows:
            self._other(found, other, hosts, moved_host)
        return found

    def reopened(self, known: Iterable[Readings]) -> Iterator[tuple[Place, Readings]]:
        """Open what a run read before showed as text, and a later one encoded.

        Changes readings that were given before; yields what was taken away and what came for it.
        """
        for where, pointer in tuple(self._content.opened):
            place = Place(*where, pointer, View.TEXT)
            for found in known:
                if place in found and (new := self._content.reopen(found, where, pointer)):
                    yield place, new

    def _other(
        self, found: Readings, flow: object, hosts: dict[int, str], moved_host: str | None
    ) -> None:
        """A flow that is no HTTP exchange; of each connection only what is first of its kind.

        Later handshakes may resume the first, and how many there are is a matter of timing.
        """
        match flow:
            case TlsFlow():
                host = hosts.get(flow.connection) or template(flow.sni or "")
                for pointer, view, value in handshake.readings(flow.client_hello):
                    place = Place(host, "TLS", "", "", "client-hello", pointer, view)
                    found.setdefault(place, value)
            case Http2Flow():
                host = hosts.get(flow.connection, "")
                for pointer, view, value in handshake.http2_readings(flow):
                    place = Place(host, "H2", "", "", "h2-opening", pointer, view)
                    found.setdefault(place, value)
            case DnsFlow():
                host = flow.name.lower()
                if moved_host is not None and host in (moved_host, self.default_host):
                    return  # asked because the experiment moved the model there, or away
                key = (template(host), "DNS", "", "", "question", flow.type)
                found[Place(*key, View.PRESENCE)] = "asked"
                found[Place(*key, View.CASE)] = flow.name
            case WebSocketFlow():
                where = (hosts.get(flow.connection, flow.host), "WS", _path_of(flow.target), "")
                texts = [own.content.decode("utf-8", "surrogateescape") for own in flow.messages]
                self._content.elements(found, texts, (*where, "message"))
            case ProxyFlow():
                where = (PROXY, flow.protocol, "", "")
                if flow.protocol != "socks5":
                    head = flow.opening.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
                    pairs = [line.partition(b":") for line in head]
                    own = tuple((name, value.strip()) for name, _, value in pairs)
                    headers.readings(found, self._content, own, None, where)
            case StreamFlow():
                port = f"{flow.transport}/{flow.port}"
                where = (template(flow.host or flow.address), port, "", "")
                found[Place(*where, "request", "", View.PRESENCE)] = "opened"
                if flow.first_bytes:
                    self._content.octets(found, flow.first_bytes, (*where, "body"), "", 0)
            case _:
                pass

    def _http(self, found: Readings, flow: HttpFlow, key: Key) -> None:
        request = flow.request
        path = _path_of(request.target)
        found[Place(*key, "request", "", View.PRESENCE)] = "sent"
        found[Place(*key, "line", "scheme", View.VALUE)] = request.scheme
        found[Place(*key, "line", "version", View.VALUE)] = request.version
        found[Place(*key, "line", "path", View.TEXT)] = path
        found[Place(key[0], "", *key[2:], "line", "method", View.VALUE)] = key[1]
        if key[0] not in (MODEL_HOST, request.host):
            found[Place(*key, "line", "host", View.TEXT)] = request.host
        query = request.target.decode("latin-1").partition("?")[2]
        if query:
            self._content.form(found, query, (*key, "query"), "", 0)
        headers.readings(found, self._content, request.headers, request.body, key, request.version)
        self._body(found, flow, key)

    def _body(self, found: Readings, flow: HttpFlow, key: Key) -> None:
        """The body, and how it was framed and compressed."""
        where = (*key, "body")
        body, own = flow.request.body, flow.request.headers
        framing = forms.joined(own, b"transfer-encoding") or (
            "length" if forms.joined(own, b"content-length") else "none"
        )
        found[Place(*where, "#framing", View.ENCODING)] = framing
        coding = forms.joined(own, b"content-encoding").lower()
        found[Place(*where, "#coding", View.ENCODING)] = coding or "identity"
        plain = decoded(own, body)
        if plain is None:
            found[Place(*where, "", View.VALUE)] = body.decode("latin-1")
            return
        for choice, style in how(coding, body, plain).items():
            found[Place(*where, f"#{coding}/{choice}", View.ENCODING)] = style
        if plain:
            self._content.body(found, plain, forms.joined(own, b"content-type"), where)


def _path_of(target: bytes) -> str:
    return target.decode("latin-1").partition("?")[0]


_IDENTIFIER = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|[0-9a-fA-F]{16,}|[0-9]{6,}"
)


_ESCAPED = re.compile(r"%[0-9a-fA-F]{2}")


def template(path: str) -> str:
    """A path or host name so that it aligns between runs: identifiers replaced, spelled alike.

    The path or host as sent stays a reading of its own.

    >>> template("/v1/sessions/0123456789abcdef0/events")
    '/v1/sessions/{id}/events'
    >>> template("/v1/a%3ab/")
    '/v1/a%3Ab'
    """
    alike = _ESCAPED.sub(lambda found: found.group().upper(), path)
    return _IDENTIFIER.sub("{id}", alike.rstrip("/") or alike)
