import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.views.json_source import Node, NotJson, read

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def value_of(node: Node) -> object:
    if node.kind == "object":
        return {key: value_of(child) for key, child in node.members}
    if node.kind == "array":
        return [value_of(child) for child in node.elements]
    return node.text if node.kind == "string" else json.loads(node.source)


@given(VALUES, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_reads_what_json_reads(value: object, indent: int | str | None, ascii_only: bool):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if "Infinity" not in text and value == json.loads(text):
        assert value_of(read(text).root) == value


@given(st.text(max_size=40))
def test_refuses_what_json_refuses(text: str):
    try:
        json.loads(text, parse_constant=_no_constants)
    except ValueError:
        with pytest.raises(NotJson):
            read(text)


def _no_constants(name: str) -> None:
    raise ValueError(name)


def test_repeated_keys_and_their_order_are_kept():
    root = read('{"b":1,"a":2,"b":3}').root
    assert [key for key, _ in root.members] == ["b", "a", "b"]


def test_the_spelling_of_numbers_is_kept():
    assert [node.source for node in read("[1,1.0,1e0]").root.elements] == ["1", "1.0", "1e0"]


def test_white_space_tells_after_what_it_stood():
    assert (":", " ") in read('{"a": 1}').spacing
    assert (":", "") in read('{"a":1}').spacing


def test_deep_nesting_is_refused_and_ends():
    with pytest.raises(NotJson):
        read("[" * 100_000 + "]" * 100_000)
