import pytest

from undeclared.catalogue import agents
from undeclared.judge import contacts, findings
from undeclared.model import (
    ContactFact,
    Contrast,
    FindingKind,
    Influence,
    Locus,
    Moment,
    Role,
    Severity,
    Signal,
    Status,
    Variant,
    View,
)

PROFILE = agents()["claude-code"]
ZONE = Signal(id="timezone", levels=("Asia/Shanghai", "Asia/Urumqi"))
ZONES = ("Etc/UTC", "Europe/Berlin", *ZONE.levels)


def locus(pointer: str = "/system", step: str = "turn-1", host: str = "{base-url-host}") -> Locus:
    return Locus(host=host, method="POST", path="/v1/x", part="body", pointer=pointer, step=step)


def variant(changed: str, text: str, levels: tuple[str, ...]) -> Variant:
    return Variant(
        text=text,
        changed=changed,
        isolated=text,
        when={"timezone": levels[0]},
        conditions=(Signal(id="timezone", levels=levels),),
        seen=8,
        of=8,
    )


def influence(
    before: str = "It's",
    after: str = "It" + chr(0x2019) + "s",
    *,
    where: Locus | None = None,
    status: Status = Status.ESTABLISHED,
    cause: str = "c1",
    view: View = View.TEXT,
) -> Influence:
    return Influence(
        cause=cause,
        locus=where or locus(),
        view=view,
        signals=(ZONE,),
        variants=(
            variant(before[2:3], before, ZONES[:2]),
            variant(after[2:3], after, ZONE.levels),
        ),
        contrasts=(
            Contrast(
                signal="timezone",
                levels=ZONE.levels,
                against=ZONES[:2],
                within=(),
                variant=1,
                counts=((8, 0), (0, 8)),
                p_value=7.8e-5,
                p_adjusted=7.8e-4,
            ),
        ),
        status=status,
        bits=1.0,
    )


def test_a_look_alike_is_a_mark_of_high_severity_with_its_code_points():
    (found,) = findings([influence()], PROFILE)
    assert (found.kind, found.severity) == (FindingKind.MARK, Severity.HIGH)
    assert found.channel == "text.codepoint"
    assert found.covert_because == "equal Unicode TR39 skeleton"
    assert [own.codepoints for own in found.variants] == [("U+0027",), ("U+2019",)]
    assert "U+0027 APOSTROPHE becomes U+2019 RIGHT SINGLE QUOTATION MARK" in found.title
    assert found.condition == "timezone in {Asia/Shanghai, Asia/Urumqi}"
    assert found.p_value == 7.8e-4


def test_what_was_not_established_is_no_finding():
    for status in (Status.NOT_CONFIRMED, Status.NOT_ENOUGH_DATA):
        assert findings([influence(status=status)], PROFILE) == ()


def test_a_visible_difference_is_an_influence_of_low_severity_in_the_conversation():
    (found,) = findings([influence("day 22", "day 23")], PROFILE)
    assert (found.kind, found.covert, found.severity) == (
        FindingKind.INFLUENCE,
        False,
        Severity.LOW,
    )


@pytest.mark.parametrize("step", ["", "#2"])
def test_an_undeclared_host_makes_it_medium(step: str):
    elsewhere = locus(step=step, host="collector.example.com")
    (found,) = findings([influence("day 22", "day 23", where=elsewhere)], PROFILE)
    assert found.severity is Severity.MEDIUM


def test_open_differences_by_one_signal_are_one_finding_and_marks_are_never_buried():
    found = findings(
        [
            influence("day 22", "day 23", where=locus("/a")),
            influence("day 22", "day 23", where=locus("/b")),
            influence(where=locus("/c")),
            influence("day 22", "day 23", where=locus("/d"), cause="c2"),
        ],
        PROFILE,
    )
    assert [own.kind for own in found] == [
        FindingKind.MARK,
        FindingKind.INFLUENCE,
    ]
    assert [len(own.consequences) for own in found] == [0, 2]


def test_an_id_does_not_depend_on_levels_or_counts():
    (first,) = findings([influence()], PROFILE)
    other = influence().model_copy(update={"bits": 2.0, "cause": "other"})
    (second,) = findings([other], PROFILE)
    (elsewhere,) = findings([influence(where=locus("/other"))], PROFILE)
    assert first.id == second.id != elsewhere.id


def test_contacts_are_judged_by_the_profile():
    facts = [
        ContactFact(
            host=host,
            port=443,
            runs=1,
            phases=(Moment.DURING,),
            requests=2,
            bytes_out=3,
            answered_as_model=is_model,
        )
        for host, is_model in [
            ("gateway.example.com", True),
            ("statsig.anthropic.com", False),
            ("unknown.example.com", False),
        ]
    ]
    by_host = {own.host: own for own in contacts(facts, PROFILE)}
    assert by_host["gateway.example.com"].role is Role.MODEL
    assert by_host["statsig.anthropic.com"].role is Role.FLAGS
    assert by_host["statsig.anthropic.com"].declared is True
    assert by_host["unknown.example.com"].role is Role.OTHER
    assert by_host["unknown.example.com"].declared is False
    bare = PROFILE.model_copy(update={"declarations": ()})
    assert contacts(facts[2:], bare)[0].declared is None


def order(cause: str, where: Locus) -> Influence:
    return influence("ab", "ba", view=View.KEY_ORDER, cause=cause, where=where)


def test_another_order_by_itself_is_a_mark_without_code_points():
    (found,) = findings([order("c1", locus())], PROFILE)
    assert (found.kind, found.channel) == (FindingKind.MARK, "json.key-order")
    assert all(own.codepoints == () for own in found.variants)


def test_another_order_beside_an_open_difference_with_the_same_cause_is_its_consequence():
    beside = influence("day 22", "day 23", where=locus("/a"))
    (found,) = findings([order("c1", locus("/b")), beside], PROFILE)
    assert found.kind is FindingKind.INFLUENCE
    assert [own.locus.pointer for own in found.consequences] == ["/b"]


def test_another_order_is_not_excused_by_another_cause_or_another_request():
    other_cause = influence("day 22", "day 23", where=locus("/a"), cause="c2")
    elsewhere = influence("day 22", "day 23", where=locus("/a", step="turn-2"))
    for other in (other_cause, elsewhere):
        kinds = {own.kind for own in findings([order("c1", locus("/b")), other], PROFILE)}
        assert kinds == {FindingKind.MARK, FindingKind.INFLUENCE}


def test_a_look_alike_is_a_mark_whatever_stands_beside_it():
    beside = influence("day 22", "day 23", where=locus())
    kinds = [own.kind for own in findings([influence(), beside], PROFILE)]
    assert kinds == [FindingKind.MARK, FindingKind.INFLUENCE]


def test_an_exclusive_or_names_each_combination():
    def contrast(zones: tuple[str, ...], host: str) -> Contrast:
        within = (Signal(id="base-url-host", levels=(host,)),)
        (own,) = influence().contrasts
        return own.model_copy(update={"levels": zones, "within": within})

    odd = influence().model_copy(
        update={
            "signals": (ZONE, Signal(id="base-url-host", levels=("unset", "gateway.example.cn"))),
            "contrasts": (
                contrast(ZONE.levels, "unset"),
                contrast(ZONES[:2], "gateway.example.cn"),
            ),
        }
    )
    (found,) = findings([odd], PROFILE)
    assert found.condition == (
        "(timezone in {Asia/Shanghai, Asia/Urumqi} and base-url-host = unset) or "
        "(timezone in {Etc/UTC, Europe/Berlin} and base-url-host = gateway.example.cn)"
    )


def test_what_only_repeats_a_difference_is_its_consequence():
    root = influence(where=locus("/text"))
    repeated = influence("12", "14", where=locus("/length"), cause="c2").model_copy(
        update={"follows": (root.cause,), "function": "length of body /text"}
    )
    (found,) = findings([root, repeated], PROFILE)
    assert found.kind is FindingKind.MARK
    (consequence,) = found.consequences
    assert consequence.locus.pointer == "/length"
    assert "length of body /text" in consequence.title
    # Where the root is no finding, what repeats it is not lost.
    (alone,) = findings([repeated], PROFILE)
    assert alone.locus.pointer == "/length"


def test_times_are_no_mark_where_the_signal_says_how_much_to_do_at_once():
    where = locus("after POST x").model_copy(update={"part": "request", "segment": "delay"})
    delay = influence("up to 810 ms", "over 810 ms", view=View.DELAY, where=where)
    (found,) = findings([delay], PROFILE)
    assert found.kind is FindingKind.MARK
    by_processors = (Signal(id="cpu-count", levels=("1",)),)
    (found,) = findings([delay.model_copy(update={"signals": by_processors})], PROFILE)
    assert (found.kind, found.channel) == (FindingKind.INFLUENCE, "time.delay")
    both = (*by_processors, *delay.signals)
    (found,) = findings([delay.model_copy(update={"signals": both})], PROFILE)
    assert found.kind is FindingKind.MARK


def by_model(*shown: str, view: View = View.TEXT) -> Influence:
    """A text that is one of `shown` for each of as many models."""
    models = tuple(f"m-{number}" for number in range(len(shown)))
    texts = tuple(dict.fromkeys(shown))
    variants = tuple(
        variant(text, f"You are {text}", ZONES[:1]).model_copy(
            update={
                "conditions": (
                    Signal(
                        id="model",
                        levels=tuple(own for own, is_in in zip(models, shown, strict=True)
                                     if is_in == text),
                    ),
                )
            }
        )
        for text in texts
    )  # fmt: skip
    own = influence(cause=f"by {texts}", view=view)
    signals = (Signal(id="model", levels=models),)
    return own.model_copy(update={"signals": signals, "variants": variants})


def test_another_case_is_no_mark_where_the_same_text_openly_says_as_much():
    case = by_model("shell", "Shell", "Shell")
    (alone,) = findings([case], PROFILE)
    assert (alone.kind, alone.channel) == (FindingKind.MARK, "text.case")
    openly = by_model("keep going until", "stop when asked", "Rome 12")
    assert {own.kind for own in findings([case, openly], PROFILE)} == {FindingKind.INFLUENCE}
    # What the open text says of fewer models leaves something to say.
    less = by_model("keep going until", "keep going until", "Rome 12")
    assert FindingKind.MARK in {own.kind for own in findings([case, less], PROFILE)}
    elsewhere = openly.model_copy(update={"locus": locus("/tools")})
    assert FindingKind.MARK in {own.kind for own in findings([case, elsewhere], PROFILE)}


def test_a_look_alike_is_a_mark_even_where_the_same_text_says_as_much_openly():
    hidden = by_model("It's", "It\u2019s")
    openly = by_model("keep going until", "stop when asked")
    assert FindingKind.MARK in {own.kind for own in findings([hidden, openly], PROFILE)}
