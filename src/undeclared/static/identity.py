"""Ids that a rebuild does not change: made of a code's shape and literals, of no local name."""

import hashlib
from collections.abc import Iterator

from tree_sitter import Node

MAX_NODES = 4_000
"""Of one shape; what comes after does not count."""

_LITERALS = frozenset({
    "string_fragment", "escape_sequence", "number", "regex_pattern", "regex_flags",
    "property_identifier", "statement_identifier",
    "string_content", "integer", "float", "true", "false", "none", "null", "undefined",
})  # fmt: skip
"""Of the grammars of JavaScript, TypeScript and Python."""
_PUNCTUATION = frozenset({
    "(", ")", "[", "]", "{", "}", ";", ",", ".", ":", '"', "'", "`", "${", "/",
    "const", "let", "var",
})  # fmt: skip
_WRAPPERS = frozenset({"parenthesized_expression", "statement_block", "comment"})
_SHORT = frozenset({"shorthand_property_identifier", "shorthand_property_identifier_pattern"})


def identity(kind: str, *parts: str) -> str:
    """An id such as `read-0a1b2c3d4e5f`, of everything that makes the thing what it is."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode(errors="surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return f"{kind}-{digest.hexdigest()[:12]}"


def shape(node: Node) -> str:
    """The kinds and literals of a piece of code, in order, without the names of its variables.

    Names of properties stay, since renaming them changes what a program does; white space, quotes,
    brackets, comments and the words that declare a variable go. Two builds of the same source have
    the same shape.
    """
    return " ".join(_words(node))


def _words(root: Node) -> Iterator[str]:
    stack = [root]
    for _ in range(MAX_NODES):
        if not stack:
            return
        node = stack.pop()
        kind = node.type
        if kind in _LITERALS:
            yield f"{kind}={(node.text or b'').decode(errors='surrogateescape')}"
        elif kind in _SHORT:
            # `{TZ}` becomes `{TZ: a}` where a rebuild renames the variable.
            yield "pair_pattern" if kind.endswith("pattern") else "pair"
            yield f"property_identifier={(node.text or b'').decode(errors='surrogateescape')}"
            yield "identifier"
        elif not node.is_named:
            if kind not in _PUNCTUATION:
                yield kind
        elif kind not in _WRAPPERS:
            yield kind
        if kind != "comment" and kind not in _LITERALS:
            stack.extend(reversed(node.children))
