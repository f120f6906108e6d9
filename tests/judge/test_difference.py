"""Two audits: what came, what went, and what cannot be said."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undeclared.judge import difference
from undeclared.model import (
    AskedFor,
    Change,
    ConditionStatus,
    ConditionTried,
    Contact,
    Content,
    ContentExample,
    DifferenceEntry,
    DifferenceKind,
    DifferenceReport,
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
    Unconfirmed,
)

ADDED, REMOVED = DifferenceKind.ADDED, DifferenceKind.REMOVED
CHANGED, UNSURE = DifferenceKind.CHANGED, DifferenceKind.NOT_COMPARABLE
SAMPLE = Report.model_validate_json(
    (Path(__file__).parents[1] / "report" / "golden" / "report.json").read_bytes()
)
MARKS = tuple(own for own in SAMPLE.findings if own.kind is FindingKind.MARK)
BY_ZONE = next(own for own in MARKS if len(own.signals) == 1)
GATED = next(own for own in MARKS if len(own.signals) == 2)
PLACE = Locus(host="stats.vendor.example", method="POST", path="/v1", part="body", pointer="/id")
EVIDENCE = Evidence(run="discovery-0-001", flow=1, sha256="ab" * 32, note="")
RUNS = RunCounts(planned=60, completed=60, agent_failed=0, timed_out=0, lab_failed=0)


def report(
    version: str = "1", coverage: dict[str, object] | None = None, **fields: object
) -> Report:
    """A complete audit of so many runs that it would hardly have missed a thing."""
    given = {
        "complete": True, "problems": (), "minimum_detectable_effect": 0.3, "scanned": True,
        "every_combination": True, "observed": tuple(Observer), "runs": RUNS, "unconfirmed": (),
        **(coverage or {}),
    }  # fmt: skip
    update = {
        "artifact": SAMPLE.artifact.model_copy(update={"version": version}),
        "coverage": SAMPLE.coverage.model_copy(update=given),
        "findings": (),
        "contacts": (),
        **fields,
    }
    return SAMPLE.model_copy(update=update)


def compared(before: Report, after: Report) -> DifferenceReport:
    return difference(before, after, tool_version="1", made=datetime(2026, 11, 23, tzinfo=UTC))


def entries(before: Report, after: Report, section: str) -> Sequence[DifferenceEntry]:
    made = compared(before, after)
    return next(own.entries for own in made.sections if own.id == section)


def only(before: Report, after: Report, section: str) -> DifferenceEntry:
    (found,) = entries(before, after, section)
    return found


def marked(*findings: Finding, version: str = "1", **coverage: object) -> Report:
    return report(version, coverage, findings=findings)


def test_a_mark_that_would_have_been_found_is_removed_or_added():
    assert only(marked(BY_ZONE), report("2"), "marks").kind is REMOVED
    entry = only(report("1"), marked(GATED, version="2"), "marks")
    assert entry.kind is ADDED
    assert entry.severity == "high"
    assert entry.notable


def test_what_was_not_varied_is_not_tried():
    lacking = report("2", {"signals": SAMPLE.coverage.signals[1:]})
    entry = only(marked(BY_ZONE), lacking, "marks")
    assert entry.kind is UNSURE
    assert "not tried in 2: timezone was not varied" in entry.why


def test_a_signal_with_other_levels_is_not_tried_either():
    other = (Signal(id="timezone", levels=("Etc/UTC", "Europe/Rome")), *SAMPLE.coverage.signals[1:])
    entry = only(marked(BY_ZONE), report("2", {"signals": other}), "marks")
    assert entry.kind is UNSURE
    assert "none of the levels of timezone" in entry.why


@pytest.mark.parametrize(
    ("coverage", "says"),
    [
        ({"minimum_detectable_effect": 0.62}, "a change in 62% of the runs"),
        ({"minimum_detectable_effect": None}, "too few runs"),
        ({"complete": False}, "incomplete"),
        ({"scenario": "other"}, "another scenario"),
        ({"runs": RUNS.model_copy(update={"completed": 0})}, "no run of 2 was completed"),
    ],
)
def test_what_may_have_been_missed_is_not_removed(coverage, says):
    entry = only(marked(BY_ZONE), report("2", coverage), "marks")
    assert entry.kind is UNSURE
    assert says in entry.why


def test_a_gate_needs_every_combination():
    lacking = report("2", {"every_combination": False})
    assert only(marked(GATED), lacking, "marks").kind is UNSURE
    assert only(marked(BY_ZONE), lacking, "marks").kind is REMOVED


def test_what_looked_so_and_was_not_confirmed_is_not_removed():
    shaky = Unconfirmed(
        locus=BY_ZONE.locus, signals=BY_ZONE.signals, status="not_enough_data", p_value=0.2
    )
    entry = only(marked(BY_ZONE), report("2", {"unconfirmed": (shaky,)}), "marks")
    assert entry.kind is UNSURE
    assert "not enough data" in entry.why


def test_another_version_of_this_tool_may_find_other_things():
    entry = only(marked(BY_ZONE), report("2", tool_version="9"), "marks")
    assert entry.kind is UNSURE
    assert "another version of this tool" in entry.why


def condition(name: str, *values: str, start: int = 100, **fields: object) -> ConditionTried:
    given = {
        "id": name, "signals": ("timezone",), "says": f"timezone equals {{{', '.join(values)}}}",
        "values": values, "status": ConditionStatus.CONFIRMED, "levels": ("Asia/Urumqi",),
        "evidence": f"cli.js {start}-{start + 20}", **fields,
    }  # fmt: skip
    return ConditionTried.model_validate(given)


def test_the_code_bears_out_that_a_mark_is_gone():
    weak = {"minimum_detectable_effect": 0.7}
    before = report("1", weak, findings=(BY_ZONE,), conditions=(condition("c1", "Asia/Urumqi"),))
    still = report("2", weak, conditions=(condition("c9", "Asia/Urumqi", start=7000),))
    assert only(before, report("2", weak), "marks").kind is REMOVED
    assert only(before, still, "marks").kind is UNSURE
    assert only(before, report("2", {**weak, "scanned": False}), "marks").kind is UNSURE


def test_a_mark_keeps_its_identity_over_days_and_versions():
    moved = BY_ZONE.model_copy(
        update={
            "id": "mark-other",
            "locus": BY_ZONE.locus.model_copy(update={"pointer": "/system/3/text"}),
        }
    )
    assert not entries(marked(BY_ZONE), marked(moved, version="2"), "marks")


def test_levels_that_were_tried_on_both_sides_are_told():
    less = BY_ZONE.model_copy(update={"signals": (Signal(id="timezone", levels=("Asia/Tokyo",)),)})
    entry = only(marked(BY_ZONE), marked(less, version="2"), "marks")
    assert (entry.kind, entry.added) == (CHANGED, ("timezone=Asia/Tokyo",))
    assert entry.removed == ("timezone=Asia/Urumqi",)


def test_a_level_that_was_not_tried_is_uncertain():
    more = Signal(id="timezone", levels=(*SAMPLE.coverage.signals[0].levels, "Asia/Kashgar"))
    finding = BY_ZONE.model_copy(
        update={"signals": (Signal(id="timezone", levels=("Asia/Urumqi", "Asia/Kashgar")),)}
    )
    after = marked(finding, version="2", signals=(more, *SAMPLE.coverage.signals[1:]))
    entry = only(marked(BY_ZONE), after, "marks")
    assert (entry.kind, entry.uncertain) == (UNSURE, ("timezone=Asia/Kashgar",))


def contact(host: str, runs: int = 60, **fields: object) -> Contact:
    given = {
        "host": host, "port": 443, "role": Role.TELEMETRY, "declared": True, "requests": runs,
        "bytes_out": 100 * runs, "runs": runs, "phases": ("during",), **fields,
    }  # fmt: skip
    return Contact.model_validate(given)


def test_contacts_come_and_go():
    before = report("1", contacts=(contact("a.example"), contact("b.example")))
    after = report("2", contacts=(contact("b.example"), contact("c.example")))
    kinds = {own.id: own.kind for own in entries(before, after, "contacts")}
    assert kinds == {"a.example": REMOVED, "c.example": ADDED}


def test_a_contact_of_few_runs_may_have_been_missed():
    entry = only(report("1", contacts=(contact("rare.example", 1),)), report("2"), "contacts")
    assert entry.kind is UNSURE
    assert "seen in 1 of 60 runs; 60 runs would miss it with a chance of 36%" in entry.why


def test_how_often_and_when_in_a_run_is_no_difference():
    before = report("1", contacts=(contact("a.example", 60, phases=("during",)),))
    after = report("2", contacts=(contact("a.example", 58, phases=("after the last prompt",)),))
    assert not entries(before, after, "contacts")


def test_what_is_beside_the_model_is_seen_by_opting_out_alone():
    model = contact("api.vendor.example", role=Role.MODEL)
    remains = ("api.vendor.example/flags",)
    switched = OptOutTried(
        setting="NO=1", documented=True, runs=2, effect=OptOutEffect.ALL, remains=remains
    )
    before = report("1", contacts=(model,), opt_outs=(switched,))
    entry = only(before, report("2", contacts=(model,)), "contacts")
    assert (entry.id, entry.kind) == ("api.vendor.example/flags", UNSURE)
    assert "no switch to opt out was tried in 2" in entry.why
    without = report(
        "2", contacts=(model,), opt_outs=(switched.model_copy(update={"remains": ()}),)
    )
    assert only(before, without, "contacts").kind is REMOVED


def test_a_contact_of_an_installation_that_was_left_out_is_uncertain():
    once = contact("get.example", 1, phases=("install",))
    entry = only(report("1", contacts=(once,)), report("2"), "contacts")
    assert entry.kind is REMOVED
    left_out = report("2", {"not_exercised": ("installation and its scripts",)})
    assert only(report("1", contacts=(once,)), left_out, "contacts").kind is UNSURE


def test_opting_out_that_no_longer_helps_is_a_change():
    before = report("1", contacts=(contact("a.example", when_opted_out=False),))
    after = report("2", contacts=(contact("a.example", when_opted_out=True),))
    entry = only(before, after, "contacts")
    assert entry.kind is CHANGED
    assert "also when opted out" in entry.after


def test_what_the_experiment_gave_to_the_agent_is_no_contact_of_its_own():
    given = contact("gateway.example.cn", role=Role.OTHER, declared=None)
    assert not entries(report("1", contacts=(given,)), report("2"), "contacts")


def content(*what: str, host: str = "stats.vendor.example", runs: int = 60) -> Content:
    example = ContentExample(
        what=what[0], form="plain", text="…", locus=PLACE, runs=runs, evidence=EVIDENCE
    )
    return Content(
        host=host, model=False, category="machine", asked_for=AskedFor.NOBODY, what=what,
        runs=runs, of=60, requests=runs, examples=(example,), title="facts of the machine",
        declared=None,
    )  # fmt: skip


SOUGHT = (Sought(category="machine", title="facts of the machine"),)


def test_another_thing_that_is_sent_is_told():
    before = report("1", sought=SOUGHT, contents=(content("the host name"),))
    after = report("2", sought=SOUGHT, contents=(content("the host name", "the memory"),))
    entry = only(before, after, "contents")
    assert (entry.kind, entry.added, entry.removed) == (CHANGED, ("the memory",), ())


def test_a_kind_of_data_that_was_not_looked_for_is_uncertain():
    entry = only(report("1", sought=SOUGHT, contents=(content("the host name"),)), report("2"),
                 "contents")  # fmt: skip
    assert entry.kind is UNSURE
    assert "not looked for in 2" in entry.why


def identifier(
    name: str = "identifier-1", *, machines: bool = True, at: Locus = PLACE
) -> Identifier:
    return Identifier(
        id=name, hosts=(at.host,), locus=at, shown="5f0c…9e24", bits=128, runs=8, of=8,
        stays=(Stays(change=Change.MACHINES, stays=machines),), origin="hash",
        source="sha256 of the host name",
    )  # fmt: skip


def test_an_identifier_is_known_by_its_source():
    changes = (Change.MACHINES,)
    before = report("1", identifiers_tried=changes, identifiers=(identifier(),))
    elsewhere = PLACE.model_copy(update={"pointer": "/events/0/id"})
    same = report("2", identifiers_tried=changes, identifiers=(identifier("other", at=elsewhere),))
    assert not entries(before, same, "identifiers")
    shorter = report("2", identifiers_tried=changes, identifiers=(identifier(machines=False),))
    assert only(before, shorter, "identifiers").removed == ("the same after another machine",)
    assert only(before, report("2"), "identifiers").kind is UNSURE


def opt_out(*covered: str, setting: str = "NO=1") -> OptOutTried:
    effect = OptOutEffect.PART if covered else OptOutEffect.ALL
    return OptOutTried(setting=setting, documented=True, runs=1, effect=effect, covered=covered)


def test_a_switch_that_stops_less_is_a_change():
    entry = only(report("1", opt_outs=(opt_out(),)), report("2", opt_outs=(opt_out("a.example"),)),
                 "opt-outs")  # fmt: skip
    assert (entry.kind, entry.added) == (CHANGED, ("still contacted: a.example",))


def test_a_switch_that_was_not_tried_is_uncertain():
    entry = only(report("1", opt_outs=(opt_out(),)), report("2"), "opt-outs")
    assert entry.kind is UNSURE
    assert "was not tried in 2" in entry.why


def hidden(*entries: str, decoder: str = "base64, xor 91", start: int = 10) -> Hidden:
    return Hidden(decoder=decoder, entries=entries, evidence=f"cli.js bytes {start}-{start + 9}")


def test_hidden_constants_are_their_entries_and_not_their_place():
    names = [f"host-{number}.example" for number in range(10)]
    before = report("1", hidden=(hidden(*names),))
    assert not entries(before, report("2", hidden=(hidden(*names, start=999_999),)), "hidden")
    recoded = report("2", hidden=(hidden(*names, decoder="base64, xor 17"),))
    assert only(before, recoded, "hidden").kind is CHANGED
    longer = only(before, report("2", hidden=(hidden(*names[1:], "new.example"),)), "hidden")
    assert (longer.added, longer.removed) == (("new.example",), ("host-0.example",))
    assert only(before, report("2"), "hidden").kind is REMOVED
    assert only(before, report("2", {"scanned": False}), "hidden").kind is UNSURE


def test_a_comparison_is_what_it_does_and_not_its_shape():
    before = report("1", conditions=(condition("c1", "a", "b", "c"),))
    renamed = report("2", conditions=(condition("c2", "a", "b", "c", start=5000),))
    assert not entries(before, renamed, "conditions")
    longer = report("2", conditions=(condition("c3", "a", "b", "c", "d"),))
    assert only(before, longer, "conditions").added == ("d",)
    unvaried = report("2", {"signals": SAMPLE.coverage.signals[1:]})
    assert only(before, unvaried, "conditions").kind is UNSURE


def test_a_part_of_the_code_that_was_not_searched_hides_all():
    lacking = report("2", {"not_exercised": ("in the code, nested too deeply (cli.js)",)})
    entry = only(report("1", hidden=(hidden("a.example"),)), lacking, "hidden")
    assert entry.kind is UNSURE
    assert "was not searched" in entry.why


def read(signal: str, what: str, seen: str = "hooks in the runtime") -> Read:
    return Read(signal=signal, how=f"{what}, seen by {seen}", evidence="cli.js:1:2")


def test_reads_are_told_by_fact():
    before = report("1", reads=(read("timezone", "the variable TZ"),))
    after = report("2", reads=(read("timezone", "the variable TZ"), read("timezone", "Intl.X"),
                               read("locale", "the variable LANG")))  # fmt: skip
    found = {own.id: own for own in entries(before, after, "reads")}
    assert found["locale"].kind is ADDED
    assert (found["timezone"].kind, found["timezone"].added) == (CHANGED, ("Intl.X",))
    unwatched = report("2", {"observed": (Observer.TRACER,)})
    entry = only(before, unwatched, "reads")
    assert entry.kind is UNSURE
    assert "hooks" in entry.why


def test_an_incomplete_report_says_so_at_the_top():
    made = compared(report("1"), report("2", {"complete": False, "problems": ("It broke.",)}))
    assert not made.complete
    assert any("incomplete" in own for own in made.summary)


def test_the_first_sentence_says_what_matters():
    made = compared(marked(*MARKS), report("2"))
    assert made.summary[0] == "From 1 to 2: 2 marks removed."
    assert "no difference in behaviour was found" in compared(report("1"), report("2")).summary[0]
    untried = compared(marked(*MARKS), report("2", {"signals": ()}))
    assert "2 things are not comparable; in " in untried.summary[0]


def test_gateways_given_on_one_side_only_are_the_model_all_the_same():
    api = "api.vendor.example"
    model = contact(api, role=Role.MODEL)
    zone = SAMPLE.coverage.signals[:1]
    before = report("1", sought=SOUGHT, contacts=(model,),
                    contents=(content("the host name", host="{base-url-host}"),))  # fmt: skip
    after = report("2", {"signals": zone}, sought=SOUGHT, contacts=(model,),
                   contents=(content("the host name", host=api),))  # fmt: skip
    assert not entries(before, after, "contents")


PARTS = {
    "findings": SAMPLE.findings,
    "contacts": (
        contact("a.example"),
        contact("b.example", 3),
        contact("c.example", declared=False),
    ),
    "contents": (content("the host name"), content("the user", host="b.example")),
    "identifiers": (identifier(),),
    "opt_outs": (opt_out("a.example"), opt_out(setting="OTHER=1")),
    "hidden": (hidden("a", "b", "c"), hidden("a", "b", "c", "d"), hidden("x")),
    "conditions": (condition("c1", "a", "b"), condition("c2", "a", "b", "c"), condition("c3", "z")),
    "reads": (read("timezone", "TZ"), read("timezone", "Intl"), read("locale", "LANG")),
}


@st.composite
def reports(draw: st.DrawFn, version: str) -> Report:
    fields = {
        name: tuple(own for own in every if draw(st.booleans())) for name, every in PARTS.items()
    }
    tried = draw(st.booleans())
    coverage = {
        "complete": draw(st.booleans()),
        "scanned": draw(st.booleans()),
        "minimum_detectable_effect": draw(st.sampled_from([None, 0.3, 0.7])),
        "signals": SAMPLE.coverage.signals[: draw(st.integers(0, 2))],
        "observed": draw(st.sampled_from([(), tuple(Observer)])),
    }
    return report(version, coverage, sought=SOUGHT if tried else (), **fields)


MIRRORED = {ADDED: REMOVED, REMOVED: ADDED, CHANGED: CHANGED, UNSURE: UNSURE}


@settings(max_examples=60, deadline=None)
@given(reports("1"), reports("2"))
def test_the_other_way_round_is_the_mirror_image(before, after):
    there, back = compared(before, after), compared(after, before)
    for one, other in zip(there.sections, back.sections, strict=True):
        assert one.alike == other.alike
        shown = {
            (own.id, own.kind, own.before, own.after, own.added, own.removed, own.why)
            for own in one.entries
        }
        mirrored = {
            (own.id, MIRRORED[own.kind], own.after, own.before, own.removed, own.added, own.why)
            for own in other.entries
        }
        assert shown == mirrored


@settings(max_examples=60, deadline=None)
@given(reports("1"))
def test_a_report_does_not_differ_from_itself(own):
    assert not compared(own, own).entries


@settings(max_examples=60, deadline=None)
@given(reports("1"), st.integers(1, 10**6))
def test_a_build_that_renames_and_moves_everything_makes_no_difference(own, shift):
    rebuilt = own.model_copy(
        update={
            "hidden": tuple(
                each.model_copy(update={"evidence": f"dist/chunk.js bytes {shift}-{shift + 1}"})
                for each in own.hidden
            ),
            "conditions": tuple(
                each.model_copy(update={"id": f"{each.id}-{shift}", "evidence": f"x.js {shift}-9"})
                for each in own.conditions
            ),
            "reads": tuple(
                each.model_copy(update={"evidence": f"a1 (x.js:{shift}:1)"}) for each in own.reads
            ),
        }
    )
    assert not compared(own, rebuilt).entries
