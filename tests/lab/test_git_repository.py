import shutil
import subprocess

import pytest
from stage import make_profile

from undeclared.catalogue import Setting
from undeclared.lab import repository
from undeclared.lab.facts import gather

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


@pytest.fixture
def furnished(tmp_path):
    """A repository as a run has it: `furnished(git_branch="x")` returns what git says there."""
    (tmp_path / "a.txt").write_text("a\n")
    repository.commit(tmp_path)

    def furnished(**fields):
        repository.furnish(tmp_path, gather(make_profile(), Setting(**fields)))

        def git(*words):
            done = subprocess.run(
                ["git", *words], cwd=tmp_path, check=True, capture_output=True, text=True,
                env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": "/nonexistent"},
            )  # fmt: skip
            return done.stdout

        git("fsck", "--strict")
        return git

    return furnished


@pytest.mark.parametrize("branch", ["main", "master", "feature/login-form", "main/next"])
def test_git_finds_the_branch_and_its_log(furnished, branch):
    git = furnished(git_branch=branch)
    assert git("branch", "--show-current") == f"{branch}\n"
    assert git("branch", "--format=%(refname:short)") == f"{branch}\n"
    assert git("status", "--short") == ""
    assert git("log", "--format=%ae %s") == "dev@example.com First version\n"
    assert git("reflog", "show", branch, "--format=%gs") == "commit (initial): First version\n"


@pytest.mark.parametrize("branch", ["main", "release/2026.1"])
def test_a_remote_is_tracked_as_after_a_clone(furnished, branch):
    address = "git@git.example.cn:acme/project.git"
    git = furnished(git_remote=address, git_branch=branch)
    assert git("remote", "get-url", "origin") == f"{address}\n"
    assert git("rev-parse", "--abbrev-ref", "@{upstream}") == f"origin/{branch}\n"
    assert git("status", "-sb") == f"## {branch}...origin/{branch}\n"
    assert git("rev-parse", "--abbrev-ref", "origin/HEAD") == f"origin/{branch}\n"


def test_files_of_the_environment_are_overlooked(furnished, tmp_path):
    git = furnished(files={"./AGENTS.md": "x", "./.github/rules.md": "x"})
    (tmp_path / "AGENTS.md").write_text("x")
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/rules.md").write_text("x")
    assert git("status", "--short") == ""


def test_the_commit_is_the_same_each_time(tmp_path):
    commits = set()
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("a\n")
        repository.commit(tmp_path / name)
        commits.add((tmp_path / name / ".git/refs/heads/main").read_text())
    assert len(commits) == 1
