"""The before/after table shows the differing part, wherever it lies and however long it is."""

from io import StringIO

import pytest
from rich.console import Console

from undeclared.model import Report, Signal
from undeclared.report.findings import size, sure
from undeclared.report.variants import code_points, levels, table


def shown(report: Report, segment: str, variants: dict[str, str]) -> str:
    """The table of a finding whose variants are `{text: changed}`."""
    finding = next(own for own in report.findings if own.covert)
    first = finding.variants[0]
    altered = finding.model_copy(
        update={
            "locus": finding.locus.model_copy(update={"segment": segment}),
            "variants": tuple(
                first.model_copy(update={"text": text, "changed": changed})
                for text, changed in variants.items()
            ),
        }
    )
    out = StringIO()
    Console(file=out, width=200).print(table(altered, {}))
    return out.getvalue()


def test_of_several_places_the_one_that_the_locus_names(report: Report) -> None:
    rendered = shown(report, "it⟨…⟩s", {"Don't say it's": "'", "Don't say it’s": "’"})
    assert "Don't say it⟦'⟧s" in rendered
    assert "Don't say it⟦’⟧s" in rendered


def test_without_a_segment_the_place_where_the_variants_part(report: Report) -> None:
    rendered = shown(report, "", {"a/b/c-d": "-", "a/b/c/d": "/"})
    assert "a/b/c⟦-⟧d" in rendered
    assert "a/b/c⟦/⟧d" in rendered


def test_a_long_part_keeps_its_two_ends(report: Report) -> None:
    long = "begin" + "x" * 500 + "final"
    rendered = shown(report, "", {long: long, "short": "short"})
    assert "⟦begin" in rendered
    assert "final⟧" in rendered
    assert "… 450 more …" in rendered


def test_a_part_of_white_space_is_spelled_out(report: Report) -> None:
    assert "a⟦⟨U+0020⟩⟨U+0020⟩⟧b" in shown(report, "a⟨…⟩b", {"a  b": "  ", "a b": " "})


def test_nothing_there(report: Report) -> None:
    finding = next(own for own in report.findings if own.covert)
    gone = finding.variants[0].model_copy(update={"absent": True, "text": "", "changed": ""})
    out = StringIO()
    Console(file=out, width=200).print(table(finding.model_copy(update={"variants": (gone,)}), {}))
    assert "(nothing there)" in out.getvalue()


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ("’", "U+2019 RIGHT SINGLE QUOTATION MARK"),
        ("", ""),
        ("Asia/Urumqi", ""),
        ("  ", "U+0020 SPACE ×2"),
        ("plain\u200btext", "U+200B ZERO WIDTH SPACE"),
        ("a", "U+0061 LATIN SMALL LETTER A"),
        ("–—‐‑‒", "U+2013 EN DASH, U+2014 EM DASH, U+2010 HYPHEN, U+2011 NON-BREAKING HYPHEN"
         " and 1 more"),
    ],
)  # fmt: skip
def test_code_points_by_name(changed: str, names: str) -> None:
    assert code_points(changed) == names


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ("abcde", "every level"),
        ("bcde", "every level but a"),
        ("ab", "a, b"),
        ("cde", "every level but a, b"),
    ],
)
def test_levels_in_few_words(seen: str, words: str) -> None:
    assert levels(Signal(id="s", levels=tuple(seen)), {"s": tuple("abcde")}) == words


def test_the_bound_on_error_is_never_rounded_down(report: Report) -> None:
    finding = report.findings[0].model_copy(update={"p_value": 0.04101})
    assert sure(finding).endswith("at most 0.042")


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        (1.0, "at least 1 bit: it tells 2 groups of the environments tried apart"),
        (1.585, "at least 1.58 bits: it tells 3 groups of the environments tried apart"),
        (0.31, "at least 0.31 bits"),
    ],
)
def test_size_in_words(bits: float, words: str) -> None:
    assert size(bits) == words
