"""Many texts at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.static import search


@given(st.binary(max_size=200), st.lists(st.binary(min_size=4, max_size=6), min_size=1, max_size=4))
def test_every_place_is_found_across_chunks(data: bytes, texts: list[bytes]) -> None:
    whole = data + b"".join(texts) + data
    expected = {
        (number, offset)
        for number, text in enumerate(texts)
        for offset in range(len(whole))
        if whole.startswith(text, offset)
    }
    before, search.CHUNK = search.CHUNK, 16
    try:
        assert set(search.find(memoryview(whole), texts)) == expected
    finally:
        search.CHUNK = before


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 256"):
        list(search.find(b"x", [b""]))


def test_one_pass_for_several_lists_gives_each_its_own(monkeypatch):
    data = b"one two three two one"
    first, second = (b"two", b"none"), (b"one", b"two", b"t")
    searched = search.together(data, first, second)
    expected = [sorted(search.find(data, texts)) for texts in (first, second, (b"three",))]
    found = [sorted(searched(texts)) for texts in (first, second, (b"three",))]
    assert found == expected
    monkeypatch.setattr(search, "find", None)
    assert sorted(searched(first)) == expected[0]
