"""Audits side by side: what each cell says, and what it must not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from undeclared.judge import compared
from undeclared.model import (
    AskedFor,
    AuditState,
    Cell,
    CellEntry,
    CellState,
    Change,
    ComparisonReport,
    ComparisonRow,
    ConditionStatus,
    ConditionTried,
    Contact,
    Content,
    ContentExample,
    Evidence,
    Finding,
    FindingKind,
    Hidden,
    Identifier,
    Locus,
    Observer,
    OptOutEffect,
    OptOutTried,
    Read,
    Report,
    Role,
    RunCounts,
    Signal,
    Sought,
    Stays,
    Unaudited,
)

SAMPLE = Path(__file__).parents[1] / "report" / "golden" / "report.json"
SEEN, NONE, NOT_TRIED = CellState.SEEN, CellState.NONE, CellState.NOT_TRIED
PLACE = Locus(host="stats.vendor.example", method="POST", path="/v1", part="body", pointer="/id")
EVIDENCE = Evidence(run="discovery-0-001", flow=1, sha256="ab" * 32, note="")


def report(agent: str = "one", *, complete: bool = True, **fields: object) -> Report:
    """The sample with other fields, its findings and contacts left out."""
    sample = Report.model_validate_json(SAMPLE.read_text(encoding="utf-8"))
    coverage = sample.coverage.model_copy(
        update={"complete": complete, **dict(fields.pop("coverage", {}))}  # type: ignore[call-overload] # a dict
    )
    update = {"agent": agent, "findings": (), "contacts": (), "coverage": coverage, **fields}
    return sample.model_copy(update=update)


def sample_findings(kind: FindingKind) -> tuple[Finding, ...]:
    found = Report.model_validate_json(SAMPLE.read_text(encoding="utf-8")).findings
    return tuple(own for own in found if own.kind is kind)


def page(*columns: Report | Unaudited) -> ComparisonReport:
    return compared(columns, tool_version="1", made=datetime(2026, 11, 23, tzinfo=UTC))


def row(made: ComparisonReport, section: str, name: str) -> ComparisonRow:
    return next(
        own for each in made.sections if each.id == section for own in each.rows if own.id == name
    )


def states(made: ComparisonReport, section: str, name: str) -> list[CellState]:
    return [cell.state for cell in row(made, section, name).cells]


def contact(host: str, role: Role = Role.TELEMETRY, **fields: object) -> Contact:
    given = {
        "host": host, "port": 443, "role": role, "declared": True, "requests": 60,
        "bytes_out": 60_000, "runs": 60, **fields,
    }  # fmt: skip
    return Contact.model_validate(given)


def signals(*names: str) -> dict[str, object]:
    return {"signals": tuple(Signal(id=name, levels=("unset", "other")) for name in names)}


def test_what_was_not_varied_is_not_none_seen():
    marked = report("marked", findings=sample_findings(FindingKind.MARK))
    varied = report("varied")
    other = report("other", coverage=signals("timezone"))
    made = page(marked, varied, other)
    assert states(made, "influences", "base-url-host") == [SEEN, NONE, NOT_TRIED]
    assert states(made, "influences", "timezone") == [SEEN, NONE, NONE]
    assert states(made, "marks", "base-url-host+timezone") == [SEEN, NONE, NOT_TRIED]
    assert "base-url-host" in row(made, "marks", "base-url-host+timezone").cells[2].why


def test_a_signal_with_one_level_was_not_varied():
    alone = report(coverage={"signals": (Signal(id="timezone", levels=("Etc/UTC",)),)})
    assert states(page(alone), "influences", "timezone") == [NOT_TRIED]


def test_no_mark_at_all_is_told_too():
    assert states(page(report()), "marks", "any") == [NONE]


def test_of_an_agent_that_was_not_audited_nothing_is_said():
    made = page(report(contacts=(contact("stats.vendor.example"),)),
                Unaudited(agent="two", problem="Nobody could fetch it."))  # fmt: skip
    second = [own.cells[1] for section in made.sections for own in section.rows]
    assert {cell.state for cell in second} == {NOT_TRIED}
    assert made.agents[1].state is AuditState.NOT_AUDITED
    assert made.agents[1].problems == ("Nobody could fetch it.",)
    assert not made.complete


def test_without_a_completed_run_only_the_code_says_something():
    counts = RunCounts(planned=2, completed=0, agent_failed=2, timed_out=0, lab_failed=0)
    failed = report(
        complete=False,
        coverage={"runs": counts, "scanned": True, "problems": ("All of the first 2 failed.",)},
    )
    made = page(failed)
    assert made.agents[0].state is AuditState.NOT_AUDITED
    assert states(made, "contacts", "telemetry") == [NOT_TRIED]
    assert states(made, "glance", "marks") == [NOT_TRIED]
    assert states(made, "code", "hidden") == [NONE]


def test_none_seen_of_an_incomplete_audit_says_so():
    made = page(report(complete=False), report("two"))
    first, second = row(made, "glance", "marks").cells
    assert first.state is second.state is NONE
    assert "incomplete" in first.why
    assert not second.why


def test_a_contact_tells_what_a_reader_asks():
    undeclared = contact("b.vendor.example", declared=False, when_opted_out=True, bytes_out=6_000)
    made = page(report(contacts=(contact("a.vendor.example"), undeclared)))
    first, second = row(made, "contacts", "telemetry").cells[0].entries
    assert first.text == "b.vendor.example: not declared, 100 bytes a run, also when opted out"
    assert first.notable
    assert second.text == "a.vendor.example: declared, 1.0 kB a run"
    assert not second.notable
    assert "with opting out: not tried" in second.details


def test_hosts_that_the_experiment_named_are_not_held_against_an_agent():
    given = contact("mcp.example.cn", Role.OTHER, declared=False)
    alike = contact("cp.example.cn", Role.OTHER, declared=False)
    levels = {"signals": (Signal(id="mcp-servers", levels=("unset", "https://mcp.example.cn/x")),)}
    made = page(report(contacts=(given, alike), coverage=levels))
    assert [own.text for own in row(made, "contacts", "given").cells[0].entries] == [
        "mcp.example.cn"
    ]
    assert row(made, "glance", "undeclared").cells[0].entries[0].details == ("cp.example.cn",)


def test_a_host_that_looks_like_another_is_told_apart():
    made = page(report(contacts=(contact("st\u0430ts.vendor.example"),)))
    (entry,) = row(made, "contacts", "telemetry").cells[0].entries
    assert entry.text.startswith("st\\u0430ts.vendor.example: ")


def test_without_declarations_nothing_counts_as_undeclared():
    unknown = contact("a.vendor.example", declared=None)
    made = page(report(contacts=(unknown,)), report("two", contacts=(contact("a.example"),)))
    assert states(made, "glance", "undeclared") == [NOT_TRIED, NONE]


def test_numbers_are_per_run():
    made = page(report(contacts=(contact("a.vendor.example"), contact("b", bytes_out=30_000))))
    (cell,) = row(made, "glance", "bytes").cells
    assert cell.amount == 1500
    assert cell.entries[0].text == "1.5 kB"


def content(category: str, asked: AskedFor, **fields: object) -> Content:
    given = {
        "host": "stats.vendor.example", "model": False, "category": category, "asked_for": asked,
        "what": ("the host name",), "runs": 5, "of": 6, "requests": 7, "title": category,
        "declared": None,
        "examples": [{
            "what": "the host name", "form": "sha256", "text": "x", "locus": PLACE, "runs": 5,
            "evidence": EVIDENCE,
        }],
        **fields,
    }  # fmt: skip
    return Content.model_validate(given)


def test_contents_unasked_come_first_and_what_was_not_sought_is_not_none():
    sought = (Sought(category="machine", title="facts of the machine"),)
    found = (
        content("machine", AskedFor.TOOL, model=True, host="api.vendor.example"),
        content("machine", AskedFor.NOBODY),
    )
    made = page(report(sought=sought, contents=found), report("two", sought=sought), report("3"))
    assert states(made, "contents", "machine") == [SEEN, NONE, NOT_TRIED]
    first, second = row(made, "contents", "machine").cells[0].entries
    assert (first.notable, second.notable) == (True, False)
    assert first.text == "to stats.vendor.example, unasked: the host name"
    assert isinstance(found[0].examples[0], ContentExample)
    assert any("sha256" in line for line in first.details)
    assert states(made, "glance", "unasked") == [SEEN, NONE, NOT_TRIED]


def test_what_goes_to_the_host_of_the_model_goes_to_the_model():
    sought = (Sought(category="machine", title="facts of the machine"),)
    found = (content("machine", AskedFor.NOBODY, host="api.vendor.example"),
             content("machine", AskedFor.NOBODY, host="{base-url-host}", model=True))  # fmt: skip
    model = contact("api.vendor.example", Role.MODEL)
    made = page(report(sought=sought, contents=found, contacts=(model,)))
    entries = row(made, "contents", "machine").cells[0].entries
    assert [own.text.partition(" (the model)")[0] for own in entries] == [
        "to api.vendor.example", "to the gateway that it was given"
    ]  # fmt: skip
    assert states(made, "glance", "unasked") == [NONE]


def test_an_identifier_stands_where_it_outlived():
    stays = (
        Stays(change=Change.RUNS, stays=True), Stays(change=Change.REINSTALLS, stays=False),
        Stays(change=Change.ACCOUNTS, stays=None),
    )  # fmt: skip
    kept = Identifier(
        id="i", hosts=("stats.vendor.example",), locus=PLACE, shown="5f0c…9e24", bits=128, runs=4,
        of=4, stays=stays, origin="home", source="~/.x.json",
    )  # fmt: skip
    tried = (Change.RUNS, Change.REINSTALLS, Change.ACCOUNTS)
    made = page(report(identifiers=(kept,), identifiers_tried=tried), report("two"))
    assert states(made, "identifiers", "runs") == [SEEN, NOT_TRIED]
    assert states(made, "identifiers", "reinstalls") == [NONE, NOT_TRIED]
    assert states(made, "identifiers", "accounts") == [NONE, NOT_TRIED]
    assert states(made, "glance", "lasting") == [NONE, NOT_TRIED]


@pytest.mark.parametrize(
    ("origin", "host", "notable"),
    [("fact", "api.vendor.example", False), ("fact", "stats.vendor.example", True),
     ("hash", "api.vendor.example", True)],
)  # fmt: skip
def test_a_fact_that_the_model_is_told_is_no_surprise(origin, host, notable):
    lasting = Identifier(
        id="i", hosts=(host,), locus=PLACE, shown="x", bits=128, runs=4, of=4, origin=origin,
        source="the key", stays=(Stays(change=Change.REINSTALLS, stays=True),),
    )  # fmt: skip
    made = page(
        report(
            contacts=(contact("api.vendor.example", Role.MODEL),),
            identifiers=(lasting,),
            identifiers_tried=(Change.REINSTALLS,),
        )
    )
    for section, name in (("identifiers", "reinstalls"), ("glance", "lasting")):
        assert row(made, section, name).cells[0].entries[0].notable is notable


def tried(setting: str, effect: OptOutEffect, *, documented: bool = True) -> OptOutTried:
    return OptOutTried(
        setting=setting, documented=documented, runs=2, effect=effect, remains=("a",)
    )


def test_switches_stand_in_the_row_of_how_they_were_set():
    switches = (
        tried("every documented switch, as documented", OptOutEffect.ALL),
        tried("NO_STATS=1", OptOutEffect.NOTHING),
        tried("every documented variable, as true", OptOutEffect.NOTHING, documented=False),
        tried(
            "variables that are customary and not documented", OptOutEffect.IDLE, documented=False
        ),
    )
    why = {"not_exercised": ("opting out: the profile names no documented switch",)}
    made = page(report(opt_outs=switches), report("two", coverage=why))
    told = {
        name: [entry.text for entry in row(made, "opt-outs", name).cells[0].entries]
        for name in ("every", "single", "spelled", "customary")
    }
    assert told == {
        "every": ["stops all; 1 address still contacted"],
        "single": ["NO_STATS=1: stops nothing; 1 address still contacted"],
        "spelled": ["every documented variable, as true: stops nothing; 1 address still contacted"],
        "customary": ["nothing to stop; 1 address still contacted"],
    }
    notable = [row(made, "opt-outs", name).cells[0].entries[0].notable for name in told]
    assert notable == [False, True, False, False]
    assert row(made, "opt-outs", "ignored").cells[0].state is NONE
    assert row(made, "opt-outs", "ignored").cells[1] == Cell(
        state=NOT_TRIED, why="the profile names no documented switch"
    )


def test_other_ends_at_the_models_host_are_told_like_hosts_of_their_own():
    every = tried("every documented switch, as documented", OptOutEffect.PART).model_copy(
        update={"remains": ("api.example/flags", "x.example"), "stopped": ("api.example/events",)}
    )
    model = contact("api.example", Role.MODEL)
    made = page(report(contacts=(model,), opt_outs=(every,)), report("two", contacts=(model,)))
    first, second = row(made, "contacts", "beside").cells
    assert [own.text for own in first.entries] == [
        "api.example/events, not when opted out", "api.example/flags, also when opted out"
    ]  # fmt: skip
    assert second.state is NOT_TRIED
    assert [cell.amount for cell in row(made, "glance", "beside").cells] == [2, None]


def test_a_read_that_could_not_be_seen_is_told_apart():
    read = Read(
        signal="timezone", how="the variable TZ, seen by hooks in the runtime", evidence="f"
    )
    made = page(
        report(reads=(read,)),
        report("traced", coverage={"observed": (Observer.TRACER,)}),
        report("hooked", coverage={"observed": (Observer.HOOKS, Observer.TRACER)}),
        report("not watched"),
    )
    assert states(made, "reads", "timezone") == [SEEN, NONE, NONE, NOT_TRIED]
    assert [bool(cell.why) for cell in row(made, "reads", "timezone").cells[1:3]] == [True, False]


def test_code_that_was_not_searched_hides_nothing_that_we_know_of():
    hidden = Hidden(decoder="base64", entries=("a.cn", "b.cn"), evidence="cli.js bytes 1-2")
    compares = ConditionTried(
        id="c", signals=("timezone",), says="timezone equals x", status=ConditionStatus.CONFIRMED,
        evidence="cli.js 3-4",
    )  # fmt: skip
    made = page(
        report(hidden=(hidden,), conditions=(compares,)),
        report("searched", coverage={"scanned": True}),
        report("not searched"),
    )
    for name, amounts in {"hidden": [1, 0, None], "confirmed": [1, 0, None]}.items():
        assert states(made, "code", name) == [SEEN, NONE, NOT_TRIED]
        assert [cell.amount for cell in row(made, "code", name).cells] == amounts


def test_rows_of_what_is_most_telling_come_first():
    made = page(
        report(contacts=(contact("a", Role.UPDATE), contact("b", Role.ERRORS, declared=False))),
        report("two", contacts=(contact("a", Role.UPDATE),)),
    )
    section = next(own for own in made.sections if own.id == "contacts")
    assert [own.id for own in section.rows][:2] == ["errors", "update"]
    assert [own.id for own in section.rows][-3:] == ["model", "beside", "given"]


def test_columns_of_one_agent_are_told_apart():
    made = page(report("a"), report("a"), report("b"), Unaudited(agent="a", problem="no"))
    assert [own.name for own in made.agents] == ["a 1.2.3 (1)", "a 1.2.3 (2)", "b", "a"]


def test_audits_that_were_not_alike_say_so():
    alike = page(report("a"), report("b"))
    assert alike.unlike == ()
    made = page(report("a"), report("b", coverage={"scenario": "edit", **signals("timezone")}))
    assert any("scenario: a: command; b: edit" in own for own in made.unlike)
    assert "Not varied for b: base-url-host." in made.unlike


def test_a_cell_cannot_claim_without_telling_what():
    with pytest.raises(ValidationError, match="entries if, and only if"):
        Cell(state=SEEN)
    with pytest.raises(ValidationError, match="entries if, and only if"):
        Cell(state=NONE, entries=(CellEntry(text="x"),))
    whole = page(report())
    with pytest.raises(ValidationError, match="one cell for each agent"):
        ComparisonReport.model_validate({**dict(whole), "agents": whole.agents * 2})
