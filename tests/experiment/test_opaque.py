import base64
import os
import random
from collections.abc import Callable

import pytest

from undeclared.experiment.opaque import relations
from undeclared.model import Environment, Signal, View
from undeclared.views.place import Place

ZONE = Signal(id="timezone", levels=("Etc/UTC", "Europe/Berlin", "Asia/Tokyo", "Asia/Shanghai"))
RUNS = [Environment.of({"timezone": level}) for level in ZONE.levels for _ in range(3)]
ALL = range(len(RUNS))
BLOB = Place("host", "POST", "/", "", "body", "/blob", View.TEXT)
NONCE = BLOB._replace(part="header", pointer="x-nonce")


def xor(text: bytes, key: bytes) -> bytes:
    return bytes(own ^ key[at % len(key)] for at, own in enumerate(text))


def padded(environment: Environment) -> bytes:
    return environment["timezone"].ljust(24).encode()


def told(columns: dict[Place, list[str | None]]) -> dict[str, tuple[str | None, ...]]:
    return {own.what: own.values for own in relations(columns, RUNS, ALL, [ZONE])}


@pytest.mark.parametrize(
    "encode", [bytes.hex, lambda own: base64.b64encode(own).decode()], ids=["hex", "base64"]
)
def test_a_value_under_a_key_that_precedes_it_is_read(encode: Callable[[bytes], str]):
    def sent(environment: Environment) -> str:
        key = os.urandom(4)
        return encode(key + xor(padded(environment), key))

    (what, values), *_ = told({BLOB: [sent(own) for own in RUNS]}).items()
    assert what == "under its first 4 bytes (exclusive or)"
    assert values == tuple(own["timezone"] for own in RUNS)


def test_a_key_anywhere_in_the_value_is_seen_though_not_known():
    def sent(environment: Environment) -> str:
        key = os.urandom(8)
        return (os.urandom(5) + xor(bytes(7) + padded(environment) * 2, key)).hex()

    (values,) = told({BLOB: [sent(own) for own in RUNS]}).values()
    assert len(set(zip(values, (own["timezone"] for own in RUNS), strict=True))) == 4


def test_a_key_in_another_place_of_the_request_is_seen():
    keys = [os.urandom(24) for _ in RUNS]
    own = [xor(padded(run), key).hex() for run, key in zip(RUNS, keys, strict=True)]
    found = told({BLOB: list(own), NONCE: [key.hex() for key in keys]})
    assert found["under header x-nonce (exclusive or)"] == tuple(run["timezone"] for run in RUNS)


def test_random_bytes_have_no_relation():
    noise = random.Random(1)
    for _ in range(50):
        columns: dict[Place, list[str | None]] = {
            place: [noise.randbytes(32).hex() for _ in RUNS] for place in (BLOB, NONCE)
        }
        assert told(columns) == {}


def test_few_runs_tell_of_no_relation():
    few = [Environment.of({"timezone": level}) for level in ZONE.levels]
    values = [(bytes(4) + padded(run)).hex() for run in few]
    assert not list(relations({BLOB: values}, few, range(len(few)), [ZONE]))


def test_what_is_no_encoding_or_of_many_lengths_is_left_alone():
    assert told({BLOB: ["no encoding at all!"] * len(RUNS)}) == {}
    assert told({BLOB: ["00" * (8 + row) for row in ALL]}) == {}
    assert told({BLOB: [None, *["00" * 8] * (len(RUNS) - 1)]}) == {}
