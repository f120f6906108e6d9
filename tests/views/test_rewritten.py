from hypothesis import given
from hypothesis import strategies as st

from undeclared.views.rewritten import reordered


def test_sentences_that_have_moved_are_put_back():
    reference = "Be brief always. Do not guess. Read the files."
    other = "Do not guess. Be brief always. Read the files."
    texts, orders = reordered(reference, [reference, other]) or ([], [])
    assert texts == [reference, reference]
    assert orders == ["Be brief always.\nDo not guess.", "Do not guess.\nBe brief always."]


def test_what_differs_besides_stays_where_it_was():
    reference = "first line here\nsecond line here\nthe zone is UTC\n"
    other = "second line here\nfirst line here\nthe zone is CET\n"
    texts, orders = reordered(reference, [reference, other]) or ([], [])
    assert texts[1] == "first line here\nsecond line here\nthe zone is CET\n"
    assert len(set(orders)) == 2


def test_listed_items_and_words():
    for reference, other in (("gzip, br, zstd", "br, gzip, zstd"), ("a/1 b/2 c/3", "b/2 a/1 c/3")):
        texts, orders = reordered(reference, [reference, other]) or ([], [])
        assert texts == [reference] * 2
        assert len(set(orders)) == 2


def test_the_last_item_of_a_list_can_move_though_something_else_differs():
    reference = "Today is Monday.\n- Look into: the readme first, the sources, then the tests.\n"
    other = "Today is Friday.\n- Look into: the readme first, then the tests, the sources.\n"
    texts, orders = reordered(reference, [reference, other]) or ([], [])
    assert texts == [reference, reference.replace("Monday", "Friday")]
    assert orders == ["the sources\nthen the tests", "then the tests\nthe sources"]


def test_other_words_are_no_order():
    assert reordered("the cat sat here", ["the cat sat here", "here a dog sat"]) is None


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_without_another_order_there_is_nothing_to_tell(texts: list[str]):
    found = reordered(texts[0], texts)
    if found is not None:
        assert len(found[0]) == len(found[1]) == len(texts)
        assert found[0][0] == texts[0]
