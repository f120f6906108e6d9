"""What an agent wrote is shown, never obeyed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.report.escape import ascii_only, blanks, lines, named, visible

ANY = st.text(st.characters())  # lone surrogates included


@given(ANY)
def test_no_character_that_steers_or_hides(text: str) -> None:
    for character in visible(text):
        assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        assert unicodedata.category(character) not in {"Mn", "Me"}
        assert unicodedata.bidirectional(character) not in {"R", "AL", "AN", "RLE", "RLO", "RLI"}
        assert character == " " or unicodedata.category(character) != "Zs"


@given(ANY)
def test_nothing_is_lost(text: str) -> None:
    """The escaped text can be read back, so no two texts look the same because of us."""
    pieces = visible(text).split("⟨U+")
    back = pieces[0]
    for piece in pieces[1:]:
        number, _, rest = piece.partition("⟩")
        back += chr(int(number, 16)) + rest
    assert back == text


@given(ANY)
def test_lines_keeps_line_breaks_and_nothing_else(text: str) -> None:
    assert lines(text).count("\n") == text.count("\n")
    assert lines(text).replace("\n", "") == visible(text.replace("\n", ""))


@given(ANY)
def test_identifiers_are_ascii(text: str) -> None:
    assert all(" " <= c <= "~" or c in "⟨⟩" for c in ascii_only(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 100 %", "plain text, 100 %"),
        ("café 日本", "café 日本"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("\x1b[2J", "⟨U+001B⟩[2J"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("e\u0301", "e⟨U+0301⟩"),
        ("a\u00a0b\u2800", "a⟨U+00A0⟩b⟨U+2800⟩"),
        ("⟨U+200B⟩", "⟨U+27E8⟩U+200B⟩"),
        ("⟦x⟧", "⟨U+27E6⟩x⟨U+27E7⟩"),
        ("line\nbreak\t", "line⟨U+000A⟩break⟨U+0009⟩"),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_host_names_show_look_alikes() -> None:
    assert ascii_only("аpi.example") == "⟨U+0430⟩pi.example"


def test_blanks_show_spaces() -> None:
    assert blanks("  ") == "⟨U+0020⟩⟨U+0020⟩"


def test_code_points_have_names() -> None:
    assert named("’") == "U+2019 RIGHT SINGLE QUOTATION MARK"
    assert named("\x07") == "U+0007 (no name)"
