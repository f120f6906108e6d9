"""Readings of content: a body, a header's value, a string in it, layer by layer.

What is taken off is named in the pointer (see `Locus.pointer`), and how it had been put on is a
reading of its own, so that nothing is lost and no difference shows twice.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from undeclared.model import View
from undeclared.views import forms, json_source
from undeclared.views.compressed import how
from undeclared.views.envelopes import (
    DEPTH,
    Opened,
    compression,
    envelope,
    opened_as,
    parts_of_token,
)
from undeclared.views.escapes import choices
from undeclared.views.likeness import Aligner, escaped
from undeclared.views.payload import without
from undeclared.views.place import Place, Reading, Readings, Where
from undeclared.views.protobuf import fields, is_field_text, plausible

_REMEMBERED = 100_000
"""Texts of which it is remembered what they wrap: most occur in every run."""
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\udc80-\udcff]")
"""Control characters that no text has, and bytes that are no UTF-8."""


@dataclass(slots=True)
class ContentReader:
    """Reads contents one after another, and aligns the elements of arrays with those before."""

    aligner: Aligner = field(default_factory=Aligner)
    _memory: json_source.Memory = field(default_factory=json_source.Memory)
    _known: dict[tuple[int, Where, str], dict[Place, Reading]] = field(default_factory=dict)
    """Readings of remembered nodes by identity and place; the memory keeps the nodes alive."""
    _envelopes: dict[str, Opened | None] = field(default_factory=dict)
    opened: dict[tuple[Where, str], tuple[str, int]] = field(default_factory=dict)
    """By place, the coding that was taken off a text there in any run, and how deep it was."""

    def body(self, found: Readings, content: bytes, kind: str, where: Where) -> None:
        """A body without its content coding; `kind` is its content type, as sent."""
        mark = forms.boundary(kind)
        parts = forms.parts(content, mark) if mark else None
        if mark and parts is not None:
            found[Place(*where, "#multipart", View.VALUE)] = mark
            names = list(forms.numbered(part.name for part in parts))
            found[Place(*where, "#multipart", View.ORDER)] = "\n".join(names)
            for name, part in zip(names, parts, strict=True):
                self._part(found, part, where, f"#multipart/{escaped(name)}")
            return
        kind = kind.partition(";")[0].strip().lower()
        messages = forms.frames(content) if kind.startswith("application/grpc") else None
        if messages and (len(messages) > 1 or fields(messages[0]) is not None):
            for number, message in enumerate(messages):
                self._message(found, message, where, f"#grpc/{number}#protobuf")
        elif "protobuf" in kind and fields(content) is not None:
            self._message(found, content, where, "#protobuf")
        elif kind == "text/event-stream":
            for number, event in enumerate(forms.events(_text_of(content))):
                names = list(forms.numbered(name for name, _ in event.fields))
                for name, (_, value) in zip(names, event.fields, strict=True):
                    self.text(found, value, where, f"#sse/{number}/{escaped(name)}", 1)
        elif kind == "application/x-www-form-urlencoded" and content:
            self.form(found, _text_of(content), where, "#form", 1)
        else:
            self.octets(found, content, where, "", 0)

    def octets(
        self, found: Readings, content: bytes, where: Where, pointer: str, depth: int
    ) -> None:
        """Bytes of which nobody says what they are."""
        name = compression(content) if depth < DEPTH else None
        plain = without(name, content) if name else None
        if name and plain is not None:
            for choice, style in how(name, content, plain).items():
                found[Place(*where, f"{pointer}#{name}/{choice}", View.ENCODING)] = style
            self.octets(found, plain, where, f"{pointer}#{name}", depth + 1)
            return
        text = _text_of(content)
        binary = _NO_TEXT.search(text[:1024]) is not None
        if binary and depth < DEPTH and plausible(content):
            self._message(found, content, where, f"{pointer}#protobuf")
        elif b"\0" in content[:1024]:
            found[Place(*where, pointer, View.VALUE)] = content.decode("latin-1")
        elif pointer or not self._document(found, text, where):
            self.text(found, text, where, pointer, depth)

    def _document(self, found: Readings, text: str, where: Where) -> bool:
        """A whole body of JSON, or of lines of JSON; False if it is none."""
        if not text:
            return True
        if text.lstrip()[:1] in ("{", "["):
            if self.json(found, text, where, ""):
                return True
            lines = text.split("\n")
            try:
                documents = [json_source.read(line, self._memory) for line in lines if line.strip()]
            except json_source.NotJson:
                return False
            self._spacing(found, (own.spacing for own in documents), where, "#ndjson")
            end = "line end" if text.endswith("\n") else ""
            found[Place(*where, "#ndjson", View.ENCODING)] = end
            root = json_source.Node("array", "", elements=[own.root for own in documents])
            self._walk(found, root, "#ndjson", where, 1)
            return True
        return False

    def json(self, found: Readings, text: str, where: Where, pointer: str, depth: int = 0) -> bool:
        """A JSON text, its tokens and what is between them; False if it is none."""
        try:
            document = json_source.read(text, self._memory)
        except json_source.NotJson:
            return False
        self._spacing(found, (document.spacing,), where, pointer)
        self._walk(found, document.root, pointer, where, depth)
        return True

    def elements(self, found: Readings, texts: Iterable[str], where: Where) -> None:
        """A list of texts, such as messages of a connection; those in JSON go by their names."""
        own = list(texts)
        try:
            roots = [json_source.read(text, self._memory).root for text in own]
        except json_source.NotJson:
            for number, text in enumerate(own):
                self.text(found, text, where, f"/{number}", 0)
            return
        self._walk(found, json_source.Node("array", "", elements=roots), "", where, 0)

    def text(self, found: Readings, text: str, where: Where, pointer: str, depth: int) -> None:
        """A text as it is, or what it wraps."""
        opened = self._opened(text) if depth < DEPTH else None
        if opened is None or not self._wrapped(found, text, opened, where, pointer, depth + 1):
            found[Place(*where, pointer, View.TEXT)] = text
        else:
            self.opened[where, pointer] = opened.coding, depth

    def reopen(self, found: Readings, where: Where, pointer: str) -> Readings:
        """Open a text that was left as it is before the same place was seen to hold encoded ones.

        Changes `found`, and returns what is new in it; nothing if the text cannot be opened.
        """
        place = Place(*where, pointer, View.TEXT)
        coding, depth = self.opened[where, pointer]
        opened = opened_as(found[place], coding)
        inside: Readings = {}
        if opened is not None and self._wrapped(
            inside, found[place], opened, where, pointer, depth + 1
        ):
            del found[place]
            found.update(inside)
        return inside

    def _opened(self, text: str) -> Opened | None:
        if text not in self._envelopes:
            if len(self._envelopes) >= _REMEMBERED:
                self._envelopes.clear()
            self._envelopes[text] = envelope(text)
        return self._envelopes[text]

    def _wrapped(
        self, found: Readings, text: str, opened: Opened, where: Where, pointer: str, depth: int
    ) -> bool:
        inside = f"{pointer}#{opened.coding}"
        if opened.coding == "json":
            return self.json(found, text, where, inside, depth)
        if opened.coding == "form":
            self.form(found, text, where, inside, depth)
            return True
        if opened.coding == "jwt":
            for name, content in parts_of_token(text):
                self.octets(found, content, where, f"{inside}/{name}", depth)
            return True
        for choice, style in opened.style:
            found[Place(*where, f"{inside}/{escaped(choice)}", View.ENCODING)] = style
        self.octets(found, opened.content, where, inside, depth)
        return True

    def form(self, found: Readings, text: str, where: Where, pointer: str, depth: int) -> None:
        """Names and values as a form or a query has them (WHATWG URL, section 5)."""
        pairs = [pair.partition("=") for pair in text.split("&")]
        names = list(forms.numbered(name for name, _, _ in pairs))
        for name, (_, equals, value) in zip(names, pairs, strict=True):
            place = f"{pointer}/{escaped(name)}" if pointer else name
            self.text(found, value if equals else "", where, place, depth)
        found[Place(*where, pointer, View.ORDER)] = "\n".join(names)

    def _part(self, found: Readings, part: forms.FormPart, where: Where, pointer: str) -> None:
        for name, value in part.headers:
            place = f"{pointer}#header/{name.decode('latin-1').lower()}"
            found[Place(*where, place, View.TEXT)] = _text_of(value)
            found[Place(*where, place, View.CASE)] = name.decode("latin-1")
        self.octets(found, part.content, where, pointer, 1)

    def _message(self, found: Readings, content: bytes, where: Where, pointer: str) -> None:
        own = fields(content) or []
        names = list(forms.numbered(str(each.number) for each in own))
        found[Place(*where, pointer, View.KEY_ORDER)] = "\n".join(names)
        if any(each.overlong for each in own):
            found[Place(*where, pointer, View.ENCODING)] = "overlong"
        for name, each in zip(names, own, strict=True):
            place = f"{pointer}/{name}"
            if each.kind == "varint":
                found[Place(*where, place, View.VALUE)] = str(each.value)
            elif each.kind != "bytes":
                found[Place(*where, place, View.VALUE)] = each.content.hex()
            elif is_field_text(each.content):
                self.text(found, each.content.decode(), where, place, 2)
            elif plausible(each.content):
                self._message(found, each.content, where, place)
            else:
                found[Place(*where, place, View.VALUE)] = each.content.hex()

    def _spacing(
        self,
        found: Readings,
        spacings: Iterable[Iterable[tuple[str, str]]],
        where: Where,
        pointer: str,
    ) -> None:
        distinct = {pair for spacing in spacings for pair in spacing}
        spacing = sorted(f"{after}{space!r}" for after, space in distinct if space)
        found[Place(*where, pointer, View.WHITESPACE)] = " ".join(spacing)

    def _walk(
        self, found: Readings, node: json_source.Node, pointer: str, where: Where, depth: int
    ) -> None:
        if node.kind == "string":
            self.text(found, node.text, where, pointer, depth)
            if "\\" in node.source:
                for choice, way in choices(node.source).items():
                    found[Place(*where, f"{pointer}#escape/{choice}", View.ESCAPE)] = way
        elif node.kind == "scalar":
            found[Place(*where, pointer, View.VALUE)] = node.source
        elif not node.remembered:
            self._walk_into(found, node, pointer, where, depth)
        else:
            known = self._known.get((id(node), where, pointer))
            if known is None:
                known = self._known[id(node), where, pointer] = {}
                self._walk_into(known, node, pointer, where, depth)
            found.update(known)

    def _walk_into(
        self, found: Readings, node: json_source.Node, pointer: str, where: Where, depth: int
    ) -> None:
        if node.kind == "object":
            names = list(forms.numbered(name for name, _ in node.members))
            found[Place(*where, pointer, View.KEY_ORDER)] = "\n".join(names)
            for name, (_, child) in zip(names, node.members, strict=True):
                self._walk(found, child, f"{pointer}/{escaped(name)}", where, depth)
        else:
            names, by_themselves = self.aligner.names((where, pointer), node.elements)
            telling = by_themselves and not any("#" in name for name in names)
            order = "\n".join(names) if telling else ""
            found[Place(*where, pointer, View.ORDER)] = order
            for name, child in zip(names, node.elements, strict=True):
                self._walk(found, child, f"{pointer}/{name}", where, depth)


def _text_of(content: bytes) -> str:
    """Bytes as text; those that are no UTF-8 become lone surrogates, so that nothing is lost."""
    return content.decode("utf-8", "surrogateescape")
