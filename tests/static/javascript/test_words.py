"""Every place of a word is found, in a large file as in a small one."""

import re

from hypothesis import given
from hypothesis import strategies as st

from undeclared.static.javascript.words import SMALL, Words, whole

_CODE = st.lists(
    st.sampled_from(
        [b"ab", b"abc", b"a", b"$x", b"x1", b" ", b"(", b".", b"#ab", b"\xc3\xa9", b"_"]
    )
).map(b"".join)


@given(_CODE, st.sampled_from([b"ab", b"abc", b"$x", b"x1", b"aab"]))
def test_a_word_is_found_where_it_stands_by_itself(code: bytes, word: bytes) -> None:
    expected = [
        m.start() for m in re.finditer(rb"(?<![\w$])" + re.escape(word) + rb"(?![\w$])", code)
    ]

    assert list(whole(code, word)) == expected
    padding = b" " * SMALL
    assert Words(padding + code).places(word) == [SMALL + start for start in expected]


@given(_CODE)
def test_a_single_letter_is_found_in_code_that_is_not_very_large(code: bytes) -> None:
    expected = [m.start() for m in re.finditer(rb"(?<![\w$])a(?![\w$])", code)]

    padding = b" " * SMALL
    words = Words(padding + code)
    assert words.places(b"a") == [SMALL + start for start in expected]
    assert words.within(b"a", SMALL + 3, SMALL + 9) == [SMALL + s for s in expected if 3 <= s < 9]


def test_a_name_of_other_letters_is_found_in_large_code_too() -> None:
    code = " " * SMALL + "f(näme); let näme"

    assert Words(code.encode()).places("näme".encode()) == [SMALL + 2, SMALL + 14]


def test_a_private_name_is_found_with_its_sign() -> None:
    code = b"class A { #key = 1; f() { return this.#key + key } }"
    expected = [m.start() for m in re.finditer(rb"#key", code)]

    assert Words(code).places(b"#key") == expected
    assert Words(code + b" " * SMALL).places(b"#key") == expected
