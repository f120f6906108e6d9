"""What the user asked for: a profile name, a package, or a path."""

import difflib
import re
from contextlib import suppress
from pathlib import Path

from packageurl import PackageURL
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from undeclared.acquire.kept import Registry, package_url
from undeclared.catalogue import AgentProfile, agents
from undeclared.model import Frozen, NotFound, UsageError

NAME = re.compile(r"(@[a-z0-9~][a-z0-9._~-]*/)?[a-z0-9~_][a-z0-9._~-]*", re.IGNORECASE)
"""An npm package name, older ones in capitals included. Never begins with `-` or `.`, so that it
is neither an option of a program nor a hidden or parent folder."""

EXACT = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
"""An exact version (Semantic Versioning 2.0.0)."""

PYPI_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)
"""A name on a Python index (PyPA specifications, "Names and normalization")."""

_TAG = re.compile(r"[A-Za-z][\w.-]*")
_NOTHING = "nothing was done"


class Subject(Frozen):
    """A package or a path, as the user named it, and the profile that holds for it, if any."""

    profile: AgentProfile | None = None
    registry: Registry | None = None
    """Where the package is; None for a path, and for a profile that names no package."""
    name: str
    """Package name on the registry (canonical on PyPI; the profile's id where it names none), or
    the last part of the local path."""
    version: str | None = None
    """An exact version or, on npm, a dist-tag; None for the newest."""
    path: Path | None = None
    """A local folder or file; None for a package."""

    @property
    def purl(self) -> str | None:
        """The package URL, where the version is known before the registry is asked."""
        if self.registry is None or self.version is None:
            return None
        exact = self.registry == "pypi" or EXACT.fullmatch(self.version)
        return package_url(self.registry, self.name, self.version) if exact else None


class Reference(Subject):
    """An agent, as the user named it, and the profile that holds for it."""

    profile: AgentProfile


def parse_reference(text: str, *, profile: AgentProfile | None = None) -> Reference:
    """Read a reference: `ID@VERSION`, `pkg:npm/NAME@VERSION`, `npm:NAME@VERSION` or a path.

    `pypi` may stand for `npm`. ID is a profile of the catalogue; where a file of that name lies in
    the current folder too, the profile wins, and `./ID` means the file. A path needs a `profile`,
    and so does a package that no profile of the catalogue is about.

    Raises UsageError for what cannot be meant, NotFound for a name or path that does not exist.
    """
    found = parse_subject(text, profile=profile)
    if found.profile is not None:
        return Reference.model_validate(dict(found))
    if found.path is not None:
        raise UsageError(
            f"{text!r} is a path, which does not say how the agent is run",
            means=_NOTHING,
            next_step="Give --profile FILE with it.",
        )
    raise UsageError(
        f"the catalogue has no profile for the package {found.name}",
        means=_NOTHING,
        next_step="Say how it is run with --profile FILE.",
    )


def parse_subject(text: str, *, profile: AgentProfile | None = None) -> Subject:
    """Read a reference like `parse_reference`, to something that is not to be run.

    Any package and any path will do; a profile comes with it where one is known.
    """
    scheme, colon, rest = text.partition(":")
    if colon and scheme in ("pkg", "npm", "pypi"):
        registry, name, version = _package_url(text) if scheme == "pkg" else _short(scheme, rest)
        return Subject(
            profile=profile or _profile_of(registry, name),
            registry=registry,
            name=name,
            version=_version(registry, version, text),
        )
    name, at, version = text.partition("@")
    by_name = profile if profile and profile.id == name else agents().get(name)
    if by_name is not None:
        return _of_profile(profile or by_name, by_name, version if at else None, text)
    return _local(text, profile)


def _of_profile(
    profile: AgentProfile, named: AgentProfile, version: str | None, text: str
) -> Subject:
    registry: Registry = "pypi" if named.pypi else "npm"
    package = canonicalize_name(named.pypi) if named.pypi else named.npm
    return Subject(
        profile=profile,
        registry=registry if package else None,
        name=package or named.id,
        version=_version(registry, version, text),
    )


def _package_url(text: str) -> tuple[Registry, str, str | None]:
    try:
        url = PackageURL.from_string(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a package URL ({error})",
            means=_NOTHING,
            next_step="Write it as pkg:npm/%40scope/name@1.2.3.",
        ) from error
    if url.type not in ("npm", "pypi"):
        raise _unsupported(url.type)
    if url.qualifiers or url.subpath:
        raise UsageError(
            f"{text!r} names a place or a part of a package",
            means=_NOTHING,
            next_step="Leave out what follows ? or #; the registry is the one that your own "
            "npm or pip is set up for.",
        )
    name = f"{url.namespace}/{url.name}" if url.namespace else url.name
    registry: Registry = "npm" if url.type == "npm" else "pypi"
    return registry, _checked(registry, name, text), url.version


def _short(scheme: str, rest: str) -> tuple[Registry, str, str | None]:
    at = rest.find("@", 1)
    name, version = (rest, None) if at < 0 else (rest[:at], rest[at + 1 :])
    registry: Registry = "npm" if scheme == "npm" else "pypi"
    return registry, _checked(registry, name, f"{scheme}:{rest}"), version


def _checked(registry: Registry, name: str, text: str) -> str:
    if registry == "pypi" and PYPI_NAME.fullmatch(name):
        return canonicalize_name(name)
    if registry == "npm" and NAME.fullmatch(name):
        return name
    shown, scoped = ("npm", " or npm:@scope/name@1.2.3") if registry == "npm" else ("PyPI", "")
    raise UsageError(
        f"{text!r} holds no {shown} package name",
        means=_NOTHING,
        next_step=f"Write it as {registry}:name@1.2.3{scoped}.",
    )


def _version(registry: Registry, version: str | None, text: str) -> str | None:
    if version is None or (registry == "pypi" and version == "latest"):
        return version
    if registry == "pypi":
        with suppress(InvalidVersion):
            return str(Version(version))
        raise UsageError(
            f"{text!r} names no exact version",
            means=_NOTHING,
            next_step="Give all of it, as in @1.2.3.",
        )
    if EXACT.fullmatch(version) or _TAG.fullmatch(version):
        return version
    raise UsageError(
        f"{text!r} names no exact version",
        means=_NOTHING,
        next_step="Give all three numbers, as in @1.2.3, or a tag, as in @latest.",
    )


def _unsupported(kind: str) -> UsageError:
    return UsageError(
        f"packages of type {kind!r} are not supported",
        means=_NOTHING,
        next_step="Install it into a folder and give that folder with --profile FILE.",
    )


def _profile_of(registry: Registry, name: str) -> AgentProfile | None:
    def named(profile: AgentProfile) -> str | None:
        if registry == "npm":
            return profile.npm
        return canonicalize_name(profile.pypi) if profile.pypi else None

    return next((profile for profile in agents().values() if named(profile) == name), None)


def _existing(text: str) -> Path | None:
    try:
        path = Path(text).expanduser()
        # An empty text would be the current folder: a variable that was not set, no wish.
        return path if text and path.exists() else None
    except (OSError, RuntimeError, ValueError):  # too long, the home of nobody, a null byte
        return None


def _local(text: str, profile: AgentProfile | None) -> Subject:
    path = _existing(text)
    if path is not None:
        path = path.resolve()
        return Subject(profile=profile, name=path.name, path=path)
    if "/" in text or text.startswith((".", "~")):
        raise NotFound(
            f"there is no file or folder {_short_of(text)}",
            means=_NOTHING,
            next_step="Check the path.",
        )
    near = difflib.get_close_matches(text.partition("@")[0], agents(), n=3, cutoff=0.5)
    raise NotFound(
        f"there is no agent {_short_of(text)} in the catalogue",
        means=_NOTHING,
        next_step=(f"Did you mean {' or '.join(near)}? " if near else "")
        + "`undeclared agents` lists them; another package is npm:NAME or pypi:NAME, with "
        "--profile FILE.",
    )


def _short_of(text: str) -> str:
    return repr(text if len(text) <= 100 else f"{text[:99]}…")
