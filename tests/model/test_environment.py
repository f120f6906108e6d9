"""An environment is one level for every signal, in no order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.model import UNSET, Environment

LEVELS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=6)


@given(LEVELS, st.randoms())
def test_the_order_in_which_levels_are_given_does_not_matter(levels: dict, random) -> None:
    shuffled = list(levels.items())
    random.shuffle(shuffled)
    one, other = Environment.of(levels), Environment.of(dict(shuffled))
    assert one == other
    assert hash(one) == hash(other)
    assert str(one) == str(other)


@given(LEVELS)
def test_it_gives_back_what_it_was_built_of(levels: dict) -> None:
    environment = Environment.of(levels)
    assert environment.as_dict() == levels
    assert list(environment.signals()) == sorted(levels)
    assert all(environment[signal] == level for signal, level in levels.items())


@given(LEVELS, LEVELS)
def test_environments_are_equal_if_and_only_if_their_levels_are(one: dict, other: dict) -> None:
    assert (Environment.of(one) == Environment.of(other)) == (one == other)


def test_a_signal_that_is_not_varied() -> None:
    environment = Environment.of({"timezone": "Etc/UTC"})
    assert environment.get("timezone") == "Etc/UTC"
    assert environment.get("locale") == UNSET
    assert environment.get("locale", "C") == "C"
    with pytest.raises(KeyError, match="locale"):
        environment["locale"]


def test_it_reads_as_settings() -> None:
    environment = Environment.of({"timezone": "Etc/UTC", "base-url-host": "unset"})
    assert str(environment) == "base-url-host=unset timezone=Etc/UTC"
