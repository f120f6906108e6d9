"""The catalogue as it is, and profiles that a user brings along."""

import re
import zoneinfo
from pathlib import Path

import pytest
import yaml

from undeclared import catalogue
from undeclared.catalogue import CatalogueError, Topic, Wire, profile_from_file
from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.loader import _load

FOLDERS = {
    "agents": catalogue.agents,
    "canaries": catalogue.canaries,
    "signals": catalogue.signals,
    "channels": catalogue.channels,
    "scenarios": catalogue.scenarios,
}
ROOT = Path(catalogue.__file__).parent

SPECIMEN = {
    "schema": 1,
    "id": "s9999",
    "command": ["node", "agent.mjs", "{prompt}"],
    "wire": "anthropic-messages",
    "base_url_env": "MODEL_BASE_URL",
    "default_host": "api.vendor.example",
    "key_env": "MODEL_API_KEY",
    "truth": {"label": "mark", "family": "tell-tale-family", "bits": 1},
}
PROFILE = """\
id: mine
title: Mine
command: [mine, --ask]
wire: gemini
npm: null
env: {OFFLINE: 1, REGION: NO}
examples: {match: [mine], reject: [yours]}
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(content: object, name: str = "specimen.yaml") -> Path:
        file = tmp_path / name
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return file

    return write


# --- what is in the catalogue -------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_an_entry_under_its_own_name(folder: str) -> None:
    names = {file.stem for file in (ROOT / folder).iterdir()}
    assert names
    assert set(FOLDERS[folder]()) == names
    assert all(file.suffix == ".yaml" for file in (ROOT / folder).iterdir())


def test_a_file_must_be_named_after_its_id(write) -> None:
    assert _load(write(PROFILE, "mine.yaml"), AgentProfile).id == "mine"
    with pytest.raises(CatalogueError, match=r"^other\.yaml: id: .*named after its id"):
        _load(write(PROFILE, "other.yaml"), AgentProfile)


def test_some_common_answer_fits_every_request() -> None:
    last = catalogue.common_answers()[-1]
    assert (last.host, last.method, last.path) == ("*", "*", "*")


@pytest.mark.parametrize("signal", catalogue.signals().values(), ids=lambda signal: signal.id)
def test_levels_are_distinct_and_the_default_comes_first(signal) -> None:
    values = [level.value for level in signal.levels]
    assert len(set(values)) == len(values)
    assert signal.default == values[0]
    assert [level.group for level in signal.levels].index("default") == 0


def test_time_zones_exist_and_span_the_world() -> None:
    zones = {level.value for level in catalogue.signals()["timezone"].levels}
    assert zones <= zoneinfo.available_timezones()
    assert {"Asia/Shanghai", "Asia/Urumqi"} <= zones
    assert {"Etc", "America", "Europe", "Asia"} <= {zone.split("/")[0] for zone in zones}
    assert "Asia/Tokyo" in zones, "a neighbour that must not be mistaken for them"


@pytest.mark.parametrize("signal", catalogue.signals().values(), ids=lambda signal: signal.id)
def test_every_level_can_be_seen_inside_or_is_about_watching(signal) -> None:
    assert (signal.seen is None) == (signal.topic is Topic.OBSERVATION)


def test_answers_that_levels_name_are_there() -> None:
    named = {
        f"{kind}/{name}"
        for signal in catalogue.signals().values()
        for level in signal.levels
        for kind, name in signal.setting(level.value).answers.items()
    }
    assert named
    assert named <= catalogue.answer_sets().keys()


def test_keys_look_fake() -> None:
    signal = catalogue.signals()["key-shape"]
    keys = [key for level in signal.levels if (key := signal.setting(level.value).key)]
    assert len(keys) >= 4
    assert all("FAKE" in key for key in keys)
    assert not signal.accepts("sk-ant-api03-abcdefghijklmnop")


NO_HOSTS = {"com.trae.app", "kubernetes.io"}
"""A program's identifier, and a folder's name."""
HOST = re.compile(r"(?<![\w.-])(?:[a-z0-9-]+\.)+(?:com|org|net|cn|de|fr|io|ai|dev|app)(?![\w-])")


@pytest.mark.parametrize("signal", catalogue.signals().values(), ids=lambda signal: signal.id)
def test_host_names_in_levels_are_reserved_ones(signal) -> None:
    texts = [
        str(part)
        for level in signal.levels
        for item, value in signal.setting(level.value).items().items()
        for part in (item[1], value)
    ]
    found = {host for text in texts for host in HOST.findall(text)}
    assert not {host for host in found if "example" not in host} - NO_HOSTS


def test_gateways_are_unset_neutral_national_and_of_ai_labs() -> None:
    signal = catalogue.signals()["base-url-host"]
    assert signal.default == "unset"

    def of(group: str) -> set[str]:
        return {level.value for level in signal.levels if group in level.group}

    assert of("neutral")
    assert len({host.rsplit(".")[-1] for host in of("country domain")}) >= 3
    assert len(of("AI-lab name")) >= 3
    # Each by itself and both at once: a mark may tell all four apart.
    for suffix in (".com", ".cn"):
        assert any(host.endswith(suffix) for host in of("AI-lab name"))
        assert any(host.endswith(suffix) for host in of("") - of("AI-lab name"))


# --- a specimen as a profile --------------------------------------------------------------------


def test_a_specimen_is_an_unknown_agent_that_runs_in_its_folder(write) -> None:
    profile = profile_from_file(write(SPECIMEN))
    assert profile.id == "s9999"
    assert profile.command == ("node", "agent.mjs", "{prompt}")
    assert profile.programs == ()
    assert profile.cwd == "artifact"
    assert profile.wire is Wire.ANTHROPIC_MESSAGES
    assert profile.default_host == "api.vendor.example"
    assert (profile.base_url_env, profile.key_env) == ("MODEL_BASE_URL", "MODEL_API_KEY")
    assert (profile.hosts, profile.declarations) == ((), ())


@pytest.mark.parametrize(
    "truth", [None, "mark", [], {"label": "benign"}, {"deep": {"er": ["tell-tale-family"]}}]
)
def test_the_truth_changes_nothing_and_shows_nowhere(write, truth: object) -> None:
    profile = profile_from_file(write(SPECIMEN | {"truth": truth}))
    without = {key: value for key, value in SPECIMEN.items() if key != "truth"}
    assert profile == profile_from_file(write(without))
    assert "tell-tale-family" not in profile.model_dump_json()
    assert "truth" not in profile.model_dump_json()


def test_a_wrong_specimen_does_not_tell_its_truth_either(write) -> None:
    with pytest.raises(CatalogueError) as caught:
        profile_from_file(write(SPECIMEN | {"wire": "morse"}))
    assert "wire" in str(caught.value)
    assert "tell-tale-family" not in str(caught.value)


def test_a_specimen_may_read_its_prompt_and_address_by_itself(write) -> None:
    bare = {key: SPECIMEN[key] for key in ("schema", "id", "wire", "truth")}
    profile = profile_from_file(write(bare | {"command": ["python3", "agent.py"]}))
    assert (profile.base_url_env, profile.default_host, profile.key_env) == (None, None, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema: .*2 is not known; this tool reads 1"),
        ({"schema": "one"}, "schema: "),
        ({"command": []}, "command: "),
        ({"base_url": "x"}, "base_url: Extra inputs"),
    ],
)
def test_a_wrong_field_of_a_specimen_is_named(write, change: dict, message: str) -> None:
    with pytest.raises(CatalogueError, match=rf"specimen\.yaml: {message}"):
        profile_from_file(write(SPECIMEN | change))


def test_a_specimen_needs_its_schema(write) -> None:
    with pytest.raises(CatalogueError, match="schema: Field required"):
        profile_from_file(write({k: v for k, v in SPECIMEN.items() if k != "schema"}))


# --- a user's own profile -----------------------------------------------------------------------


def test_a_users_profile_is_read(write) -> None:
    profile = profile_from_file(write(PROFILE, "mine.yaml"))
    assert (profile.id, profile.wire, profile.npm) == ("mine", Wire.GEMINI, None)
    assert profile.env == {"OFFLINE": "1", "REGION": "NO"}


def test_a_wrong_profile_is_refused_with_its_path(write) -> None:
    file = write(PROFILE.replace("gemini", "morse"), "mine.yaml")
    with pytest.raises(CatalogueError, match=rf"^{file}: wire: "):
        profile_from_file(file)


@pytest.mark.parametrize(
    "content", [b"", b"- a\n- b\n", b"\xff\xfe", b"a: [", b"&a [*a]", b"x" * 300_000]
)
def test_what_is_no_profile_is_a_catalogue_error(write, content: bytes) -> None:
    with pytest.raises(CatalogueError, match=r"mine\.yaml"):
        profile_from_file(write(content, "mine.yaml"))


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        profile_from_file(tmp_path / "none.yaml")


def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(CatalogueError, match="larger than"):
        profile_from_file(Path("/dev/zero"))


def test_profiles_spare_only_canaries_that_there_are() -> None:
    known = {*catalogue.canaries(), "*"}
    assert all(set(profile.no_canaries) <= known for profile in catalogue.agents().values())
