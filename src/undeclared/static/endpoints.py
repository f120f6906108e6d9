"""Hosts and URLs in code, and which of them are seen to be given to a request."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import NamedTuple

from undeclared.catalogue.endpoint import Address, Endpoints, endpoint_rules
from undeclared.model.code import Endpoint, FileKind, HiddenConstants, Region, SourceFile
from undeclared.static.excerpt import region
from undeclared.static.search import Search, find

MAX_FOUND = 5_000
"""Addresses of one file."""
MAX_URL = 300
MAX_ALSO = 8

SCHEMES = (b"http://", b"https://", b"ws://", b"wss://")
_SOURCE = (FileKind.JAVASCRIPT, FileKind.TYPESCRIPT, FileKind.PYTHON)
_BEFORE, _AFTER = 120, 400
_NEAR = 3_000
"""Bytes within which a name of one or two letters is the same variable in minified code."""

_PUT_IN = re.compile(rb"\$\{[^{}]{0,80}\}|\{[^{}\s]{1,60}\}|%[sd]")
_END = re.compile(rb"[^\x21\x23-\x26\x28-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]|https?://")
_BARE_HOST = re.compile(rb"(?:https?|wss?)://([A-Za-z0-9][A-Za-z0-9.-]*)")
_ASSIGNED = re.compile(rb"([A-Za-z_$][\w$]{0,60})[\"']?\s*(?:=|:|\|\||\?\?|,)\s*[brfBRF]?$")
_OR = re.compile(rb"([A-Za-z_$][\w$]{0,60})\s*=[^=;\n]{0,100}(?:\|\||\?\?|,|\bor\b)\s*$")
_FIRST = re.compile(rb"\s*(?:[\"'`][A-Z]{3,7}[\"'`]\s*,\s*)?[fF]?[\"'`]?(?:\$?\{)?([\w$.]{1,80})")


class _Found(NamedTuple):
    address: Address
    called: bool
    start: int
    end: int
    hidden: str | None = None


def endpoints(
    file: SourceFile, hidden: Sequence[HiddenConstants] = (), search: Search | None = None
) -> list[Endpoint]:
    """The servers that a file names, each once, in the order of their first places.

    In source text an address is a string of its own: one inside a sentence or a comment is for
    people. In machine code, where texts lie side by side, what follows white space is left out.
    `search` finds texts in this file.
    """
    rules = endpoint_rules()
    found = [*_hidden(rules, hidden), *_open(rules, file, search or partial(find, file.data))]
    grouped: dict[tuple[str, str | None], list[_Found]] = {}
    for own in found:
        grouped.setdefault((_key(own.address), own.hidden), []).append(own)
    return [_endpoint(file, own) for own in grouped.values()]


def _key(address: Address) -> str:
    return address.url.partition("?")[0].rstrip("/")


def _endpoint(file: SourceFile, found: list[_Found]) -> Endpoint:
    ordered = sorted(found, key=lambda own: (not own.called, own.start))
    first = ordered[0]
    return Endpoint(
        host=first.address.host,
        url=first.address.url[:MAX_URL],
        hidden=first.hidden,
        called=first.called,
        region=region(file, first.start, first.end),
        also_at=tuple(
            Region(path=file.path, start=own.start, end=own.end)
            for own in ordered[1 : MAX_ALSO + 1]
        ),
        places=len(found),
    )


def _hidden(rules: Endpoints, hidden: Sequence[HiddenConstants]) -> Iterator[_Found]:
    for constants in hidden:
        place = (constants.region.start, constants.region.end)
        for entry in constants.entries[:MAX_FOUND]:
            text = entry if "://" in entry else f"https://{entry}"
            known = rules.address(text) if re.fullmatch(r"[\x21-\x7e]{4,300}", entry) else None
            if known is not None:
                yield _Found(Address(known.host, entry), False, *place, constants.id)


def _open(rules: Endpoints, file: SourceFile, search: Search) -> Iterator[_Found]:
    source = file.kind in _SOURCE
    data = memoryview(file.data)
    starts = sorted({offset for _, offset in search(SCHEMES)})[: 20 * MAX_FOUND]
    called: _Called | None = None
    number = 0
    for start in starts:
        before = bytes(data[max(0, start - _BEFORE) : start])
        if source:
            own = _in_source(rules, before, bytes(data[start : start + _AFTER]))
        else:
            own = _in_machine_code(rules, before, bytes(data[start : start + _AFTER]))
        if own is None:
            continue
        number += 1
        if number > MAX_FOUND:
            return
        address, length = own
        given = False
        if source:
            called = called or _Called(rules, data)
            given = called.given(before, start)
        yield _Found(address, given, start, start + length)


def _in_source(rules: Endpoints, before: bytes, text: bytes) -> tuple[Address, int] | None:
    if before[-1:] not in (b'"', b"'", b"`") or before[-2:-1] == b"\\":
        return None
    label = _ASSIGNED.search(before[:-1])
    if label is not None and label[1].decode() in rules.labels:
        return None
    quote = before[-1:]
    length = text.find(quote)
    raw = text if length < 0 else text[:length]
    if b"\n" in raw or b" " in _PUT_IN.sub(b"*", raw).strip():
        return None
    written = _PUT_IN.sub(b"*", raw)
    address = rules.address(written.decode(errors="replace"))
    return None if address is None else (address, len(raw))


def _in_machine_code(rules: Endpoints, before: bytes, text: bytes) -> tuple[Address, int] | None:
    if before[-1:] in (b" ", b"(", b"<", b"\t", b"\n"):
        return None
    scheme = text.find(b"://") + 3
    ended = _END.search(text, scheme)
    raw = text[: ended.start()] if ended else text
    bare = _BARE_HOST.match(raw)
    if bare is None:
        return None
    host = rules.cut(bare[1].decode())
    if host is None:
        return None
    after = raw[scheme + len(host) :]
    if after[:1] not in (b"/", b":", b"?", b"#"):
        # Another text follows at once.
        raw = raw[: scheme + len(host)]
    address = rules.address(raw.decode(errors="replace"))
    return None if address is None else (address, len(raw))


class _Called:
    """Names and places that are given to a request in one file."""

    def __init__(self, rules: Endpoints, data: memoryview) -> None:
        self._settings = frozenset(name.encode() for name in rules.settings)
        self._requests = _requests(rules.requests)
        texts = [call.encode() for call in rules.requests]
        self._names: dict[bytes, list[int]] = {}
        for number, offset in find(data, texts):
            after = offset + len(texts[number])
            first = _FIRST.match(bytes(data[after : after + 120]))
            if first is not None:
                name = first[1].rpartition(b".")[2]
                self._names.setdefault(name, []).append(offset)

    def given(self, before: bytes, start: int) -> bool:
        """Whether what stands after these bytes is given to a request."""
        code = before[:-1].rstrip(b"bBrRfFuU") if before[-2:-1].isalpha() else before[:-1]
        if self._requests.search(code):
            return True
        for pattern in (_ASSIGNED, _OR):
            name = pattern.search(code)
            if name is not None and (name[1] in self._settings or self._uses(name[1], start)):
                return True
        return False

    def _uses(self, name: bytes, start: int) -> bool:
        places = self._names.get(name, ())
        if len(name) > 2:
            return bool(places)
        return any(abs(place - start) < _NEAR for place in places)


@cache
def _requests(calls: tuple[str, ...]) -> re.Pattern[bytes]:
    ends = b"|".join(re.escape(call.encode()) for call in calls)
    method = rb"\s*(?:[\"'`][A-Z]{3,7}[\"'`]\s*,\s*)?(?:new\s+URL\(\s*)?$"
    return re.compile(rb"(?:" + ends + rb")" + method)
