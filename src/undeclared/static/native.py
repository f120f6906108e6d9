"""What machine code and bytecode read, told by their texts and names alone.

A text is weak evidence: it lies in the program, and nothing shows that it is used. So it counts
only where it stands as a compiler puts it (ended by NUL, counted by its length, or among the
packed texts of Rust and Go), and every excerpt says what was seen.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.loader import signals
from undeclared.catalogue.native import native_syntax
from undeclared.model.code import CodeRead, FileKind, Region, SourceFile
from undeclared.static.facts import Facts
from undeclared.static.identity import identity
from undeclared.static.search import find

MAX_PLACES = 2_000
"""Of one text that are looked at."""
MAX_ALSO = 8

_SHORT = 5
"""A name of fewer letters counts only between NULs."""
_LONG = 10
"""A name with `_` of so many letters counts among packed texts."""
_PROSE = (b" ", b"\n", b",", b"/", b".", b"-", b"[", b"|")
"""What stands beside a name in a sentence, a path or a list of words."""
_PLAIN = re.compile(rb"[ -~]{3,}")
_IDENTIFIER = re.compile(rb"[A-Za-z_.$][A-Za-z0-9_.@$]*")
_WORD = re.compile(rb"[A-Z0-9_]")
_NAME = re.compile(rb"[A-Za-z0-9_]{0,60}")
_NAME_BACK = re.compile(rb"[A-Za-z0-9_]{0,60}$")


class _Text(NamedTuple):
    """A text to search for."""

    kind: str
    """`env`, `file`, `import`, `name`, `getter` or `packed`."""
    text: bytes
    what: str = ""


def analyse(file: SourceFile, profile: AgentProfile | None) -> Facts:
    """The signals whose names lie in a file that is no source."""
    bytecode = file.kind is FileKind.BYTECODE
    texts = _texts(tuple(_patterns(profile)), counted=bytecode)
    data = memoryview(file.data)
    places: dict[int, list[int]] = {}
    for number, offset in find(data, [own.text for own in texts]):
        known = places.setdefault(number, [])
        if len(known) < MAX_PLACES:
            known.append(offset)
    kinds = {texts[number].kind for number in places}
    found: dict[str, list[tuple[int, int, str]]] = {}
    for number, offsets in sorted(places.items()):
        text = texts[number]
        if text.kind == "env" and "getter" not in kinds and not bytecode:
            continue
        for offset in offsets:
            seen = _seen(text, data, offset, packed="packed" in kinds, counted=bytecode)
            if seen is not None:
                what, start, end, why = seen
                found.setdefault(what, []).append((start, end, why))
    return Facts(tuple(_reads(file, found, profile)))


def _named(data: memoryview, start: int, end: int) -> bool:
    """Whether a name between NULs stands among other texts, as in a table, and not by chance."""
    before = bytes(data[max(0, start - 5) : start]).rstrip(b"\0")
    after = bytes(data[end : end + 5]).lstrip(b"\0")
    return bool(re.search(rb"[ -~]{3,}$", before)) and bool(_PLAIN.match(after))


def _symbol(data: memoryview, start: int, end: int) -> bool:
    """Whether a name between NULs stands among other names."""
    before = bytes(data[max(0, start - 60) : start]).rstrip(b"\0").rpartition(b"\0")[2]
    after = bytes(data[end : end + 60]).lstrip(b"\0").partition(b"\0")[0]
    return bool(_IDENTIFIER.fullmatch(before)) and bool(_IDENTIFIER.fullmatch(after))


def _reads(
    file: SourceFile, found: dict[str, list[tuple[int, int, str]]], profile: AgentProfile | None
) -> Iterator[CodeRead]:
    for what, places in sorted(found.items()):
        of = _signals(what, profile)
        if not of:
            continue
        (start, end, why), *more = sorted(set(places))
        yield CodeRead(
            id=identity("read", what, file.kind),
            signals=of,
            what=what,
            region=Region(
                path=file.path, start=start, end=end,
                excerpt=f"{why}: {_around(file.data, start, end)}",
            ),
            also_at=tuple(
                Region(path=file.path, start=one, end=two) for one, two, _ in more[:MAX_ALSO]
            ),
            places=1 + len(more),
        )  # fmt: skip


def _seen(
    text: _Text, data: memoryview, offset: int, *, packed: bool, counted: bool
) -> tuple[str, int, int, str] | None:
    start, end = offset, offset + len(text.text)
    match text.kind:
        case "import":
            if not _symbol(data, start + 1, end - 1):
                return None
            return text.what, start + 1, end - 1, "imported by name"
        case "name":
            return text.what, start, end, "name of a library's function or package"
        case "file":
            after = bytes(data[end : end + 1])
            before = bytes(data[max(0, start - 1) : start])
            if (after.isalnum() and not packed) or after in (b"-", b"_", b".") or before in (b".",):
                return None
            return text.what, start, end, "a path among its texts"
        case "env":
            return _variable(text, data, start, end, packed=packed, counted=counted)
        case _:
            return None


def _variable(
    text: _Text, data: memoryview, start: int, end: int, *, packed: bool, counted: bool
) -> tuple[str, int, int, str] | None:
    if text.text[:1] == b"\0":
        if not _named(data, start + 1, end - 1):
            return None
        return text.what, start + 1, end - 1, "a variable's name between NULs"
    back = _NAME_BACK.search(bytes(data[max(0, start - 60) : start]))
    on = _NAME.match(bytes(data[end : end + 60]))
    whole_start = start - (len(back[0]) if back else 0)
    whole_end = end + (len(on[0]) if on else 0)
    before = bytes(data[max(0, whole_start - 4) : whole_start])
    after = bytes(data[whole_end : whole_end + 1])
    whole = bytes(data[whole_start:whole_end])
    if before[-1:] in (b"\0", b"") and after in (b"\0", b""):
        known = text.what or len(whole) > len(text.text)
        why = "a variable's name between NULs"
        return (f"env:{whole.decode()}", whole_start, whole_end, why) if known else None
    if counted and _length_before(data, start, end, text):
        return text.what, start, end, "a variable's name among its constants"
    if packed and text.what and len(text.text) >= _LONG and b"_" in text.text:
        sides = (bytes(data[max(0, start - 1) : start]), bytes(data[end : end + 1]))
        words = [bool(_WORD.match(side)) for side in sides]
        if not all(words) and not any(side in _PROSE for side in sides):
            return text.what, start, end, "a variable's name among packed texts"
    return None


def _length_before(data: memoryview, start: int, end: int, text: _Text) -> bool:
    """Whether the length of the text stands before it, as in bytecode of Python and V8."""
    if not text.what:
        return False
    length = end - start
    one = bytes(data[max(0, start - 1) : start])
    four = bytes(data[max(0, start - 4) : start])
    return one == bytes((length & 0xFF,)) or four == length.to_bytes(4, "little")


@cache
def _texts(patterns: tuple[str, ...], *, counted: bool) -> tuple[_Text, ...]:
    """Everything to search for; a rule with `*` gives its longest part without."""
    syntax = native_syntax()
    found: dict[bytes, _Text] = {}
    for name, what in syntax.imports.items():
        found[b"\0%s\0" % name.encode()] = _Text("import", b"\0%s\0" % name.encode(), what)
    for name, what in syntax.names.items():
        found[name.encode()] = _Text("name", name.encode(), what)
    for name in syntax.getters:
        found.setdefault(name.encode(), _Text("getter", name.encode()))
    for name in syntax.packed:
        found.setdefault(name.encode(), _Text("packed", name.encode()))
    for what in patterns:
        kind, _, name = what.partition(":")
        part = max(name.split("*"), key=len)
        common = not (counted or _rare(name))
        if kind == "file" and name.startswith("/") and "*" not in name and len(name) >= _SHORT:
            found.setdefault(name.encode(), _Text("file", name.encode(), what))
        elif kind == "env" and "*" not in name and (len(name) < _SHORT or common):
            between = b"\0%s\0" % name.encode()
            found.setdefault(between, _Text("env", between, what))
        elif kind == "env" and len(part) >= _SHORT and ("*" not in name or part in syntax.families):
            exact = what if "*" not in name else ""
            text = _Text("env", part.encode(), exact)
            if exact or part.encode() not in found:
                found[part.encode()] = text
    return tuple(found.values())


def _rare(name: str) -> bool:
    """Whether a name is unlike other words, so that it can be looked for anywhere."""
    return "_" in name and len(name) >= _LONG


def _patterns(profile: AgentProfile | None) -> Iterator[str]:
    for signal in signals().values():
        if signal.reads is not None:
            yield from (what for what in signal.reads.what if "{" not in what)
    if profile is not None:
        for name in (profile.base_url_env, profile.key_env):
            if name:
                yield f"env:{name}"


def _signals(what: str, profile: AgentProfile | None) -> tuple[str, ...]:
    return tuple(
        signal.id
        for signal in signals().values()
        if signal.reads is not None and signal.reads.match(what, profile)
    )


def _around(data: bytes | memoryview, start: int, end: int) -> str:
    """The text with its neighbours, everything else as `·`."""
    raw = bytes(data[max(0, start - 24) : end + 24])
    return re.sub(rb"[^\x20-\x7e]+", b" . ", raw).decode().strip()[:120]
