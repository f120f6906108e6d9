"""An entry that is not whole does not load, and the message says which field is wrong."""

import copy
import zoneinfo
from importlib import resources

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from undeclared.catalogue import (
    AgentProfile,
    CanarySpec,
    CatalogueError,
    ChannelSpec,
    Program,
    Scenario,
    SignalSpec,
    signals,
)
from undeclared.catalogue.loader import parse

ZONES = zoneinfo.available_timezones() - {"localtime"}

AGENT = {
    "id": "tool",
    "title": "Tool",
    "programs": [{"bin": "tool"}],
    "command": ["{program}", "{prompt}"],
    "wire": "openai-chat",
    "examples": {"match": ["tool@1"], "reject": ["tools@1"]},
}
SIGNAL = {
    "id": "colour",
    "title": "Colour",
    "how": "by a variable",
    "set": {"env": {"COLOUR": "{level}"}},
    "levels": [{"value": "red", "group": "default"}, {"value": "blue", "group": "other"}],
    "pattern": "[a-z]+",
    "examples": {"match": ["green"], "reject": ["7"]},
}
CHANNEL = yaml.safe_load(
    (resources.files("undeclared.catalogue") / "channels/text.case.yaml").read_text()
)
SCENARIO = {
    "id": "hello",
    "title": "Say hello",
    "prompt": "Say hello.",
    "turns": [{"text": "Hello there"}],
    "side": "Hello",
    "repository": {"README.md": "x"},
    "examples": {"match": ["Hello"], "reject": ["Error"]},
}
CANARY = {
    "id": "token",
    "title": "a token",
    "place": "home",
    "path": ".config/token",
    "text": "token = {secret}",
    "shape": {"prefix": "t-", "alphabet": "abcdefghijklmnopqrstuvwxyz0123456789", "length": 30},
    "examples": {
        "match": ["t-0123456789abFAKEcdefghijklmn"],
        "reject": ["t-0123456789abcdefghijklmnopqr", "t-0123456789abFAKEcdefghijklm"],
    },
}
ENTRIES = [
    (AgentProfile, AGENT),
    (CanarySpec, CANARY),
    (SignalSpec, SIGNAL),
    (ChannelSpec, CHANNEL),
    (Scenario, SCENARIO),
]
KINDS = pytest.mark.parametrize(
    ("kind", "entry"), ENTRIES, ids=[kind.__name__ for kind, _ in ENTRIES]
)


def _load(kind: type, entry: object) -> object:
    return parse(yaml.safe_dump(entry), kind, "some.yaml")


def _with(entry: dict, path: str, value: object) -> dict:
    changed = copy.deepcopy(entry)
    *parents, last = path.split(".")
    inner = changed
    for key in parents:
        inner = inner[key]
    inner[last] = value
    return changed


@KINDS
def test_a_whole_entry_loads(kind: type, entry: dict) -> None:
    assert _load(kind, entry).id == entry["id"]


@KINDS
def test_an_entry_without_examples_is_refused(kind: type, entry: dict) -> None:
    bare = {key: value for key, value in entry.items() if key != "examples"}
    with pytest.raises(CatalogueError, match=r"^some\.yaml: examples: Field required"):
        _load(kind, bare)


@KINDS
@pytest.mark.parametrize("side", ["match", "reject"])
def test_an_entry_with_examples_of_one_side_only_is_refused(
    kind: type, entry: dict, side: str
) -> None:
    with pytest.raises(CatalogueError, match=rf"^some\.yaml: examples\.{side}: "):
        _load(kind, _with(entry, f"examples.{side}", []))


@KINDS
def test_a_misspelt_field_is_named(kind: type, entry: dict) -> None:
    wrong = {("titel" if key == "title" else key): value for key, value in entry.items()}
    with pytest.raises(CatalogueError, match=r"title: Field required.*titel: Extra inputs"):
        _load(kind, wrong)


@KINDS
@pytest.mark.parametrize("content", [None, [], ["id"], "id", 5, {}])
def test_what_is_no_entry_is_refused(kind: type, entry: dict, content: object) -> None:
    with pytest.raises(CatalogueError, match=r"^some\.yaml: "):
        _load(kind, content)


JUNK = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from(ENTRIES), st.data())
def test_a_wrong_value_anywhere_is_a_catalogue_error_or_loads(pair: tuple, data) -> None:
    kind, entry = pair
    field = data.draw(st.sampled_from(sorted(entry)))
    try:
        outcome = _load(kind, {**entry, field: data.draw(JUNK)})
    except CatalogueError as error:
        outcome = error
    assert isinstance(outcome, kind) or str(outcome).startswith("some.yaml: ")


@KINDS
def test_a_loaded_entry_cannot_be_changed(kind: type, entry: dict) -> None:
    loaded = _load(kind, entry)
    with pytest.raises(ValueError, match="frozen"):
        loaded.id = "another"


@pytest.mark.parametrize("given", [{}, {"file": "a", "bin": "b"}])
def test_a_program_is_a_file_or_a_command(given: dict) -> None:
    with pytest.raises(ValueError, match="either `file` or `bin`"):
        Program(**given)


def test_a_command_cannot_start_a_program_that_nothing_names() -> None:
    with pytest.raises(CatalogueError, match="`programs` says nothing of it"):
        _load(AgentProfile, _with(AGENT, "programs", []))


def test_a_profile_may_do_without_programs() -> None:
    whole = _with(_with(AGENT, "programs", []), "command", ["tool", "{prompt}"])
    assert _load(AgentProfile, whole).programs == ()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("wire", "smoke-signals", r"wire: .*anthropic-messages"),
        ("command", [], r"command: "),
        ("cwd", "/", r"cwd: "),
        ("hosts", [{"host": "a.example", "role": "spy"}], r"hosts\.0\.role: "),
        ("programs", [{"bin": "tool"}, {}], r"programs\.1: .*either `file` or `bin`"),
    ],
)
def test_a_wrong_field_of_an_agent_is_named(path: str, value: object, message: str) -> None:
    with pytest.raises(CatalogueError, match=rf"^some\.yaml: {message}"):
        _load(AgentProfile, _with(AGENT, path, value))


@pytest.mark.parametrize(
    ("opt_outs", "message"),
    [
        ([{}], "either `variable` or `files`"),
        ([{"variable": "QUIET", "files": {"a": "b"}}], "either `variable` or `files`"),
        ([{"variable": "SET"}], "`env` sets SET already"),
        ([{"variable": "QUIET"}, {"variable": "QUIET"}], "two opt-outs set QUIET"),
        ([{"files": {"a": "b"}}, {"files": {"a": "c"}}], "two opt-outs set a"),
        ([{"files": {"moved": "c"}}], "opting out with ~/moved would take {base_url} out of it"),
        ([{"variable": "QUIET", "stops": ["model"]}], r"opt_outs\.0\.stops\.0: "),
    ],
)
def test_an_opt_out_that_could_not_be_tried_is_refused(
    opt_outs: list[dict[str, object]], message: str
) -> None:
    told = [{"says": "less is sent", "source": "docs", **own} for own in opt_outs]
    agent = {**AGENT, "default_host": "a.example", "files": {"moved": "{base_url}"}}
    with pytest.raises(CatalogueError, match=message):
        _load(AgentProfile, _with(_with(agent, "opt_outs", told), "env", {"SET": "1"}))


def test_a_file_that_names_the_address_of_the_model_needs_one() -> None:
    with pytest.raises(CatalogueError, match="needs `default_host`"):
        _load(AgentProfile, _with(AGENT, "files", {"moved": "{base_url}"}))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("pattern", "[a-z", "pattern: .*not a regular expression"),
        ("pattern", "[0-9]+", "'green' should be a level of colour"),
        ("pattern", "[a-z0-9]+", "'7' should not be a level of colour"),
        ("set", {}, "set: .*how a level reaches the agent"),
        ("vocabulary", "colours", "vocabulary: "),
        ("levels", [{"value": "red", "group": "default"}], "levels: "),
        ("levels", [{"value": v, "group": "default"} for v in ("red", "blue")], "levels: .*first"),
        ("levels", [{"value": v, "group": "other"} for v in ("red", "blue")], "levels: .*first"),
        (
            "levels",
            [{"value": "red", "group": "default"}, {"value": "red", "group": "other"}],
            "levels: .*twice",
        ),
        (
            "levels",
            [{"value": "red", "group": "default"}, {"value": "RED", "group": "other"}],
            "'RED' should be a level",
        ),
    ],
)
def test_a_wrong_field_of_a_signal_is_named(path: str, value: object, message: str) -> None:
    with pytest.raises(CatalogueError, match=rf"^some\.yaml: .*{message}"):
        _load(SignalSpec, _with(SIGNAL, path, value))


@pytest.mark.parametrize(("covert", "because"), [(True, ""), (False, "they look alike")])
def test_a_covert_channel_says_why_and_no_other(covert: bool, because: str) -> None:
    with pytest.raises(CatalogueError, match="if and only if"):
        _load(ChannelSpec, CHANNEL | {"covert": covert, "because": because})


@pytest.mark.parametrize(
    ("path", "value"), [("examples.match", ["Bye"]), ("examples.reject", ["there"])]
)
def test_examples_of_a_scenario_hold_for_its_ending(path: str, value: list) -> None:
    with pytest.raises(CatalogueError, match="in the text of the last turn"):
        _load(Scenario, _with(SCENARIO, path, value))


@settings(deadline=None)
@given(st.text(max_size=40))
def test_a_time_zone_is_one_of_the_tz_database(level: str) -> None:
    assert not signals()["timezone"].accepts(level) or level in ZONES


@settings(deadline=None)
@given(st.sampled_from(sorted(ZONES)))
def test_every_zone_of_the_tz_database_is_accepted(zone: str) -> None:
    assert signals()["timezone"].accepts(zone)


@settings(deadline=None)
@given(
    st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "Etc/UTC"]), st.text(min_size=1, max_size=3)
)
def test_a_zone_with_anything_added_is_not_accepted(zone: str, tail: str) -> None:
    assert signals()["timezone"].accepts(zone + tail) == (zone + tail in ZONES)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("text", "token", r"text: .*where the secret goes"),
        ("text", "{secret} {secret}", r"text: .*say once"),
        ("path", "../token", r"not inside the folder"),
        ("path", "/etc/token", r"not inside the folder"),
        ("place", "variable", r"'\.config/token' is no name of a variable"),
        ("place", "cloud", r"place: "),
        ("shape.length", 20, r"shape\.length: "),
        ("shape.alphabet", "abc", r"shape\.alphabet: "),
        ("examples.reject", ["t-0123456789abFAKEcdefghijklmn"], r"should not be of the shape"),
        ("examples.match", ["t-0123456789abFAKEcdefghijkl!n"], r"should be of the shape"),
    ],
)
def test_a_wrong_field_of_a_canary_is_named(path: str, value: object, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        _load(CanarySpec, _with(CANARY, path, value))
