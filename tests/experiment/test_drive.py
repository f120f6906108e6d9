import random

import pytest
from simulation import (
    HOSTS,
    ZONES,
    Quiet,
    agent,
    conclude,
    flow,
    plan,
    run_of,
)

from undeclared.experiment import Conclusion, carry_out
from undeclared.experiment.conclusion import smallest
from undeclared.model import Environment, Outcome, Phase, Status, View

CHINA = ("Asia/Shanghai", "Asia/Urumqi")


def established(conclusion: Conclusion):
    return [own for own in conclusion.influences if own.status is Status.ESTABLISHED]


def prompt(text: str, environment: Environment, noise: random.Random) -> object:
    """A request with honest noise around a text."""
    return {
        "model": "m",
        "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}],
        "metadata": {"id": f"{noise.getrandbits(128):032x}", "t": noise.random()},
    }


def gated(environment: Environment, noise: random.Random) -> object:
    marked = environment["timezone"] in CHINA and environment["base-url-host"] != "unset"
    return prompt(f"It{'’' if marked else chr(39)}s a fine day.", environment, noise)


def test_a_mark_gated_on_two_signals_is_established_with_its_condition():
    (found,) = established(conclude(gated))
    assert {own.id: own.levels for own in found.signals} == {
        "base-url-host": HOSTS.levels[1:],
        "timezone": CHINA,
    }
    assert [variant.changed for variant in found.variants] == ["'", "’"]
    assert [variant.isolated for variant in found.variants] == [
        "It's a fine day.",
        "It’s a fine day.",
    ]
    assert found.locus.pointer == "/messages/0/content/0/text"
    assert found.view is View.TEXT
    assert found.bits == 1
    assert found.p_value < 0.05
    assert {contrast.signal for contrast in found.contrasts} == {"base-url-host", "timezone"}
    for variant in found.variants:
        assert variant.seen == variant.of > 0


def test_a_variant_is_shown_as_its_first_environment_has_it():
    def body(environment: Environment, noise: random.Random) -> object:
        sign = "’" if environment["base-url-host"] == "gateway.example.cn" else "'"
        marked = environment["timezone"] in CHINA and environment["base-url-host"] != "unset"
        return prompt(f"It{sign}s 2026{'/' if marked else '-'}11", environment, noise)

    found = {own.variants[0].changed: own.variants for own in established(conclude(body))}
    assert [own.text for own in found["-"]] == ["It's 2026-11", "It's 2026/11"]
    assert found["-"][1].when["base-url-host"] == "gateway.example.com"


@pytest.mark.parametrize("seed", range(4))
def test_the_same_bytes_at_random_give_nothing(seed: int):
    def at_random(environment: Environment, noise: random.Random) -> object:
        return prompt(f"It{noise.choice('’' + chr(39))}s a fine day.", environment, noise)

    conclusion = conclude(at_random, seed)
    assert established(conclusion) == []
    assert any(locus.pointer.endswith("/text") for locus in conclusion.noisy)


def test_an_exclusive_or_of_two_signals_is_found_though_neither_has_a_main_effect():
    zones = ZONES.model_copy(update={"levels": ("Etc/UTC", "Asia/Tokyo")})
    hosts = HOSTS.model_copy(update={"levels": ("unset", "gateway.example.com")})

    def body(environment: Environment, noise: random.Random) -> object:
        odd = (environment["timezone"] != "Etc/UTC") != (environment["base-url-host"] != "unset")
        return prompt("one two" if odd else "one  two", environment, noise)

    (found,) = established(conclude(body, signals=(hosts, zones)))
    assert {own.id for own in found.signals} == {"base-url-host", "timezone"}
    assert len(found.contrasts) == 4


def test_a_class_that_is_only_more_frequent_is_found_as_a_distribution():
    def body(environment: Environment, noise: random.Random) -> object:
        share = 0.9 if environment["timezone"] in CHINA else 0.1
        return prompt("a b" if noise.random() < share else "a\u00a0b", environment, noise)

    (found,) = established(conclude(body))
    assert [own.id for own in found.signals] == ["timezone"]
    assert 0 < found.bits < 1


def test_several_variants_give_more_bits():
    signs = {"gateway.example.cn": "’", "lab.example.com": "ʼ"}

    def body(environment: Environment, noise: random.Random) -> object:
        return prompt(f"It{signs.get(environment['base-url-host'], chr(39))}s", environment, noise)

    (found,) = established(conclude(body))
    assert [variant.changed for variant in found.variants] == ["'", "’", "ʼ"]
    assert found.bits == pytest.approx(1.585)


def test_key_order_white_space_and_escapes_are_seen():
    def body(environment: Environment, noise: random.Random) -> object:
        if environment["timezone"] in CHINA:
            return '{"b": "é","a":"x"}'.encode()
        return b'{"a":"x","b":"\\u00e9"}'

    views = {own.view for own in established(conclude(body))}
    assert views == {View.KEY_ORDER, View.WHITESPACE, View.ESCAPE}


def test_header_order_and_case_are_seen():
    def execute(trials):
        for trial in trials:
            names = [b"Accept", b"X-Trace"]
            if trial.environment["timezone"] in CHINA:
                names = [b"x-trace", b"Accept"]
            headers = tuple((name, b"1") for name in names)
            yield run_of(trial, flow(trial.environment, {"model": "m"}, headers))

    conclusion = carry_out(plan(), execute, (), Quiet())
    assert {own.view for own in established(conclusion)} == {View.ORDER, View.CASE}


def test_a_part_in_front_does_not_hide_a_mark_behind_it():
    def body(environment: Environment, noise: random.Random) -> object:
        marked = environment["timezone"] in CHINA
        parts = [{"type": "text", "text": f"As you answer, it{'’' if marked else chr(39)}s Monday"}]
        if environment["base-url-host"] != "unset":
            parts.insert(0, {"type": "text", "text": "These skills are available to the user"})
        return {"messages": [{"role": "user", "content": parts}]}

    marks = [own for own in established(conclude(body)) if own.view is View.TEXT]
    assert [[variant.changed for variant in own.variants] for own in marks] == [["'", "’"]]


def test_changes_with_one_cause_share_it():
    def body(environment: Environment, noise: random.Random) -> object:
        tools = [{"name": "Bash"}]
        if environment["base-url-host"] != "unset":
            tools += [{"name": "More", "schema": {"a": [1, 2], "b": {"c": "d"}}}]
        return {"mode": "x" if environment["base-url-host"] == "unset" else "y", "tools": tools}

    found = established(conclude(body))
    assert len({own.cause for own in found}) == 1
    # What lies below an absent tool is not told again.
    assert [own.locus.pointer for own in found if own.view is View.PRESENCE] == [
        "/tools/[name=More]"
    ]


def test_confirmation_runs_are_fresh_and_discovery_is_replicated_in_blocks():
    runs = conclude(gated).runs
    by_phase = {phase: [run for run in runs if run.trial.phase is phase] for phase in Phase}
    cells = len(HOSTS.levels) * len(ZONES.levels)
    assert len(by_phase[Phase.PREFLIGHT]) == 2
    for block in range(2):
        own = [run for run in by_phase[Phase.DISCOVERY] if run.trial.block == block]
        assert len({run.environment for run in own}) == len(own) == cells
    assert by_phase[Phase.CONFIRMATION]
    assert len({run.trial.id for run in runs}) == len(runs)


def test_an_interrupted_experiment_concludes_and_goes_on_where_it_stopped():
    whole = conclude(gated)
    asked: list[str] = []

    def interrupted(trials):
        for number, run in enumerate(agent(gated)(trials)):
            if run.trial.phase is Phase.DISCOVERY and number == 10:
                raise KeyboardInterrupt
            yield run

    first = carry_out(plan(), interrupted, (), Quiet())
    assert not first.finished
    assert first.interrupted
    assert not whole.interrupted
    assert first.problems
    assert established(first) == []

    def remembering(trials):
        for trial in trials:
            asked.append(trial.id)
            yield from agent(gated)([trial])

    second = carry_out(plan(), remembering, first.runs, Quiet())
    assert second.finished
    assert not {run.trial.id for run in first.runs} & set(asked)
    assert [own.locus for own in established(second)] == [own.locus for own in established(whole)]


def test_an_agent_that_never_works_ends_the_experiment_at_once():
    def failing(trials):
        for trial in trials:
            yield run_of(trial, outcome=Outcome.AGENT_FAILED)

    conclusion = carry_out(plan(), failing, (), Quiet())
    assert len(conclusion.runs) == 2
    assert "exited with status 1" in conclusion.problems[0]


def test_equal_seeds_give_equal_trials_and_other_seeds_another_order():
    order = [[run.trial for run in conclude(gated, seed).runs] for seed in (0, 0, 1)]
    assert order[0] == order[1] != order[2]
    assert len(order[0]) > 40


def test_more_runs_at_the_rarest_level_let_smaller_effects_be_found():
    effects = [smallest(rarest, 186, 400) for rarest in (2, 6, 12, 40)]
    assert None not in effects
    assert effects == sorted(effects, reverse=True)
    assert 0 < effects[-1] < effects[0] < 1
    assert smallest(1, 2, 400) is None
