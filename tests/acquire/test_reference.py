import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.acquire import parse_reference, parse_subject
from undeclared.catalogue import AgentProfile, Examples, agents
from undeclared.model import NotFound, UndeclaredError, UsageError

MINE = AgentProfile(
    id="mine",
    title="Mine",
    npm="@own/mine",
    command=("run",),
    wire="openai-chat",
    examples=Examples(match=("mine",), reject=("yours",)),
)


def examples(kind):
    return [
        pytest.param(profile.id, text, id=f"{profile.id}-{text}")
        for profile in agents().values()
        for text in getattr(profile.examples, kind)
    ]


@pytest.mark.parametrize(("agent", "text"), examples("match"))
def test_an_example_of_the_catalogue_names_its_agent(agent, text):
    assert parse_reference(text).profile.id == agent


@pytest.mark.parametrize(("agent", "text"), examples("reject"))
def test_a_near_miss_of_the_catalogue_does_not(agent, text):
    try:
        found = parse_reference(text).profile.id
    except UndeclaredError:
        return
    assert found != agent


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("mine", "@own/mine", None),
        ("mine@1.2.3", "@own/mine", "1.2.3"),
        ("mine@next", "@own/mine", "next"),
        ("npm:left@1.0.0-rc.1", "left", "1.0.0-rc.1"),
        ("npm:@own/mine", "@own/mine", None),
        ("npm:@own/mine@2.0.0", "@own/mine", "2.0.0"),
        ("pkg:npm/%40own/mine@2.0.0", "@own/mine", "2.0.0"),
        ("pkg:npm/left", "left", None),
    ],
)
def test_each_form_gives_name_and_version(text, name, version):
    reference = parse_reference(text, profile=MINE)
    assert (reference.profile.id, reference.name, reference.version) == ("mine", name, version)
    assert reference.path is None


PYTHON = MINE.model_copy(update={"npm": None, "pypi": "My_Agent"})


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("mine", "my-agent", None),
        ("mine@1.2", "my-agent", "1.2"),
        ("mine@latest", "my-agent", "latest"),
        ("pypi:My.Agent@v1.0RC1", "my-agent", "1.0rc1"),
        ("pypi:other", "other", None),
        ("pkg:pypi/my-agent@2024.1.post1", "my-agent", "2024.1.post1"),
    ],
)
def test_each_form_gives_a_package_of_the_python_index(text, name, version):
    found = parse_reference(text, profile=PYTHON)
    assert (found.registry, found.name, found.version) == ("pypi", name, version)


@pytest.mark.parametrize(
    "text", ["pypi:", "pypi:--index-url=x", "pypi:../x", "pypi:@own/x", "pypi:x@>=2", "mine@next"]
)
def test_what_cannot_be_on_the_python_index_is_refused(text):
    with pytest.raises(UsageError):
        parse_reference(text, profile=PYTHON)


def test_a_package_type_that_is_not_known_is_refused():
    with pytest.raises(UsageError, match="'cargo' are not supported"):
        parse_reference("pkg:cargo/mine@1.0.0", profile=MINE)


@pytest.mark.parametrize("version", ["^1.0.0", "1", "1.2", "*", ">=2", "", "../x", "1.2.3 || 2"])
def test_what_is_no_exact_version_is_refused(version):
    with pytest.raises(UsageError, match="exact version"):
        parse_reference(f"npm:left@{version}", profile=MINE)


@pytest.mark.parametrize(
    "text", ["npm:", "npm:../x", "npm:--registry=x", "npm:a b", "npm:a/b/c", "pkg:npm", "pkg:"]
)
def test_what_is_no_package_is_refused(text):
    with pytest.raises(UsageError):
        parse_reference(text, profile=MINE)


def test_another_registry_cannot_be_named_in_a_reference():
    with pytest.raises(UsageError, match="place"):
        parse_reference("pkg:npm/left@1.0.0?repository_url=localhost", profile=MINE)


def test_a_package_that_no_profile_is_about_needs_one():
    with pytest.raises(UsageError) as told:
        parse_reference("npm:left@1.0.0")
    assert "--profile FILE" in told.value.next_step


def test_an_unknown_name_comes_with_near_ones():
    with pytest.raises(NotFound) as told:
        parse_reference("claude-cod@1.0.0")
    assert "claude-code" in told.value.next_step


def test_a_path_needs_a_profile(tmp_path):
    with pytest.raises(UsageError, match="is a path"):
        parse_reference(str(tmp_path))
    reference = parse_reference(str(tmp_path), profile=MINE)
    assert (reference.path, reference.name) == (tmp_path, tmp_path.name)


def test_what_is_not_run_needs_no_profile(tmp_path):
    assert parse_subject("npm:left@1.0.0").profile is None
    assert parse_subject(str(tmp_path)).path == tmp_path
    known = next(profile for profile in agents().values() if profile.npm)
    assert parse_subject(f"npm:{known.npm}").profile == known
    assert parse_subject("npm:left", profile=MINE).profile == MINE


def test_a_path_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFound, match="no file or folder"):
        parse_reference(str(tmp_path / "nothing"), profile=MINE)


def test_a_profile_wins_over_a_folder_of_the_same_name(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse_reference("mine", profile=MINE).path is None
    assert parse_reference("./mine", profile=MINE).path == tmp_path / "mine"


@given(st.text(max_size=40))
def test_any_text_is_understood_or_refused_politely(text):
    try:
        reference = parse_reference(f"npm:{text}", profile=MINE)
    except UndeclaredError:
        return
    assert not reference.name.startswith(("-", "."))
    assert ".." not in reference.name.split("/")


@pytest.mark.parametrize("text", ["", "x" * 5000, "~no-such-user-here/agent", "a\0b"])
def test_what_can_be_no_path_is_not_found(text):
    with pytest.raises(NotFound) as caught:
        parse_reference(text, profile=None)
    assert len(caught.value.what) < 200
