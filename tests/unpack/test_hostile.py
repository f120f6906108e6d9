"""Damage of every kind: never an exception, never without end, never more than the limits."""

import time

import pytest
from corpus import SCRIPT, corpus
from hypothesis import given, settings
from hypothesis import strategies as st

from undeclared.model.code import SourceFile
from undeclared.unpack import Limits, source_files
from undeclared.unpack.executables.pyinstaller import Marshal
from undeclared.unpack.piece import Unreadable

SOUND = corpus()
LIMITS = Limits(max_bytes=32 << 20, max_file_bytes=8 << 20, max_files=2000, seconds=10)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile") / "agent"


def look(place, data):
    place.write_bytes(data)
    start = time.monotonic()
    given = list(source_files(place, LIMITS))
    assert time.monotonic() - start < 20
    assert sum(len(one.data) for one in given if isinstance(one, SourceFile)) <= LIMITS.max_bytes
    assert len(given) <= LIMITS.max_files + 1
    return given


@pytest.mark.parametrize("name", SOUND)
def test_sound_ones_are_opened_wholly(place, name):
    given = look(place, SOUND[name])
    assert all(isinstance(one, SourceFile) for one in given)
    assert any(SCRIPT in bytes(one.data) for one in given)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(SOUND)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6),
)
def test_overwritten_anywhere(place, name, writes):
    data = bytearray(SOUND[name])
    for where, what in writes:
        at = int(where * len(data))
        data[at : at + len(what)] = what
    assert look(place, bytes(data))


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(SOUND)), st.floats(0, 1), st.binary(max_size=40))
def test_cut_anywhere_with_more_behind(place, name, where, more):
    data = SOUND[name][: int(where * len(SOUND[name]))] + more
    assert look(place, data)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(SOUND)),
    st.booleans(),
    st.integers(0, 600),
    st.sampled_from([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 1 << 62, (1 << 64) - 1]),
)
def test_huge_numbers_in_headers_and_tables(place, name, from_end, at, number):
    data = bytearray(SOUND[name])
    at = max(0, len(data) - 8 - at) if from_end else min(at, max(0, len(data) - 8))
    data[at : at + 8] = number.to_bytes(8, "little")
    assert look(place, bytes(data))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SOUND)), st.sampled_from(sorted(SOUND)))
def test_two_containers_in_one(place, first, second):
    assert look(place, SOUND[first] + SOUND[second])


@given(st.binary(max_size=200))
def test_the_reader_of_marshal_knows_no_more_than_values(data):
    reader = Marshal(memoryview(data))
    try:
        value = reader.value()
    except (Unreadable, LookupError):
        return
    assert value is None or isinstance(value, (bool, int, str, list)) or value is ...
