"""Results of other commands than an audit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from undeclared import __version__
from undeclared.store.schema import results

SCAN = "scan"
"""The kind of a scan report of a package version, by `scan_key`."""


@dataclass(frozen=True)
class ResultEntry:
    """One result in the store."""

    kind: str
    key: str
    purl: str
    """The package version that it is about; empty if it is about none."""
    kept: datetime
    bytes: int
    """Compressed."""


def scan_key(purl: str, profile: str = "") -> str:
    """Key of the scan of a package version by this version of the tool.

    `profile` is the profile that the user gave, as JSON; empty for the catalogue's.
    """
    return f"{purl} {__version__} {profile}"


def result_entries(connection: Connection) -> tuple[ResultEntry, ...]:
    """All results, the newest first."""
    size = func.length(results.c.data)
    columns = (results.c.kind, results.c.key, results.c.purl, results.c.kept, size)
    query = select(*columns).order_by(results.c.kept.desc(), results.c.kind, results.c.key)
    return tuple(ResultEntry(*own) for own in connection.execute(query))
