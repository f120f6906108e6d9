import base64
import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.facts.tokens import BITS, MOST_TOKENS, tokens


def texts(text):
    return [token.text for token in tokens(text)]


@pytest.mark.parametrize(
    "text",
    [
        "getUserInformationFromDatabase2",
        "claude-code-20250219",
        "/home/somebody.else/a-project-of-mine/x1",
        "sk-fake-undeclared-0000000000000000",
        "0.9965517241379310",
        "11111111111111111111",
        "1763878303123",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        "application/json; charset=utf-8",
        "",
    ],
)
def test_words_names_and_numbers_are_none(text):
    assert texts(text) == []


def test_all_in_one_text_are_found_in_order():
    device, session = (
        "5f0c1b7e3d9a4c2f8b6e7a1d0c3f9e24" * 2,
        str(uuid.UUID(int=7 << 100 | 99 << 60)),
    )
    assert texts(f"user_{device}_account__session_{session}") == [device, session]
    found = list(tokens(f"user_{device}_account__session_{session}"))
    assert [token.bits for token in found] == [256, 122]


def test_spellings_of_one_value_are_equal():
    own = str(uuid.UUID(int=random.Random(1).getrandbits(128)))
    spelled = [own, own.upper(), own.replace("-", ""), f"0x{own.replace('-', '')}"]
    assert {token.plain for text in spelled for token in tokens(text)} == {own.replace("-", "")}


@given(st.binary(min_size=16, max_size=60))
def test_random_bytes_are_found_in_hexadecimal(content):
    shown = content.hex()
    if len(set(shown)) > 4:
        (token,) = tokens(f'{{"id": "{shown}"}}')
        assert (token.text, token.bits) == (shown, len(shown) * 4) or token.bits == 122


def test_nearly_all_random_values_in_base64_are_found():
    draw = random.Random(3)
    shown = [base64.b64encode(draw.randbytes(18)).decode() for _ in range(400)]
    found = sum(texts(own) == [own] for own in shown)
    assert found > 360


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    for token in tokens(text):
        assert text[token.start :].startswith(token.text)
        assert token.bits >= BITS


def test_data_is_cut():
    draw = random.Random(5)
    assert len(texts(" ".join(draw.randbytes(16).hex() for _ in range(2000)))) == MOST_TOKENS
