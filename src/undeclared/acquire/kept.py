"""What was acquired before, by exact version, platform and runtime."""

import hashlib
from collections.abc import Sequence
from typing import Literal

from packageurl import PackageURL
from pydantic import ValidationError

from undeclared.acquire.acquired import Acquired
from undeclared.acquire.cache import Cache
from undeclared.acquire.platform import this_platform
from undeclared.model import NotFound, Part, Runtime

Registry = Literal["npm", "pypi"]


def kept(
    registry: Registry,
    name: str,
    version: str,
    cache: Cache,
    runtime: Runtime | None = None,
    needs: Sequence[str] = (),
) -> Acquired | None:
    """What the index says, if every archive is there and undamaged."""
    text = cache.entry(registry, name, _key(version, runtime, needs))
    if text is None:
        return None
    try:
        acquired = Acquired.model_validate_json(text)
        for part in acquired.parts:
            cache.path(part.sha256)
    except (ValidationError, NotFound):
        return None
    if (acquired.name, acquired.version) != (name, version) or not acquired.parts:
        return None
    return acquired.model_copy(update={"runtime": runtime})


def package_url(registry: Registry, name: str, version: str) -> str:
    """The package URL of a version: `pkg:npm/%40scope/name@1.2.3`."""
    namespace, _, plain = name.rpartition("/")
    return PackageURL(registry, namespace or None, plain, version).to_string()


def keep(
    registry: Registry,
    parts: tuple[Part, ...],
    cache: Cache,
    *,
    runtime: Runtime | None = None,
    needs: Sequence[str] = (),
    **more: object,
) -> Acquired:
    """Describe what the archives of `parts` are, the package itself first, and note it."""
    own = parts[0]
    acquired = Acquired.model_validate(
        {
            "purl": package_url(registry, own.name, own.version),
            "name": own.name,
            "version": own.version,
            "sha256": own.sha256,
            "size": own.size,
            "parts": parts,
            "runtime": runtime,
            **more,
        }
    )
    # Where the runtime is on this machine may be another place tomorrow.
    text = acquired.model_dump_json(exclude={"runtime"})
    cache.set_entry(registry, own.name, _key(own.version, runtime, needs), text)
    return acquired


def _key(version: str, runtime: Runtime | None, needs: Sequence[str]) -> str:
    with_what = f"-py{runtime.minor}" if runtime else ""
    if needs:
        digest = hashlib.sha256("\n".join(sorted(needs)).encode()).hexdigest()
        with_what += f"-with-{digest[:12]}"
    return f"{version}-{this_platform()}{with_what}"
