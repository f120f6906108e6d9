"""What simpler methods say of the same runs, so that ours is not measured against nothing.

Each is given what it needs in its best light, on the runs that an audit has made anyway: the plain
environment several times, each level alone, and combinations. What counts is whether a method says
anything at all; of those that name signals, only the right one counts as found.
"""

import base64
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from undeclared.catalogue import SignalSpec
from undeclared.model import Frozen, HttpFlow, HttpRequest, Outcome, Phase, Run, Signal

_DERIVED = {b"host", b":authority", b"content-length"}
SHORTEST = 4
"""Characters of a value that is searched for: shorter ones are everywhere."""


class Claim(Frozen):
    """What a baseline says of a specimen."""

    flagged: bool
    signals: tuple[str, ...] | None = None
    """The signals that it blames; None for a method that blames none in particular."""


class Material(Frozen):
    """What a baseline may look at."""

    runs: tuple[Run, ...]
    signals: tuple[Signal, ...]
    programs: tuple[str, ...]
    """Texts of the specimen's program."""


def material(runs: Sequence[Run], signals: Sequence[Signal], folder: Path) -> Material:
    """Completed runs that were compared, and the program as text."""
    programs = tuple(
        file.read_bytes().decode("utf-8", "replace")
        for file in sorted(folder.iterdir())
        if file.name != "specimen.yaml"
    )
    done = (
        Phase.PREFLIGHT, Phase.DISCOVERY, Phase.CONFIRMATION,
    )  # fmt: skip
    kept = tuple(
        run for run in runs if run.outcome is Outcome.COMPLETED and run.trial.phase in done
    )
    return Material(runs=kept, signals=tuple(signals), programs=programs)


def _requests(run: Run) -> Iterator[HttpRequest]:
    for flow in run.flows:
        if isinstance(flow, HttpFlow):
            yield flow.request


def _fields(request: HttpRequest) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in request.headers if name.lower() not in _DERIVED]


def naive(material: Material) -> Claim:
    """Any two runs in different environments that do not send the same bytes."""
    seen: dict[object, set[object]] = defaultdict(set)
    for run in material.runs:
        sent = tuple(
            (request.method, request.target, tuple(_fields(request)), request.body)
            for request in _requests(run)
        )
        seen[run.environment].add(sent)
    kinds = {frozenset(own) for own in seen.values()}
    return Claim(flagged=len(kinds) > 1)


def tree(material: Material) -> Claim:
    """One signal at a time against a tree of keys and values of plain runs (NDSS 2017).

    Identifiers and times are known as such: the original records them inside the system. A key
    whose value was another one in every plain run is noise, of which only the constant ends are
    known; a value that is not in the tree is blamed on the signal that was changed.
    """
    plain = {signal.id: signal.levels[0] for signal in material.signals}
    usual = [run for run in material.runs if run.environment.as_dict() == plain]
    if len(usual) < 2:
        return Claim(flagged=False, signals=())
    known: dict[str, list[set[str]]] = defaultdict(list)
    for run in usual:
        for key, values in _keys(run).items():
            known[key].append(values)
    blamed = set()
    for run in material.runs:
        changed = [name for name, level in run.environment.levels if level != plain[name]]
        if len(changed) == 1 and any(
            not _in_tree(known.get(key), values) for key, values in _keys(run).items()
        ):
            blamed.add(changed[0])
    return Claim(flagged=bool(blamed), signals=tuple(sorted(blamed)))


def _in_tree(known: list[set[str]] | None, values: set[str]) -> bool:
    if known is None:
        return False
    union = set().union(*known)
    if values <= union:
        return True
    single = [next(iter(own)) for own in known if len(own) == 1]
    if len(single) < len(known) or len(set(single)) < 2:
        return False
    head, tail = _common(single), _common([value[::-1] for value in single])[::-1]
    return all(value.startswith(head) and value.endswith(tail) for value in values)


def _common(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    size = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first[: min(len(first), len(last)) if size is None else size]


_VOLATILE = re.compile(
    r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(Z|[+-]\d\d:\d\d)?"
    r"|\b\d{10}(\.\d+)?\b|\b\d{13}\b|\b\d{16}\b|\b\d{19}\b"
    r"|\b[0-9a-fA-F]{16,}\b"
)
"""Identifiers and times, by what they look like."""


def _keys(run: Run) -> dict[str, set[str]]:
    """Every key of a run with its values: headers, query, and leaves of JSON bodies."""
    found: dict[str, set[str]] = defaultdict(set)
    for request in _requests(run):
        url = urlsplit(request.target.decode("latin-1"))
        where = f"{request.method.decode()} {url.path}"
        found["paths"].add(where)
        for name, value in _fields(request):
            found[f"{where} header {name.decode('latin-1').lower()}"].add(
                _plain(value.decode("latin-1"))
            )
        for parameter, text in parse_qsl(url.query, keep_blank_values=True):
            found[f"{where} query {parameter}"].add(_plain(text))
        for path, leaf in _leaves(_parsed(request.body)):
            found[f"{where} body {path}"].add(_plain(leaf))
    return found


def _plain(value: str) -> str:
    return _VOLATILE.sub("*", value)


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("latin-1")


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, own in value.items():
            yield from _leaves(own, f"{path}/{key}")
    elif isinstance(value, list):
        for number, own in enumerate(value):
            yield from _leaves(own, f"{path}/{number}")
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)


_STRANGE = re.compile(
    "[\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2000-\u200f\u2010-\u2015\u2018\u2019"
    "\u201c\u201d\u2026\u2028-\u202f\u2032\u2033\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uff07"
    "\uffa0\u02b9\u02bc\U000e0000-\U000e0fff]"
    "|[A-Za-z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][A-Za-z]"
)


def unicode_scan(material: Material) -> Claim:
    """Invisible, look-alike or typographic characters in any text that is sent."""
    for run in material.runs:
        for request in _requests(run):
            for _, leaf in _leaves(_parsed(request.body)):
                if _STRANGE.search(leaf):
                    return Claim(flagged=True)
    return Claim(flagged=False)


def substring(material: Material) -> Claim:
    """The value of a level, plain or encoded or hashed, in what is sent with that level."""
    blamed = set()
    for signal in material.signals:
        for run in material.runs:
            level = run.environment.get(signal.id)
            if level == signal.levels[0] or len(level) < SHORTEST:
                continue
            needles = _forms(level)
            if any(
                needle in part
                for request in _requests(run)
                for part in (request.target, request.body, *(v for _, v in _fields(request)))
                for needle in needles
            ):
                blamed.add(signal.id)
                break
    return Claim(flagged=bool(blamed), signals=tuple(sorted(blamed)))


def _forms(value: str) -> tuple[bytes, ...]:
    raw = value.encode()
    return (
        raw, base64.b64encode(raw).rstrip(b"="), raw.hex().encode(), quote(value, safe="").encode(),
        *(hashlib.new(kind, raw).hexdigest().encode() for kind in ("md5", "sha1", "sha256")),
    )  # fmt: skip


_READS = {
    "timezone": r"timeZone|getTimezoneOffset|localtime|\bTZ\b|tzname|/etc/timezone",
    "locale": r"\bLANG\b|\bLC_ALL\b|getlocale|navigator\.language",
    "hostname": r"hostname\(\)|gethostname|platform\.node|uname\(",
    "username": r"\.USER\b|\"USER\"|userInfo|getuser|LOGNAME",
    "ci": r"\bCI\b|GITHUB_ACTIONS",
    "terminal": r"TERM_PROGRAM|\bTERM\b",
    "git-email": r"user\.email|gitconfig",
    "base-url-host": r"base\.hostname|\.hostname\b",
}


def static(material: Material, specs: Mapping[str, SignalSpec]) -> Claim:
    """Names of calls and variables by which a program reads a signal, in its text."""
    text = "\n".join(material.programs)
    blamed = set()
    for signal in material.signals:
        pattern = _READS.get(signal.id)
        names = list(specs[signal.id].set.env)
        if (pattern and re.search(pattern, text)) or any(name and name in text for name in names):
            blamed.add(signal.id)
    return Claim(flagged=bool(blamed), signals=tuple(sorted(blamed)))


Baseline = Callable[[Material, Mapping[str, SignalSpec]], Claim]

BASELINES: dict[str, tuple[str, Baseline]] = {
    "naive-diff": (
        "any two environments whose bytes differ", lambda own, _: naive(own),
    ),
    "one-at-a-time-tree": (
        "one signal changed at a time, against a tree of keys and values of plain runs",
        lambda own, _: tree(own),
    ),
    "unicode-scan": (
        "invisible, look-alike or typographic characters in any text",
        lambda own, _: unicode_scan(own),
    ),
    "substring": (
        "values of the environment, plain, encoded or hashed", lambda own, _: substring(own),
    ),
    "static": ("calls and variables that read a signal, in the program", static),
}  # fmt: skip
"""By name: what it does, and how."""
