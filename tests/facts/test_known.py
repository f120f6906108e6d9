from undeclared.catalogue import AgentProfile, Known, Setting, SignalSpec, scenarios, signals
from undeclared.experiment import identity
from undeclared.experiment.identities import IDENTITY
from undeclared.facts import World
from undeclared.model import Environment

PROFILE = AgentProfile.model_validate(
    {
        "id": "mine", "title": "Mine", "command": ["mine"], "wire": "anthropic-messages",
        "key_env": "KEY", "examples": {"match": ["mine"], "reject": ["yours"]},
    }
)  # fmt: skip


def facts(varied, **levels):
    world = World(PROFILE, varied, scenarios()["command"])
    named = {name.replace("_", "-"): level for name, level in levels.items()}
    found = {}
    for fact in world.facts(Environment.of(named)):
        found.setdefault(fact.known, []).append(fact.value)
    return found


def test_the_facts_are_those_of_the_environment():
    varied = {name: signals()[name] for name in ("git-remote", "timezone", "hostname", "memory")}
    found = facts(
        varied, git_remote="git@git.corp.example.com:acme/project.git", timezone="Asia/Tokyo",
        hostname="build01.corp.example.com", memory="64",
    )  # fmt: skip
    assert "git.corp.example.com/acme/project" in found[Known.GIT_REMOTE]
    assert "acme/project" in found[Known.GIT_REMOTE]
    assert found[Known.TIMEZONE] == ["Asia/Tokyo"]
    assert found[Known.HOSTNAME] == ["build01.corp.example.com"]
    assert str(64 * 2**30) in found[Known.MEMORY]
    assert Known.KERNEL not in found
    assert "greeter.py" in found[Known.FILE_NAMES]
    assert 'print(greet("world"))' in found[Known.CODE]


def test_every_identity_is_another_and_has_nothing_of_the_others():
    spec: SignalSpec = identity(PROFILE)
    first = facts({IDENTITY: spec}, identity="machine-1 repository-1 account-1")
    last = facts({IDENTITY: spec}, identity="machine-2 repository-2 account-2")
    for known in (
        Known.HOSTNAME, Known.USERNAME, Known.HOME, Known.CWD, Known.MACHINE_ID, Known.KERNEL,
        Known.CPU, Known.MEMORY, Known.TIMEZONE, Known.TERMINAL, Known.GIT_USER, Known.GIT_EMAIL,
        Known.GIT_REMOTE, Known.GIT_BRANCH, Known.REPO_NAME, Known.KEY, Known.OS_RELEASE,
    ):  # fmt: skip
        assert set(first[known]).isdisjoint(last[known]), known
    assert "Ubuntu 24.4.0" in last[Known.OS_RELEASE]
    assert first[Known.KEY] == [PROFILE.key]
    assert "fake" in last[Known.KEY][0]


def test_an_agent_without_a_key_has_one_account():
    bare = PROFILE.model_copy(update={"key_env": None})
    spec = identity(bare)
    settings = [spec.setting(level.value) for level in spec.levels[1:]]
    assert all(isinstance(own, Setting) and own.key is None for own in settings)
    assert len(settings) == 4
