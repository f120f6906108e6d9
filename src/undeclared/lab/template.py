"""The folders of a run, copied from templates that a worker makes once."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import certifi

from undeclared.catalogue import AgentProfile
from undeclared.lab import clock, repository
from undeclared.lab.facts import AUTHORITY, Facts
from undeclared.lab.target import ROOT_INSIDE
from undeclared.lab.world import Folders
from undeclared.model import UsageError

_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_LENT = ("ld.so.cache", "alternatives")
"""Of the machine's own /etc, only what its programs need to start."""


class Template:
    """A home, a repository and an /etc; `instantiate` copies them for one run."""

    def __init__(
        self,
        folder: Path,
        authority: str,
        texts: Mapping[str, str],
        profile: AgentProfile,
        root: Path,
        *,
        library: str | None = None,
    ) -> None:
        """Make the templates in an empty folder.

        `authority` is the certificate of the lab's authority (PEM), `texts` are those of the
        repository by path, `root` holds the agent's own files, and `library` is the one
        that shifts the clock. Raises UsageError if a path leaves the folder that it belongs to.
        """
        self._home, self._etc = folder / "home", folder / "etc"
        self._repository, self._own = folder / "repository", folder / "own"
        self._library = library
        _write(self._home, profile.files)
        _write(self._repository, texts)
        repository.commit(self._repository)
        if profile.cwd == "artifact":
            repository.overlook(self._repository, self._link(root, profile.hidden))
        public = Path(certifi.where()).read_text(encoding="utf-8")
        trusting = {_BUNDLE: f"{public}\n{authority}", AUTHORITY: authority}
        _write(self._etc, {_inside(path): text for path, text in trusting.items()})
        _write(self._own, {"distrusting": public, "hidden": ""})
        self._binds = [
            (self._own / "hidden", f"{ROOT_INSIDE}/{path}", False)
            for path in profile.hidden
            if (root / path).is_file()
        ]
        for name in _LENT:
            place = Path("/etc", name)
            if place.is_dir():
                # As a mount, since it has hundreds of entries and none of them differs.
                shutil.copytree(place, self._own / name, symlinks=True)
                (self._etc / name).mkdir()
                self._binds.append((self._own / name, str(place), False))
            elif place.exists():
                shutil.copy(place, self._etc / name)

    def _link(self, root: Path, hidden: tuple[str, ...]) -> list[str]:
        """Lay the agent's own files out in the repository: it is started there, like any other."""
        names = sorted({entry.name for entry in root.iterdir()} - {".git", *hidden})
        for name in names:
            place = self._repository / name
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            place.unlink(missing_ok=True)
            place.symlink_to(f"{ROOT_INSIDE}/{name}")
        return names

    def instantiate(self, folder: Path, facts: Facts) -> Folders:
        """The folders of one run."""
        folder.mkdir()
        home, etc = folder / "home", folder / "etc"
        place, binds = _place(folder, home, facts)
        shutil.copytree(self._home, home, symlinks=True)
        shutil.copytree(self._repository, place, symlinks=True)
        # The agent cannot write to its /etc, so its files need not be copies.
        shutil.copytree(self._etc, etc, symlinks=True, copy_function=os.link)
        if facts.authority != AUTHORITY:
            (etc / _inside(AUTHORITY)).rename(etc / _inside(facts.authority))
        if not facts.trusted:
            (etc / _inside(facts.authority)).unlink()
            _replace(etc / _inside(_BUNDLE), self._own / "distrusting")
        (etc / "localtime").symlink_to(f"/usr/share/zoneinfo/{facts.zone}")
        files = {"/etc/timezone": f"{facts.zone}\n", **facts.files}
        if facts.clock is not None and self._library is not None:
            files |= clock.files(self._library, facts.clock)
        repository.furnish(place, facts)
        for number, (path, text) in enumerate(files.items()):
            inside = PurePosixPath(path)
            if inside.is_relative_to(facts.repository):
                _text(place / inside.relative_to(facts.repository), text)
            elif inside.is_relative_to(facts.home):
                _text(home / inside.relative_to(facts.home), text)
            elif inside.is_relative_to("/etc"):
                _text(etc / inside.relative_to("/etc"), text)
            elif not inside.is_relative_to("/usr") or Path(path).exists():
                # Nothing can be added to the machine's own /usr, only put in the place of a file.
                _text(folder / f"file-{number}", text)
                binds.append((folder / f"file-{number}", path, False))
        tmp, shm = folder / "tmp", folder / "shm"
        tmp.mkdir()
        shm.mkdir()
        if facts.clock is not None:
            clock.claim(shm)
        return Folders(
            home=home, repository=place, tmp=tmp, shm=shm, etc=etc, binds=(*self._binds, *binds)
        )


def _place(folder: Path, home: Path, facts: Facts) -> tuple[Path, list[tuple[Path, str, bool]]]:
    """Where the repository lies, and what has to be mounted for it to be there inside."""
    inside = PurePosixPath(facts.repository)
    if inside.is_relative_to(facts.home):
        return home / inside.relative_to(facts.home), []
    workspace = folder / "workspace"
    return workspace / inside.name, [(workspace, str(inside.parent), True)]


def _inside(path: str) -> str:
    return path.removeprefix("/etc/")


def _replace(place: Path, source: Path) -> None:
    place.unlink()
    os.link(source, place)


def _text(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    # It may be a link to what other runs share.
    place.unlink(missing_ok=True)
    place.write_text(text, encoding="utf-8")
    if text.startswith("#!"):
        place.chmod(0o755)


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
        _text(folder / relative, text)
