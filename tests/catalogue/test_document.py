"""Whatever a file holds, reading it ends quickly, with a value or a CatalogueError."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undeclared.catalogue import CatalogueError
from undeclared.catalogue.document import MAX_BYTES, read

BOMB = b"a: &a [lol,lol]\n" + b"".join(
    b"%c: &%c [*%c,*%c,*%c]\n" % (key, key, key - 1, key - 1, key - 1) for key in b"bcdefghijklmnop"
)

HOSTILE = {
    "unclosed": b"a: [",
    "tab": b"a:\n\tb: 1",
    "two documents": b"a: 1\n---\nb: 2",
    "two of one key": b"a: 1\na: 2",
    "repeated key inside": b"a: [{b: 1, b: 2}]",
    "list as a key": b"? [a]\n: 1",
    "mapping as a key": b"{{a: b}: c}",
    "alias bomb": BOMB,
    "recursion": b"&a [*a]",
    "deep flow": b"[" * 100_000,
    "deep block": b"- " * 100_000,
    "larger than allowed": b"#" * (MAX_BYTES + 1),
    "NUL": b"a: \0",
    "no UTF-8": b"\xff\xfe\x00",
    "no code point": b'"\\UFFFFFFFF"',
    "anchors only": b"&a " * 50_000,
}


def _refusal(data: bytes) -> str | None:
    try:
        read(data, "some.yaml")
    except CatalogueError as error:
        return str(error)
    return None


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_yaml_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(CatalogueError, match=r"^some\.yaml"):
        read(data, "some.yaml")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_a_catalogue_error(data: bytes) -> None:
    assert _refusal(data) is None or _refusal(data).startswith("some.yaml")


@settings(deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!|>\"'?, \n#%@`~\\xU0", max_size=60))
def test_any_punctuation_gives_a_value_or_a_catalogue_error(text: str) -> None:
    assert _refusal(text.encode()) is None or _refusal(text.encode()).startswith("some.yaml")


def test_the_line_is_named() -> None:
    with pytest.raises(CatalogueError, match=r"some\.yaml, line 3: not YAML: 'a' is there twice"):
        read(b"a: 1\nb: 2\na: 3\n", "some.yaml")


def test_a_file_of_the_largest_size_is_read() -> None:
    text = b"a: 1\n#"
    assert read(text + b"." * (MAX_BYTES - len(text)), "some.yaml") == {"a": "1"}


@pytest.mark.parametrize(
    "word", ["NO", "yes", "on", "2026-11-22", "1.10", "0x10", "1:30", ".inf", "="]
)
def test_scalars_stay_as_written(word: str) -> None:
    assert read(f"a: {word}".encode(), "some.yaml") == {"a": word}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: null", None),
        ("a: ~", None),
        ("a:", None),
        ("a: 'null'", "null"),
        ("a: ''", ""),
        ("a: nullable", "nullable"),
        ("a: ~x", "~x"),
    ],
)
def test_null_alone_is_not_text(text: str, value: str | None) -> None:
    assert read(text.encode(), "some.yaml") == {"a": value}


def test_tags_build_nothing() -> None:
    assert read(b"a: !!python/object/apply:os.getcwd []", "some.yaml") == {"a": []}


def test_an_empty_file_is_null() -> None:
    assert read(b"", "some.yaml") is None
