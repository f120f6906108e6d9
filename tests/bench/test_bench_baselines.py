"""The simpler methods do what they say, and no more."""

import json

import pytest
from bench_reports import TRIED, run

from undeclared.bench.baselines import BASELINES, Claim, Material
from undeclared.catalogue import signals

PLAIN = [run(n) for n in range(3)]


def ask(name: str, *runs, programs: tuple[str, ...] = ()) -> Claim:
    own = Material(runs=runs, signals=TRIED, programs=programs)
    return BASELINES[name][1](own, signals())


def body(text: str) -> bytes:
    return json.dumps({"system": text}).encode()


@pytest.mark.parametrize("name", BASELINES)
def test_equal_runs_are_nothing(name: str) -> None:
    moved = run(9, timezone="Asia/Shanghai"), run(10, base_url_host="moonshot.example.cn")
    assert not ask(name, *PLAIN, *moved).flagged


def test_naive_takes_noise_for_an_influence() -> None:
    assert ask("naive-diff", *PLAIN, run(9, b"{1}", timezone="Asia/Shanghai")).flagged


def test_the_tree_blames_the_signal_that_was_changed() -> None:
    moved = run(9, body("it’s"), timezone="Asia/Shanghai")
    plain = [run(n, body("it's")) for n in range(3)]
    assert ask("one-at-a-time-tree", *plain, moved).signals == ("timezone",)


def test_the_tree_knows_the_constant_ends_of_noise() -> None:
    plain = [run(n, body(f"id {n}{n}{n} end")) for n in range(3)]
    fresh = run(8, body("id 777 end"), timezone="Asia/Shanghai")
    assert not ask("one-at-a-time-tree", *plain, fresh).flagged
    other = run(9, body("id 777 End"), timezone="Asia/Shanghai")
    assert ask("one-at-a-time-tree", *plain, other).signals == ("timezone",)


def test_the_tree_knows_identifiers_and_times() -> None:
    ids = [f"{n}b1e5c2a-0000-4000-8000-00000000000{n} at 176379200{n}" for n in range(4)]
    plain = [run(n, body(ids[0])) for n in range(3)]
    fresh = run(8, body(ids[3]), timezone="Asia/Shanghai")
    assert not ask("one-at-a-time-tree", *plain, fresh).flagged


def test_the_tree_sees_no_pair_of_signals_and_no_order() -> None:
    both = run(9, body("x"), timezone="Asia/Shanghai", base_url_host="moonshot.example.cn")
    assert not ask("one-at-a-time-tree", *PLAIN, both).flagged
    one, two = (b"A", b"1"), (b"B", b"2")
    plain = [run(n, headers=(one, two)) for n in range(3)]
    turned = run(9, headers=(two, one), timezone="Asia/Shanghai")
    assert not ask("one-at-a-time-tree", *plain, turned).flagged


@pytest.mark.parametrize(
    ("text", "flagged"),
    [("it’s", True), ("a\u200bb", True), ("it's", False), ("пример", False), ("pаy", True)],
)
def test_the_scan_looks_for_strange_characters(text: str, flagged: bool) -> None:
    assert ask("unicode-scan", run(1, body(text))).flagged is flagged


@pytest.mark.parametrize(
    "sent",
    [
        b'{"z": "Asia/Shanghai"}',
        b'{"z": "QXNpYS9TaGFuZ2hhaQ=="}',
        b'{"z": "417369612f5368616e67686169"}',
    ],
)
def test_the_search_finds_a_value_and_its_encodings(sent: bytes) -> None:
    assert ask("substring", *PLAIN, run(9, sent, timezone="Asia/Shanghai")).signals == ("timezone",)
    assert not ask("substring", *PLAIN, run(9, sent, timezone="Asia/Urumqi")).flagged


def test_static_finds_how_a_signal_is_read() -> None:
    text = "const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;"
    assert ask("static", *PLAIN, programs=(text,)).signals == ("timezone",)
