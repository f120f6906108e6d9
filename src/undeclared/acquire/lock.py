"""What an install would put where: npm's package-lock.json, read for one platform.

Format: npm documentation, package-lock.json, `packages`, lockfileVersion 2 and 3.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from undeclared.acquire.platform import Platform
from undeclared.acquire.reference import EXACT, NAME
from undeclared.model import Frozen, Incomplete, NotFound

_PLACE = re.compile(rf"(node_modules/({NAME.pattern})/)*node_modules/({NAME.pattern})", re.I)


class Locked(Frozen):
    """One archive that an install would fetch."""

    name: str
    version: str
    integrity: str
    """Subresource Integrity string of the archive."""
    place: PurePosixPath

    @property
    def spec(self) -> str:
        """As npm wants it."""
        return f"{self.name}@{self.version}"


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


_Names = Annotated[list[str], BeforeValidator(_several)]
"""One name may stand alone: npm takes both, and writes down what the package has."""


class _Entry(BaseModel):
    name: str | None = None
    version: str = ""
    integrity: str = ""
    os: _Names = Field(default_factory=list)
    cpu: _Names = Field(default_factory=list)
    libc: _Names = Field(default_factory=list)
    optional: bool = False
    dev: bool = False
    link: bool = False
    bundled: bool = Field(default=False, alias="inBundle")
    dependencies: dict[str, str] = Field(default_factory=dict)
    optional_dependencies: dict[str, str] = Field(
        default_factory=dict, alias="optionalDependencies"
    )
    peer_dependencies: dict[str, str] = Field(default_factory=dict, alias="peerDependencies")

    def fits(self, platform: Platform) -> bool:
        return platform.fits(self.os, self.cpu, self.libc)


class _Lock(BaseModel):
    packages: dict[str, _Entry]


def read_lock(text: bytes, name: str, platform: Platform) -> tuple[Locked, ...]:
    """The archives of package `name` and of all that it needs here, the package itself first.

    Left out are optional packages for other platforms and what only they need, as an install
    leaves them out, and what lies bundled in the archive of another.

    Raises NotFound if an entry names a place or package that cannot be, Incomplete if something
    needed has no build for this platform or does not come from a registry.
    """
    try:
        entries = _Lock.model_validate_json(text).packages
    except ValidationError as error:
        raise Incomplete(
            f"npm resolved {name} in a way that this tool cannot read",
            means="nothing was audited",
            next_step="Use a version of npm from 7 on.",
        ) from error
    root = f"node_modules/{name}"
    if root not in entries:
        raise _odd(name, root)
    places = sorted(_needed(root, entries, platform), key=lambda place: (place != root, place))
    return tuple(_locked(place, entries[place]) for place in places if not entries[place].bundled)


def _needed(root: str, entries: dict[str, _Entry], platform: Platform) -> set[str]:
    found: set[str] = set()
    waiting = [root]
    while waiting:
        place = waiting.pop()
        entry = entries[place]
        if place in found:
            continue
        if not entry.fits(platform):
            if entry.optional:
                continue
            package = place.rpartition("node_modules/")[2]
            raise Incomplete(
                f"{package} has no build for this machine ({platform})",
                means="nothing was audited",
                next_step="Audit it on a machine of a kind that it supports.",
            )
        found.add(place)
        wanted = entry.dependencies | entry.optional_dependencies | entry.peer_dependencies
        for name in wanted:
            waiting += [place for place in _upwards(place, name) if place in entries][:1]
    return found


def _upwards(place: str, name: str) -> Iterator[str]:
    """Where Node looks for a package (Node.js documentation, CommonJS, node_modules folders)."""
    while place:
        yield f"{place}/node_modules/{name}"
        place = place.rpartition("/node_modules/")[0]
    yield f"node_modules/{name}"


def _locked(place: str, entry: _Entry) -> Locked:
    name = entry.name or place.rpartition("node_modules/")[2]
    if not _PLACE.fullmatch(place) or not NAME.fullmatch(name) or ".." in place.split("/"):
        raise _odd(name, place)
    if entry.link or not entry.integrity or not EXACT.fullmatch(entry.version):
        raise Incomplete(
            f"{name} does not come from a registry, or has no integrity hash",
            means="it cannot be verified, so nothing was audited",
            next_step="Install it into a folder and give that folder with --profile FILE.",
        )
    return Locked(
        name=name, version=entry.version, integrity=entry.integrity, place=PurePosixPath(place)
    )


def _odd(name: str, place: str) -> NotFound:
    return NotFound(
        f"npm resolved a package {name[:80]!r} at {place[:80]!r}, which cannot be",
        means="nothing was audited",
        next_step="The package, or the registry, is not to be trusted as it is.",
    )
