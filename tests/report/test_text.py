"""The report as text. Golden files are in tests/report/golden; `make golden` writes them anew."""

import re
from pathlib import Path

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.model import Report, RunCounts
from undeclared.report import text
from undeclared.report.escape import visible

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("width", [80, 120])
def test_looks_as_agreed(report: Report, width: int) -> None:
    rendered = text.render(report, width=width, colour=False)
    golden.check(GOLDEN / f"report-{width}.txt", rendered)
    assert all(len(line) <= width for line in rendered.splitlines())


def test_colour_changes_no_word(report: Report) -> None:
    coloured = text.render(report, width=100, colour=True)
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == text.render(
        report, width=100, colour=False
    ).splitlines()


def test_marks_come_first_and_the_worst_first(report: Report) -> None:
    rendered = text.render(report, width=100, colour=False)
    order = ["HIGH mark", "Influences that can be seen", "medium", "low ", "Contacts", "Coverage"]
    places = [rendered.index(word) for word in order]
    assert places == sorted(places)


def test_says_what_differs_by_name(report: Report) -> None:
    rendered = text.render(report, width=100, colour=False)
    assert "Today⟦’⟧s date is" in rendered
    assert "U+2019 RIGHT SINGLE QUOTATION MARK" in rendered
    assert "careful⟦⟨U+200B⟩⟧ with" in rendered


def test_the_default_of_a_gated_mark_is_not_said_to_be_seen_always(report: Report) -> None:
    rendered = text.render(report, width=100, colour=False)
    row = rendered.partition("U+0027 APOSTROPHE   ")[2].split("├")[0]
    assert "in all other environments" in row
    assert "every level" not in row


def test_a_long_evidence_folder_stays_in_one_piece(report: Report) -> None:
    folder = "/state/" + "x" * 150
    rendered = text.render(
        report.model_copy(update={"evidence_folder": folder}), width=80, colour=False
    )
    assert rendered.endswith(f"\nEvidence: {folder}\n")


def test_an_incomplete_audit_never_looks_like_a_pass(report: Report) -> None:
    headline = text.render(report, width=100, colour=False).splitlines()[0]
    assert headline == "vendor-agent 1.2.3: 2 marks, 2 influences; INCOMPLETE, never a pass"


def test_a_report_without_anything(report: Report) -> None:
    nothing = report.coverage.model_copy(
        update={
            "runs": RunCounts(planned=0, completed=0, agent_failed=0, timed_out=0, lab_failed=0),
            "minimum_detectable_effect": None,
            "noisy": (),
            "complete": True,
        }
    )
    empty = report.model_copy(update={"findings": (), "contacts": (), "coverage": nothing})
    rendered = text.render(empty, width=100, colour=False)
    assert rendered.startswith("vendor-agent 1.2.3: nothing was measured; complete\n")
    assert "no host was contacted" in rendered
    assert "none to compare" in rendered


def test_many_influences_are_counted_not_listed(report: Report) -> None:
    influence = report.findings[0]
    many = tuple(influence.model_copy(update={"id": f"influence-{n}"}) for n in range(50))
    rendered = text.render(report.model_copy(update={"findings": many}), width=100, colour=False)
    assert "50 influences" in rendered
    assert "and 38 more; the JSON report has them all" in rendered


def test_no_word_of_intent(report: Report) -> None:
    words = r"\b(spy|spies|track|malicious|secretly|intend|intent|suspicious|evil|leak)"
    assert not re.search(words, text.render(report, width=100, colour=False), re.IGNORECASE)


@given(hostile=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_nothing_of_the_agent_reaches_the_terminal_raw(hostile: str) -> None:
    """Whatever string the agent puts anywhere, only escaped text and line breaks come out."""
    plain = Report.model_validate_json((GOLDEN / "report.json").read_text(encoding="utf-8"))
    finding = plain.findings[3]
    locus = finding.locus.model_copy(
        update={"host": hostile, "path": hostile, "pointer": hostile, "segment": hostile}
    )
    variants = tuple(
        own.model_copy(update={"text": hostile, "changed": hostile[:5]}) for own in finding.variants
    )
    poisoned = finding.model_copy(
        update={"locus": locus, "also_at": (locus,), "variants": variants, "title": hostile}
    )
    seen = plain.findings[0].model_copy(update={"locus": locus, "title": hostile})
    contact = plain.contacts[0].model_copy(update={"host": hostile})
    coverage = plain.coverage.model_copy(update={"noisy": (locus,), "problems": (hostile,)})
    report = plain.model_copy(
        update={"findings": (poisoned, seen), "contacts": (contact,), "coverage": coverage}
    )
    rendered = text.render(report, width=100, colour=False)
    unsafe = {c for c in rendered if c not in "\n⟦⟧" and visible(c) != f"{c}"}
    assert not unsafe
