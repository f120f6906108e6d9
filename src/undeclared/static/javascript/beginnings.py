"""Where in the bytes of a program a read can begin, found without parsing any of it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

from undeclared.catalogue.syntax import Meaning, Syntax, javascript
from undeclared.static.javascript.slices import WHOLE
from undeclared.static.signals import Signals, patterns

SHORT_WORD = 5
"""Letters of a word that stands everywhere."""
MOST_READS = 20_000
"""Places of one text that are looked at."""
MOST_SPACES = 3
MOST_OWNER = 2_000
"""Bytes before the name of a method in which its object is looked for."""
MOST_LISTED = 2_000
"""Bytes of a list of imports."""
MOST_QUOTED = 200
"""Bytes of a text on either side of what is told by it."""

_VARIABLE = re.compile(rb"process\??\.env\??\.([A-Za-z_$][\w$]*)")
_CHAIN = re.compile(rb"([\w$]+)((?:\??\.[A-Za-z_$][\w$]*)*)")
"""A name, and the members of it that are asked for at once."""
_LETTER = re.compile(rb"[\w$]")
_CALLED = re.compile(rb"\s*(?:[?</]|\((?:\s*([\"'])|))")
_LISTED = re.compile(rb"import\s*\{([\s\w$,]*)\}\s*from\s*\Z")
_TAKES = (b"from", b"import", b"(", b"*/")
"""What stands before the name of a module."""
_QUOTES = b"\"'`"
_MADE = b"}"
"""The end of what is put into a template."""


class Beginning(NamedTuple):
    """A place at which a read can begin."""

    what: Literal["module", "name", "constant"]
    start: int
    end: int


@cache
def needles() -> tuple[bytes, ...]:
    """The texts of which one stands wherever a read begins."""
    return tuple(sorted({*_modules(), *_texts(), *_words()}))


def beginnings(
    data: bytes, found: Iterable[tuple[int, int]], signals: Signals
) -> tuple[list[Beginning], int]:
    """Those of the places of `needles` that can lead to a read, and how many were not looked at.

    `found` are numbers of needles with their places. What is let go is decided by the bytes around
    a place, and is nothing that the syntax there would make a read. In a file that is cut into
    slices nearly all stay: where the first slices lie decides where others end, and ways are
    followed further over those of the places where something may begin.
    """
    strict = len(data) <= WHOLE
    places: dict[int, list[int]] = {}
    for number, start in found:
        places.setdefault(number, []).append(start)
    syntax = javascript()
    kept = [
        one
        for number in sorted(places)
        for start in places[number][:MOST_READS]
        for one in _beginnings(data, needles()[number], start, syntax, signals, strict)
    ]
    return kept, sum(max(0, len(starts) - MOST_READS) for starts in places.values())


def _beginnings(
    data: bytes, needle: bytes, start: int, syntax: Syntax, signals: Signals, strict: bool
) -> Iterator[Beginning]:
    end = start + len(needle)
    if needle in _modules() and (not strict or _takes_in(data, start, end, syntax)):
        yield Beginning("module", start, end)
    chain = _chain(data, needle, start, signals) if needle in _texts() else None
    if chain is not None and (not strict or _promises(data, chain, syntax)):
        yield Beginning("name", *chain.span(1))
    if (
        needle in _words()
        and (not strict or _stands(data, start, end, _words()[needle]))
        and _quoted(data, start, end)
    ):
        yield Beginning("constant", start, end)


def _takes_in(data: bytes, start: int, end: int, syntax: Syntax) -> bool:
    """Whether a module is taken in there, with something in it that can be a read."""
    if not data[max(0, start - MOST_QUOTED) : start].rstrip().endswith(_TAKES):
        return False
    name = data[start + 1 : end - 1].decode().removeprefix("node:")
    taken = _named_in(data, start)
    return taken is None or any(own == "default" or syntax.leads(f"{name}.{own}") for own in taken)


def _named_in(data: bytes, source: int) -> list[str] | None:
    """The names that an import before its source lists; None where it takes in more than names."""
    at = data.rfind(b"import", max(0, source - MOST_LISTED), source)
    found = _LISTED.match(data, at, source) if at >= 0 else None
    if found is None:
        return None
    return [word[0].decode() for one in found[1].split(b",") if (word := one.split())]


def _chain(data: bytes, needle: bytes, start: int, signals: Signals) -> re.Match[bytes] | None:
    """The name that a text begins with, with the members asked for; None for part of another."""
    direct = _VARIABLE.match(data, start)
    if direct is not None and not signals.of(f"env:{direct[1].decode()}"):
        return None
    bare = needle.lstrip(b"= ")
    head = start + len(needle) - len(bare)
    if head and _LETTER.match(data, head - 1):
        return None
    if needle[:1] == b"=" and data[head + len(bare) : head + len(bare) + 1] in (b".", b"?", b"["):
        return None
    return _CHAIN.match(data, head)


def _promises(data: bytes, chain: re.Match[bytes], syntax: Syntax) -> bool:
    """Whether a name with the members behind it can lead to a read."""
    name = chain[1].decode()
    if name in _methods():
        called = _CALLED.match(data, chain.end(1))
        # With a locale of its own, only a date tells something.
        return called is not None and not (
            name == "toLocaleString"
            and called[1]
            and b"new Date" not in data[max(0, chain.start() - MOST_OWNER) : chain.start()]
        )
    if name in syntax.globals:
        return True
    for more in chain[2].decode().replace("?", "").split("."):
        name = f"{name}.{more}" if more not in ("", "default") else name
        if not syntax.leads(name):
            return False
        if syntax.rule(Meaning.VARIABLES, name) or syntax.rule(Meaning.PROPERTY, name):
            return True
    return True


@cache
def _methods() -> frozenset[str]:
    """Names of methods that read, whatever they are called on."""
    return frozenset(
        word
        for word in javascript().search
        if javascript().rule(Meaning.RUNTIME, f"x.{word}") is not None or word == "toLocaleString"
    )


@cache
def _modules() -> frozenset[bytes]:
    return frozenset(
        f"{quote}{node}{name}{quote}".encode()
        for name in javascript().modules
        for node in ("", "node:")
        for quote in "\"'"
    )


@cache
def _texts() -> frozenset[bytes]:
    return frozenset(word.encode() for word in javascript().search)


class _Edges(NamedTuple):
    """What may stand beside a word, where it can still lead to a read; None for anything."""

    before: bytes | None
    after: bytes | None


_QUOTES = b"\"'`"
_MADE = b"}"
"""The end of what is put into a template."""


@cache
def _words() -> dict[bytes, tuple[_Edges, ...]]:
    """Parts of the paths that signals name, and what follows the program in a command."""
    kept: dict[str, list[_Edges]] = {}
    for pattern in patterns("file"):
        tail = pattern.strip("*").rstrip("/-")
        rest = pattern.lstrip("*").removeprefix(tail)
        after = None if rest[:1] == "*" else _QUOTES + (b"/\\" if rest else b"") + rest[:1].encode()
        before = None if pattern[0] == "*" else _QUOTES + _MADE
        if tail[:1] != "/":
            # It may be put together: `join(home, ".config", "x")`.
            tail = tail.lstrip("~/")
            last = tail.rsplit("/", 1)[-1]
            tail = last if len(last) > SHORT_WORD else tail
            before = before and before + b"/\\"
        if len(tail) >= SHORT_WORD and "*" not in tail and not tail.isalpha():
            kept.setdefault(tail, []).append(_Edges(before, after))
    for pattern in patterns("run"):
        for word in pattern.replace("*", " ").split()[1:2]:
            if word.isalpha() or "-" in word[1:-1]:
                for quote in "\"'":
                    # A list that is the first argument is none of a command.
                    kept.setdefault(f"[{quote}{word}{quote}", []).append(_Edges(b",[/", None))
            elif "." in word:
                kept.setdefault(word, []).append(_Edges(_QUOTES + _MADE + b" ", None))
    return {word.encode(): tuple(set(edges)) for word, edges in kept.items() if len(word) > 4}


def _stands(data: bytes, start: int, end: int, edges: Sequence[_Edges]) -> bool:
    """Whether what stands beside a word leaves it open that it leads to a read."""
    before, after = data[start - 1 : start], data[end : end + 1]
    if data[start] == 0x5B:
        before = data[max(0, start - MOST_QUOTED) : start].rstrip()[-1:]
    return any(
        (one.before is None or before in one.before) and (one.after is None or after in one.after)
        for one in edges
    )


def _quoted(data: bytes, start: int, end: int) -> bool:
    """Whether a place lies in a short text without many words, as paths and commands are."""
    if data[start] == 0x5B:
        return True
    before = data[max(0, start - MOST_QUOTED) : start]
    opened = max(before.rfind(quote) for quote in (b'"', b"'", b"`"))
    if opened < 0:
        return False
    closed = data.find(before[opened : opened + 1], end, end + MOST_QUOTED)
    inner = before[opened:] + data[end:closed]
    return closed >= 0 and inner.count(b" ") <= MOST_SPACES and b"\n" not in inner
