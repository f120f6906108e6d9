import pytest

from undeclared.catalogue import are_synonyms


@pytest.mark.parametrize(
    ("one", "other"),
    [("small", "little"), ("start", "begin"), ("starts", "begins"), ("fixed", "repaired"),
     ("using", "utilizing"), ("help", "assist")],
)  # fmt: skip
def test_words_for_the_same(one: str, other: str):
    assert are_synonyms(one, other)
    assert are_synonyms(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("small", "large"), ("always", "never"), ("must", "may"), ("starts", "begin"),
     ("asia", "europe"), ("allow", "deny"), ("read", "write"), ("xyzzy", "plugh"), ("s", "es")],
)  # fmt: skip
def test_words_for_something_else(one: str, other: str):
    assert not are_synonyms(one, other)
    assert not are_synonyms(other, one)
