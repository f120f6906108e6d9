"""A pattern with `*` is what a regular expression made of it would be."""

import re

from hypothesis import given
from hypothesis import strategies as st

from undeclared.catalogue.reads import fits

_TEXT = st.text("ab[?.*", max_size=8)


@given(_TEXT, st.text("ab[?.\n", max_size=10))
def test_only_the_star_means_something(pattern: str, what: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), what, re.DOTALL)
    assert fits(pattern, what) == (expected is not None)
