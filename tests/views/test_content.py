import base64
import gzip
import json

from hypothesis import given
from hypothesis import strategies as st

from undeclared.model import View
from undeclared.views.content import ContentReader
from undeclared.views.place import Place
from undeclared.views.protobuf import fields, plausible

WHERE = ("host", "POST", "/", "", "body")
VALUES = st.text(
    st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12
).filter(lambda own: own[0].isalpha() and "%" not in own and "&" not in own)


def body(content: bytes | str, kind: str = "") -> dict[tuple[str, View], str]:
    found: dict[Place, str] = {}
    raw = content.encode() if isinstance(content, str) else content
    ContentReader().body(found, raw, kind, WHERE)
    return {(place.pointer, place.view): reading for place, reading in found.items()}


def text_at(found: dict[tuple[str, View], str], pointer: str) -> str:
    return found[pointer, View.TEXT]


@given(VALUES)
def test_what_is_wrapped_is_found_at_its_pointer(value: str):
    inner = json.dumps({"key": f"-{value}-"})
    packed = base64.b64encode(gzip.compress(inner.encode())).decode()
    found = body(json.dumps({"plain": inner, "packed": packed}))
    assert text_at(found, "/plain#json/key") == f"-{value}-"
    assert text_at(found, "/packed#base64#gzip#json/key") == f"-{value}-"
    assert ("/plain", View.TEXT) not in found
    assert ("/packed", View.TEXT) not in found


def test_the_spacing_of_a_nested_text_is_kept():
    found = body(json.dumps({"inner": '{"a": 1}'}))
    assert found["/inner#json", View.WHITESPACE] == ":' '"


def test_layers_are_taken_off_down_to_a_depth():
    text = "the innermost text"
    for _ in range(6):
        text = json.dumps({"a": text})
    pointers = [pointer for pointer, view in body(text) if view is View.TEXT]
    assert pointers == ["/a" + "#json/a" * 4]


def test_a_form_is_read_by_its_names():
    found = body("a=1&b=x%2Fy&a=2", "application/x-www-form-urlencoded")
    assert text_at(found, "#form/a") == "1"
    assert text_at(found, "#form/a#2") == "2"
    assert text_at(found, "#form/b#url") == "x/y"
    assert found["#form", View.ORDER] == "a\nb\na#2"


def test_a_multipart_body_is_read_by_its_parts():
    parts = (
        b'--xyz\r\nContent-Disposition: form-data; name="meta"\r\n'
        b'Content-Type: application/json\r\n\r\n{"zone":"UTC"}\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwords\r\n'
        b"--xyz--\r\n"
    )
    found = body(parts, "multipart/form-data; boundary=xyz")
    assert text_at(found, "#multipart/meta#json/zone") == "UTC"
    assert text_at(found, "#multipart/file") == "words"
    assert found["#multipart", View.VALUE] == "xyz"
    assert text_at(found, "#multipart/meta#header/content-type") == "application/json"


def test_lines_of_json_go_by_the_names_of_their_events():
    found = body('{"event":"start","n":1}\n{"event":"end","n":2}\n')
    assert found["#ndjson/[event=start]/n", View.VALUE] == "1"
    assert found["#ndjson/[event=end]/n", View.VALUE] == "2"


def test_events_of_a_stream_are_opened():
    found = body('event: a\ndata: {"x":1}\n\ndata: words\n\n', "text/event-stream")
    assert found["#sse/0/data#json/x", View.VALUE] == "1"
    assert text_at(found, "#sse/1/data") == "words"


def message(*own: tuple[int, bytes | int]) -> bytes:
    """A message of fields below 16 with contents below 128."""
    found = b""
    for number, value in own:
        if isinstance(value, int):
            found += bytes([number << 3, value])
        else:
            found += bytes([number << 3 | 2, len(value)]) + value
    return found


def test_protocol_buffers_are_read_by_field_numbers():
    content = message((1, 7), (2, b"Asia/Shanghai"), (3, message((1, b"inner text"), (2, 1))))
    for found in (body(content), body(content, "application/x-protobuf")):
        assert found["#protobuf/1", View.VALUE] == "7"
        assert text_at(found, "#protobuf/2") == "Asia/Shanghai"
        assert text_at(found, "#protobuf/3/1") == "inner text"
    framed = b"\0" + len(content).to_bytes(4, "big") + content
    assert text_at(body(framed, "application/grpc+proto"), "#grpc/0#protobuf/2") == "Asia/Shanghai"


@given(st.binary(max_size=64))
def test_any_bytes_are_read_somehow_and_never_lost_silently(content: bytes):
    assert bool(body(content)) == bool(content)
    fields(content)
    plausible(content)


KINDS = (
    "multipart/form-data; boundary=x", "text/event-stream", "application/grpc",
    "application/x-www-form-urlencoded", "application/x-protobuf",
)  # fmt: skip


@given(st.binary(max_size=200), st.sampled_from(KINDS))
def test_a_body_that_is_not_what_it_says_is_read_all_the_same(content: bytes, kind: str):
    body(content, kind)
