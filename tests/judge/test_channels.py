import pytest

from undeclared.catalogue import channels
from undeclared.judge.channels import fitting


def part_of(glob: str) -> str:
    return "body" if glob == "*" else glob


@pytest.mark.parametrize("channel_id", list(channels()))
def test_the_examples_of_every_channel_hold(channel_id: str):
    spec = channels()[channel_id]
    view, part = spec.views[0], part_of(spec.parts[0])
    for pair in spec.examples.match:
        whole = spec.rule == "whole"
        assert fitting(view, part, pair.before, pair.after, whole=whole).id == channel_id
    for pair in spec.examples.reject:
        if pair.before != pair.after:  # an equal pair is no difference at all
            assert fitting(view, part, pair.before, pair.after).id != channel_id


def test_ranks_are_distinct_so_that_the_order_is_told():
    ranks = [spec.rank for spec in channels().values()]
    assert len(set(ranks)) == len(ranks)


@pytest.mark.parametrize(
    ("view", "part"),
    [
        ("text", "body"), ("text", "header"), ("text", "line"), ("text", "query"),
        ("value", "body"), ("value", "line"), ("value", "client-hello"),
        ("presence", "body"), ("presence", "header"), ("presence", "headers"),
        ("presence", "query"), ("presence", "line"), ("presence", "request"),
        ("presence", "client-hello"), ("presence", "question"), ("order", "body"),
        ("order", "headers"), ("order", "query"), ("order", "client-hello"),
        ("key-order", "body"), ("case", "header"), ("case", "question"),
        ("whitespace", "body"), ("escape", "body"), ("count", "request"),
    ],
)  # fmt: skip
def test_whatever_can_differ_has_a_channel(view: str, part: str):
    assert fitting(view, part, "alpha", "beta")
