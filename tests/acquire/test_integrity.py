import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.acquire.integrity import matches


def sri(algorithm, content):
    return f"{algorithm}-" + base64.b64encode(hashlib.new(algorithm, content).digest()).decode()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"right")
    return path


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_the_right_content_matches_and_another_does_not(file, algorithm):
    assert matches(file, sri(algorithm, b"right"))
    assert not matches(file, sri(algorithm, b"wrong"))


def test_only_the_strongest_algorithm_counts(file):
    strong, weak = sri("sha512", b"wrong"), sri("sha1", b"right")
    assert not matches(file, f"{weak} {strong}")
    assert matches(file, f"{sri('sha1', b'wrong')} {sri('sha512', b'right')}")


def test_any_hash_of_the_strongest_algorithm_is_enough(file):
    assert matches(file, f"{sri('sha512', b'wrong')} {sri('sha512', b'right')}?option")


@pytest.mark.parametrize("text", ["", "sha512-", "sha512-AAAA", "md5-AAAA", "sha512-§", "x"])
def test_what_is_no_hash_matches_nothing(file, text):
    assert not matches(file, text)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_equal_content_and_only_that_matches(tmp_path_factory, one, other):
    path = tmp_path_factory.mktemp("sri") / "file"
    path.write_bytes(one)
    assert matches(path, sri("sha512", other)) == (one == other)
