"""Every release of a package, in the order of its versions, with what its registry says of it.

Version order decides, never time: a mirror gives the time at which it fetched a version as that of
its publication, which may be months late, and a clock may be wrong. A time that is too late cannot
be told by itself. But versions are published one after the other, so that one whose time does not
fit between those of the others stands out.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version
from pydantic import TypeAdapter, ValidationError

from undeclared.acquire import npm, pip, pip_times
from undeclared.acquire.interpreter import interpreters
from undeclared.acquire.reference import EXACT, Subject
from undeclared.model import Release, UsageError

_SLACK = timedelta(days=1)
"""Versions are published side by side, and clocks differ; only what is more is odd."""
_NUMBERS = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")


def releases(reference: Subject, now: datetime | None = None) -> tuple[Release, ...]:
    """All releases of the package that a reference names, the oldest version first.

    The registry is the one that the user's own npm or pip is set up for. Raises NotFound,
    Incomplete, and UsageError for what is on no registry.
    """
    if reference.registry is None or reference.path is not None:
        raise UsageError(
            f"{reference.name} is on no registry, so it has no versions to compare",
            means="nothing was done",
            next_step="Name a package, as in npm:NAME or pypi:NAME.",
        )
    if reference.registry == "npm":
        offered, times = npm.history(reference.name)
        found = [
            _release(version, times.get(version), withdrawn=version not in offered)
            for version in dict.fromkeys((*offered, *times))
            if EXACT.fullmatch(version)
        ]
        found.sort(key=lambda own: semantic(own.version))
    else:
        found = _of_index(reference.name)
    return judged(found, now or datetime.now(UTC))


def semantic(version: str) -> tuple[tuple[int, int, int], tuple[Any, ...], str]:
    """A key that orders exact versions (Semantic Versioning 2.0.0, section 11).

    Raises ValueError for what is no such version.
    """
    found = _NUMBERS.fullmatch(version)
    if found is None:
        raise ValueError(f"{version!r} is no semantic version")
    major, minor, patch, before = found.groups()
    parts = tuple(
        (0, int(own), "") if own.isdecimal() else (1, 0, own)
        for own in (before.split(".") if before else ())
    )
    # A release comes after all its prereleases, so that none must sort before some.
    return (int(major), int(minor), int(patch)), ((0, parts) if parts else (1,)), version


def judged(found: Sequence[Release], now: datetime) -> tuple[Release, ...]:
    """The same, with the time by which each was published, and what is odd about its own.

    `found` in the order of versions. As many times as can be right together are taken for right:
    those of the longest series of releases none of which is earlier than the one before it. What
    they leave no room for is odd. Prereleases of a version come before other versions are done.
    """
    right = _in_order([own for own in found if not own.prerelease], now)
    told: list[Release] = []
    later: Release | None = None
    for own in reversed(found):
        if own in right:
            later = own
        told.append(_told(own, later, now))
    earlier: Release | None = None
    for number, own in enumerate(reversed(told)):
        if found[number] in right:
            earlier = own
        elif not own.prerelease and not own.odd and _before(own, earlier):
            told[-1 - number] = _odd(own, earlier, "earlier")
    return tuple(reversed(told))


def _in_order(found: Sequence[Release], now: datetime) -> list[Release]:
    """A longest series of releases of which none was published before the one before it.

    By patience sorting (Fredman, "On computing the length of longest increasing subsequences",
    1975).
    """
    times: list[datetime] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for number, own in enumerate(found):
        if own.published is None or own.published > now + _SLACK:
            continue
        place = bisect_right(times, own.published)
        before[number] = ends[place - 1] if place else None
        times[place : place + 1] = [own.published]
        ends[place : place + 1] = [number]
    series: list[Release] = []
    last = ends[-1] if ends else None
    while last is not None:
        series.append(found[last])
        last = before[last]
    return series[::-1]


def _told(own: Release, later: Release | None, now: datetime) -> Release:
    """A release, held against the next one whose time is right, itself where that is so."""
    limit = later.published if later else None
    if own.published is None:
        return own.model_copy(update={"by": limit})
    if limit is not None and own.published - limit > _SLACK:
        return _odd(own.model_copy(update={"by": limit}), later, "later")
    if own.published - now > _SLACK:
        odd = f"{own.version} is said to be of {own.published:%Y-%m-%d}, which is to come"
        return own.model_copy(update={"by": limit, "odd": odd})
    return own.model_copy(update={"by": own.published})


def _before(own: Release, earlier: Release | None) -> bool:
    times = own.published, earlier.published if earlier else None
    return None not in times and times[1] - times[0] > _SLACK  # type: ignore[operator]


def _odd(own: Release, other: Release | None, when: str) -> Release:
    known = other.published if other else None
    if other is None or known is None or own.published is None:
        return own
    order = "the later" if when == "later" else "the earlier"
    odd = (
        f"{own.version} is said to be of {own.published:%Y-%m-%d}, but {order} {other.version} of"
        f" {known:%Y-%m-%d}"
    )
    by = own.by if when == "later" else known
    return own.model_copy(update={"odd": odd, "by": by})


def _release(version: str, time: str | None, *, withdrawn: bool) -> Release:
    return Release(
        version=version,
        published=_time(time),
        prerelease="-" in version.partition("+")[0],
        withdrawn=withdrawn,
    )


def _time(text: str | None) -> datetime | None:
    try:
        found = TypeAdapter(datetime).validate_strings(text) if text else None
    except ValidationError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _of_index(name: str) -> list[Release]:
    try:
        said = pip.listed(name, interpreters()[0])
    except pip.PipError as error:
        raise pip.explained(error, name, None) from error
    lines = said.splitlines()
    prefix = "Available versions: "
    offered = [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]
    files = _files(canonicalize_name(name), lines)
    versions = {own for line in offered for text in line.split(", ") if (own := _version(text))}
    return [
        Release(
            version=str(own),
            published=min((at for at, _ in files.get(own, ()) if at), default=None),
            prerelease=own.is_prerelease,
            withdrawn=own in files and all(yanked for _, yanked in files[own]),
        )
        # pip leaves out what was yanked.
        for own in sorted(versions | files.keys())
    ]


def _files(name: str, lines: Sequence[str]) -> Mapping[Version, list[tuple[datetime | None, bool]]]:
    """By version, when each of its files was published, and whether it was yanked."""
    found: dict[Version, list[tuple[datetime | None, bool]]] = {}
    for line in lines:
        if not line.startswith(pip_times.TOLD):
            continue
        told = json.loads(line.removeprefix(pip_times.TOLD))
        own = _of_file(told["file"], name)
        if own is not None:
            found.setdefault(own, []).append((_time(told["time"]), bool(told["yanked"])))
    return found


def _of_file(file: str, name: str) -> Version | None:
    try:
        wheel = file.endswith(".whl")
        own, version = parse_wheel_filename(file)[:2] if wheel else parse_sdist_filename(file)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
    return version if own == name else None


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
