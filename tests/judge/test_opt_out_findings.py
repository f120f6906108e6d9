from undeclared.catalogue import AgentProfile
from undeclared.judge import contacts, opt_out_findings, opt_outs, opted_out_hosts
from undeclared.model import (
    Confidence,
    ContactFact,
    FindingKind,
    Moment,
    OptOutEffect,
    OptOutState,
    Reached,
    Severity,
)

PROFILE = AgentProfile.model_validate(
    {
        "id": "vendor-agent",
        "title": "Vendor Agent",
        "command": ["agent"],
        "wire": "anthropic-messages",
        "default_host": "api.vendor.example",
        "hosts": [
            {"host": "api.vendor.example", "role": "model"},
            {"host": "usage.vendor.example", "role": "telemetry"},
            {"host": "new.vendor.example", "role": "update"},
        ],
        "opt_outs": [
            {"variable": "NO_USAGE", "says": "no usage is sent", "stops": ["telemetry"],
             "requests": ["api.vendor.example/events/*"], "source": "docs"},
            {"variable": "QUIET", "value": "true", "says": "nothing but the model",
             "stops": ["telemetry", "update"], "source": "docs"},
            {"files": {".agent.json": "{}"}, "says": "no updates", "stops": ["update"],
             "source": "docs"},
        ],
        "examples": {"match": ["vendor-agent"], "reject": ["other"]},
    }
)  # fmt: skip
EVENTS = "api.vendor.example/events/batch"
USAGE, UPDATES = "usage.vendor.example", "new.vendor.example"
DOCUMENTED = {"NO_USAGE": "1", "QUIET": "true", "~/.agent.json": "{}"}


def state(level, given, runs, **reached):
    """`reached` are hosts (`usage`, `new`, `events`) with the number of runs they are in."""
    places = {
        "usage": (USAGE, 443, "/v1"), "new": (UPDATES, 443, "/latest"),
        "asked": (USAGE, 0, ""), "events": ("api.vendor.example", 443, "/events/batch"),
    }  # fmt: skip
    return OptOutState(
        level=level,
        set=given,
        runs=runs,
        failed=0,
        reached=tuple(
            Reached(
                host=places[name][0], port=places[name][1], path=places[name][2],
                runs=tuple(f"{level}-{number}" for number in range(times)), requests=times,
                flow=None if name == "asked" else 3,
            )
            for name, times in reached.items()
        ),
    )  # fmt: skip


PLAIN = state("unset", {}, 3, usage=3, new=3)


def test_a_switch_that_stops_what_it_should_gives_no_finding():
    states = [PLAIN, state("NO_USAGE", {"NO_USAGE": "1"}, 1, new=1), state("all", DOCUMENTED, 2)]
    assert opt_out_findings(states, PROFILE) == ()
    single, together = opt_outs(states, PROFILE)
    assert (single.effect, single.remains, single.stopped) == (
        OptOutEffect.ALL, (UPDATES,), (USAGE,),
    )  # fmt: skip
    assert (single.setting, single.documented, single.unsaid) == ("NO_USAGE=1", True, ())
    assert together.stopped == (UPDATES, USAGE) or together.stopped == (USAGE, UPDATES)


def test_what_is_contacted_all_the_same_is_a_finding_with_its_counts():
    states = [
        PLAIN,
        state("NO_USAGE", {"NO_USAGE": "1"}, 1, usage=1, new=1),
        state("all", DOCUMENTED, 2, usage=2),
    ]
    (found,) = opt_out_findings(states, PROFILE)
    assert found.kind is FindingKind.OPT_OUT_IGNORED
    assert (found.severity, found.confidence) == (Severity.HIGH, Confidence.HIGH)
    assert found.declared is False
    assert found.title == (
        "usage.vendor.example (telemetry) is contacted with NO_USAGE=1 in 1 of 1, with every"
        " documented switch, as documented in 2 of 2 runs; without a switch in 3 of 3"
    )
    assert "no usage is sent" in found.condition
    assert [own.run for own in found.evidence] == ["NO_USAGE-0", "all-0"]
    assert opt_outs(states, PROFILE)[0].effect is OptOutEffect.NOTHING


def test_a_switch_that_works_only_with_another_is_not_as_sure():
    states = [
        PLAIN,
        state("NO_USAGE", {"NO_USAGE": "1"}, 1, usage=1, new=1),
        state("QUIET", {"QUIET": "true"}, 1),
        state("all", DOCUMENTED, 2),
    ]
    (found,) = opt_out_findings(states, PROFILE)
    assert found.confidence is Confidence.MEDIUM
    assert "NO_USAGE=1" in found.condition
    assert "QUIET" not in found.condition


def test_another_spelling_than_the_documented_one_gives_no_finding():
    given = {"NO_USAGE": "yes", "QUIET": "yes"}
    states = [PLAIN, state("all=yes", given, 1, usage=1, new=1)]
    assert opt_out_findings(states, PROFILE) == ()
    (tried,) = opt_outs(states, PROFILE)
    assert (tried.setting, tried.documented) == ("every documented variable, as yes", False)
    assert tried.effect is OptOutEffect.NOTHING
    assert tried.covered == (UPDATES, USAGE)


def test_a_request_to_the_host_of_the_model_can_be_opted_out_of():
    plain = state("unset", {}, 3, events=3)
    states = [plain, state("NO_USAGE", {"NO_USAGE": "1"}, 2, events=2)]
    (found,) = opt_out_findings(states, PROFILE)
    assert found.title.startswith(f"{EVENTS} (model) is contacted")
    assert opt_outs(states, PROFILE)[0].remains == (EVENTS,)
    (stopped,) = opt_outs([plain, state("NO_USAGE", {"NO_USAGE": "1"}, 2)], PROFILE)
    assert (stopped.stopped, stopped.unsaid) == ((EVENTS,), ())


def test_a_name_that_is_only_looked_up_is_a_slight_finding():
    states = [PLAIN, state("NO_USAGE", {"NO_USAGE": "1"}, 1, asked=1)]
    (found,) = opt_out_findings(states, PROFILE)
    assert found.severity is Severity.LOW
    assert "is looked up" in found.title


def test_more_than_was_said_stopped():
    states = [PLAIN, state("NO_USAGE", {"NO_USAGE": "1"}, 1)]
    (tried,) = opt_outs(states, PROFILE)
    assert tried.unsaid == (UPDATES,)


def test_what_is_not_contacted_anyway_says_nothing_of_a_switch():
    states = [state("unset", {}, 3), state("~/.agent.json", {"~/.agent.json": "{}"}, 1)]
    (tried,) = opt_outs(states, PROFILE)
    assert (tried.effect, tried.setting) == (
        OptOutEffect.IDLE, "the switch in ~/.agent.json",
    )  # fmt: skip


def test_customary_variables_are_held_against_what_the_documented_ones_stop():
    states = [PLAIN, state("customary", {"DO_NOT_TRACK": "1"}, 1, new=1)]
    (tried,) = opt_outs(states, PROFILE)
    assert (tried.effect, tried.documented) == (OptOutEffect.PART, False)
    assert tried.unsaid == (USAGE,)
    assert opt_out_findings(states, PROFILE) == ()


def test_an_agent_that_fails_with_a_switch_says_nothing_of_it_but_that():
    failed = OptOutState(
        level="all", set=DOCUMENTED, runs=0, failed=2, reason="exited with status 1"
    )
    (tried,) = opt_outs([PLAIN, failed], PROFILE)
    assert tried.effect is OptOutEffect.UNKNOWN
    assert tried.stopped == ()
    assert "in 2 of 2 runs it failed: exited with status 1" in tried.note
    assert opted_out_hosts([PLAIN, failed]) == {}


def fact(host, *, model=False):
    return ContactFact(
        host=host, port=443, runs=3, phases=(Moment.DURING,), requests=3, bytes_out=9,
        answered_as_model=model,
    )  # fmt: skip


def test_contacts_say_whether_they_remain_with_every_switch():
    opted = opted_out_hosts([PLAIN, state("all", DOCUMENTED, 2, usage=1)])
    facts = [fact(USAGE), fact(UPDATES), fact("api.vendor.example", model=True), fact("x.example")]
    remain = {own.host: own.when_opted_out for own in contacts(facts, PROFILE, {}, opted)}
    assert remain == {
        USAGE: True, UPDATES: False, "api.vendor.example": True, "x.example": None,
    }  # fmt: skip
    untold = contacts(facts, PROFILE)
    assert [own.when_opted_out for own in untold] == [None] * 4
