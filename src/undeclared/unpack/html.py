"""The scripts within a page (HTML Living Standard, "The script element")."""

import re

from undeclared.unpack.piece import Budget, Piece, Pieces

_PAGE = re.compile(
    rb"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_OPEN = re.compile(rb"<script\b", re.I)
_LONGEST = 4096
"""Bytes of a tag."""
_CLOSE = re.compile(rb"</script\b", re.I)
_DATA = re.compile(rb"\btype\s*=\s*[\"']?(?!module|text/javascript|application/javascript)", re.I)
_TYPED = re.compile(rb"\blang\s*=\s*[\"']?ts")
_ENDINGS = (".html", ".htm", ".xhtml", ".vue", ".svelte", ".astro")


def is_page(name: str, data: memoryview) -> bool:
    """Whether a text is a page, or a component of one."""
    return name.lower().endswith(_ENDINGS) or _PAGE.match(data[:4096]) is not None


def scripts(data: memoryview, budget: Budget) -> Pieces:
    """The text of each script that is not loaded from elsewhere and is no mere data."""
    at = 0
    number = 0
    while found := _OPEN.search(data, at):
        budget.check()
        at = found.end()
        attributes, closed, _ = bytes(data[at : at + _LONGEST]).partition(b">")
        if not closed:
            continue
        start = at + len(attributes) + 1
        end = _CLOSE.search(data, start)
        at = end.start() if end else len(data)
        text = data[start:at]
        if not _DATA.search(attributes) and bytes(text[:64]).strip():
            number += 1
            ending = "ts" if _TYPED.search(attributes) else "js"
            yield Piece(f"script {number}.{ending}", text)
