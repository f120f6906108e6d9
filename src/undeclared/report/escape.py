"""Makes text that an agent wrote safe to show, and shows what is invisible in it.

What an agent sends is hostile: it may clear the terminal, reorder the line, or hide characters.
Every string that comes from an agent passes through here on its way to a person.

Sources: Unicode 15 general categories and bidirectional classes (UAX #44, UAX #9), and the
derived property Default_Ignorable_Code_Point (DerivedCoreProperties.txt); Boucher and Anderson,
"Trojan Source" (2021), for why.
"""

import unicodedata

_CATEGORIES = {
    "Cc",  # control
    "Cf",  # format, which includes the bidirectional controls and zero-width characters
    "Cs",  # lone surrogates, which cannot be encoded
    "Co",  # private use: it looks like whatever the font says
    "Cn",  # unassigned, hence of unknown width
    "Zl",
    "Zp",
    "Mn",  # combining marks: shown with their base they hide how a letter is composed
    "Me",
}
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
"""Strong right-to-left characters reorder what stands next to them."""

_BLANK = {
    0x115F,  # Hangul fillers: letters by category, and blank
    0x1160,
    0x2800,  # blank braille pattern
    0x3164,
    0xFFA0,
}
_BRACKETS = "⟦⟧"
"""They stand around a differing part in our own output."""


def code(character: str) -> str:
    """How a code point is named: `U+2019`."""
    return f"U+{ord(character):04X}"


def named(character: str) -> str:
    """A code point with its name: `U+2019 RIGHT SINGLE QUOTATION MARK`."""
    return f"{code(character)} {unicodedata.name(character, '(no name)')}"


def _unsafe(character: str) -> bool:
    if " " <= character <= "~":
        return False
    category = unicodedata.category(character)
    return (
        category in _CATEGORIES
        or (category == "Zs")
        or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        or ord(character) in _BLANK
        or character in _BRACKETS
    )


def visible(text: str) -> str:
    """Text with every character that is invisible, or that moves others, as `⟨U+200B⟩`.

    Line breaks and tabs are escaped as well, so that one string stays on one line. The result is
    unambiguous: text that itself contains `⟨U+` has its bracket escaped.
    """
    shown = []
    for index, character in enumerate(text):
        imitation = character == "⟨" and text.startswith("U+", index + 1)
        shown.append(f"⟨{code(character)}⟩" if imitation or _unsafe(character) else character)
    return "".join(shown)


def lines(text: str) -> str:
    """Like `visible`, and line breaks stay."""
    return "\n".join(visible(line) for line in text.split("\n"))


def ascii_only(text: str) -> str:
    """For host names and other identifiers: everything but printable ASCII as `⟨U+0430⟩`.

    A Cyrillic letter in a host name looks like a Latin one.
    """
    return "".join(c if " " <= c <= "~" else f"⟨{code(c)}⟩" for c in text)


def blanks(text: str) -> str:
    """Like `visible`, and spaces too: for a part that consists of white space alone."""
    return "".join(f"⟨{code(c)}⟩" if c == " " else visible(c) for c in text)
