"""Pieces of a program, cut out around a place and parsed; never the whole of a big file."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, cached_property

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.javascript.scope import Bindings
from undeclared.static.javascript.words import Words

JAVASCRIPT = Language(tree_sitter_javascript.language())
TYPESCRIPT = Language(tree_sitter_typescript.language_typescript())
TSX = Language(tree_sitter_typescript.language_tsx())

WHOLE = 256 << 10
"""Bytes up to which a file is parsed whole."""
BACK = 3 << 10
"""Bytes before a place in which a slice begins …"""
AHEAD = 24 << 10
"""… and after it in which it ends."""
MOST = 40 << 10
"""Bytes of one slice."""

_ANCHOR = re.compile(
    rb"(?<=[;}\n])[ \t]*+"
    rb"(?:async function\b|function\b|var\s|let\s|const\s|class\s|import\b|export\b)"
)
_PLAIN = rb"""
    [^{}`"'/;]++
    | "(?:[^"\\\n]++|\\.)*+" | '(?:[^'\\\n]++|\\.)*+'
    | //[^\n]*+ | /\*(?:[^*]++|\*(?!/))*+\*/
    | (?:(?<=[(,=:\[!&|?{};+\n])|(?<=return)|(?<=return\s)|(?<=[=(,:&|?]\s))
      /(?![*/])(?:[^/\\\[\n]++|\\.|\[(?:[^\]\\\n]++|\\.)*+\])++/
    | [/"']"""
"""Code without brackets: text, comments and regular expressions are stepped over."""
_FLAT = rb"\{(?:" + _PLAIN + rb"|;)*+\}"
_BLOCKS = rb"\{(?:" + _PLAIN + rb"|;|\{(?:" + _PLAIN + rb"|;|" + _FLAT + rb")*+\})*+\}"
_TOKEN = re.compile(rb"(?:" + _PLAIN + rb")*+([;{}`])", re.DOTALL | re.VERBOSE)
_TOKEN_AFTER = re.compile(
    rb"(?:" + _PLAIN + rb"|" + _BLOCKS + rb")*+([;{}`])", re.DOTALL | re.VERBOSE
)
"""Past the place, what is in small blocks no longer matters."""
_FOR = re.compile(rb"for\s?\((?:[^;{}\"'`]*+;){2}")
_TEMPLATE = re.compile(rb"(?:[^`\\$]++|\\.|\$(?!\{))*+(?:`|\$\{)", re.DOTALL)
_OPEN, _CLOSE, _TICK, _END = 0x7B, 0x7D, 0x60, 0x3B
_BLOCK = re.compile(rb"\s*(?:async\s+)?(?:function|class|if|for|while|switch|try)\b")
_CLASS = b"class _{"
_METHOD = re.compile(
    rb"\s*(?:(?:static|async|get|set)\s+|\*)*(?!if\b|for\b|while\b|switch\b|catch\b|function\b|with\b)"
    rb"[#\w$]+\([^()]*(?:\([^()]*\)[^()]*)*\)\s*\{"
)
"""A method of a class, which means nothing alone."""
_GOES_ON = re.compile(rb"\s*(?:else|catch|finally|while)\b|\s*[.,)(?:|&=+*/\[-]")


class Slice:
    """A parsed piece of a file."""

    def __init__(
        self, data: bytes, base: int, language: Language, words: Words | None = None
    ) -> None:
        """`words` are those of a file that is parsed whole."""
        whole = words is not None
        self.end = base + len(data)
        if not whole and _METHOD.match(data):
            data, base = _CLASS + data + b"}", base - len(_CLASS)
        self.data = data
        self.base = base
        self.whole = whole
        self._words = words
        self.root = _parser(language).parse(data).root_node

    @cached_property
    def bindings(self) -> Bindings:
        """What is declared in it."""
        return Bindings(self.root, self.data, self._words)

    def node_at(self, start: int, end: int) -> Node | None:
        """The smallest node over a place of the file; None if the place is outside."""
        if start < self.base or end > self.end:
            return None
        return self.root.descendant_for_byte_range(start - self.base, end - self.base)

    def span(self, node: Node) -> tuple[int, int]:
        """Where in the file a node lies."""
        return self.base + node.start_byte, self.base + node.end_byte


_parser = cache(Parser)


class Slices:
    """All slices of one file that were needed so far."""

    def __init__(self, file: SourceFile) -> None:
        self.data = bytes(file.data)
        self.words = Words(self.data)
        self.parsed = 0
        """Bytes parsed so far."""
        if file.kind is not FileKind.TYPESCRIPT:
            self._language = JAVASCRIPT
        else:
            self._language = TSX if file.path.endswith("x") else TYPESCRIPT
        self._starts: list[int] = []
        self._slices: list[Slice] = []

    def at(self, place: int) -> Slice:
        """The slice that a place lies in."""
        index = bisect_right(self._starts, place) - 1
        for known in self._slices[index : index + 1] if index >= 0 else ():
            if self._starts[index] <= place < known.end or known.whole:
                return known
        if len(self.data) <= WHOLE:
            return self._add(0, len(self.data))
        start, end = cut(self.data, place)
        # Slices do not overlap: what is known already ends a new one.
        if index >= 0:
            start = max(start, self._slices[index].end)
        if index + 1 < len(self._starts):
            end = min(end, self._starts[index + 1])
        return self._add(start, max(end, start + 1))

    def _add(self, start: int, end: int) -> Slice:
        whole = end - start == len(self.data)
        made = Slice(self.data[start:end], start, self._language, self.words if whole else None)
        self.parsed += end - start
        index = bisect_right(self._starts, start)
        self._starts.insert(index, start)
        self._slices.insert(index, made)
        return made


def cut(data: bytes, place: int) -> tuple[int, int]:
    """Where the statement begins and ends that a place lies in: the outermost that is near.

    Text, regular expressions and comments are stepped over by their syntax, so that brackets in
    them do not count. Without a beginning nearby, it is cut at a fixed distance.
    """
    low = max(0, place - BACK)
    anchor = _ANCHOR.search(data, low, place) if low else None
    begin = anchor.start() if anchor else low
    opened: list[int] = []
    statement = begin
    limit = min(len(data), place + AHEAD)
    best: tuple[int, int] | None = None
    for sign, start, end in _tokens(data, begin, limit, place):
        if sign == _OPEN:
            opened.append(statement)
            statement = end
        elif sign == _CLOSE:
            if not opened:
                if start >= place:
                    return _fitting(data, best, statement, start, place)
                statement = end
                continue
            statement = opened.pop()
            if statement <= place < end and end - statement <= MOST:
                best = (statement, end)
            if not opened and not _GOES_ON.match(data, end, end + 40):
                if end > place:
                    return statement, end
                if _BLOCK.match(data, statement, statement + 40):
                    statement = end
        elif end > place:
            if not opened:
                return _fitting(data, best, statement, end, place)
            if end - statement <= MOST and statement <= place:
                best = best or (statement, end)
            statement = end
        else:
            statement = end
    return _fitting(data, best, statement, limit, place)


def _fitting(
    data: bytes, best: tuple[int, int] | None, start: int, end: int, place: int
) -> tuple[int, int]:
    if start <= place and end - start <= MOST:
        return start, end
    return best or (max(0, place - BACK), min(len(data), place + BACK))


def _tokens(data: bytes, begin: int, limit: int, place: int) -> Iterator[tuple[int, int, int]]:
    """Braces and semicolons that stand in code: their sign, start and end."""
    at, depth = begin, 0
    inside: list[int] = []
    pattern = _TOKEN
    while (token := pattern.match(data, at, limit)) is not None:
        start, at = token.span(1)
        sign = data[start]
        if sign == _TICK or (sign == _CLOSE and inside and inside[-1] == depth):
            if sign == _CLOSE:
                inside.pop()
            rest = _TEMPLATE.match(data, at, limit)
            if rest is None:
                return
            at = rest.end()
            if data[at - 1] == 0x7B:
                inside.append(depth)
            continue
        if sign == _OPEN:
            depth += 1
        elif sign == _CLOSE:
            depth -= 1
        elif (head := _loop(data, token.start(), start)) > start:
            at = head
            continue
        pattern = _TOKEN_AFTER if at > place and depth > 0 else _TOKEN
        yield sign, start, at


def _loop(data: bytes, begin: int, place: int) -> int:
    """Where the head of a loop ends that a semicolon stands in; 0 if it stands in none."""
    word = data.rfind(b"for", begin, place)
    head = _FOR.match(data, word) if word >= 0 else None
    return head.end() if head is not None else 0
