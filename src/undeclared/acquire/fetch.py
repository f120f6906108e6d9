"""Acquire: a reference becomes verified archives in the cache."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from undeclared.acquire import npm
from undeclared.acquire.acquired import Acquired
from undeclared.acquire.cache import Cache
from undeclared.acquire.integrity import matches
from undeclared.acquire.kept import keep, kept
from undeclared.acquire.local import local
from undeclared.acquire.lock import Locked, read_lock
from undeclared.acquire.platform import this_platform
from undeclared.acquire.pypi import from_index
from undeclared.acquire.reference import EXACT, Subject
from undeclared.model import NotFound, Part, UsageError

Say = Callable[[str], None]


def acquire(reference: Subject, cache: Cache, say: Say) -> Acquired:
    """Fetch an agent, and all that installing it here would fetch, through the user's npm or pip.

    Every archive is verified against the integrity hash of the resolved tree and kept in `cache`;
    nothing of a package is run. An exact version that was acquired before is taken from the cache,
    with the dependencies it had then, and the registry is not asked.

    Raises NotFound (unknown, unreachable, corrupted), Incomplete (no build for this machine, npm
    or pip missing, no Python for it, disk full), UsageError (the agent is on no registry).
    """
    if reference.path is not None:
        return local(reference.path, reference.name, cache)
    if reference.registry == "pypi":
        exact = None if reference.version == "latest" else reference.version
        needs = reference.profile.needs if reference.profile else ()
        return from_index(reference.name, exact, needs, cache, say)
    if reference.registry is None:
        raise UsageError(
            f"{reference.name} is on no registry",
            means="nothing was audited",
            next_step="Give the path of its folder, with --profile FILE.",
        )
    exact = reference.version if EXACT.fullmatch(reference.version or "") else None
    found = kept("npm", reference.name, exact, cache) if exact else None
    return found or _from_registry(reference, cache, say)


def _from_registry(reference: Subject, cache: Cache, say: Say) -> Acquired:
    name, wanted = reference.name, reference.version or "latest"
    say(f"asking the registry for {name}@{wanted}")
    manifest = npm.view(name, wanted)
    if EXACT.fullmatch(wanted) and manifest.version != wanted:
        raise NotFound(
            f"the registry answered {name}@{wanted} with version {manifest.version}",
            means="nothing was audited",
            next_step="Check the registry that npm is configured to use.",
        )
    if found := kept("npm", name, manifest.version, cache):
        return found
    parts = _resolve_and_fetch(name, manifest.version, cache, say)
    return keep("npm", parts, cache, published=manifest.published)


def _resolve_and_fetch(name: str, version: str, cache: Cache, say: Say) -> tuple[Part, ...]:
    with cache.scratch() as folder:
        tree, archives = folder / "tree", folder / "archives"
        tree.mkdir()
        archives.mkdir()
        try:
            locked = read_lock(npm.lock(name, version, tree), name, this_platform())
            if locked[0].version != version:
                raise NotFound(
                    f"npm resolved {name}@{version} to version {locked[0].version}",
                    means="nothing was audited",
                    next_step="Check npm's configuration, such as `npm config get before`.",
                )
            return _fetch(locked, archives, cache, say)
        except npm.NpmError as error:
            raise npm.explained(error, f"{name}@{version}") from error


def _fetch(locked: Sequence[Locked], folder: Path, cache: Cache, say: Say) -> tuple[Part, ...]:
    """Download all archives at once, then singly what is missing still.

    npm names an archive after its package in a way that two packages can share; alone, each has
    its own folder.
    """
    wanted = sorted({archive.spec: archive for archive in locked}.values(), key=_spec)
    first = locked[0].spec
    others = f" and {len(wanted) - 1} more" if len(wanted) > 1 else ""
    say(f"downloading {first}{others}")
    started = time.monotonic()
    npm.pack([archive.spec for archive in wanted], folder)
    found = _recognised(wanted, folder)
    for number, archive in enumerate(one for one in wanted if one.spec not in found):
        alone = folder / str(number)
        alone.mkdir()
        npm.pack([archive.spec], alone)
        again = _recognised([archive], alone)
        if not again:
            raise npm.corrupted(archive.spec)
        found |= again
    kept = {spec: cache.add(file) for spec, file in found.items()}
    size = sum(size for _, size in kept.values())
    say(f"downloaded {size / 1e6:.1f} MB in {time.monotonic() - started:.1f} s")
    return tuple(
        Part(
            name=archive.name,
            version=archive.version,
            sha256=kept[archive.spec][0],
            size=kept[archive.spec][1],
            place=archive.place,
        )
        for archive in locked
    )


def _recognised(wanted: Sequence[Locked], folder: Path) -> dict[str, Path]:
    """Which file is which archive, by its integrity hash alone; names of files are not trusted."""
    files = [file for file in folder.iterdir() if file.suffix == ".tgz"]
    by_name = {file.name: file for file in files}
    found: dict[str, Path] = {}
    for archive in wanted:
        likely = by_name.get(_file_name(archive))
        ordered = [likely, *files] if likely else files
        for file in ordered:
            if matches(file, archive.integrity):
                found[archive.spec] = file
                break
    return found


def _file_name(archive: Locked) -> str:
    return f"{archive.name}-{archive.version}.tgz".removeprefix("@").replace("/", "-")


def _spec(archive: Locked) -> str:
    return archive.spec
