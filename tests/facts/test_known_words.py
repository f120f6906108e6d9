import base64
import gzip
import hashlib
import json

import pytest

from undeclared.facts.searching import search
from undeclared.facts.words import Words

HOST = "orlop-sandpiper"
HOME = "/home/quillon.wren"
WORDS = Words([HOST, HOME, "quillon.wren", "dev"])


def found(data):
    return {(number, form) for number, form in search(WORDS, data)[0]}


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (f"host={HOST};".encode(), "plain"),
        (HOST.upper().encode().lower(), "plain"),
        (json.dumps({"a": f"x\n{HOST}\ny"}).encode(), "plain"),
        (HOST.encode().hex().encode(), "hex"),
        (base64.b64encode(b"ab" + HOST.encode()), "base64"),
        (hashlib.sha256(HOST.encode()).hexdigest()[:16].encode(), "sha256"),
        (gzip.compress(f"host={HOST}".encode(), mtime=0), "gzip"),
    ],
)
def test_a_value_is_found_in_any_form(data, form):
    assert (0, form) in found(data)


@pytest.mark.parametrize("data", [b"orlop-sandpipers", b"xorlop-sandpiper", b"device", b"dev"])
def test_parts_of_words_and_short_words_are_not(data):
    assert found(data) == set()


def test_short_words_are_found_by_their_digest():
    assert found(hashlib.md5(b"dev", usedforsecurity=False).hexdigest().encode()) == {(3, "md5")}


def test_the_longest_value_counts_where_one_is_within_another():
    assert found(f"{HOME}/x".encode()) == {(1, "plain")}
    assert found(b"by quillon.wren at") == {(2, "plain")}
    assert [HOME[:5] for _ in WORDS.spans(f"a {HOME} b {HOST}".encode())] == ["/home"] * 2


def test_values_that_are_kept_apart_hide_no_others():
    line = f"{HOME}/x at {HOST}"
    words = Words([line, HOST, HOME], apart=[0])
    assert words.find(line.encode()).forms == {(0, "plain"), (1, "plain"), (2, "plain")}
    assert Words([line, HOST, HOME]).find(line.encode()).forms == {(0, "plain")}


def test_two_values_of_one_spelling_are_both_found():
    assert Words([HOST, HOST]).find(HOST.encode()).forms == {(0, "plain"), (1, "plain")}


def test_nothing_is_looked_for_where_nothing_is_known():
    assert Words([]).find(b"anything").forms == frozenset()
