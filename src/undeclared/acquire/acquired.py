"""What acquiring gives: one agent's archives in the cache, or a local folder."""

from datetime import datetime
from pathlib import Path

from undeclared.model import Frozen, Part, Runtime


class Acquired(Frozen):
    """One version of an agent, verified and at hand."""

    purl: str
    name: str
    version: str
    published: datetime | None = None
    """When the registry says it was published (UTC)."""
    sha256: str
    """Hex digest of the package's own archive; of a local folder, of its contents."""
    size: int
    """Bytes of that archive, or of the folder's files."""
    parts: tuple[Part, ...] = ()
    """First the package itself, then what an install would put beside it; none for a local path."""
    root: Path | None = None
    """For a local path the folder as it is, or the file if it is only read; None for a package."""
    runtime: Runtime | None = None
    """The Python that the parts are wheels for; None for what is no Python package."""
