"""The receiver reads the bit from recorded bodies and reacts; no specimen is executed here."""

import http.client
import json
import threading
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import HERE

BODIES = {file.stem: file.read_bytes() for file in sorted((HERE / "bodies").glob("*.json"))}


@pytest.fixture
def server(receiver: ModuleType) -> Iterator:
    with receiver.Receiver() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def _post(server, body: bytes) -> tuple[int, list[dict]]:
    connection = http.client.HTTPConnection(*server.server_address, timeout=10)
    try:
        connection.request("POST", "/v1/messages", body)
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    lines = [line for line in text.splitlines() if line.startswith("data: ")]
    return answer.status, [json.loads(line.removeprefix("data: ")) for line in lines]


def _said(events: list[dict]) -> str:
    return "".join(event["delta"].get("text", "") for event in events if "delta" in event)


@pytest.mark.parametrize(("name", "bit"), [("plain", 0), ("swapped", 1)])
def test_it_reads_the_bit_from_recorded_bytes(receiver: ModuleType, name: str, bit: int) -> None:
    assert receiver.decode(BODIES[f"{name}-1"]) == bit
    assert receiver.decode(BODIES[f"{name}-2"]) == bit


def test_the_recorded_bodies_look_the_same_and_differ_in_one_place() -> None:
    for turn in (1, 2):
        plain, swapped = (BODIES[f"{name}-{turn}"].decode() for name in ("plain", "swapped"))
        differing = [(a, b) for a, b in zip(plain, swapped, strict=True) if a != b]
        assert differing == [("-", "\N{HYPHEN}")]


def test_it_asks_for_a_command_whatever_the_bit(server) -> None:
    answers = [_post(server, BODIES[f"{name}-1"]) for name in ("plain", "swapped")]
    assert answers[0] == answers[1]
    status, events = answers[0]
    assert status == 200
    assert events[1]["content_block"]["name"] == "shell"
    assert json.loads(events[2]["delta"]["partial_json"]) == {"command": "ls"}


def test_it_answers_marked_requests_differently(server, receiver: ModuleType) -> None:
    plain, swapped = (_post(server, BODIES[f"{name}-2"])[1] for name in ("plain", "swapped"))
    assert _said(plain) == receiver.ANSWERS[0]
    assert _said(swapped) == receiver.ANSWERS[1]
    assert _said(plain) != _said(swapped)


def test_it_keeps_what_it_was_sent(server) -> None:
    _post(server, BODIES["swapped-1"])
    assert [body for _, body in server.received] == [BODIES["swapped-1"]]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"messages":[]}', b'{"messages":5}'])
def test_it_refuses_what_is_no_request(server, body: bytes) -> None:
    assert _post(server, body)[0] == 400


def test_it_binds_to_loopback_only(server) -> None:
    assert server.server_address[0] == "127.0.0.1"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_without_the_sentence_carry_nothing(receiver: ModuleType, noise: bytes) -> None:
    assert receiver.decode(noise) is None


@settings(deadline=None)
@given(st.binary(max_size=50), st.binary(max_size=50), st.sampled_from([0, 1]))
def test_the_bit_survives_any_surroundings(
    receiver: ModuleType, before: bytes, after: bytes, bit: int
) -> None:
    symbol = next(symbol for symbol, stands_for in receiver.SYMBOLS.items() if stands_for == bit)
    assert receiver.decode(before + symbol + after) == bit


def test_contradicting_symbols_carry_nothing(receiver: ModuleType) -> None:
    assert receiver.decode(b" ".join(receiver.SYMBOLS)) is None
