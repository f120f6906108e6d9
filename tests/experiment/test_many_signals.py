"""Experiments with more signals than can be crossed: what decides is found among them."""

import random
from dataclasses import replace

import pytest
from simulation import HOSTS, Quiet, agent, conclude, plan

from undeclared.experiment import Conclusion, carry_out
from undeclared.model import Environment, Outcome, Phase, Signal, Status

MANY = (
    HOSTS,
    *(
        Signal(id=f"s{number:02}", levels=tuple(f"v{at}" for at in range(3 + number % 4)))
        for number in range(17)
    ),
)


def sentence(mark: bool, environment: Environment, noise: random.Random) -> object:
    """A request with a mark, open influences and honest noise."""
    return {
        "system": f"It{'’' if mark else chr(39)}s a day.\nRoot: /home/{environment['s05']}/"
        f"{environment['s06']}/src\nShell: {environment['s07']}",
        "id": f"{noise.getrandbits(128):032x}",
        "flag": noise.random() < 0.5,
        "kind": noise.choice("abcd"),
    }


def marks(conclusion: Conclusion) -> list[dict[str, tuple[str, ...]]]:
    """The causes of what was established about the sign."""
    return [
        {signal.id: signal.levels for signal in own.signals}
        for own in conclusion.influences
        if own.status is Status.ESTABLISHED and "It" in own.locus.segment
    ]


def test_one_level_of_one_signal():
    def body(environment: Environment, noise: random.Random) -> object:
        return sentence(environment["s03"] == "v4", environment, noise)

    assert marks(conclude(body, signals=MANY)) == [{"s03": ("v4",)}]


def test_two_signals_of_which_neither_does_anything_alone():
    def body(environment: Environment, noise: random.Random) -> object:
        gate = environment["base-url-host"] != "unset"
        return sentence(gate and environment["s02"] in ("v1", "v3"), environment, noise)

    (cause,) = marks(conclude(body, signals=MANY))
    assert cause == {"base-url-host": HOSTS.levels[1:], "s02": ("v1", "v3")}


@pytest.mark.parametrize("seed", range(3))
def test_a_single_pair_of_levels_that_many_pairs_could_explain(seed: int):
    def body(environment: Environment, noise: random.Random) -> object:
        return sentence(
            environment["s03"] == "v5" and environment["s07"] == "v4", environment, noise
        )

    conclusion = conclude(body, seed, MANY)
    assert marks(conclusion) == [{"s03": ("v5",), "s07": ("v4",)}]


def test_an_exclusive_or():
    def body(environment: Environment, noise: random.Random) -> object:
        odd = (environment["s08"] == "v1") != (environment["s12"] == "v1")
        return sentence(odd, environment, noise)

    (cause,) = marks(conclude(body, signals=MANY))
    assert set(cause) == {"s08", "s12"}


def test_three_signals_together():
    def body(environment: Environment, noise: random.Random) -> object:
        on = all(environment[own] != "v0" for own in ("s08", "s09", "s12"))
        return sentence(on, environment, noise)

    (cause,) = marks(conclude(body, signals=MANY))
    assert set(cause) == {"s08", "s09", "s12"}


@pytest.mark.parametrize("seed", range(3))
def test_what_is_only_more_frequent_is_laid_to_its_signal_alone(seed: int):
    def body(environment: Environment, noise: random.Random) -> object:
        share = 0.85 if environment["s03"] in ("v3", "v4", "v5") else 0.05
        return sentence(noise.random() < share, environment, noise)

    def execute(trials):
        yield from agent(body, seed)(trials)

    conclusion = carry_out(plan(MANY, seed), execute, (), Quiet())
    assert [set(cause) for cause in marks(conclusion)] in ([{"s03"}], [])
    assert all(set(cause) <= {"s03"} for cause in marks(conclusion))


def test_nothing_but_what_is_open_is_found_where_there_is_no_mark():
    def body(environment: Environment, noise: random.Random) -> object:
        return sentence(False, environment, noise)

    found = [
        own for own in conclude(body, signals=MANY).influences if own.status is Status.ESTABLISHED
    ]
    assert {signal.id for own in found for signal in own.signals} == {"s05", "s06", "s07"}


def test_a_level_with_which_the_agent_fails_takes_no_combination_along():
    def body(environment: Environment, noise: random.Random) -> object:
        return sentence(environment["s03"] == "v4", environment, noise)

    def execute(trials):
        for run in agent(body)(trials):
            fails = run.environment["s10"] == "v2"
            update = {"outcome": Outcome.AGENT_FAILED, "reason": "no such thing"} if fails else {}
            yield run.model_copy(update=update)

    conclusion = carry_out(plan(MANY), execute, (), Quiet())
    failed = [run for run in conclusion.runs if run.outcome is Outcome.AGENT_FAILED]
    assert len(failed) == 4  # twice in company, twice alone
    assert [own["s10"] for own in conclusion.unusable] == ["v2"]
    assert marks(conclusion) == [{"s03": ("v4",)}]


def test_an_interrupted_experiment_goes_on_with_the_same_trials():
    def body(environment: Environment, noise: random.Random) -> object:
        return sentence(
            environment["s03"] == "v5" and environment["s07"] == "v4", environment, noise
        )

    whole = conclude(body, signals=MANY)
    asked: list[str] = []

    def execute(trials):
        for trial in trials:
            asked.append(trial.id)
            yield from agent(body)([trial])

    known = [run for run in whole.runs if run.trial.phase is not Phase.CONFIRMATION]
    again = carry_out(plan(MANY), execute, known, Quiet())
    assert asked == [run.trial.id for run in whole.runs if run.trial.phase is Phase.CONFIRMATION]
    assert marks(again) == marks(whole)


def test_a_sweep_finds_every_level_that_does_it_where_the_gate_is_open():
    zones = tuple(f"zone{number}" for number in range(60))
    marking = {"v1", "zone7", "zone41"}

    def body(environment: Environment, noise: random.Random) -> object:
        gate = environment["base-url-host"] != "unset"
        return sentence(gate and environment["s02"] in marking, environment, noise)

    swept = replace(plan(MANY), swept={"s02": zones})
    (cause,) = marks(carry_out(swept, agent(body), (), Quiet()))
    assert set(cause["s02"]) == marking
