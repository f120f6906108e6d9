import pytest

from undeclared.catalogue import AgentProfile, agents, content_kinds
from undeclared.judge import contents, sought
from undeclared.model import (
    AskedFor,
    CanaryFact,
    Change,
    ContentExample,
    ContentFact,
    Evidence,
    Identifier,
    Locus,
    Stays,
)

USAGE, MODEL = "usage.vendor.example", "api.vendor.example"
HERE = Evidence(run="discovery-0-000", flow=1, sha256="", note="plain")
SAID = {"says": "so", "source": "docs", "date": "2026-11-23"}


def profile(*data):
    return AgentProfile.model_validate(
        {
            "id": "vendor-agent",
            "title": "Vendor Agent",
            "command": ["agent"],
            "wire": "anthropic-messages",
            "hosts": [{"host": USAGE, "role": "telemetry"}],
            "data": data,
            "examples": {"match": ["vendor-agent"], "reject": ["other"]},
        }
    )


def locus(host):
    return Locus(host=host, method="POST", path="/v1", part="body", pointer="/x")


def fact(category, host=USAGE, what="it", asked=AskedFor.NOBODY, runs=3):
    example = ContentExample(
        what=what, form="plain", text="x", locus=locus(host), runs=runs, evidence=HERE
    )
    return ContentFact(
        host=host, model=host == MODEL, category=category, asked_for=asked, what=(what,),
        runs=runs, of=5, requests=runs, examples=(example,),
    )  # fmt: skip


SECRET = CanaryFact(
    canary="dotenv", place=".env of the repository", host=USAGE, model=False, form="base64",
    nature="encoded", whole=True, asked_for=False, runs=2, of=5, flows=2, locus=locus(USAGE),
    evidence=(HERE,),
)  # fmt: skip
KEPT = Identifier(
    id="identifier-1", hosts=(USAGE, MODEL), locus=locus(USAGE), also_at=(locus(MODEL),),
    shown="5f0c…9e24", bits=122, runs=8, of=8, stays=(Stays(change=Change.RUNS, stays=True),),
    origin="home", source="~/.agent/id", evidence=(HERE,),
)  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "declared"),
    [
        ([], None),
        ([{"to": USAGE, "categories": ["code"], "sent": False, **SAID}], None),
        ([{"to": "telemetry", "categories": ["machine"], "sent": False, **SAID}], False),
        ([{"to": "*.vendor.example", "categories": ["machine"], "sent": True, **SAID}], True),
        ([{"to": "model", "categories": ["machine"], "sent": True, **SAID}], None),
    ],
)
def test_what_the_vendor_says_is_told_apart_from_its_silence(statements, declared):
    (found,) = contents([fact("machine")], [], [], profile(*statements))
    assert found.declared is declared
    assert found.says == ("" if declared is None else "so")


def test_secrets_and_identifiers_are_among_the_contents_and_nothing_of_a_secret_is_shown():
    found = {(own.host, own.category): own for own in contents([], [SECRET], [KEPT], profile())}
    secret = found[USAGE, "secrets"]
    assert (secret.what, secret.examples[0].text) == ((".env of the repository",), "…")
    assert found[USAGE, "identifiers"].what == ("an identifier kept in ~/.agent/id",)
    assert found[MODEL, "identifiers"].examples[0].locus.host == MODEL


def test_facts_of_one_kind_at_one_host_are_one_row_unless_somebody_asked_for_some():
    facts = [
        fact("identifiers", what="the machine id"),
        fact("file-names", MODEL, asked=AskedFor.TOOL),
        fact("file-names", MODEL),
    ]
    found = contents(facts, [], [KEPT], profile())
    rows = [(own.host, own.category, own.asked_for.value) for own in found]
    assert len(rows) == len(set(rows))
    own = next(row for row in found if row.host == USAGE)
    assert own.what == ("the machine id", "an identifier kept in ~/.agent/id")
    assert {row[2] for row in rows if row[1] == "file-names"} == {"tool", "nobody"}


def test_all_categories_are_looked_for_and_profiles_name_no_others():
    known = [own.category for own in sought()]
    assert known == list(content_kinds())
    for own in agents().values():
        for statement in own.data:
            assert set(statement.categories) <= set(known), own.id
