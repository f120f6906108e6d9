"""A Python file as a tree, with what its parts say."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import tree_sitter_python
from tree_sitter import Language, Node, Parser

from undeclared.model.code import HiddenConstants, SourceFile

_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.DOTALL
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\n": "", "a": "\a", "b": "\b", "f": "\f"}


@cache
def parser() -> Parser:
    """The parser for Python 3, which also gets through most of Python 2 and through errors."""
    return Parser(Language(tree_sitter_python.language()))


Hidden = Callable[[SourceFile], Sequence[HiddenConstants]]
"""Gives the hidden constants of a file."""


def _nothing(_: SourceFile) -> Sequence[HiddenConstants]:
    return ()


@dataclass(eq=False)
class Parsed:
    """One file of a program."""

    index: int
    file: SourceFile
    names: tuple[str, ...] = ()
    """Absolute dotted names by which other files can import it, the longest first."""
    look_for: Hidden = _nothing
    package: bool = False
    """Whether it is the `__init__` of its folder."""

    @cached_property
    def hidden(self) -> Sequence[HiddenConstants]:
        """Its hidden constants, looked for when something is first compared with them."""
        return self.look_for(self.file)

    @cached_property
    def root(self) -> Node:
        """The tree, made when it is first needed."""
        return parser().parse(bytes(self.file.data)).root_node

    @cached_property
    def lowered(self) -> bytes:
        """The file in small letters."""
        return bytes(self.file.data).lower()

    def absolute(self, dotted: str) -> str:
        """The absolute name of what an import of this file names."""
        relative = dotted.lstrip(".")
        levels = len(dotted) - len(relative)
        if not levels or not self.names:
            return relative
        parts = self.names[0].split(".")
        kept = parts[: max(0, len(parts) - levels + self.package)]
        return ".".join([*kept, *([relative] if relative else [])])

    def concealed(self, node: Node) -> HiddenConstants | None:
        """The hidden constants whose encoded form an expression is, lies in, or wraps closely."""
        for constants in self.hidden:
            start, end = constants.region.start, constants.region.end
            if node.start_byte <= start and end <= node.end_byte:
                if node.end_byte - node.start_byte <= 2 * (end - start) + 16:
                    return constants
            elif start <= node.start_byte and node.end_byte <= end:
                return constants
        return None


def module_names(path: str) -> tuple[tuple[str, ...], bool]:
    """Names of the module in a file, for every folder that may be the root; whether a package."""
    inner = path.rpartition("!/")[2]
    parts = [part for part in re.sub(r"\.pyw?$", "", inner).split("/") if part]
    package = parts[-1:] == ["__init__"]
    if package:
        parts = parts[:-1]
    return tuple(".".join(parts[start:]) for start in range(len(parts)))[:12], package


def children(node: Node) -> list[Node]:
    """The named parts of a node, without comments."""
    return [child for child in node.named_children if child.type != "comment"]


def text(node: Node | None) -> str:
    """The source of a node."""
    return (node.text or b"").decode(errors="replace") if node is not None else ""


def pieces(node: Node) -> Iterator[str | Node]:
    """What a string is made of: constant texts, and nodes of the expressions in it."""
    opening = node.children[0] if node.children else None
    raw = "r" in text(opening).lower()
    for part in node.children[1:]:
        if part.type == "string_content":
            yield text(part) if raw else _ESCAPE.sub(_escaped, text(part))
        elif part.type == "interpolation":
            yield part


def _escaped(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code or found[4]:
        number = int(code, 16) if code else int(found[4], 8)
        return chr(number) if number < 0x110000 else ""
    return _SIMPLE.get(found[5], found[5] if found[5] in "\\'\"" else found[0])
