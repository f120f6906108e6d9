import pytest

from undeclared.catalogue import channels
from undeclared.judge.channels import fitting


def of(glob: str) -> str:
    """A part or a pointer that a glob of the catalogue stands for."""
    return {"*": "body", "*[!]]#[2-9]": "/key#2"}.get(glob, glob.rstrip("*"))


@pytest.mark.parametrize("channel_id", list(channels()))
def test_the_examples_of_every_channel_hold(channel_id: str):
    spec = channels()[channel_id]
    view, part, pointer = spec.views[0], of(spec.parts[0]), of(spec.pointers[0])
    for pair in spec.examples.match:
        whole = spec.rule == "whole"
        fits = fitting(view, part, pair.before, pair.after, whole=whole, pointer=pointer)
        assert fits.id == channel_id
        assert fits.covert == (spec.at(pointer).covert or view in spec.covert_in)
    for pair in spec.examples.covert:
        fits = fitting(view, part, pair.before, pair.after, pointer=pointer)
        assert (fits.id, fits.covert) == (channel_id, True)
    for pair in spec.examples.reject:
        if pair.before != pair.after:  # an equal pair is no difference at all
            assert fitting(view, part, pair.before, pair.after, pointer=pointer).id != channel_id


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
        ("encoding", "body"), ("encoding", "header"), ("encoding", "query"),
        ("value", "header"), ("value", "query"), ("value", "message"), ("text", "message"),
        ("key-order", "header"), ("key-order", "query"), ("order", "header"),
        ("whitespace", "header"), ("whitespace", "query"), ("escape", "header"),
        ("text-order", "body"), ("text-order", "header"), ("text-order", "line"),
        ("value", "h2-opening"), ("order", "h2-opening"), ("case", "body"),
        ("bits", "body"), ("bits", "header"), ("length", "query"), ("delay", "request"),
        ("sequence", "sequence"),
    ],
)  # fmt: skip
def test_whatever_can_differ_has_a_channel(view: str, part: str):
    assert fitting(view, part, "alpha", "beta")


def test_a_channel_can_be_covert_in_one_of_its_views():
    assert fitting("case", "question", "A.example", "a.example").covert
    assert not fitting("presence", "question", "asked", "").covert
    assert fitting("order", "query", "a\nb", "b\na").covert
    assert not fitting("text", "query", "1", "2").covert


def test_a_coding_that_a_field_names_is_open_and_the_framing_is_not():
    assert not fitting("encoding", "body", "gzip", "identity", pointer="#coding").covert
    assert fitting("encoding", "body", "length", "chunked", pointer="#framing").covert
