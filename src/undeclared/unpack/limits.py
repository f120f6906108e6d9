"""How much an archive may cost us."""

from undeclared.model import Frozen, Incomplete, NotFound


class Limits(Frozen):
    """Bounds on one unpacking; reaching one ends it. The largest agents need a fifth of these."""

    max_bytes: int = 2 << 30
    """Of all files together, and of the decompressed archive."""
    max_file_bytes: int = 1 << 30
    max_files: int = 100_000
    """Members of any kind: files, folders, and those that are skipped."""
    max_depth: int = 64
    """Folders above a file, within the target."""
    max_name: int = 255
    """Bytes of one file name."""
    max_path: int = 4096
    """Bytes of a path within the target."""
    max_nesting: int = 8
    """Containers within containers: an archive in an archive in an executable …"""
    max_ratio: int = 200
    """Decompressed to compressed bytes, from 16 MiB on: small archives may be mostly zeros."""
    seconds: float = 120


DEFAULT = Limits()


def exceeded(archive: str, what: str) -> Incomplete:
    """An archive needs more than a limit allows."""
    return Incomplete(
        f"unpacking {archive} was stopped: {what}",
        means="the agent was not audited",
        next_step="No agent is known to need that much; look at the archive by hand.",
    )


def malformed(archive: str, what: str) -> NotFound:
    """An archive is damaged, or made to mislead."""
    return NotFound(
        f"{archive} is not a sound package archive: {what}",
        means="nothing was audited",
        next_step="Fetch it again; if it stays so, the package itself is broken or hostile.",
    )
