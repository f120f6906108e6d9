"""A finding cannot be built wrong, and an influence is as sure as its weakest contrast."""

import pytest
from pydantic import ValidationError

from undeclared.model import (
    Confidence,
    Contrast,
    Finding,
    FindingKind,
    FindingVariant,
    Influence,
    Locus,
    Severity,
    Signal,
    Status,
    View,
)

LOCUS = Locus(host="api.vendor.example", method="POST", path="/", part="body")
ZONE = Signal(id="timezone", levels=("Asia/Urumqi",))


def _variant(text: str) -> FindingVariant:
    return FindingVariant(
        when={"timezone": "Etc/UTC"},
        text=text,
        codepoints=("U+002D",),
        changed=text,
        conditions=(ZONE,),
        seen=3,
        of=3,
    )


def _finding(kind: FindingKind, **changes: object) -> Finding:
    whole = {
        "id": "f-1",
        "kind": kind,
        "severity": Severity.HIGH,
        "confidence": Confidence.HIGH,
        "title": "A hyphen differs.",
        "condition": "timezone in {Asia/Urumqi}",
        "declared": False,
        "covert": True,
        "covert_because": "equal Unicode TR39 skeleton",
        "signals": (ZONE,),
        "channel": "text.codepoint",
        "locus": LOCUS,
        "bits": 1.0,
        "p_value": 0.001,
        "variants": (_variant("-"), _variant("\N{HYPHEN}")),
    }
    return Finding(**whole | changes)


@pytest.mark.parametrize("kind", FindingKind)
def test_a_whole_finding_of_any_kind_can_be_built(kind: FindingKind) -> None:
    assert _finding(kind).kind is kind


@pytest.mark.parametrize("change", [{"covert": False}, {"covert_because": ""}])
def test_a_mark_says_why_it_is_covert(change: dict) -> None:
    with pytest.raises(ValidationError, match="by which rule it is covert"):
        _finding(FindingKind.MARK, **change)


@pytest.mark.parametrize("kind", [FindingKind.MARK, FindingKind.INFLUENCE])
@pytest.mark.parametrize(
    "change", [{"p_value": None}, {"signals": ()}, {"variants": ()}, {"variants": (_variant("-"),)}]
)
def test_what_claims_an_influence_was_tested(kind: FindingKind, change: dict) -> None:
    with pytest.raises(ValidationError, match="signals, two variants and a p-value"):
        _finding(kind, **change)


def test_an_influence_need_not_be_covert() -> None:
    assert not _finding(FindingKind.INFLUENCE, covert=False, covert_because="").covert


def test_a_contact_needs_no_experiment() -> None:
    assert _finding(FindingKind.CONTACT, p_value=None, signals=(), variants=()).p_value is None


@pytest.mark.parametrize(
    "change",
    [{"bits": -0.1}, {"p_value": 1.1}, {"p_value": -0.1}, {"kind": "spyware"}, {"severity": "bad"}],
)
def test_impossible_values_are_refused(change: dict) -> None:
    with pytest.raises(ValidationError, match=next(iter(change))):
        _finding(**{"kind": FindingKind.MARK} | change)


def _influence(*adjusted: float) -> Influence:
    contrasts = tuple(
        Contrast(
            signal="timezone",
            levels=("Asia/Urumqi",),
            against=("Etc/UTC",),
            within=(),
            variant=0,
            counts=((3, 0), (0, 3)),
            p_value=p / 2,
            p_adjusted=p,
        )
        for p in adjusted
    )
    return Influence(
        cause="c",
        locus=LOCUS,
        view=View.TEXT,
        signals=(ZONE,),
        variants=(),
        contrasts=contrasts,
        status=Status.ESTABLISHED,
        bits=1,
    )


def test_an_influence_is_as_sure_as_its_weakest_contrast() -> None:
    assert _influence(0.01, 0.04, 0.02).p_value == 0.04


def test_an_influence_without_a_contrast_is_not_sure_at_all() -> None:
    assert _influence().p_value == 1.0
