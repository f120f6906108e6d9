"""Names of places that stay the same where a program puts a number, a date or an id into them."""

import re

from undeclared.model import ROOT_INSIDE, Locus

_VARYING = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-f]{12,}|\d+")
_INSIDE = re.compile(re.escape(ROOT_INSIDE) + r"/\S*/")


def steady(text: str) -> str:
    """A text with `#` for what varies by itself: numbers, UUIDs (RFC 9562), long hex digits.

    >>> steady("Today's date is 2026-1")
    "Today's date is #-#"
    """
    return _VARYING.sub("#", text)


def named(what: str) -> str:
    """What is read, wherever in the agent's own files a program of its lies."""
    return steady(_INSIDE.sub(f"{ROOT_INSIDE}/", what))


def spot(locus: Locus) -> tuple[str, ...]:
    """A place as it is in another version, which has other numbers and another day.

    Features of a value that varies by itself (its length, its last bit) are no places of their own.
    """
    text = locus.segment if "⟨…⟩" in locus.segment else ""
    return (
        locus.host, locus.method, steady(locus.path), locus.part, steady(locus.pointer),
        steady(text),
    )  # fmt: skip


def around(locus: Locus) -> tuple[str, ...]:
    """The same without the surroundings within a text, which a version may word otherwise."""
    return spot(locus)[:-1]
