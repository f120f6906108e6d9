"""What counts as found, missed, false; and what is exact."""

import pytest
from bench_reports import claim, report, specimen

from undeclared.bench.score import Answer, score
from undeclared.model import FindingKind

CHINA = ("Asia/Shanghai", "Asia/Urumqi")
MARK = {"signals": {"timezone": CHINA}, "bits": 1, "locus": {"part": "body"}}


def test_a_mark_is_found_and_exact() -> None:
    found = score(specimen(**MARK), report(claim(timezone=CHINA)))
    assert found.answer is Answer.FOUND
    assert found.signals_exact
    assert found.levels_exact
    assert found.channel_exact
    assert found.locus_exact
    assert found.bits_error == 0
    assert found.spurious == 0
    assert (found.runs, found.seconds) == (40, 12.5)


def test_nothing_claimed_is_missed() -> None:
    assert score(specimen(**MARK), report()).answer is Answer.MISSED


def test_an_audit_that_was_not_done_is_no_answer() -> None:
    nothing = report(complete=False)
    assert score(specimen(**MARK), nothing).answer is Answer.INCOMPLETE
    assert score(specimen(label="benign"), nothing).answer is Answer.INCOMPLETE


def test_what_was_found_stands_though_the_audit_was_not_finished() -> None:
    found = score(specimen(**MARK), report(claim(timezone=CHINA), complete=False))
    assert found.answer is Answer.FOUND


def test_another_signal_is_missed_and_spurious() -> None:
    found = score(specimen(**MARK), report(claim(base_url_host=("gateway.example.com",))))
    assert found.answer is Answer.MISSED
    assert found.spurious == 1


def test_one_signal_too_many_is_found_but_not_exact() -> None:
    both = claim(timezone=CHINA, base_url_host=("gateway.example.com",))
    found = score(specimen(**MARK), report(both))
    assert found.answer is Answer.FOUND
    assert not found.signals_exact
    assert found.spurious == 1


def test_a_gate_that_was_not_seen_is_missed() -> None:
    gated = specimen(**MARK, gate={"base-url-host": "not-default"})
    assert score(gated, report(claim(timezone=CHINA))).answer is Answer.MISSED
    both = claim(timezone=CHINA, base_url_host=("gateway.example.com", "moonshot.example.cn"))
    found = score(gated, report(both))
    assert found.answer is Answer.FOUND
    assert found.levels_exact


def test_a_mark_told_as_an_influence_is_missed_as_the_other_kind() -> None:
    open_one = claim(FindingKind.INFLUENCE, "json.value", timezone=CHINA)
    found = score(specimen(**MARK), report(open_one))
    assert found.answer is Answer.MISSED
    assert found.other_kind
    assert found.spurious == 0


def test_an_influence_told_as_a_mark_is_missed_and_a_false_claim() -> None:
    influence = specimen(**{**MARK, "label": "influence"})
    found = score(influence, report(claim(timezone=CHINA)))
    assert found.answer is Answer.MISSED
    assert found.other_kind
    assert found.spurious == 1


@pytest.mark.parametrize("label", ["benign", None])
def test_a_specimen_with_nothing(label: str | None) -> None:
    own = specimen(label=label, channel="")
    assert score(own, report()).answer is Answer.CLEAR
    found = score(own, report(claim(FindingKind.INFLUENCE, timezone=CHINA)))
    assert found.answer is Answer.FALSE
    assert found.spurious == 1


def test_other_findings_are_no_claims_of_a_cause() -> None:
    contact = claim(timezone=CHINA).model_copy(update={"kind": FindingKind.CONTACT})
    assert score(specimen(label="benign", channel=""), report(contact)).answer is Answer.CLEAR


def test_levels_channel_and_bits_that_are_not_exact() -> None:
    off = claim(channel="text.value", bits=2, part="header", timezone=("Asia/Shanghai",))
    found = score(specimen(**MARK), report(off))
    assert found.answer is Answer.FOUND
    assert [found.levels_exact, found.channel_exact, found.locus_exact] == [False] * 3
    assert found.bits_error == 1


def test_the_closest_claim_is_compared() -> None:
    rough = claim(channel="text.value", timezone=("Asia/Shanghai",))
    found = score(specimen(**MARK), report(rough, claim(timezone=CHINA)))
    assert found.channel_exact
    assert found.levels_exact


def test_an_exclusive_or_has_no_levels_of_its_own() -> None:
    signals = {"timezone": ("Asia/*",), "base-url-host": "not-default"}
    xor = specimen(signals=signals, logic="xor", bits=1)
    found = score(xor, report(claim(timezone=CHINA, base_url_host=("gateway.example.com",))))
    assert found.answer is Answer.FOUND
    assert found.levels_exact is None


def test_an_open_alphabet_has_no_error_in_bits() -> None:
    value = specimen(
        label="influence", channel="http.header-value", signals={"timezone": ("*",)}, bits=1,
        at_least=True,
    )  # fmt: skip
    told = claim(
        FindingKind.INFLUENCE, "http.header-value", bits=2, timezone=("Europe/Berlin", *CHINA)
    )
    found = score(value, report(told))
    assert found.bits_error is None
    assert found.levels_exact
