"""The labels of the forms against the rules by which findings are judged: they are the same."""

import pytest
from generator import forms, forms_http, forms_transport
from generator.forms import MARK, Form

from undeclared.bench.summary import BELOW_CONTENT, reach
from undeclared.catalogue import channels
from undeclared.judge.channels import fitting

EVERY = tuple(
    own
    for module in (forms, forms_http, forms_transport)
    for group in vars(module).values()
    if isinstance(group, tuple)
    for own in group
    if isinstance(own, Form)
)
TEXTS = tuple(own for own in EVERY if own.choices)


def test_there_are_forms() -> None:
    assert len(EVERY) > 60
    assert len(TEXTS) > 20


@pytest.mark.parametrize("form", TEXTS, ids=lambda own: f"{own.family}-{own.name}")
def test_a_text_is_labelled_as_the_judge_would(form: Form) -> None:
    before, after = (f"first of all\n{own} look into what is there" for own in form.choices)
    view = "text-order" if form.channel == "text.order" else "text"
    told = fitting(view, "body", before, after)
    assert (told.id, told.covert) == (form.channel, form.label == MARK)


@pytest.mark.parametrize("form", EVERY, ids=lambda own: f"{own.family}-{own.name}")
def test_the_catalogue_knows_the_channel_to_be_as_labelled(form: Form) -> None:
    spec = channels()[form.channel]
    if form.label == MARK:
        assert spec.covert or spec.covert_in or spec.covert_if
    else:
        assert not spec.covert or spec.open_at


@pytest.mark.parametrize("form", EVERY, ids=lambda own: f"{own.family}-{own.name}")
def test_how_far_one_must_look_is_told_by_the_family(form: Form) -> None:
    assert (reach(form.family) == BELOW_CONTENT) == (form.reach == "transport")
