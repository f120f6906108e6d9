"""Names the elements of JSON arrays so that the same thing has the same name in every run.

By position alone, one message more at the front would make every later one look changed. Elements
that carry a name of their own (tools) go by it; others (parts of a prompt) by how like they are to
what other runs had at that place.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from undeclared.views import json_source
from undeclared.views.json_source import Node

_NAMING = ("name", "event_name", "event", "id", "key")
"""Members by which an element goes, the most telling first, if every element has it."""
_DRAWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{16}"
    r"|(?=[a-z0-9]{0,19}[0-9])(?=[a-z0-9]{0,19}[a-z])[a-z0-9]{20}",
    re.IGNORECASE,
)
"""An identifier that was drawn at random: another one in each run, so nothing goes by it."""

_ALIKE = 0.5
"""Share of common words (Jaccard 1912) from which two elements are taken for the same …"""
_RELATED = 0.1
"""… and from which they are if nothing else is left to be paired with."""

_WORD = re.compile(r"[A-Za-z]{2,}")
_MOST_WORDS = 4000
"""Words looked at in one element; the beginning tells enough."""


@dataclass(slots=True)
class _Known:
    """One thing that was seen at a place, in any run so far."""

    name: str
    words: frozenset[str]


@dataclass(slots=True)
class Aligner:
    """Remembers what was seen at every array; give it the reference run first.

    Its names are then the positions in the reference run, so that pointers are JSON pointers there.
    """

    _known: dict[tuple[object, ...], list[_Known]] = field(default_factory=dict)
    _words: dict[str, frozenset[str]] = field(default_factory=dict)
    _spelt: dict[tuple[tuple[object, ...], str], str] = field(default_factory=dict)
    """Names that elements carry, as the first run wrote them."""

    def names(self, place: tuple[object, ...], elements: Sequence[Node]) -> tuple[list[str], bool]:
        """A name for each element, all different, and whether the elements name themselves.

        `place` tells arrays apart: flow and pointer.
        """
        own = _self_named(elements)
        if own is not None:
            # In other letter case it is the same thing, and that it is written so is what counts.
            spelt = [self._spelt.setdefault((place, name.casefold()), name) for name in own]
            return (spelt if len(set(spelt)) == len(spelt) else own), True
        if not any(element.kind == "object" for element in elements):
            return [str(index) for index in range(len(elements))], False
        return self._by_likeness(place, elements), False

    def _by_likeness(self, place: tuple[object, ...], elements: Sequence[Node]) -> list[str]:
        known = self._known.setdefault(place, [])
        words = [self._words_of(element) for element in elements]
        pairs = sorted(
            (
                (-_jaccard(own, other.words), abs(index - position), index, position)
                for index, own in enumerate(words)
                for position, other in enumerate(known)
            ),
        )
        names: dict[int, str] = {}
        taken: set[int] = set()
        for least in (_ALIKE, _RELATED):
            for likeness, _, index, position in pairs:
                if -likeness >= least and index not in names and position not in taken:
                    names[index] = known[position].name
                    taken.add(position)
        for index, own in enumerate(words):
            if index not in names:
                names[index] = _free(str(index), {other.name for other in known})
                known.append(_Known(names[index], own))
        return [names[index] for index in range(len(elements))]

    def _words_of(self, element: Node) -> frozenset[str]:
        text = "\n".join(_texts(element))
        found = self._words.get(text)
        if found is None:
            words = _WORD.findall(text[: _MOST_WORDS * 8])[:_MOST_WORDS]
            found = self._words[text] = frozenset(words)
        return found


@lru_cache(maxsize=4096)
def event_name(body: str) -> str:
    """The name of the one event that a body in JSON tells of; empty if it is none or of several."""
    if len(body) > _LONGEST_EVENT:
        return ""
    try:
        names = set(_event_names(json_source.read(body).root, 0))
    except json_source.NotJson:
        return ""
    return names.pop() if len(names) == 1 else ""


_EVENT_NAMES = ("name", "event_name", "event")
_LONGEST_EVENT = 16 * 1024
_EVENT_DEPTH = 4


def _event_names(node: Node, depth: int) -> Iterator[str]:
    if depth > _EVENT_DEPTH:
        return
    for element in node.elements:
        yield from _event_names(element, depth + 1)
    for name, child in node.members:
        if name in _EVENT_NAMES and child.kind == "string" and not _DRAWN.search(child.text):
            yield child.text
        else:
            yield from _event_names(child, depth + 1)


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    union = len(left | right)
    return len(left & right) / union if union else 1.0


def _free(name: str, taken: set[str]) -> str:
    """The name, with a mark if another element of another run has that position."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}~{number}"
    return free


def _texts(node: Node) -> list[str]:
    """Keys and strings of an element, in order."""
    if node.kind == "string":
        return [node.text]
    if node.kind == "object":
        return [text for key, child in node.members for text in (key, *_texts(child))]
    return [text for child in node.elements for text in _texts(child)]


def _self_named(elements: Sequence[Node]) -> list[str] | None:
    """Names that all elements carry; equal ones are numbered. None if they carry none."""
    if not elements or any(element.kind != "object" for element in elements):
        return None
    fields = [_shallow(element) for element in elements]
    for naming in _NAMING:
        if all(naming in own and not _DRAWN.search(own[naming]) for own in fields):
            count = Counter[str]()
            names = []
            for own in fields:
                name = f"[{naming}={escaped(own[naming])[:80]}]"
                count[name] += 1
                names.append(name if count[name] == 1 else f"{name}#{count[name]}")
            return names
    return None


def _shallow(node: Node) -> dict[str, str]:
    """String members of an object and of the objects right below it, the upper ones first."""
    fields: dict[str, str] = {}
    below: list[Node] = []
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


def escaped(name: str) -> str:
    """A key as a step of a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")
