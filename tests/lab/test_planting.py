"""Secrets of a run lie where they should, and change nothing else."""

import os
import shutil
import stat
import subprocess
import time

import pytest

from undeclared.catalogue import CanaryPlace, canaries
from undeclared.lab.canaries import plant
from undeclared.lab.history import BRANCH, add_branch
from undeclared.lab.launch import Launch
from undeclared.lab.world import Folders

NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="no git here")


def git(repository, *arguments):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        **{f"GIT_{who}_NAME": "Dev" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "dev@example.com" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_DATE": "2026-01-05T09:00:00+00:00" for who in ("AUTHOR", "COMMITTER")},
    }
    done = subprocess.run(
        ["git", *arguments], cwd=repository, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def start(tmp_path):
    """`start(name)` makes the folders of a run, with a repository of one commit."""

    def start(name, *, commit=True, **variables):
        parts = {part: tmp_path / name / part for part in ("home", "tmp", "shm", "etc")}
        folders = Folders(**parts, repository=parts["home"] / "project", binds=())
        repository = folders.repository
        (repository / "src").mkdir(parents=True)
        (repository / "src" / "main.py").write_text("print()\n")
        (repository / "README.md").write_text("Read me.\n")
        (folders.home / ".gitconfig").write_text("[user]\n\tname = Dev")
        if commit and shutil.which("git"):
            git(repository, "init", "--quiet", "--template=", "--initial-branch=main")
            git(repository, "add", "--all")
            git(repository, "commit", "--quiet", "--message=First version")
        return Launch(folders, [], dict(variables), [], None), repository

    return start


def contents(launch):
    return {
        str(file.relative_to(launch.folders.home)): file.read_bytes()
        for file in sorted(launch.folders.home.rglob("*"))
        if file.is_file()
    }


@NEEDS_GIT
def test_every_canary_lies_at_its_place_in_its_shape(start) -> None:
    launch, repository = start("a")
    planted = {own.id: own for own in plant(launch)}
    assert set(planted) == set(canaries())
    for spec in canaries().values():
        value = planted[spec.id].value
        assert spec.shape.matches(value)
        assert planted[spec.id].place == spec.where
        folder = {CanaryPlace.HOME: launch.folders.home, CanaryPlace.REPOSITORY: repository}
        if spec.place is CanaryPlace.VARIABLE:
            assert value in launch.variables[spec.path]
        elif spec.place is CanaryPlace.HISTORY:
            assert value in git(repository, "log", "--all", "-p")
            assert value not in git(repository, "log", "-p")
            assert not (repository / spec.path).exists()
        else:
            file = folder[spec.place] / spec.path
            assert value in file.read_text()
            assert stat.S_IMODE(file.stat().st_mode) == (0o600 if spec.private else 0o644)
    assert stat.S_IMODE((launch.folders.home / ".ssh").stat().st_mode) == 0o700
    assert (launch.folders.home / ".gitconfig").read_text().startswith("[user]\n\tname = Dev\n[gi")


@NEEDS_GIT
def test_git_sees_a_sound_repository_without_changes(start) -> None:
    launch, repository = start("a")
    seen = ("log", "--format=%H %s"), ("status", "--porcelain=v2", "--branch")
    before = [git(repository, *command) for command in seen]
    plant(launch)
    assert [git(repository, *command) for command in seen] == before
    assert git(repository, "fsck", "--strict", "--full") == ""
    assert git(repository, "diff", f"main..{BRANCH}") == ""


def test_two_runs_differ_in_their_secrets_alone(start) -> None:
    (one, _), (other, _) = start("a"), start("b")
    planted = [plant(one), plant(other)]
    assert not {own.value for own in planted[0]} & {own.value for own in planted[1]}

    def masked(launch, own):
        seen = {}
        for name, content in contents(launch).items():
            if ".git/" in name:
                continue
            for canary in own:
                content = content.replace(canary.value.encode(), canary.id.encode())
            seen[name] = content
        return seen

    assert masked(one, planted[0]) == masked(other, planted[1])
    sizes = [sorted(map(len, contents(launch).values())) for launch in (one, other)]
    assert sizes[0] == sizes[1]


def test_what_the_agent_needs_is_left_alone(start, tmp_path) -> None:
    launch, repository = start("a", commit=False, GITHUB_TOKEN="its own")
    shared = tmp_path / "shared"
    shared.write_text("registry=https://packages.example.com/\n")
    os.link(shared, launch.folders.home / ".npmrc")
    (repository / ".env").write_text("MINE=1\n")
    planted = {own.id for own in plant(launch)}
    assert set(canaries()) - planted == {"env-github-token", "dotenv", "git-history"}
    assert launch.variables["GITHUB_TOKEN"] == "its own"
    assert (repository / ".env").read_text() == "MINE=1\n"
    assert shared.read_text() == "registry=https://packages.example.com/\n"
    assert "_authToken" in (launch.folders.home / ".npmrc").read_text()


def test_an_agent_may_be_spared_canaries(start) -> None:
    launch, _ = start("a", commit=False)
    planted = {own.id for own in plant(launch, ("env-github-token", "netrc"))}
    assert set(canaries()) - planted == {"env-github-token", "netrc", "git-history"}
    assert "GITHUB_TOKEN" not in launch.variables
    launch, _ = start("b")
    before = contents(launch)
    assert plant(launch, ("*",)) == ()
    assert contents(launch) == before
    assert launch.variables == {}


@NEEDS_GIT
def test_a_tree_stays_sorted_as_git_sorts_it(start) -> None:
    _, repository = start("a")
    (repository / "b.py").mkdir()
    (repository / "b.py" / "x").write_text("x")
    (repository / "b-y").write_text("x")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=Second")
    assert add_branch(repository, "b.px", b"secret")
    assert git(repository, "fsck", "--strict", "--full") == ""
    assert not add_branch(repository, "b.px", b"secret"), "the branch is there"


@NEEDS_GIT
def test_planting_takes_milliseconds(start) -> None:
    took = []
    for number in range(5):
        launch, _ = start(str(number))
        began = time.perf_counter()
        plant(launch)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05
