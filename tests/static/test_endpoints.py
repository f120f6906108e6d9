"""Servers that code names."""

# ruff: noqa: E501 - a program a line

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.model.code import Endpoint, FileKind, HiddenConstants, Region, SourceFile
from undeclared.static.endpoints import endpoints

JS = FileKind.JAVASCRIPT


def found(code: str | bytes, kind: FileKind = JS) -> list[Endpoint]:
    data = code.encode() if isinstance(code, str) else code
    return endpoints(SourceFile("a.js", kind, data))


@pytest.mark.parametrize(
    ("code", "host", "called"),
    [
        ('fetch("https://api.vendor.ai/v1")', "api.vendor.ai", True),
        ("await n.post(`https://api.vendor.ai/v1?x=${q}`,{})", "api.vendor.ai", True),
        ('let rT_="https://logs.vendor.io/v2";async function f(){await J1.post(rT_,x)}', "logs.vendor.io", True),
        ('const a="https://logs.vendor.io";fetch(a)', "logs.vendor.io", True),
        ('const a="https://logs.vendor.io";' + " " * 9_000 + "fetch(a)", "logs.vendor.io", False),
        ('const API="https://logs.vendor.io";' + " " * 9_000 + "fetch(`${API}/x`)", "logs.vendor.io", True),
        ('new Client({baseURL:"https://api.vendor.ai"})', "api.vendor.ai", True),
        ('x={a:"https://claude.ai/settings"}', "claude.ai", False),
        ('new WebSocket("wss://live.vendor.io/s")', "live.vendor.io", True),
        ("url:`https://sts.${region}.amazonaws.com`", "sts.*.amazonaws.com", False),
        ('requests.request("POST", "https://api.vendor.ai")', "api.vendor.ai", True),
        ('y="http://169.254.169.254/latest"', "169.254.169.254", False),
    ],
)  # fmt: skip
def test_an_address_is_found(code: str, host: str, called: bool) -> None:
    assert [(own.host, own.called) for own in found(code)] == [(host, called)]


@pytest.mark.parametrize(
    "code",
    [
        "// see https://vendor.io/x",
        '/* "license" https://vendor.io */',
        'throw Error("Read https://vendor.io/x to learn more")',
        'text="Use \\"https://vendor.io\\" here"',
        'ns="http://www.w3.org/2000/svg"',
        '$schema:"https://vendor.io/schema.json"',
        '{homepage:"https://vendor.io"}',
        'a="https://example.com"',
        'a="http://localhost:3000"',
        'a="https://docs.vendor.io/setup"',
        'a="https://${host}"',
        'a="https://"',
        'a="https://vendor.notadomain/x"',
    ],
)
def test_what_is_for_people_or_for_nobody_is_none(code: str) -> None:
    assert found(code) == []


def test_each_is_told_once_with_its_places() -> None:
    (own,) = found('a="https://api.vendor.ai/x";b="https://api.vendor.ai/x"')
    assert (own.places, len(own.also_at)) == (2, 1)


@pytest.mark.parametrize(
    ("data", "host"),
    [
        (b"\0https://api.vendor.ai/v1\0", "api.vendor.ai"),
        (b"failed to loadhttps://api.vendor.comfailed to parse", "api.vendor.com"),
        (b"xhttps://api.vendor.ai/v1https://api.vendor.ai/v1", "api.vendor.ai"),
    ],
)
def test_texts_of_machine_code_lie_side_by_side(data: bytes, host: str) -> None:
    assert {own.host for own in found(data, FileKind.NATIVE)} == {host}


def test_a_sentence_in_machine_code_is_none() -> None:
    assert found(b"\0see https://vendor.io for more\0", FileKind.NATIVE) == []


def test_hidden_hosts_are_told_with_what_hides_them() -> None:
    constants = HiddenConstants(
        id="hidden-1", decoder=("base64",), entries=("api.vendor.ai", "word", "a b"), looks=(),
        score=1.0, region=Region(path="a.js", start=0, end=3),
    )  # fmt: skip
    (own,) = endpoints(SourceFile("a.js", JS, b"xyz"), [constants])
    assert (own.host, own.hidden, own.called) == ("api.vendor.ai", "hidden-1", False)


def test_a_host_in_a_thousand_places_of_a_large_file_is_told_once() -> None:
    code = b'a="https://api.vendor.ai/x";fetch(a);' * 2_000 + b"x=1;" * 2_000_000
    assert len(found(code)) == 1


@given(st.text(alphabet="htps:/.\"'`{}$ac()=,\n\\ ", max_size=200))
def test_any_text_gives_addresses(code: str) -> None:
    for kind in (JS, FileKind.NATIVE):
        for own in found(f'"https://{code}', kind):
            assert "." in own.host or ":" in own.host
