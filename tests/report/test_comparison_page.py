"""The comparison as text, Markdown, HTML and JSON; what agents wrote is hostile in all of them."""

import base64
import hashlib
import json as stdlib_json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import golden
import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from undeclared.judge import compared
from undeclared.model import (
    AuditState,
    Cell,
    CellEntry,
    CellState,
    ComparedAgent,
    ComparisonReport,
    ComparisonRow,
    ComparisonSection,
    Report,
    Unaudited,
)
from undeclared.report import comparison, json, schema
from undeclared.report.comparison.markdown import escaped
from undeclared.report.escape import visible

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "comparison-v1.json"
MADE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOSTILE = "</td><script>alert(1)</script> \x1b[31m\u202e [x](//y.example) | `a` @somebody https://z.example"


@pytest.fixture
def page(report: Report) -> ComparisonReport:
    """An incomplete audit, a complete one that saw less, and one that was not made."""
    plain = report.model_copy(
        update={
            "agent": "plain-agent",
            "findings": (),
            "contacts": report.contacts[:1],
            "coverage": report.coverage.model_copy(
                update={
                    "complete": True,
                    "problems": (),
                    "scanned": True,
                    "signals": report.coverage.signals[:1],
                }
            ),
        }
    )
    missing = Unaudited(agent="third-agent", problem="Its package could not be had. Try again.")
    return compared((report, plain, missing), tool_version="VERSION", made=MADE)


def made_of(text: str) -> ComparisonReport:
    """A page with the same text at every place that an agent can have a say in."""
    cells = (
        Cell(
            state=CellState.SEEN,
            entries=(CellEntry(text=text, details=(text,), notable=True), CellEntry(text=text)) * 3,
        ),
        Cell(state=CellState.NOT_TRIED, why=text),
    )
    rows = (
        ComparisonRow(id="a", title=text, cells=cells),
        ComparisonRow(id="b", title=text, cells=(cells[1], cells[1])),
    )
    agents = tuple(
        ComparedAgent(name=text, state=AuditState.INCOMPLETE, problems=(text,), version=text,
                      scenario=text)
        for _ in range(2)
    )  # fmt: skip
    return ComparisonReport(
        tool_version="1", made=MADE, agents=agents, unlike=(text,),
        sections=(ComparisonSection(id="s", title="Section", about="About.", rows=rows),),
    )  # fmt: skip


@pytest.mark.parametrize("width", [80, 120])
def test_text_looks_as_agreed(page: ComparisonReport, width: int) -> None:
    rendered = comparison.text.render(page, width=width, colour=False)
    golden.check(GOLDEN / f"comparison-{width}.txt", rendered)
    assert all(len(line) <= width for line in rendered.splitlines())


def test_markdown_looks_as_agreed(page: ComparisonReport) -> None:
    golden.check(GOLDEN / "comparison.md", comparison.markdown.render(page))


def test_html_looks_as_agreed(page: ComparisonReport) -> None:
    rendered = comparison.html.render(page)
    plain = re.sub(r"(?s)<style>.*</style>|sha256-[^']*", "", rendered)
    golden.check(GOLDEN / "comparison.html", plain)


def test_json_keeps_to_its_schema_and_comes_back(page: ComparisonReport) -> None:
    rendered = json.render(page)
    assert rendered.isascii()
    assert ComparisonReport.model_validate_json(rendered) == page
    written = stdlib_json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(written).validate(stdlib_json.loads(rendered))


def test_schema_on_disk_is_the_generated_one() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema.render("comparison"), "run `make schema`"


def test_none_seen_and_not_tried_never_look_the_same(page: ComparisonReport) -> None:
    rendered = comparison.html.render(page)
    assert '<td class="none' in rendered
    assert '<td class="not-tried' in rendered
    assert rendered.count("not tried</") + rendered.count("not tried <") >= rendered.count(
        '<td class="not-tried'
    )


class Tags(HTMLParser):
    """Counts tags and collects attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.given: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.given += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_loads_and_runs_nothing() -> None:
    rendered = comparison.html.render(made_of(HOSTILE))
    parsed = Tags(rendered)
    loading = {"script", "link", "img", "iframe", "object", "embed", "base", "form", "svg", "video"}
    assert loading.isdisjoint(parsed.tags)
    assert not [
        name for name, _ in parsed.given if name.startswith("on") or name in ("src", "style")
    ]
    assert all(value.startswith("#") for name, value in parsed.given if name == "href" and value)
    css = re.search(r"(?s)<style>(.*)</style>", rendered)
    assert css
    assert not re.search(r"url\(|@import|@font-face", css[1])
    digest = base64.b64encode(hashlib.sha256(css[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in rendered


@given(st.text(min_size=1))
def test_nothing_that_an_agent_wrote_becomes_html(text: str) -> None:
    plain, hostile = Tags(comparison.html.render(made_of("x"))), made_of(text)
    rendered = comparison.html.render(hostile)
    parsed = Tags(rendered)
    assert parsed.tags == plain.tags
    assert parsed.given == plain.given
    assert not set(rendered) & set("\x1b\u202e\u200b\x00")


@example(" -")
@given(st.text(min_size=1) | st.text("<>&[]()!`*_~|\\#-+=:1. \n@w.htps/"))
def test_nothing_that_an_agent_wrote_becomes_markdown(text: str) -> None:
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for page in (f"- {escaped(text)}", f"| a |\n| --- |\n| {escaped(text)} |"):
        tokens = reader.parse(page)
        inline = [child for token in tokens for child in token.children or ()]
        allowed = {"text", "text_special", "html_inline"}
        assert {own.type for own in inline} <= allowed
        tags = {own.content for own in inline if own.type == "html_inline"}
        assert tags <= {"<span>", "</span>"}
        shown = "".join(own.content for own in inline if own.type != "html_inline")
        assert " ".join(visible(text).split()) in " ".join(shown.split())
        assert sum(token.type == "list_item_open" for token in tokens) <= 1


def test_markdown_links_to_nothing_and_calls_nobody() -> None:
    rendered = comparison.markdown.render(made_of(HOSTILE))
    assert "https://" not in rendered
    assert "@somebody" not in rendered
    assert "](" not in rendered.replace("\\](", "").replace("]\\(", "")


@pytest.mark.parametrize("text", [HOSTILE, "a" * 5000, "\u0301", "\x1b]0;title\x07"])
def test_text_steers_no_terminal_and_fits(text: str) -> None:
    rendered = comparison.text.render(made_of(text), width=80, colour=False)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", rendered)
    assert all(len(line) <= 80 for line in rendered.splitlines())
    assert len(rendered) < 60_000


def test_a_page_of_one_agent_says_whose_it_is(report: Report) -> None:
    alone = compared((report,), tool_version="1", made=MADE)
    assert "<title>What vendor-agent sends</title>" in comparison.html.render(alone)
    assert comparison.markdown.render(alone).startswith("# What vendor-agent sends\n")


def test_an_agent_of_which_nothing_is_known_takes_no_room_in_text(page: ComparisonReport) -> None:
    rendered = comparison.text.render(page, width=100, colour=False)
    head, _, rest = rendered.partition("At a glance")
    assert "NOT AUDITED" in head
    assert "Its package could not be had. Try again." in head
    assert "third-agent" not in rest
