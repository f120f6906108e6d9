import base64
import gzip
import json
import zlib
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from undeclared.views.envelopes import compression, envelope, is_text, parts_of_token

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=12, max_size=60)
WORDS = (
    "hello", "workstation", "deadbeefdeadbeef", "Europe/Berlin", "AskUserQuestion",
    "internationalisation", "3f2a8c1e-1234-4abc-9def-001122334455", "claude-code-20250219",
    "d41d8cd98f00b204e9800998ecf8427e", "100%", "a=b", "application/json", "text/html;q=0.9",
    "v1.2.3", "api.vendor.example", "/usr/local/bin", "2026-11-22T09:05:00.000Z", "", "[", "A&B",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_an_ordinary_word_wraps_nothing(word: str):
    found = envelope(word)
    assert found is None or found.coding == "json"  # a bracket is looked at, and found to be none


@given(TEXTS)
def test_text_in_base64_is_opened(text: str):
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        found = envelope(encode(text.encode()).decode())
        assert found is not None
        assert (found.coding, found.content) == ("base64", text.encode())


@given(TEXTS)
def test_text_in_hexadecimal_is_opened(text: str):
    found = envelope(text.encode().hex())
    assert found is not None
    assert (found.coding, found.content) == ("hex", text.encode())


@given(st.text(min_size=1, max_size=40))
@example("a/b c")
def test_text_in_percent_encoding_is_opened(text: str):
    encoded = quote(text, safe="")
    assume("%" in encoded and len(encoded) > 2)
    found = envelope(encoded)
    assert found is not None
    assert (found.coding, found.content) == ("url", text.encode())


@given(st.binary(min_size=12, max_size=48))
def test_random_bytes_in_base64_stay_closed(content: bytes):
    assume(not is_text(content))
    found = envelope(base64.b64encode(content).decode())
    assert found is None or found.coding == "base64"  # a message of Protocol Buffers, by chance


def test_random_identifiers_are_hardly_ever_opened():
    import random

    noise = random.Random(1)
    drawn = [base64.b64encode(noise.randbytes(16)).decode() for _ in range(3000)]
    drawn += [noise.randbytes(16).hex() for _ in range(3000)]
    assert sum(envelope(own) is not None for own in drawn) <= 3


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_what_is_compressed_within_base64_is_opened(pack):
    packed = pack(b"some text that is long enough " * 3)
    found = envelope(base64.b64encode(packed).decode())
    assert found is not None
    assert compression(found.content) in ("gzip", "deflate")


def test_the_choices_of_an_encoder_are_told_where_the_content_leaves_them():
    content = b'{"a":"\xc3\xbf\xc3\xbe?~~~"}'
    standard = base64.b64encode(content).decode()
    safe = base64.urlsafe_b64encode(content).decode().rstrip("=")
    one, other = envelope(standard), envelope(safe)
    assert one is not None
    assert other is not None
    assert one.content == other.content == content
    assert dict(one.style)["padding"] == "kept"
    assert dict(other.style)["padding"] == "left out"
    assert (dict(one.style)["alphabet"], dict(other.style)["alphabet"]) == ("standard", "url-safe")
    assert envelope(base64.b64encode(b"no choices at all!!!!").decode()).style == ()


def test_bits_that_belong_to_no_byte_are_told():
    usual = base64.b64encode(b"a text of many words").decode()
    assert usual.endswith("M=")
    other = envelope(usual[:-2] + "N=")
    assert other is not None
    assert other.content == b"a text of many words"
    assert dict(other.style)["last bits"] == "N"


def test_a_web_token_has_three_parts():
    head, payload = (
        base64.urlsafe_b64encode(json.dumps(own).encode()).decode().rstrip("=")
        for own in ({"alg": "none"}, {"zone": "Asia/Shanghai"})
    )
    token = f"{head}.{payload}.c2ln"
    assert envelope(token).coding == "jwt"
    assert dict(parts_of_token(token)) == {
        "header": b'{"alg": "none"}',
        "payload": b'{"zone": "Asia/Shanghai"}',
        "signature": b"c2ln",
    }
