import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.views.escapes import choices, plain


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (r'"plain \n \" é"', {}),
        (r'"caf\u00e9"', {"non-ascii": "escaped", "digits": "lower"}),
        (r'"caf\u00C9"', {"non-ascii": "escaped", "digits": "upper"}),
        (r'"\u2019"', {"non-ascii": "escaped"}),
        (r'"\u2019’"', {"non-ascii": "both"}),
        (r'"\u0041"', {"ascii": "escaped"}),
        (r'"a\/b"', {"slash": "escaped"}),
        (r'"a\/b/c"', {"slash": "both"}),
        (r'"\u000a"', {"control": "escaped", "digits": "lower"}),
        (r'"\u0022"', {}),
    ],
)
def test_the_choices_of_a_writer(source: str, found: dict[str, str]):
    assert choices(source) == found


@given(st.text())
def test_what_nearly_every_writer_does_is_no_choice(text: str):
    found = choices(json.dumps(text, ensure_ascii=False))
    assert {choice for choice in found if choice != "digits"} == set()


@given(st.text(min_size=1))
def test_a_text_that_leaves_a_choice_shows_it_when_escaped(text: str):
    found = choices(json.dumps(text))
    assert ("non-ascii" in found) == (plain("non-ascii", text) is not None)


def test_a_text_without_a_slash_leaves_no_choice_of_it():
    assert plain("slash", "ab") is None
    assert plain("slash", "a/b") == "plain"
