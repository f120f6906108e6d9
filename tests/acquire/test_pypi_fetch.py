"""The whole way from a reference to wheels, with the real pip and an index of our own."""

import hashlib
import io
import socket
import sys
import tarfile

import pytest
from wheels import Index

from undeclared.acquire import acquire, interpreter, parse_subject, pip, pypi
from undeclared.catalogue import AgentProfile, Examples
from undeclared.model import Incomplete, NotFound

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """An empty index, and pip set up for it as a user would: in the environment."""
    running = Index()
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", running.url)
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "pip-cache"))
    yield running
    running.close()


@pytest.fixture(autouse=True)
def one_interpreter(monkeypatch):
    """Only the Python that runs the tests: others of the machine cost time, and may be anything."""
    own = [one for one in interpreter.interpreters() if one.minor == HERE]
    monkeypatch.setattr(pypi, "interpreters", lambda: tuple(own))
    return own[0]


def get(text, cache, said=None):
    return acquire(parse_subject(text), cache, said.append if said is not None else lambda _: None)


def test_a_package_comes_with_its_dependencies_and_again_without_pip(index, cache, monkeypatch):
    content = index.publish("my-agent", "1.2.0", needs=["helper>=2"])
    index.publish("my-agent", "1.10.0rc1")
    index.publish("helper", "2.5")
    index.publish("helper", "1.0")
    said = []
    acquired = get("pypi:My_Agent", cache, said)
    assert acquired.purl == "pkg:pypi/my-agent@1.2.0"
    assert [(part.name, part.version, str(part.place)) for part in acquired.parts] == [
        ("my-agent", "1.2.0", f"lib/python{HERE}/site-packages"),
        ("helper", "2.5", f"lib/python{HERE}/site-packages"),
    ]
    assert acquired.sha256 == hashlib.sha256(content).hexdigest()
    assert acquired.size == len(content)
    assert acquired.runtime.minor == HERE
    assert any("downloading my-agent 1.2.0 and 1 more" in line for line in said)
    assert not list(cache.root.glob(".scratch-*"))

    monkeypatch.setattr(pip, "pip_program", lambda: pytest.fail("pip was started"))
    assert get("pkg:pypi/my-agent@1.2.0", cache) == acquired


def test_what_a_profile_says_is_needed_comes_with_it(index, cache):
    index.publish("my-agent", "1.0")
    index.publish("forgotten", "4.0")
    profile = AgentProfile(
        id="mine",
        title="Mine",
        pypi="my-agent",
        needs=("forgotten>=3",),
        command=("run",),
        wire="openai-chat",
        examples=Examples(match=("mine",), reject=("yours",)),
    )
    subject = parse_subject("mine@1.0", profile=profile)
    acquired = acquire(subject, cache, lambda _: None)
    assert [part.name for part in acquired.parts] == ["my-agent", "forgotten"]
    assert [part.name for part in get("pypi:my-agent@1.0", cache).parts] == ["my-agent"]
    assert acquire(subject, cache, lambda _: None) == acquired


def test_an_old_python_does_not_pass_an_old_release_for_the_newest(index, cache):
    index.publish("my-agent", "0.1")
    index.publish("my-agent", "3.0", python=">=3.99")
    with pytest.raises(Incomplete, match=r"my-agent 3.0 is for Python >=3.99; here is 3\."):
        get("pypi:my-agent", cache)
    with pytest.raises(Incomplete, match="is for Python"):
        get("pypi:my-agent@3.0", cache)


def test_a_source_package_is_never_built(index, cache, tmp_path):
    """Neither one of the index nor one that a wheel names by its address."""
    source = io.BytesIO()
    text = f"open({str(tmp_path / 'ran')!r}, 'w')\n".encode()
    with tarfile.open(fileobj=source, mode="w:gz") as archive:
        member = tarfile.TarInfo("evil-1.0/setup.py")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    index.publish("evil", "1.0", file=("evil-1.0.tar.gz", source.getvalue()))
    index.publish("by-name", needs=["evil"])
    address = index.url.replace("/simple/", "/files/evil-1.0.tar.gz")
    index.publish("by-address", needs=[f"evil @ {address}"])
    with pytest.raises(Incomplete, match="needs evil, of which the index has no wheel"):
        get("pypi:by-name", cache)
    with pytest.raises(Incomplete, match="would have to be built here"):
        get("pypi:by-address", cache)
    assert not (tmp_path / "ran").exists()


def test_a_wheel_that_is_not_what_the_index_says_is_not_kept(index, cache):
    index.publish("my-agent", "1.0")
    (link,) = index.pages["my-agent"]
    wrong = "#sha256=" + hashlib.sha256(b"").hexdigest()
    index.pages["my-agent"] = [link[: link.index("#")] + wrong + link[link.index('"', 10) :]]
    with pytest.raises(NotFound, match="corrupted download"):
        get("pypi:my-agent@1.0", cache)
    assert not list(cache.root.glob("blobs/sha256/*/*"))


def test_unknown_names_and_versions_are_told_apart(index, cache):
    index.publish("my-agent", "1.0.1")
    with pytest.raises(NotFound, match="no wheel of a package nobody"):
        get("pypi:nobody", cache)
    with pytest.raises(NotFound) as told:
        get("pypi:my-agent@1.0.7", cache)
    assert "1.0.1" in told.value.next_step


def test_an_index_that_does_not_answer_is_said_to_be_unreachable(cache, index, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple/")
    with pytest.raises(NotFound, match="could not be reached") as told:
        get("pypi:my-agent", cache)
    assert str(port) not in str(told.value)


def test_without_pip_it_is_said_what_to_do(cache, monkeypatch):
    monkeypatch.setattr(pip, "pip_program", lambda: None)
    with pytest.raises(Incomplete, match="pip is not on this machine"):
        get("pypi:my-agent", cache)


def test_a_release_gets_a_python_that_it_is_for(one_interpreter):
    older = one_interpreter.model_copy(update={"version": "3.9.1"})
    both = (older, one_interpreter)
    assert interpreter.fitting(">=3.10", both) == (one_interpreter,)
    assert interpreter.fitting("<3.10,>=3.8", both) == (older,)
    assert interpreter.fitting("", both) == interpreter.fitting("nonsense", both) == both


def test_the_pythons_of_this_machine_are_told_by_themselves():
    found = interpreter.interpreters()
    assert HERE in {one.minor for one in found}
    assert len({one.minor for one in found}) == len(found)
    for one in found:
        assert one.program.is_file()
        assert one.program.is_relative_to(one.prefix)
        assert one.program_inside.startswith(f"{one.inside}/")
