from dataclasses import replace

import pytest
from simulation import DEFAULT_HOST, HOSTS, ZONES, Quiet, flow, plan, run_of

from undeclared.catalogue import AgentProfile
from undeclared.experiment import carry_out, opt_out_states, switches, untried
from undeclared.experiment.optouts import MOST, SWITCHES, trials
from undeclared.facts import contact_facts
from undeclared.lab.facts import gather
from undeclared.model import DnsFlow, Outcome, Phase

NAMES = ("NO_USAGE", "QUIET")
SETTINGS = ".agent/settings.json"


def profile(*opt_outs):
    return AgentProfile.model_validate(
        {
            "id": "vendor-agent",
            "title": "Vendor Agent",
            "command": ["agent"],
            "wire": "anthropic-messages",
            "opt_outs": opt_outs,
            "examples": {"match": ["vendor-agent"], "reject": ["other"]},
        }
    )


def variable(name, value="1"):
    return {"variable": name, "value": value, "says": "less is sent", "source": "docs"}


IN_FILE = {"files": {SETTINGS: '{"usage": false}'}, "says": "less is sent", "source": "docs"}
SPEC = switches(profile(variable("NO_USAGE"), variable("QUIET", "true"), IN_FILE))


def request(host, path=b"/v1/events?id=7"):
    own = flow(ZONES_PLAIN, {"event": "start"})
    return own.model_copy(
        update={
            "step": None,
            "request": own.request.model_copy(update={"host": host, "target": path}),
        }
    )


ZONES_PLAIN = trials(SPEC, (HOSTS, ZONES), 0)[0].environment


def agent(opted_out, outcome=Outcome.COMPLETED):
    """Sends usage figures unless `opted_out` says of the variables and files that it does not."""

    def execute(batch):
        for trial in batch:
            given = SPEC.setting(trial.environment.get(SWITCHES))
            flows = [flow(trial.environment, {"model": "m"})]
            if not opted_out(given):
                flows.append(request("usage.example"))
            failed = trial.phase is Phase.OPT_OUT and outcome
            yield run_of(trial, *flows, outcome=failed or Outcome.COMPLETED)

    return execute


def concluded(opted_out, **told):
    own = replace(plan(), switches=SPEC)
    conclusion = carry_out(own, agent(opted_out, **told), (), Quiet())
    states = opt_out_states(SPEC, own.signals, conclusion.runs, own.moved)
    return conclusion, {state.level: state for state in states}


def hosts(state):
    return {reached.host for reached in state.reached}


def test_each_switch_is_set_as_documented_and_all_variables_in_every_spelling():
    found = {level.value: SPEC.setting(level.value) for level in SPEC.levels}
    assert found["all"].env == {"NO_USAGE": "1", "QUIET": "true"}
    assert found["all"].files == {f"~/{SETTINGS}": '{"usage": false}'}
    assert found["QUIET"].env == {"QUIET": "true"}
    assert found[f"~/{SETTINGS}"].env == {}
    assert found["customary"].env["DO_NOT_TRACK"] == "1"
    assert {tuple(found[f"all={spelling}"].env.items()) for spelling in ("yes", "0", "")} == {
        tuple((name, spelling) for name in NAMES) for spelling in ("yes", "0", "")
    }


def test_a_switch_reaches_the_world_of_the_agent():
    vendor = profile(variable("NO_USAGE"), variable("QUIET", "true"), IN_FILE)
    facts = gather(vendor, SPEC.setting("all"))
    assert facts.files[f"{facts.home}/{SETTINGS}"] == '{"usage": false}'
    assert (facts.variables["NO_USAGE"], facts.variables["QUIET"]) == ("1", "true")
    assert "NO_USAGE" not in gather(vendor, SPEC.setting("unset")).variables


def test_what_would_be_the_same_is_tried_once():
    spec = switches(profile(variable("NO_USAGE")))
    levels = [level.value for level in spec.levels]
    assert "NO_USAGE" not in levels
    assert "all=1" not in levels
    assert levels[:2] == ["unset", "all"]


def test_no_documented_switch_is_no_signal():
    assert switches(profile()) is None
    assert opt_out_states(None, (ZONES,), (), plan().moved) == ()


@pytest.mark.parametrize("count", [1, 3, 20])
def test_runs_are_few_and_what_they_leave_out_is_told(count):
    spec = switches(profile(*(variable(f"NO_{number}") for number in range(count))))
    own = trials(spec, (ZONES,), 0)
    tried = [trial.environment.get(SWITCHES) for trial in own]
    assert len(own) == len({trial.id for trial in own}) <= MOST
    assert (tried.count("unset"), tried.count("all")) == (1, 2)
    assert len({*tried}) + len(untried(spec)) == len(spec.levels)
    assert bool(untried(spec)) is (count == 20)
    if count == 20:
        assert untried(spec)[0] == "NO_9"
        assert untried(spec)[-1] == "every documented variable as false"
    assert trials(spec, (ZONES,), 0) == own != trials(spec, (ZONES,), 1)


def test_switches_are_tried_on_a_plain_machine_and_compared_with_all_plain_runs():
    conclusion, states = concluded(lambda given: given.env.get("NO_USAGE") == "1")
    switched = [run for run in conclusion.runs if run.trial.phase is Phase.OPT_OUT]
    assert conclusion.finished
    assert {run.environment["timezone"] for run in switched} == {"Etc/UTC"}
    assert states["unset"].runs > 3
    assert {len(own.runs) for own in states["unset"].reached} == {states["unset"].runs}
    for level in ("all", "NO_USAGE", "all=1"):
        assert hosts(states[level]) == set(), level
    for level in ("QUIET", f"~/{SETTINGS}", "customary", "all=0"):
        assert hosts(states[level]) == {"usage.example"}, level


def test_what_a_switch_changes_is_no_influence():
    conclusion, _ = concluded(lambda given: bool(given.env))
    assert conclusion.influences == ()


def test_a_switch_in_a_file_is_told_apart():
    _, states = concluded(lambda given: bool(given.files))
    assert hosts(states[f"~/{SETTINGS}"]) == hosts(states["all"]) == set()
    assert hosts(states["all=true"]) == {"usage.example"}


def test_paths_come_without_their_query_and_the_conversation_does_not_count():
    _, states = concluded(lambda given: False)
    (reached,) = states["all"].reached
    assert (reached.path, reached.requests, reached.flow) == ("/v1/events", 2, 1)
    assert DEFAULT_HOST not in hosts(states["all"])


def test_names_that_are_only_looked_up_are_there_and_paths_without_end_are_cut():
    own = plan()
    (trial, *_) = trials(SPEC, own.signals, 0)
    level = trial.environment.get(SWITCHES)
    question = DnsFlow(started=0, name="Usage.example", type="A", transport="udp")
    endless = [request("other.example", f"/{number}".encode()) for number in range(300)]
    run = run_of(trial).model_copy(update={"flows": (question, *endless)})
    (state,) = (
        own for own in opt_out_states(SPEC, own.signals, [run], own.moved) if own.level == level
    )
    looked_up = next(own for own in state.reached if own.host == "usage.example")
    assert (looked_up.port, looked_up.path, looked_up.flow) == (0, "", None)
    assert len(state.reached) == 202
    assert sum(own.requests for own in state.reached) == 300


def test_an_agent_that_fails_with_a_switch_does_not_make_the_audit_fail():
    conclusion, states = concluded(lambda given: False, outcome=Outcome.AGENT_FAILED)
    assert conclusion.finished
    assert conclusion.problems == []
    assert (states["all"].runs, states["all"].failed) == (0, 2)
    assert states["all"].reason == "exited with status 1"
    assert states["unset"].runs
    assert {fact.host for fact in contact_facts(conclusion.runs, plan().moved)}
