from undeclared.model import (
    AskedFor,
    Change,
    Content,
    ContentExample,
    Evidence,
    Identifier,
    Locus,
    Sought,
    Stays,
)
from undeclared.report import contents, identifiers
from undeclared.report.layout import written

HERE = Evidence(run="identity-0-000", flow=1, sha256="", note="plain")
PLACE = Locus(host="usage.example", method="POST", path="/v1", part="body", pointer="/x")
SOUGHT = (
    Sought(category="machine", title="facts of the machine"),
    Sought(category="code", title="code of the repository"),
)


def content(number=0, **changes):
    fields = {
        "host": "usage.example", "model": False, "category": "machine", "asked_for": "nobody",
        "title": "facts of the machine", "what": ("the host name",), "runs": 3, "of": 8,
        "requests": 3, "declared": None,
        "examples": (ContentExample(what="the host name", form="plain", text="x", locus=PLACE,
                                    runs=3, evidence=HERE),),
    }  # fmt: skip
    return Content(**{**fields, **changes})


def text(block):
    return " ".join(written([block], width=150, colour=False).split())


def test_what_was_seen_and_what_was_not_are_both_said():
    said = text(contents.block(SOUGHT, [content()]))
    assert "usage.example facts of the machine the host name no 3 of 8 nothing said" in said
    assert "none was seen of: code of the repository" in said
    assert "none was seen of: facts of the machine" in text(contents.block(SOUGHT, []))


def test_what_nobody_asked_for_comes_first_and_what_the_vendor_denies_is_said():
    asked = content(host="a.example", asked_for=AskedFor.TOOL)
    said = text(contents.block(SOUGHT, [asked, content(declared=False)]))
    assert said.index("usage.example") < said.index("a.example")
    assert "no: the vendor says it is not sent" in said
    assert "by the model" in said


def test_hostile_words_are_escaped_and_long_lists_are_cut():
    many = [content(host=f"h{number:02}.example") for number in range(40)]
    said = text(contents.block(SOUGHT, [content(what=("a\x1b[31m‮b",)), *many]))
    assert "\x1b" not in said
    assert "‮" not in said
    assert "and 11 more; the JSON report has them all" in said


def test_identifiers_say_what_they_outlive():
    stays = [Stays(change=change, stays=change is Change.RUNS or None) for change in Change]
    stays[-1] = Stays(change=Change.MACHINES, stays=False)
    own = Identifier(
        id="i", hosts=("a.example", "b.example", "c.example", "d.example"), locus=PLACE,
        shown="5f0c…9e24", bits=122, runs=8, of=8, stays=tuple(stays), origin="home",
        source="~/.agent/id",
    )  # fmt: skip
    said = text(identifiers.block(tuple(Change), [own]))
    assert "5f0c…9e24 kept in ~/.agent/id" in said
    assert "and 1 more" in said
    assert "another run" in said
    assert own.over(Change.ACCOUNTS) is None
    none = text(identifiers.block((Change.RUNS, Change.MACHINES), []))
    assert "no identifier was seen that outlives any of: another run, another machine" in none
