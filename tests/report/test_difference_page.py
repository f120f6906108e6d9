"""The difference as text, Markdown and JSON; what agents wrote is hostile in all of them."""

import json as stdlib_json
import re
from datetime import UTC, datetime
from pathlib import Path

import golden
import jsonschema
import pytest
from markdown_it import MarkdownIt
from markupsafe import escape
from scans import scan_report

from undeclared.judge import difference
from undeclared.model import (
    ConditionStatus,
    ConditionTried,
    DifferenceEntry,
    DifferenceEvidence,
    DifferenceKind,
    DifferenceReport,
    DifferenceSection,
    Hidden,
    Report,
)
from undeclared.report import json, schema
from undeclared.report.difference import html as page_as_html
from undeclared.report.difference import markdown, text
from undeclared.report.escape import visible

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "difference-v1.json"
MADE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOSTILE = "</details><script>alert(1)</script> \x1b[31m\u202e [x](//y.example) | `a` @somebody"


@pytest.fixture
def page(report: Report) -> DifferenceReport:
    """From a version with two marks and hidden constants to one without, and with a contact."""
    hosts = tuple(f"host-{number}.example.cn" for number in range(30))
    hidden = Hidden(decoder="base64, xor 91, split ,", entries=hosts, evidence="cli.js bytes 5-25")
    compares = ConditionTried(
        id="condition-1", signals=("base-url-host",), says="base-url-host equals {a.cn, b.cn}",
        values=("a.cn", "b.cn"), status=ConditionStatus.CONFIRMED, evidence="cli.js 40-60",
    )  # fmt: skip
    before = report.model_copy(
        update={
            "coverage": report.coverage.model_copy(
                update={
                    "complete": True, "problems": (), "scanned": True,
                    "minimum_detectable_effect": 0.4, "every_combination": True,
                }
            ),
            "hidden": (hidden,),
            "conditions": (compares,),
            "contacts": report.contacts[:1],
        }
    )  # fmt: skip
    after = before.model_copy(
        update={
            "artifact": report.artifact.model_copy(update={"version": "1.3.0"}),
            "findings": (),
            "hidden": (),
            "conditions": (compares.model_copy(update={"values": ("a.cn", "b.cn", "c.cn")}),),
            "contacts": report.contacts,
            "coverage": before.coverage.model_copy(
                update={"complete": False, "problems": ("4 of 64 runs gave no result.",)}
            ),
        }
    )
    complete = after.model_copy(update={"coverage": before.coverage})
    made = difference(before, complete, tool_version="VERSION", made=MADE)
    unsure = difference(before, after, tool_version="VERSION", made=MADE)
    return made.model_copy(
        update={
            "after": unsure.after,
            "summary": (*made.summary, unsure.summary[-1]),
            "unlike": ("Varied in 1.2.3 alone: locale.",),
            "sections": (unsure.sections[0], *made.sections),
        }
    )


def made_of(said: str, page: DifferenceReport) -> DifferenceReport:
    """A page with the same text at every place that an agent can have a say in."""
    entries = tuple(
        DifferenceEntry(
            id=said, subject=said, kind=kind, why=said if unsure else "", notable=notable,
            before="" if kind is DifferenceKind.ADDED else said,
            after="" if kind is DifferenceKind.REMOVED else f"{said} more",
            added=(said,), removed=(said,), uncertain=(said,),
            evidence=(DifferenceEvidence(side="before", text=said),),
        )
        for kind in DifferenceKind
        for unsure in [kind is DifferenceKind.NOT_COMPARABLE]
        for notable in (True, False)
    )  # fmt: skip
    section = DifferenceSection(id="marks", title="Marks", entries=entries, alike=0, limits=(said,))
    side = page.before.model_copy(
        update={
            "name": said, "agent": said, "problems": (said,), "complete": False,
            "artifact": page.before.artifact.model_copy(update={"name": said, "version": said}),
        }
    )  # fmt: skip
    return page.model_copy(
        update={
            "before": side, "after": side, "summary": (said, said), "unlike": (said,),
            "sections": (section,),
        }
    )  # fmt: skip


def test_text_looks_as_agreed(page: DifferenceReport) -> None:
    golden.check(GOLDEN / "difference-80.txt", text.render(page, width=80, colour=False))


def test_markdown_looks_as_agreed(page: DifferenceReport) -> None:
    golden.check(GOLDEN / "difference.md", markdown.render(page))


def test_no_line_of_text_is_wider_than_asked(page: DifferenceReport) -> None:
    assert max(map(len, text.render(page, width=80, colour=False).splitlines())) <= 80


def test_colours_are_the_only_difference_of_colour(page: DifferenceReport) -> None:
    plain, coloured = (text.render(page, width=100, colour=own) for own in (False, True))
    assert "\x1b[" in coloured
    assert plain.split() == re.sub(r"\x1b\[[0-9;]*m", "", coloured).split()


def test_hostile_text_stays_text(page: DifferenceReport) -> None:
    made = made_of(HOSTILE, page)
    shown = text.render(made, width=4000, colour=False)
    assert visible(HOSTILE) in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    html = MarkdownIt("commonmark", {"html": True}).render(markdown.render(made))
    assert "<script>" not in html
    assert html.count("</details>") == 1
    assert "href" not in html
    assert "\u202e" not in html
    whole = page_as_html.render(made)
    assert "<script" not in whole
    assert "\u202e" not in whole
    assert "href" not in whole


def test_html_loads_nothing_and_says_all(page: DifferenceReport) -> None:
    whole = page_as_html.render(page)
    assert "default-src 'none'" in whole
    assert not re.search(r"<(script|link|img|iframe)|https?://", whole)
    for entry in page.entries:
        assert escape(visible(entry.subject)) in whole
    assert page.summary[0] in whole


def test_json_is_ascii_and_as_the_schema_says(page: DifferenceReport) -> None:
    rendered = json.render(made_of(HOSTILE, page))
    assert rendered.isascii()
    whole = json.render(page)
    assert DifferenceReport.model_validate_json(whole) == page
    jsonschema.validate(stdlib_json.loads(whole), schema.report_schema("difference"))


def test_schema_on_disk_is_the_generated_one() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema.render("difference"), "run `make schema`"


def test_two_scans_are_compared_too() -> None:
    before = scan_report()
    without = before.model_copy(
        update={"hidden": (), "endpoints": before.endpoints[1:], "omissions": (), "complete": True}
    )
    full = before.model_copy(update={"omissions": (), "complete": True})
    made = difference(full, without, tool_version="VERSION", made=MADE)
    gone = [own for own in made.entries if own.kind is DifferenceKind.REMOVED]
    assert len(gone) == len(before.hidden) + 1
    assert made.before.source == "scan"
    lacking = difference(full, before.model_copy(update={"hidden": ()}), tool_version="V",
                         made=MADE)  # fmt: skip
    assert {own.kind for own in lacking.entries} == {DifferenceKind.NOT_COMPARABLE}
    assert not lacking.complete
