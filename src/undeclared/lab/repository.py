"""The repository that an agent works in: its history, made once, and its branch and remote."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from undeclared.lab.facts import Facts

_BRANCH = "main"
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Dev",
    "GIT_AUTHOR_EMAIL": "dev@example.com",
    "GIT_AUTHOR_DATE": "2026-01-05T09:00:00+00:00",
    "GIT_COMMITTER_NAME": "Dev",
    "GIT_COMMITTER_EMAIL": "dev@example.com",
    "GIT_COMMITTER_DATE": "2026-01-05T09:00:00+00:00",
}
"""Whoever is the user of a run: the history is the same bytes in every run, and its commit too."""


def commit(place: Path) -> None:
    """Make a folder a repository with one commit, the same bytes each time.

    On a machine without git it stays a plain folder: there the agent has no git either.
    """
    git = shutil.which("git", path="/usr/local/bin:/usr/bin:/bin")
    if git is None:
        return
    environment = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", **_IDENTITY}
    for arguments in (
        ("init", "--quiet", "--template=", f"--initial-branch={_BRANCH}"),
        ("add", "--all"),
        ("commit", "--quiet", "--allow-empty", "--message=First version"),
    ):
        subprocess.run(
            [git, *arguments], cwd=place, env=environment, check=True, capture_output=True
        )


def overlook(place: Path, paths: Iterable[str]) -> None:
    """Have git take no notice of these (gitignore(5): the file of each clone)."""
    lines = "".join(f"/{path}\n" for path in paths)
    if lines and (place / ".git").is_dir():
        exclude = place / ".git/info/exclude"
        exclude.parent.mkdir(exist_ok=True)
        with exclude.open("a", encoding="utf-8") as file:
            file.write(lines)


def furnish(place: Path, facts: Facts) -> None:
    """Give a copy of the repository the branch, the remote and the files of one run.

    As git itself would have left it behind a clone (gitrepository-layout(5)), without calling it.
    """
    git = place / ".git"
    if not git.is_dir():
        return
    overlook(place, facts.overlooked)
    branch, remote = facts.git_branch, facts.git_remote
    if branch != _BRANCH:
        (git / "HEAD").write_text(f"ref: refs/heads/{branch}\n", encoding="utf-8")
        for folder in (git / "refs/heads", git / "logs/refs/heads"):
            content = (folder / _BRANCH).read_bytes()
            (folder / _BRANCH).unlink()
            (folder / branch).parent.mkdir(parents=True, exist_ok=True)
            (folder / branch).write_bytes(content)
    if remote is not None:
        tracked = git / "refs/remotes/origin"
        (tracked / branch).parent.mkdir(parents=True)
        shutil.copy(git / "refs/heads" / branch, tracked / branch)
        (tracked / "HEAD").write_text(f"ref: refs/remotes/origin/{branch}\n", encoding="utf-8")
        with (git / "config").open("a", encoding="utf-8") as config:
            config.write(
                f'[remote "origin"]\n\turl = {remote}\n'
                "\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
                f'[branch "{branch}"]\n\tremote = origin\n\tmerge = refs/heads/{branch}\n'
            )
