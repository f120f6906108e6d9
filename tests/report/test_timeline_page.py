"""A timeline as a person sees it, and as a program reads it."""

import json as stdlib_json
from html.parser import HTMLParser
from pathlib import Path

import golden
import jsonschema
import pytest
from markdown_it import MarkdownIt
from timelines import hostile, timeline, watched

from undeclared.judge.timeline import bars
from undeclared.model import TimelineReport
from undeclared.report import json, schema
from undeclared.report import timeline as pages
from undeclared.report.escape import visible
from undeclared.report.timeline.shown import Cell, cells, sentence, stretches

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "timeline-v1.json"
HOSTILE = (
    "</td><script>alert(1)</script> \x1b[31m‮ [x](//y.example) | `a` @somebody https://z.example"
)


@pytest.mark.parametrize("width", [80, 120])
def test_text_looks_as_agreed(width):
    text = pages.text.render(timeline(), width=width, colour=False)
    golden.check(GOLDEN / f"timeline-{width}.txt", text)
    assert max(map(len, text.splitlines())) <= width


def test_a_watch_looks_as_agreed():
    text = pages.text.render(watched(), width=80, colour=False)
    golden.check(GOLDEN / "timeline-watch.txt", text)


def test_pages_look_as_agreed():
    golden.check(GOLDEN / "timeline.md", pages.markdown.render(timeline()))
    golden.check(GOLDEN / "timeline.html", pages.html.render(timeline()))


def test_each_mark_is_one_sentence_at_the_top():
    lines = pages.text.render(timeline(), width=120, colour=False).splitlines()
    assert lines[2].startswith("Present from 1.2.7 (2026-01-19) to 1.2.16 (2026-02-06)")
    assert lines[2].endswith("at least: 10 versions, 18 days")


def test_that_no_mark_was_found_is_said_of_what_was_audited_alone():
    plain = timeline(bars=())
    assert "No mark was found by audits of 6 versions." in pages.markdown.render(plain)
    unaudited = plain.model_copy(update={"probes": plain.probes[:3]})
    text = pages.text.render(unaudited, width=100, colour=False)
    assert "No version was audited: nothing is known of marks." in text


def test_json_keeps_to_its_schema_and_comes_back():
    report = timeline()
    rendered = json.render(report)
    assert TimelineReport.model_validate_json(rendered) == report
    written = stdlib_json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(written).validate(stdlib_json.loads(rendered))


def test_schema_of_a_timeline_on_disk_is_the_generated_one():
    assert SCHEMA.read_text(encoding="utf-8") == schema.render("timeline"), "run `make schema`"


def test_a_bar_has_a_sign_for_what_was_seen_and_another_for_what_is_assumed():
    report = timeline()
    mark = next(own for own in report.bars if own.trait.id == "mark-1")
    every = "".join(cells(report, mark, 100))
    assert every == "○·····○●━━━━◆━━━●?○····○"
    few = cells(report, mark, 8)
    assert len(few) == 8
    assert few[0] is Cell.LACKING
    assert Cell.SEEN in few or Cell.BOTH in few


def test_every_version_is_in_one_cell():
    for count in range(1, 40):
        for columns in range(1, 20):
            parts = stretches(count, columns)
            assert [own for low, high in parts for own in range(low, high)] == list(range(count))


def test_a_range_that_begins_and_ends_with_a_finding_says_so():
    report = timeline()
    few = report.releases[7:17]
    inside = {own.version for own in few}
    probes = tuple(own for own in report.probes if own.version in inside)
    found = bars(few, probes)
    cut = report.model_copy(update={"releases": few, "probes": probes, "bars": found})
    told = sentence(cut, next(own for own in found if own.trait.id == "mark-1"))
    assert told.startswith("present from 1.2.7 (2026-01-19) or before to 1.2.16 (2026-02-06) or")


def test_nothing_that_a_registry_or_an_agent_says_is_more_than_text():
    report = hostile(HOSTILE)
    shown = visible(HOSTILE)
    text = pages.text.render(report, width=120, colour=False)
    assert "\x1b" not in text
    assert "‮" not in text

    class Page(HTMLParser):
        def __init__(self):
            super().__init__()
            self.tags, self.seen = [], ""

        def handle_starttag(self, tag, attributes):
            self.tags.append(tag)

        def handle_data(self, data):
            self.seen += data

    page = Page()
    page.feed(pages.html.render(report))
    assert not {"script", "a", "img", "td"} & set(page.tags)
    assert shown in page.seen
    tokens = MarkdownIt("commonmark").parse(pages.markdown.render(report))
    inside = [child for token in tokens for child in token.children or ()]
    assert not any(own.type in ("link_open", "image") for own in inside)
    assert not any("<script" in own.content for own in [*tokens, *inside] if "html" in own.type)
