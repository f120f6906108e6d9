"""Words that a program looks for in a host name are found though no level has them."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulation import HOSTS, ZONES, Quiet, agent, host_of, plan
from test_many_signals import MANY

from undeclared.catalogue import signals
from undeclared.experiment import Conclusion, carry_out
from undeclared.experiment.seeking import MOST, ROOM, findable, groups, halves, sought
from undeclared.model import Environment, Signal, Status

SPEC = signals()["base-url-host"]
WORDS = SPEC.keywords.words


def conclude(body, varied: tuple[Signal, ...] = (HOSTS, ZONES)) -> Conclusion:
    return carry_out(replace(plan(varied), sought=(SPEC,)), agent(body), (), Quiet())


def sentence(environment: Environment, noise: random.Random, *, mark: bool) -> object:
    return {
        "system": f"It{'’' if mark else chr(39)}s a day.",
        "gateway": host_of(environment),
        "length": len(host_of(environment)),
        "id": f"{noise.getrandbits(128):032x}",
        "flag": noise.random() < 0.5,
    }


def marked(conclusion: Conclusion) -> list[dict[str, tuple[str, ...]]]:
    return [
        {signal.id: signal.levels for signal in own.signals}
        for own in conclusion.influences
        if own.status is Status.ESTABLISHED and "It" in own.locus.segment
    ]


@pytest.mark.parametrize("varied", [(HOSTS, ZONES), MANY], ids=["crossed", "covered"])
def test_two_words_of_a_list_that_nobody_has_seen(varied: tuple[Signal, ...]):
    def body(environment: Environment, noise: random.Random) -> object:
        mark = any(word in host_of(environment) for word in ("groq", "upstage"))
        return sentence(environment, noise, mark=mark)

    conclusion = conclude(body, varied)
    (cause,) = marked(conclusion)
    assert set(cause["base-url-host"]) == {"groq.example.com", "upstage.example.com"}
    assert not conclusion.problems
    assert not conclusion.given_up


def test_a_word_that_counts_in_one_zone_only():
    def body(environment: Environment, noise: random.Random) -> object:
        mark = "yandex" in host_of(environment) and environment["timezone"] != "Etc/UTC"
        return sentence(environment, noise, mark=mark)

    (cause,) = marked(conclude(body))
    assert cause["base-url-host"] == ("yandex.example.com",)
    assert "Etc/UTC" not in cause["timezone"]


def test_an_agent_that_only_shows_the_name_is_searched_once():
    conclusion = conclude(lambda own, noise: sentence(own, noise, mark=False), MANY)
    searched = [run for run in conclusion.runs if run.environment["base-url-host"] in sought(SPEC)]
    assert len(searched) == 3 * (len(groups(WORDS)) + 1)
    assert marked(conclusion) == []


def test_where_every_word_counts_the_search_ends_and_says_so():
    def body(environment: Environment, noise: random.Random) -> object:
        mark = any(word in host_of(environment) for word in WORDS)
        return sentence(environment, noise, mark=mark)

    conclusion = conclude(body)
    searched = [run for run in conclusion.runs if run.environment["base-url-host"] in sought(SPEC)]
    assert len(searched) <= MOST
    assert conclusion.given_up


@given(st.lists(st.sampled_from(WORDS), min_size=1, unique=True))
def test_splitting_ends_with_every_word_once(words: list[str]):
    waiting, single = groups(words), []
    while waiting:
        own = waiting.pop()
        waiting += halves(own)
        single += own if len(own) == 1 else ()
    assert sorted(single) == sorted(words)


def test_names_have_one_length_and_are_levels():
    names = sought(SPEC)
    assert {len(name) for name in names} == {ROOM + len(".example.com")}
    assert all(SPEC.accepts(name) for name in (*names, *findable(SPEC)))
    assert all(part for name in names for part in name.split("."))
