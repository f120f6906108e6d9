"""The folders of a run, copied from templates that a worker makes once."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import certifi

from undeclared.lab import world
from undeclared.lab.seal import NAMESERVER
from undeclared.model import UsageError

_GIT_CONFIG = "[user]\n\tname = Dev\n\temail = dev@example.com\n[init]\n\tdefaultBranch = main\n"
_GIT_IDENTITY = {
    "GIT_AUTHOR_NAME": "Dev",
    "GIT_AUTHOR_EMAIL": "dev@example.com",
    "GIT_AUTHOR_DATE": "2026-01-05T09:00:00+00:00",
    "GIT_COMMITTER_NAME": "Dev",
    "GIT_COMMITTER_EMAIL": "dev@example.com",
    "GIT_COMMITTER_DATE": "2026-01-05T09:00:00+00:00",
}
_LENT = ("ld.so.cache", "alternatives")
"""Of the machine's own /etc, only what its programs need to start."""

_ETC = {
    "passwd": (
        "root:x:0:0:root:/root:/bin/bash\n"
        f"dev:x:{world.USER_ID}:{world.USER_ID}:Dev:{world.HOME}:/bin/bash\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    ),
    "group": f"root:x:0:\ndev:x:{world.USER_ID}:\nnogroup:x:65534:\n",
    "hosts": f"127.0.0.1\tlocalhost\n127.0.1.1\t{world.HOST_NAME}\n::1\tlocalhost\n",
    "hostname": f"{world.HOST_NAME}\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "resolv.conf": f"nameserver {NAMESERVER}\n",
    "machine-id": "5f0c1b7e3d9a4c2f8b6e7a1d0c3f9e24\n",
    "shells": "/bin/sh\n/bin/bash\n",
}


class Template:
    """A home with its repository, and an /etc; `instantiate` copies them for one run."""

    def __init__(
        self, folder: Path, authority: str, repository: Mapping[str, str], files: Mapping[str, str]
    ) -> None:
        """Make the templates in an empty folder.

        `authority` is the certificate of the lab's authority (PEM). `repository` and `files` are
        texts by path, relative to the repository and to the home. Raises UsageError if a path
        leaves it.
        """
        self._home = folder / "home"
        self._etc = folder / "etc"
        _write(self._home, {".gitconfig": _GIT_CONFIG, **files})
        _write(self._home / "project", repository)
        _commit(self._home / "project")
        _write(self._etc, _ETC)
        public = Path(certifi.where()).read_text(encoding="utf-8")
        _write(
            self._etc,
            {
                str(PurePosixPath(world.AUTHORITY).relative_to("/etc")): authority,
                str(PurePosixPath(world.BUNDLE).relative_to("/etc")): f"{public}\n{authority}",
            },
        )
        for name in _LENT:
            place = Path("/etc", name)
            if place.is_dir():
                shutil.copytree(place, self._etc / name, symlinks=True)
            elif place.exists():
                shutil.copy(place, self._etc / name)

    def instantiate(self, folder: Path, zone: str) -> world.Folders:
        """The folders of one run, in which the machine is in a time zone."""
        folders = world.Folders(
            home=folder / "home", tmp=folder / "tmp", shm=folder / "shm", etc=folder / "etc"
        )
        folder.mkdir()
        shutil.copytree(self._home, folders.home, symlinks=True)
        # The agent cannot write to its /etc, so its files need not be copies.
        shutil.copytree(self._etc, folders.etc, symlinks=True, copy_function=os.link)
        (folders.etc / "localtime").symlink_to(f"/usr/share/zoneinfo/{zone}")
        (folders.etc / "timezone").write_text(f"{zone}\n", encoding="ascii")
        folders.tmp.mkdir()
        folders.shm.mkdir()
        return folders


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        relative = PurePosixPath(path)
        if relative.is_absolute() or ".." in relative.parts:
            raise UsageError(
                f"the file {path} would be outside the folder it belongs to",
                means="nothing was run",
                next_step="Correct the path in the profile or the scenario.",
            )
        place = folder / relative
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def _commit(repository: Path) -> None:
    """Make it a repository with one commit, the same bytes each time.

    On a machine without git it stays a plain folder: there the agent has no git either.
    """
    git = shutil.which("git", path="/usr/local/bin:/usr/bin:/bin")
    if git is None:
        return
    environment = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", **_GIT_IDENTITY}
    for arguments in (
        ("init", "--quiet", "--template=", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", "--allow-empty", "--message=First version"),
    ):
        subprocess.run(
            [git, *arguments], cwd=repository, env=environment, check=True, capture_output=True
        )
