"""The whole way from a reference to archives, with the real npm client and our own registry."""

import hashlib
import socket

import pytest

from undeclared.acquire import Cache, acquire, npm, parse_reference
from undeclared.acquire.platform import this_platform
from undeclared.catalogue import AgentProfile, Examples
from undeclared.model import Incomplete, NotFound, UsageError

PROFILE = AgentProfile(
    id="mine",
    title="Mine",
    npm="@own/mine",
    command=("run",),
    wire="openai-chat",
    examples=Examples(match=("mine",), reject=("yours",)),
)
HERE = this_platform()


def get(text, cache, said=None):
    say = said.append if said is not None else lambda _: None
    return acquire(parse_reference(text, profile=PROFILE), cache, say)


@pytest.fixture
def agent(registry):
    """An agent with a dependency, a build for this machine and one for another."""
    registry.publish("helper", "3.1.0", {"index.js": "1"})
    registry.publish("unwanted", "1.0.0")
    registry.publish("@own/mine-here", "1.2.3", {"run": "x" * 5000}, os=[HERE.os], cpu=[HERE.cpu])
    registry.publish("@own/mine-there", "1.2.3", os=["aix"], dependencies={"unwanted": "1"})
    return registry.publish(
        "@own/mine",
        "1.2.3",
        {"cli.js": "2"},
        dependencies={"alias": "npm:helper@^3.0.0"},
        optionalDependencies={"@own/mine-here": "1.2.3", "@own/mine-there": "1.2.3"},
        scripts={"preinstall": "touch ../ran", "prepack": "touch ran", "prepare": "touch ran"},
        bin={"mine": "cli.js"},
    )


def test_a_package_comes_with_what_an_install_here_would_bring(registry, agent, cache):
    said = []
    acquired = get("mine@1.2.3", cache, said)
    assert acquired.purl == "pkg:npm/%40own/mine@1.2.3"
    assert acquired.published.isoformat() == "2026-01-02T03:04:05+00:00"
    assert [(part.name, part.version, str(part.place)) for part in acquired.parts] == [
        ("@own/mine", "1.2.3", "node_modules/@own/mine"),
        ("@own/mine-here", "1.2.3", "node_modules/@own/mine-here"),
        ("helper", "3.1.0", "node_modules/alias"),
    ]
    content = registry.archives[agent]
    assert acquired.sha256 == acquired.parts[0].sha256 == hashlib.sha256(content).hexdigest()
    assert acquired.size == len(content)
    for part in acquired.parts:
        assert cache.path(part.sha256).stat().st_size == part.size
    assert any("downloading @own/mine@1.2.3 and 2 more" in line for line in said)
    assert any(line.startswith("downloaded") for line in said)


def test_no_script_of_a_package_runs_and_nothing_is_left_behind(agent, cache, tmp_path):
    get("mine@1.2.3", cache)
    assert not list(tmp_path.rglob("ran"))
    assert not list(cache.root.glob(".scratch-*"))


def test_an_exact_version_is_taken_from_the_cache_without_npm(agent, cache, no_npm):
    first = get("mine@1.2.3", cache)
    no_npm()
    again = Cache(cache.root)
    assert get("mine@1.2.3", again) == first
    assert get("npm:@own/mine@1.2.3", again) == first


def test_the_newest_version_is_asked_for_and_not_downloaded_twice(registry, agent, cache):
    first = get("mine", cache)
    del registry.requests[:]
    assert get("mine@latest", cache) == first
    assert not [path for path in registry.requests if path.endswith(".tgz")]


def test_a_damaged_cache_is_repaired(agent, cache):
    acquired = get("mine@1.2.3", cache)
    blob = cache.path(acquired.sha256)
    blob.write_bytes(b"something else")
    assert get("mine@1.2.3", cache) == acquired
    assert hashlib.sha256(blob.read_bytes()).hexdigest() == acquired.sha256


def test_a_damaged_index_is_made_anew(agent, cache):
    acquired = get("mine@1.2.3", cache)
    for entry in cache.root.glob("npm/**/*.json"):
        entry.write_text('{"purl"')
    assert get("mine@1.2.3", cache) == acquired


def test_a_corrupted_download_is_not_kept(registry, agent, cache):
    registry.archives[agent] = registry.archives[agent] + b"more"
    with pytest.raises(NotFound, match="corrupted download"):
        get("mine@1.2.3", cache)
    assert not list(cache.root.glob("blobs/**/*"))


def test_an_archive_that_npm_let_pass_is_still_verified(registry, agent, cache, monkeypatch):
    def deliver_another(specs, folder):
        (folder / "own-mine-1.2.3.tgz").write_bytes(registry.archives[agent] + b"more")

    monkeypatch.setattr(npm, "pack", deliver_another)
    with pytest.raises(NotFound, match="corrupted download"):
        get("mine@1.2.3", cache)
    assert not list(cache.root.glob("blobs/**/*"))


def test_two_packages_whose_archives_npm_names_alike_are_both_had(registry, cache):
    registry.publish("own-mine", "1.0.0", {"a": "from the dependency"})
    registry.publish("@own/mine", "1.0.0", dependencies={"own-mine": "1.0.0"})
    parts = get("mine@1.0.0", cache).parts
    assert [part.name for part in parts] == ["@own/mine", "own-mine"]
    assert parts[0].sha256 != parts[1].sha256


def test_an_unknown_version_comes_with_known_ones(registry, agent, cache):
    registry.publish("@own/mine", "1.2.4")
    registry.publish("@own/mine", "9.0.0")
    with pytest.raises(NotFound, match=r"no version 1\.2\.5") as told:
        get("mine@1.2.5", cache)
    assert "1.2.4, 1.2.3" in told.value.next_step
    with pytest.raises(NotFound, match="no version nightly"):
        get("mine@nightly", cache)


def test_an_unknown_package_is_not_found(registry, cache):
    with pytest.raises(NotFound, match="has no package nothing-here"):
        get("npm:nothing-here@1.0.0", cache)


def test_a_missing_dependency_is_not_found(registry, cache):
    registry.publish("@own/mine", "1.0.0", dependencies={"gone": "1.0.0"})
    with pytest.raises(NotFound, match="everything that @own/mine"):
        get("mine@1.0.0", cache)


def test_an_unreachable_registry_is_told_soon_and_without_credentials(registry, cache, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        monkeypatch.setenv("npm_config_registry", f"http://me:s3cret-t0ken@127.0.0.1:{port}/")
        with pytest.raises(NotFound, match="could not be reached") as told:
            get("mine@1.2.3", cache)
    assert told.value.means == "nothing was audited"
    assert "s3cret" not in str(told.value)


def test_a_registry_that_never_answers_is_given_up(registry, cache, monkeypatch):
    monkeypatch.setattr(npm, "_ANSWER_SECONDS", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{port}/")
        with pytest.raises(NotFound, match="could not be reached"):
            get("mine@1.2.3", cache)


@pytest.mark.parametrize(("status", "words"), [(401, "refused"), (503, "could not be reached")])
def test_a_registry_that_answers_with_an_error_is_told(registry, agent, cache, status, words):
    registry.status = status
    with pytest.raises(NotFound, match=words):
        get("mine@1.2.3", cache)


def test_a_package_for_another_machine_only_is_incomplete(registry, cache):
    registry.publish("@own/mine", "1.0.0", os=["aix"])
    with pytest.raises(Incomplete, match="no build for this machine"):
        get("mine@1.0.0", cache)


def test_a_machine_without_npm_is_told_what_to_install(cache, monkeypatch):
    npm._client.cache_clear()
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(Incomplete, match="npm is not on this machine"):
        get("mine@1.0.0", cache)
    npm._client.cache_clear()


def test_an_agent_that_is_not_on_the_registry_needs_a_path(cache, no_npm):
    no_npm()
    elsewhere = PROFILE.model_copy(update={"npm": None})
    with pytest.raises(UsageError, match="on no registry"):
        acquire(parse_reference("mine", profile=elsewhere), cache, lambda _: None)


def test_a_full_disk_is_incomplete(agent, cache, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(Incomplete, match="disk is full"):
        get("mine@1.2.3", cache)


@pytest.mark.registry
def test_a_real_package(cache):
    acquired = get("npm:is-number@7.0.0", cache)
    content = cache.path(acquired.sha256).read_bytes()
    assert hashlib.sha1(content).hexdigest() == "7535345b896734d5f80c4d06c50955527a14f12b"
    assert acquired.published is not None
