import itertools

from hypothesis import given
from hypothesis import strategies as st

from undeclared.views.segments import slots

WORDS = st.lists(
    st.sampled_from(
        ["Today", "'", "’", "s", " ", "2026", "-", "/", "\n", "a", "а", "\u200b", "22"]
    ),
    max_size=30,
).map("".join)


def cut(reference: str, *texts: str) -> list[tuple[str, ...]]:
    """The reference's text and each text's at every slot."""
    return [
        (
            reference[slot.start : slot.end],
            *(text[a:b] for text, (a, b) in zip(texts, slot.spans, strict=True)),
        )
        for slot in slots(reference, texts)
    ]


def test_an_apostrophe_both_separators_and_a_day_are_slots_of_their_own():
    reference = "Today's date is 2026-11-22."
    found = cut(reference, "Today’s date is 2026-11-22.", "Todayʹs date is 2026/11/23.")
    assert found == [
        ("'", "’", "ʹ"),
        ("-", "-", "/"),
        ("-", "-", "/"),
        ("22", "22", "23"),
    ]


def test_a_number_is_one_token():
    assert cut("id 2026", "id 2027") == [("2026", "2027")]


def test_the_words_of_one_name_are_one_slot():
    found = cut("see https://gateway.example.com now", "see https://lab.example.cn now")
    assert found == [("gateway.example.com", "lab.example.cn")]


def test_an_inserted_line_is_an_empty_slot_of_the_reference():
    assert cut("one\ntwo\n", "one\nmore\ntwo\n") == [("", "\nmore")]


def test_an_invisible_character_stands_alone():
    assert cut("Hello world", "Hello\u200b world") == [("", "\u200b")]


def test_equal_texts_have_no_slots():
    assert cut("same", "same", "same") == []


def test_a_huge_change_stays_one_slot_and_ends():
    before, after = " ".join(map(str, range(9000))), " ".join(map(str, range(9000, 0, -1)))
    assert len(slots(before, [after])) == 1


@given(WORDS, st.lists(WORDS, max_size=4))
def test_putting_the_slots_back_gives_the_text(reference: str, texts: list[str]):
    found = slots(reference, texts)
    for number, text in enumerate(texts):
        rebuilt, at = "", 0
        for slot in found:
            start, end = slot.spans[number]
            rebuilt += reference[at : slot.start] + text[start:end]
            at = slot.end
        assert rebuilt + reference[at:] == text


@given(WORDS, st.lists(WORDS, max_size=4))
def test_slots_are_in_order_and_do_not_overlap(reference: str, texts: list[str]):
    found = slots(reference, texts)
    for left, right in itertools.pairwise(found):
        assert left.end <= right.start
