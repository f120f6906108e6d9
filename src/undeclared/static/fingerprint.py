"""What tells two versions of a program apart, in a part of the time that a scan takes."""

from collections.abc import Collection, Iterable

from undeclared.catalogue import AgentProfile, signals
from undeclared.model import Fingerprint, Omission, SourceFile
from undeclared.static.whole import Watch, scan

TELLING = (
    "base-url-host",
    "hostname",
    "locale",
    "locale-formats",
    "locale-override",
    "proxy-host",
    "timezone",
    "timezone-file",
    "timezone-variable",
    "username",
)
"""Signals that say where a machine is, whose it is, and whom it talks to."""


def fingerprint(
    files: Iterable[SourceFile | Omission],
    profile: AgentProfile | None,
    watch: Watch,
    about: Collection[str] = TELLING,
) -> Fingerprint:
    """All that the code hides, and what it does with the signals it is asked about.

    Every fact is the same as in the scan of the same files, with the same id: of the rest nothing
    is followed. `about`: ids of signals. Raises ValueError for one that the catalogue has not.
    """
    unknown = sorted(set(about) - signals().keys())
    if unknown:
        raise ValueError(f"no signal of the catalogue: {', '.join(unknown)}")
    return Fingerprint(
        about=tuple(sorted(set(about))),
        scan=scan(files, profile, watch, frozenset(about)),
        left_out=(
            "reads of other signals, what is compared with them, and where they lead",
            "strings of machine code and bytecode",
        ),
    )
