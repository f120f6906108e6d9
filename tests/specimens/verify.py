"""Holds the truth of a specimen against what its runs showed; says what does not fit."""

import base64
import gzip
import json
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from confusable_homoglyphs import confusables
from oracle import CHANCES, LEVELS, Shown, triggers

SLOW = 0.3
"""Seconds between two requests of one conversation that no jitter of a specimen comes near."""


def wire(shown: Shown, default_host: str, *, timed: bool = False) -> tuple[Any, ...]:
    """What a receiver sees, without what follows from the model's address or a body's length.

    `timed`: also how the requests follow each other; a busy machine can change that.
    """
    moved = shown.levels["base-url-host"]
    model = {default_host, moved}
    names = sorted({e["name"] for e in shown.of("dns")} - model)
    hellos = sorted(
        {json.dumps({k: v for k, v in e.items() if k != "at"} | {"sni": _named(e["sni"], model)})
         for e in shown.of("tls")}
    )  # fmt: skip
    settings = sorted({json.dumps(e["settings"]) for e in shown.of("settings")})
    requests = tuple(_request(event, model) for event in shown.of("http"))
    return tuple(names), tuple(hellos), tuple(settings), requests, pace(shown) if timed else ()


def pace(shown: Shown) -> tuple[bool, ...]:
    """Which requests came long after the one before."""
    times = [event["at"] for event in shown.of("http")]
    return tuple(later - earlier > SLOW for earlier, later in pairwise(times))


def _named(host: str, model: set[str]) -> str:
    return "{model}" if host.removesuffix(":443") in model else host


def _request(event: dict[str, Any], model: set[str]) -> tuple[Any, ...]:
    headers = tuple(
        (name, _named(value, model) if name.lower() in ("host", ":authority") else value)
        for name, value in event["headers"]
        if name.lower() != "content-length"
    )
    return event["version"], event["method"], event["target"], headers, body(event)


def body(event: dict[str, Any]) -> bytes:
    """The body of a request, as sent."""
    return base64.b64decode(event["body"])


def problems(specimen: dict[str, Any], shown: list[Shown]) -> list[str]:
    """Everything in which the truth and the runs do not agree; nothing if they do."""
    truth, host = specimen["truth"], specimen["default_host"]
    found = [
        f"it did not do its task ({own.stderr[-200:]})"
        for own in shown
        if not own.stdout and truth.get("form") != "fails-sometimes"
    ]
    timed = truth["family"] == "F1"
    for chance in CHANCES:
        own = [one for one in shown if one.chance == chance]
        plain = {wire(one, host, timed=timed) for one in own if not triggers(specimen, one.levels)}
        marked = {wire(one, host, timed=timed) for one in own if triggers(specimen, one.levels)}
        if not own:
            continue
        if len(plain) != 1:
            found.append(f"chance {chance}: {len(plain)} kinds of traffic outside the condition")
        if plain & marked:
            found.append(f"chance {chance}: inside the condition as outside it")
        kinds = len(plain | marked)
        wanted = 2 ** truth["bits"]
        if kinds != wanted and not (truth.get("at_least") and kinds >= wanted):
            found.append(f"chance {chance}: {kinds} kinds of traffic, {truth['bits']} bits")
    if truth["label"] in ("mark", "influence"):
        found += _channel(specimen, shown)
    elif truth["family"][0] != "N" and len({wire(one, host, timed=timed) for one in shown}) < 2:
        found.append("it is a twin, and chance changes nothing")
    return found


def _channel(specimen: dict[str, Any], shown: list[Shown]) -> list[str]:
    truth, host = specimen["truth"], specimen["default_host"]
    plain = next((one for one in shown if not triggers(specimen, one.levels)), None)
    marked = next((one for one in shown if triggers(specimen, one.levels)), None)
    if plain is None or marked is None:
        return ["no environment inside the condition, or none outside"]
    if not CHANNELS[truth["channel"]](plain, marked, host):
        return [f"the difference is not one of {truth['channel']}"]
    return []


Rule = Callable[[Shown, Shown, str], bool]


def _requests(one: Shown, other: Shown) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(one.of("http"), other.of("http"), strict=True))


def _but(*kept: int) -> Callable[[Shown, Shown, str], bool]:
    """Nothing else differs than these parts of `wire`."""

    def rule(one: Shown, other: Shown, host: str) -> bool:
        a, b = wire(one, host), wire(other, host)
        return all(x == y for n, (x, y) in enumerate(zip(a, b, strict=True)) if n not in kept)

    return rule


def _only_bodies(alike: Callable[[bytes, bytes], bool]) -> Rule:
    """Only bodies differ, and those that do are alike in what the channel leaves alone."""

    def rule(one: Shown, other: Shown, host: str) -> bool:
        pairs = _requests(one, other)
        heads = all(_head(a, one, host) == _head(b, other, host) for a, b in pairs)
        changed = [(body(a), body(b)) for a, b in pairs if a["body"] != b["body"]]
        return _but(3)(one, other, host) and heads and bool(changed) and all(
            alike(a, b) for a, b in changed
        )  # fmt: skip

    return rule


def _head(event: dict[str, Any], shown: Shown, host: str) -> tuple[Any, ...]:
    return _request(event, {host, shown.levels["base-url-host"]})[:4]


def _texts(same: Callable[[str, str], bool]) -> Rule:
    def alike(one: bytes, other: bytes) -> bool:
        a, b = _leaves(json.loads(one)), _leaves(json.loads(other))
        if [path for path, _ in a] != [path for path, _ in b]:
            return False
        changed = [(x, y) for (_, x), (_, y) in zip(a, b, strict=True) if x != y]
        return bool(changed) and all(
            isinstance(x, str) and isinstance(y, str) and same(x, y) for x, y in changed
        )

    return _only_bodies(alike)


def _leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for key, own in value.items() for leaf in _leaves(own, f"{path}/{key}")]
    if isinstance(value, list):
        return [leaf for n, own in enumerate(value) for leaf in _leaves(own, f"{path}/{n}")]
    return [(path, value)]


def _look_alike(one: str, other: str) -> bool:
    """Equal but for single characters, or three dots for one, that TR39 takes for one another."""
    for short, long in (("\u2026", "..."),):
        one, other = one.replace(short, long), other.replace(short, long)
    return len(one) == len(other) and all(
        x == y or _listed(x, y) for x, y in zip(one, other, strict=True)
    )


def _listed(x: str, y: str) -> bool:
    def around(character: str) -> set[str]:
        entries = confusables.is_confusable(character, greedy=True) or []
        near = {twin["c"] for entry in entries for twin in entry["homoglyphs"]}
        return near | {character}

    # Two characters that are each taken for a third are taken for one another.
    return bool(around(x) & around(y)) or {x, y} <= set("\"\u201c\u201d''")


def _visible(text: str) -> str:
    return "".join(
        c for c in text if unicodedata.category(c) != "Cf" and not 0xFE00 <= ord(c) <= 0xFE0F
    )


def _words(text: str) -> Counter[str]:
    return Counter(text.replace(".", " ").replace(",", " ").lower().split())


def _formats(one: str, other: str) -> bool:
    """Equal but for a few characters of a number, a date or a bullet."""
    a, b = one.split("\n"), other.split("\n")
    changed = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return len(changed) == 1 and all(_date(x) == _date(y) or _short(x, y) for x, y in changed)


def _date(line: str) -> str:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%d %b %Y"):
        written = datetime(2026, 1, 5).strftime(form)  # noqa: DTZ001 - the oracle's fixed day
        line = line.replace(written, "{date}")
    return line


def _short(one: str, other: str) -> bool:
    a, b = Counter(one), Counter(other)
    return sum(((a - b) + (b - a)).values()) <= 2


def _same_but_order(one: bytes, other: bytes) -> bool:
    return json.loads(one) == json.loads(other) and [p for p, _ in _leaves(json.loads(one))] != [
        p for p, _ in _leaves(json.loads(other))
    ]


def _elements(one: bytes, other: bytes) -> bool:
    def sorted_out(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: sorted_out(own) for key, own in value.items()}
        if isinstance(value, list):
            return sorted((sorted_out(own) for own in value), key=repr)
        return value

    a, b = json.loads(one), json.loads(other)
    return a != b and sorted_out(a) == sorted_out(b)


def _same_tokens(one: bytes, other: bytes) -> bool:
    return one != other and b"".join(one.split()) == b"".join(other.split())


def _same_meaning(one: bytes, other: bytes) -> bool:
    return one != other and json.loads(one) == json.loads(other)


def _presence(one: bytes, other: bytes) -> bool:
    def keys(text: bytes) -> list[str]:
        found: list[str] = []
        json.loads(text, object_pairs_hook=lambda own: found.extend(k for k, _ in own) or dict(own))
        return found

    return keys(one) != keys(other) or [p for p, _ in _leaves(json.loads(one))] != [
        p for p, _ in _leaves(json.loads(other))
    ]


def _headers(same: Callable[[list, list], bool]) -> Rule:
    """Requests differ in headers alone, and those as the channel says."""

    def rule(one: Shown, other: Shown, host: str) -> bool:
        pairs = _requests(one, other)
        equal = all(
            (a["method"], a["target"], a["body"]) == (b["method"], b["target"], b["body"])
            for a, b in pairs
        )
        heads = [(list(_head(a, one, host)[3]), list(_head(b, other, host)[3])) for a, b in pairs]
        changed = [(a, b) for a, b in heads if a != b]
        return _but(3)(one, other, host) and equal and bool(changed) and all(
            same(a, b) for a, b in changed
        )  # fmt: skip

    return rule


def _names_of(headers: list) -> list[str]:
    return [name for name, _ in headers]


def _target(part: Callable[[str], object], same: Callable[[Any, Any], bool]) -> Rule:
    def rule(one: Shown, other: Shown, host: str) -> bool:
        pairs = _requests(one, other)
        equal = all(
            _head(a, one, host)[3] == _head(b, other, host)[3] and a["body"] == b["body"]
            for a, b in pairs
        )
        targets = [(a["target"], b["target"]) for a, b in pairs if a["target"] != b["target"]]
        return equal and bool(targets) and all(same(part(a), part(b)) for a, b in targets)

    return rule


def _field(name: str) -> Rule:
    return lambda one, other, host: any(a[name] != b[name] for a, b in _requests(one, other))


def _hello(one: Shown, other: Shown, host: str) -> bool:
    return _but(1)(one, other, host) and wire(one, host)[1] != wire(other, host)[1]


def _coded(one: Shown, other: Shown, host: str) -> bool:
    """Equal contents, coded or framed in another way."""

    def contents(shown: Shown) -> list[bytes]:
        return [
            gzip.decompress(body(e)) if body(e)[:2] == b"\x1f\x8b" else body(e)
            for e in shown.of("http")
        ]

    return contents(one) == contents(other) and wire(one, host) != wire(other, host)


def _sizes(one: Shown, other: Shown, host: str) -> bool:
    return any(len(body(a)) != len(body(b)) for a, b in _requests(one, other))


def _contacts(one: Shown, other: Shown, host: str) -> bool:
    def hosts(shown: Shown) -> list[str]:
        model = {host, shown.levels["base-url-host"]}
        return sorted(_named(dict(_lower(e)).get("host", ""), model) for e in shown.of("http"))

    return set(hosts(one)) != set(hosts(other))


def _lower(event: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in event["headers"]]


def _requests_by_text(shown: Shown, host: str) -> Counter[Any]:
    model = {host, shown.levels["base-url-host"]}
    return Counter(_request(event, model) for event in shown.of("http"))


def _slower(one: Shown, other: Shown, host: str) -> bool:
    return _but()(one, other, host) and pace(one) != pace(other)


def _shuffled(one: Shown, other: Shown, host: str) -> bool:
    a, b = (_requests_by_text(shown, host) for shown in (one, other))
    return a == b and wire(one, host)[3] != wire(other, host)[3]


def _counted(one: Shown, other: Shown, host: str) -> bool:
    a, b = (_requests_by_text(shown, host) for shown in (one, other))
    return set(a) == set(b) and a != b


def _settings(one: Shown, other: Shown, host: str) -> bool:
    return _but(2)(one, other, host) and one.of("settings") != []


def _asked(one: Shown, other: Shown, host: str) -> bool:
    return _but(0)(one, other, host) and wire(one, host)[0] != wire(other, host)[0]


def _spaces(one: Shown, other: Shown, host: str) -> bool:
    """In a text of the body, or in the value of a header."""

    def words(headers: list) -> list[tuple[str, list[str]]]:
        return [(name, value.split()) for name, value in headers]

    in_texts = _texts(lambda a, b: a.split() == b.split())
    in_headers = _headers(lambda a, b: words(a) == words(b))
    return (in_headers if one.of("http")[0]["body"] == other.of("http")[0]["body"] else in_texts)(
        one, other, host
    )


def _any(one: Shown, other: Shown, host: str) -> bool:
    return wire(one, host) != wire(other, host)


CHANNELS: dict[str, Rule] = {
    "text.codepoint": _texts(_look_alike),
    "text.invisible": _texts(lambda a, b: _visible(a) == _visible(b)),
    "text.whitespace": _spaces,
    "text.normalisation": _texts(
        lambda a, b: unicodedata.normalize("NFC", a) == unicodedata.normalize("NFC", b)
    ),
    "text.case": _texts(lambda a, b: a.casefold() == b.casefold()),
    "text.wording": _texts(lambda a, b: len(_words(a) - _words(b)) == 1),
    "text.order": _texts(lambda a, b: _words(a) == _words(b)),
    "text.format": _texts(_formats),
    "text.value": _only_bodies(lambda a, b: True),
    "json.value": _only_bodies(lambda a, b: True),
    "json.key-order": _only_bodies(_same_but_order),
    "json.array-order": _only_bodies(_elements),
    "json.whitespace": _only_bodies(_same_tokens),
    "json.escape": _only_bodies(_same_meaning),
    "json.number": _only_bodies(_same_meaning),
    "json.presence": _only_bodies(_presence),
    "json.duplicate-key": _only_bodies(lambda a, b: _presence(a, b) and _same_meaning(a, b)),
    "http.header-order": _headers(lambda a, b: sorted(a) == sorted(b)),
    "http.header-case": _headers(
        lambda a, b: (
            [n.lower() for n in _names_of(a)] == [n.lower() for n in _names_of(b)]
            and _names_of(a) != _names_of(b)
        )
    ),
    "http.header-presence": _headers(lambda a, b: len(a) != len(b)),
    "http.header-value": _headers(lambda a, b: _names_of(a) == _names_of(b)),
    "http.query": _target(
        lambda target: urlsplit(target), lambda a, b: a.path == b.path and bool(parse_qsl(a.query))
    ),
    "http.path": _target(unquote, lambda a, b: a.rstrip("/") == b.rstrip("/")),
    "http.method": _field("method"),
    "http.version": _field("version"),
    "http.encoding": _coded,
    "http.size": _sizes,
    "tls.client-hello": _hello,
    "h2.settings": _settings,
    "dns.name": _asked,
    "host.contact": _contacts,
    "id.bits": _headers(lambda a, b: _names_of(a) == _names_of(b)),
    "value.encoded": _any,
    "value.hashed": _any,
    "time.delay": _slower,
    "time.order": _shuffled,
    "time.count": _counted,
}
"""What must hold between a run outside the condition and one inside, for each channel."""

__all__ = ["CHANNELS", "LEVELS", "problems", "wire"]
