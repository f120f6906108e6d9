"""Which releases a timeline is about."""

import difflib
from collections.abc import Iterator, Sequence
from datetime import date

from undeclared.model import Frozen, NotFound, Release, UsageError


class Range(Frozen):
    """A stretch of releases, by their times or their versions; both ends are included."""

    since: date | None = None
    until: date | None = None
    first: str | None = None
    last: str | None = None
    prereleases: bool = False


def chosen(
    releases: Sequence[Release], wanted: Range
) -> tuple[tuple[Release, ...], tuple[str, ...]]:
    """The releases of a range, and which were left out of it, with the reason.

    A release counts by the time by which it was published. Raises NotFound for a version that is
    not there and for a range without a release, UsageError where no times are known.
    """
    place = {own.version: number for number, own in enumerate(releases)}
    low = _place(wanted.first, place) if wanted.first else 0
    high = _place(wanted.last, place) if wanted.last else len(releases) - 1
    if (wanted.since or wanted.until) and not any(own.by for own in releases):
        raise UsageError(
            "the registry does not say when these versions were published",
            means="nothing was done",
            next_step="Choose by version, with --from and --to.",
        )
    inside = [own for own in releases[low : high + 1] if _in_time(own, wanted)]
    found = tuple(own for own in inside if _counts(own, wanted))
    if not found:
        raise NotFound(
            "no version was published in this range",
            means="nothing was done",
            next_step="Choose another with --since and --until, or --from and --to.",
        )
    return found, tuple(_left_out(inside, wanted))


def _in_time(release: Release, wanted: Range) -> bool:
    if release.by is None:
        return wanted.since is None and wanted.until is None
    day = release.by.date()
    return (wanted.since is None or wanted.since <= day) and (
        wanted.until is None or day <= wanted.until
    )


def _counts(release: Release, wanted: Range) -> bool:
    if release.withdrawn:
        return False
    return (
        not release.prerelease
        or wanted.prereleases
        or release.version in (wanted.first, wanted.last)
    )


def _left_out(releases: Sequence[Release], wanted: Range) -> Iterator[str]:
    gone = [own.version for own in releases if own.withdrawn]
    early = [own for own in releases if own.prerelease and not _counts(own, wanted)]
    if gone:
        yield f"withdrawn from the registry: {_named(gone)}"
    if left := [own.version for own in early if not own.withdrawn]:
        yield f"prereleases, which --prereleases takes in: {_named(left)}"


def _named(versions: Sequence[str], most: int = 6) -> str:
    more = f" and {len(versions) - most} more" if len(versions) > most else ""
    return ", ".join(versions[:most]) + more


def _place(version: str, place: dict[str, int]) -> int:
    if version in place:
        return place[version]
    near = difflib.get_close_matches(version, place, n=3, cutoff=0.6)
    raise NotFound(
        f"the registry has no version {version}",
        means="nothing was done",
        next_step=f"Did you mean {' or '.join(near)}?" if near else "Check the version.",
    )
