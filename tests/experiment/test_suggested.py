"""What the code compares, as levels to try and as statements that runs confirm or not."""

import random

import pytest
from simulation import HOSTS, ZONES, conclude

from undeclared.catalogue import agents, signals
from undeclared.experiment import make_plan, tried
from undeclared.experiment.suggested import MOST, MOST_OF_SIGNAL, holds, suggested
from undeclared.model import (
    CodeCondition,
    CodeFlow,
    Comparison,
    ConditionStatus,
    Environment,
    FlowStep,
    Incomplete,
    Read,
    Region,
    Scan,
)

PROFILE = agents()["claude-code"]
HOST, ZONE = signals()["base-url-host"], signals()["timezone"]
REGION = Region(path="main.js", start=0, end=9)
OF_URL = ("new URL", ".hostname", "toLowerCase")


def condition(
    *values: str,
    signal: str = "base-url-host",
    what: str = "env:ANTHROPIC_BASE_URL",
    via: tuple[str, ...] = OF_URL,
    test: Comparison = Comparison.EQUALS,
    hidden: str | None = "hidden-1",
    name: str = "condition-1",
) -> CodeCondition:
    return CodeCondition(
        id=name, signals=(signal,), what=what, via=via, test=test, values=values, hidden=hidden,
        region=REGION,
    )  # fmt: skip


def zone(*values: str, hidden: str | None = None) -> CodeCondition:
    return condition(
        *values, signal="timezone", what="Intl.DateTimeFormat.resolvedOptions",
        via=(".timeZone",), hidden=hidden, name="condition-2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("own", "level", "answer"),
    [
        (condition("relay.example.net"), "relay.example.net", True),
        (condition("relay.example.net"), "unset", False),
        (condition("cn", test=Comparison.SUFFIX), "gateway.example.cn", True),
        (condition("cn", test=Comparison.SUFFIX), "cn.example.com", False),
        (condition("deepseek", test=Comparison.CONTAINS), "deepseek.example.com", True),
        (condition("https://a", test=Comparison.PREFIX, via=()), "a.example.com", True),
        (condition(test=Comparison.PRESENT, via=()), "a.example.com", True),
        (condition(test=Comparison.PRESENT, via=()), "unset", False),
        (condition("a", via=("sha256",)), "a.example.com", None),
        (condition("a.*", test=Comparison.MATCHES), "a.example.com", None),
    ],
)
def test_whether_a_comparison_holds_at_a_level(own: CodeCondition, level: str, answer: bool | None):
    assert holds(own, HOST, level, PROFILE) is answer


def test_constants_become_levels_with_which_the_comparison_holds():
    own = [
        condition("relay.example.net", "other.example.net", name="a"),
        condition(".example.ru", test=Comparison.SUFFIX, name="b"),
        condition("ainames", test=Comparison.CONTAINS, name="c"),
    ]
    found = suggested(Scan(conditions=tuple(own)), [HOST], PROFILE)
    assert [name for name, _ in found] == ["base-url-host"] * 3
    for one, (_, level) in zip(own, found, strict=True):
        assert HOST.accepts(level)
        assert holds(one, HOST, level, PROFILE)


def test_of_many_constants_two_are_tried_and_never_too_many_levels():
    many = [
        condition(*(f"h{n}x{i}.example.net" for i in range(100)), name=f"c{n}") for n in range(20)
    ]
    assert len(suggested(Scan(conditions=tuple(many[:1])), [HOST], PROFILE)) == 2
    assert len(suggested(Scan(conditions=tuple(many)), [HOST], PROFILE)) == MOST_OF_SIGNAL < MOST


def test_what_the_levels_tell_apart_already_adds_none():
    assert not suggested(Scan(conditions=(zone("Asia/Shanghai", hidden="h"),)), [ZONE], PROFILE)


def test_an_open_comparison_is_tried_where_it_chooses_what_is_sent():
    own = zone("Asia/Kashgar")
    way = CodeFlow(
        id="flow-1", signals=("timezone",), what=own.what, sink="prompt", by="choice",
        steps=(FlowStep(region=REGION, says="chooses"),), condition=own.id,
    )  # fmt: skip
    assert not suggested(Scan(conditions=(own,)), [ZONE], PROFILE)
    assert suggested(Scan(conditions=(own,), flows=(way,)), [ZONE], PROFILE) == (
        ("timezone", "Asia/Kashgar"),
    )


def test_a_plan_takes_the_levels_of_the_code_in():
    code = Scan(conditions=(zone("Asia/Kashgar", hidden="h"),))
    levels = {own.id: own.levels for own in make_plan(PROFILE, code=code).signals}
    assert levels["timezone"][-1] == "Asia/Kashgar"
    assert len(levels["base-url-host"]) == len(HOST.levels)
    alone = make_plan(PROFILE, code=code, code_alone=True)
    assert {own.id: own.levels for own in alone.signals} == {
        "timezone": (ZONE.default, "Asia/Kashgar")
    }
    with pytest.raises(Incomplete):
        make_plan(PROFILE, code=Scan(), code_alone=True)


def test_a_sweep_without_a_file_takes_every_constant_of_the_code():
    hosts = tuple(f"h{number}.example.net" for number in range(40))
    code = Scan(conditions=(condition(*hosts),))
    plan = make_plan(PROFILE, code=code, sweeps={"base-url-host": ()})
    assert set(hosts) <= {level for own in plan.every for level in own.levels}


READS = [Read(signal="timezone", how="", evidence="")]


def status(own: CodeCondition, echo: bool = False) -> ConditionStatus:
    def body(environment: Environment, noise: random.Random) -> object:
        marked = environment["timezone"].startswith("Asia/S")
        own = environment["timezone"] if echo else ""
        return {"system": f"It{'’' if marked and not echo else chr(39)}s a day {own}."}

    found = conclude(body).influences
    specs = [ZONE, HOST]
    (told,) = tried(Scan(conditions=(own,)), specs, (HOSTS, ZONES), found, READS, PROFILE)
    return told.status


def test_runs_confirm_a_comparison_or_contradict_it_or_say_nothing():
    assert status(zone("Asia/Shanghai")) is ConditionStatus.CONFIRMED
    assert status(zone("Asia/Tokyo", "Asia/Urumqi")) is ConditionStatus.CONTRADICTED
    assert status(zone("Asia/Kashgar")) is ConditionStatus.NOT_EXERCISED
    assert status(zone("Asia/Shanghai"), echo=True) is ConditionStatus.CONTRADICTED


def test_comparisons_with_one_list_are_confirmed_together():
    """`host === x || host.endsWith("." + x)`: at the levels of one, the other does not hold."""

    def body(environment: Environment, noise: random.Random) -> object:
        listed = environment["base-url-host"].removeprefix("gateway.") == "example.cn"
        listed = listed or environment["base-url-host"] == "lab.example.com"
        return {"system": f"It{'’' if listed else chr(39)}s a day."}

    code = Scan(
        conditions=(
            condition("lab.example.com", "example.cn", name="a"),
            condition(
                ".lab.example.com", ".example.cn", test=Comparison.SUFFIX, name="b"
            ),
        )
    )  # fmt: skip
    found = conclude(body).influences
    told = tried(code, [ZONE, HOST], (HOSTS, ZONES), found, READS, PROFILE)
    assert [own.status for own in told] == [ConditionStatus.CONFIRMED] * 2
    assert [own.levels for own in told] == [("lab.example.com",), ("gateway.example.cn",)]
