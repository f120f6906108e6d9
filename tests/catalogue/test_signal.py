"""How signals are given, one by one and together."""

import pytest

from undeclared import model
from undeclared.catalogue import (
    AgentProfile,
    ClashError,
    Examples,
    Level,
    Setting,
    SignalSpec,
    Wire,
    applicable,
    combine,
    signals,
    usable_levels,
)
from undeclared.catalogue.signal import UNSET

PROFILE = AgentProfile(
    id="tool",
    title="Tool",
    command=("tool",),
    wire=Wire.OPENAI_CHAT,
    examples=Examples(match=("tool",), reject=("other",)),
)


def make(name, *levels, setting=None, pattern=".*"):
    return SignalSpec(
        id=name,
        title=name,
        how="somehow",
        set=setting or Setting(),
        levels=tuple(
            Level(value=value, group="other" if place else "default", set=own)
            for place, (value, own) in enumerate(levels)
        ),
        pattern=pattern,
        examples=Examples(match=(levels[0][0],), reject=("\n",)),
    )


COLOUR = make(
    "colour",
    ("red", None),
    ("blue", Setting(env={"SHADE": "dark {level}"})),
    setting=Setting(env={"COLOUR": "{level}"}, files={"~/.{level}": "{level}"}),
)
TRUCK = make("truck", (UNSET, None), ("van", Setting(env={"COLOUR": "white"}, hostname="van")))


def test_the_word_for_unset_is_the_same_on_both_sides() -> None:
    assert UNSET == model.UNSET


def test_a_level_fills_names_and_values_and_has_things_of_its_own() -> None:
    assert COLOUR.setting("blue") == Setting(
        env={"COLOUR": "blue", "SHADE": "dark blue"}, files={"~/.blue": "blue"}
    )
    assert COLOUR.setting("green") == Setting(env={"COLOUR": "green"}, files={"~/.green": "green"})
    assert TRUCK.setting(UNSET) == Setting()


def test_where_a_level_takes_no_text_only_the_listed_ones_are_levels() -> None:
    assert COLOUR.accepts("mauve")
    assert TRUCK.accepts("van")
    assert not TRUCK.accepts("bus")


def test_unset_is_a_level_only_as_the_default() -> None:
    assert TRUCK.accepts(UNSET)
    assert not COLOUR.accepts(UNSET)


@pytest.mark.parametrize("level", ["../x", "~/../../etc", "a/./b", "..", "a\nb", "a\x00", "/x/.."])
@pytest.mark.parametrize("spec", signals().values(), ids=lambda spec: spec.id)
def test_no_level_leads_out_of_a_folder_or_a_line(spec, level) -> None:
    assert not spec.accepts(level)
    assert not COLOUR.accepts(level)


def test_a_default_gives_way_and_two_others_clash() -> None:
    known = {"colour": COLOUR, "truck": TRUCK}
    both = combine(known, {"colour": "red", "truck": "van"})
    assert both == Setting(env={"COLOUR": "white"}, files={"~/.red": "red"}, hostname="van")
    with pytest.raises(ClashError, match="colour=blue and truck=van both set COLOUR"):
        combine(known, {"colour": "blue", "truck": "van"})
    with pytest.raises(KeyError, match="weather"):
        combine(known, {"weather": "fine"})


def test_equal_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="the levels 'b' and 'a' are the same"):
        make("x", ("a", Setting(hostname="h")), ("b", Setting(hostname="h")))
    with pytest.raises(ValueError, match="would vary nothing: 'b'"):
        make("x", (UNSET, None), ("b", None))


@pytest.mark.parametrize("name", ["base-url-host", "model", "key-shape"])
def test_what_the_profile_has_no_variable_for_cannot_be_given(name) -> None:
    spec = signals()[name]
    assert not applicable(PROFILE, spec)
    able = {"base_url_env": "URL", "model_env": "MODEL", "key_env": "KEY"}
    assert applicable(PROFILE.model_copy(update=able), spec)


@pytest.mark.parametrize(("name", "place"), [("base-url-host", "{base_url}"), ("model", "{model}")])
def test_what_a_file_of_the_profile_names_can_be_given(name: str, place: str) -> None:
    spec = signals()[name]
    files = {"config": f"it = {place}"}
    assert applicable(PROFILE.model_copy(update={"files": files}), spec)
    assert not applicable(PROFILE.model_copy(update={"files": {"config": "it = x"}}), spec)


def test_no_level_takes_the_place_of_a_file_that_the_agent_needs() -> None:
    spec = signals()["other-agents"]
    profile = PROFILE.model_copy(update={"files": {".gemini/settings.json": "{}"}})
    given = [level.value for level in usable_levels(profile, spec)]
    assert [level.value for level in spec.levels if level.value not in given] == ["gemini-cli"]


def test_a_level_that_cannot_be_given_leaves_the_others() -> None:
    found = {level.value for level in usable_levels(PROFILE, signals()["observers"])}
    assert found == {"ca", "tracer", "hooks"}
    assert applicable(PROFILE, signals()["opt-out"])


ALLOWED = {
    frozenset(pair)
    for pair in (
        ("timezone", "timezone-variable"), ("timezone", "timezone-file"), ("kernel", "wsl"),
        ("terminal", "ide"), ("terminal", "wsl"), ("ca-trust", "observers"),
    )
}  # fmt: skip
"""Signals that are ways to set the same thing; a lab refuses to move both at once."""


def test_signals_that_set_the_same_thing_are_known_to() -> None:
    touched: dict[tuple[str, str], set[str]] = {}
    for name, spec in signals().items():
        for level in spec.levels[1:]:
            for item in spec.setting(level.value).items():
                touched.setdefault(item, set()).add(name)
    pairs = {
        frozenset((one, other))
        for names in touched.values()
        for one in names
        for other in names
        if one != other
    }
    assert pairs == ALLOWED
