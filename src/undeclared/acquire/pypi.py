"""Agents from a Python index: wheels alone, for a Python of this machine."""

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from packaging.version import Version

from undeclared.acquire import pip
from undeclared.acquire.acquired import Acquired
from undeclared.acquire.cache import Cache
from undeclared.acquire.integrity import matches
from undeclared.acquire.interpreter import fitting, interpreters
from undeclared.acquire.kept import keep, kept
from undeclared.model import Incomplete, NotFound, Part, Runtime

Say = Callable[[str], None]
_TRIED = 3
"""Pythons for which dependencies are looked for: the newest has no wheels of some yet."""


def from_index(
    name: str, version: str | None, needs: Sequence[str], cache: Cache, say: Say
) -> Acquired:
    """Fetch a package, and all that installing it here would fetch, through the user's pip.

    `name` is canonical, `version` exact; None is the newest release. `needs` are requirements to
    be met besides its own. pip alone would take the
    newest that suits the Python which runs it, however old. Here the release is found first, then
    a Python for it.

    Raises NotFound, and Incomplete if no Python here suits the release or something is no wheel.
    """
    runtimes = interpreters()
    if version is not None:
        for runtime in runtimes:
            if found := kept("pypi", name, version, cache, runtime, needs):
                return found
    say(f"asking the index for {name}" + (f" {version}" if version else ""))
    meant = pip.newest(name, version, runtimes[0])
    if version is not None and Version(meant.version) != Version(version):
        raise NotFound(
            f"the index answered {name} {version} with version {meant.version}",
            means="nothing was audited",
            next_step="Check the index that pip is configured to use.",
        )
    suitable = fitting(meant.requires_python, runtimes)
    if not suitable:
        raise _unsuited(meant, runtimes)
    for runtime in suitable:
        if found := kept("pypi", name, meant.version, cache, runtime, needs):
            return found
    runtime, wheels = _resolved(meant, needs, suitable, say)
    parts = _fetch(wheels, runtime, cache, say)
    return keep("pypi", parts, cache, runtime=runtime, needs=needs)


def _resolved(
    meant: pip.Wheel, needs: Sequence[str], suitable: Sequence[Runtime], say: Say
) -> tuple[Runtime, tuple[pip.Wheel, ...]]:
    failed: pip.PipError | None = None
    for runtime in suitable[:_TRIED]:
        say(f"resolving {meant.name} {meant.version} for Python {runtime.version}")
        try:
            wheels = pip.resolve(meant.name, meant.version, needs, runtime)
        except pip.PipError as error:
            failed = failed or error
            continue
        if (wheels[0].name, wheels[0].version) == (meant.name, meant.version):
            return runtime, wheels
    raise pip.explained(failed or pip.PipError(""), meant.name, meant.version)


def _fetch(
    wheels: Sequence[pip.Wheel], runtime: Runtime, cache: Cache, say: Say
) -> tuple[Part, ...]:
    own = wheels[0]
    others = f" and {len(wheels) - 1} more" if len(wheels) > 1 else ""
    say(f"downloading {own.name} {own.version}{others}")
    started = time.monotonic()
    with cache.scratch() as folder:
        try:
            pip.download(wheels, folder, runtime)
        except pip.PipError as error:
            raise pip.explained(error, own.name, own.version) from error
        files = {_integrity(file): file for file in folder.glob("*.whl")}
        parts = tuple(_part(wheel, files.get(wheel.integrity), runtime, cache) for wheel in wheels)
    size = sum(part.size for part in parts)
    say(f"downloaded {size / 1e6:.1f} MB in {time.monotonic() - started:.1f} s")
    return parts


def _part(wheel: pip.Wheel, file: Path | None, runtime: Runtime, cache: Cache) -> Part:
    if file is None or not matches(file, wheel.integrity):
        raise pip.corrupted(f"{wheel.name} {wheel.version}")
    sha256, size = cache.add(file)
    return Part(
        name=wheel.name,
        version=wheel.version,
        sha256=sha256,
        size=size,
        place=PurePosixPath("lib", f"python{runtime.minor}", "site-packages"),
    )


def _integrity(file: Path) -> str:
    with file.open("rb") as stream:
        return pip.integrity(hashlib.file_digest(stream, "sha256").hexdigest())


def _unsuited(meant: pip.Wheel, runtimes: Sequence[Runtime]) -> Incomplete:
    here = ", ".join(runtime.version for runtime in runtimes)
    return Incomplete(
        f"{meant.name} {meant.version} is for Python {meant.requires_python}; here is {here}",
        means="nothing was audited: an older release would pass for this one",
        next_step=f"Install such a Python, or name an older release, as in "
        f"pypi:{meant.name}@VERSION.",
    )
