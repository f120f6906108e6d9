from undeclared.views.json_source import read
from undeclared.views.likeness import Aligner


def names(aligner: Aligner, text: str) -> list[str]:
    return aligner.names("/messages", read(text).root.elements)[0]


def part(text: str) -> str:
    return f'{{"type":"text","text":"{text}"}}'


RULES = part("follow the rules of this repository and keep changes small")
DATE = part("as you answer use this context: the date is 2026-11-22")
OTHER_DATE = part("as you answer use this context: the date is 2026/11/23")
PROMPT = part("run a command please")


def test_an_element_in_front_does_not_rename_the_ones_behind():
    aligner = Aligner()
    assert names(aligner, f"[{DATE},{PROMPT}]") == ["0", "1"]
    assert names(aligner, f"[{RULES},{OTHER_DATE},{PROMPT}]") == ["0~2", "0", "1"]


def test_elements_that_carry_names_go_by_them_wherever_they_stand():
    aligner = Aligner()
    tools = '[{"name":"Read"},{"name":"Bash"}]'
    assert aligner.names("/tools", read(tools).root.elements) == (
        ["[name=Read]", "[name=Bash]"],
        True,
    )


def test_equal_names_are_numbered():
    assert names(Aligner(), '[{"name":"a"},{"name":"a"}]') == ["[name=a]", "[name=a]#2"]


def test_scalars_go_by_position():
    assert names(Aligner(), '["x","y"]') == ["0", "1"]


def test_names_within_one_array_are_all_different():
    aligner = Aligner()
    for array in (f"[{DATE},{DATE},{PROMPT}]", f"[{PROMPT},{DATE},{RULES},{DATE},{DATE}]"):
        found = names(aligner, array)
        assert len(set(found)) == len(found)


def test_identifiers_drawn_at_random_are_no_names():
    def items(*identifiers: str) -> str:
        texts = ("Permissions and rules of the sandbox", "The zone is Etc UTC and the shell is sh")
        members = (
            f'{{"id":"{own}","text":"{text}"}}'
            for own, text in zip(identifiers, texts, strict=True)
        )
        return f"[{','.join(members)}]"

    aligner = Aligner()
    first = names(aligner, items("msg_0098c0b1-392c-5be4-8c04", "msg_909e972d-e48e-5c22-88aa"))
    again = names(aligner, items("msg_ef6eba9a-87ca-57df-8b57", "msg_b9a89b6a-cd1b-5cd2-9c12"))
    assert first == again == ["0", "1"]
    assert names(Aligner(), items("system", "user")) == ["[id=system]", "[id=user]"]


def test_a_name_in_another_letter_case_is_the_same_name():
    aligner = Aligner()
    assert names(aligner, '[{"name":"Find_text"},{"name":"edit"}]') == [
        "[name=Find_text]",
        "[name=edit]",
    ]
    assert names(aligner, '[{"name":"find_text"},{"name":"edit"}]') == [
        "[name=Find_text]",
        "[name=edit]",
    ]
    both = '[{"name":"Find_text"},{"name":"find_text"}]'
    assert names(aligner, both) == ["[name=Find_text]", "[name=find_text]"]
