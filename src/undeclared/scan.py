"""One scan: acquire, unpack, analyse, judge, report; its stages in order, on one screen."""

import time
from datetime import UTC, datetime
from pathlib import Path

from undeclared import __version__
from undeclared.acquire import Acquired, acquire, as_it_is, default_cache, parse_subject
from undeclared.catalogue import profile_from_file
from undeclared.judge import code_findings, hidden_in_code, reads_in_code
from undeclared.model import (
    Artifact,
    ArtifactKind,
    Frozen,
    Omission,
    ScanReport,
    UndeclaredError,
)
from undeclared.static import Watch
from undeclared.static import scan as analyse
from undeclared.unpack import OURS, source_files, tree

_NATIVE = (b"\x7fELF", b"MZ", *(magic.to_bytes(4, "big") for magic in (
    0xFEEDFACE, 0xFEEDFACF, 0xCEFAEDFE, 0xCFFAEDFE, 0xCAFEBABE,
)))  # fmt: skip
"""How executables begin: ELF, PE, Mach-O in either byte order and for several processors."""
_TEXT = (".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx", ".py", ".pyw", ".sh")


class ScanRequest(Frozen):
    """What to scan."""

    target: str
    """A profile name, a package URL, `npm:…`, or the path of a folder, archive or program."""
    profile: Path | None = None


def scan(request: ScanRequest, watch: Watch) -> ScanReport:
    """Scan one artifact without running anything of it.

    Raises UsageError, NotFound or Incomplete when nothing could be scanned. What was left out
    later is among the report's omissions.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    given = profile_from_file(request.profile) if request.profile else None
    subject = parse_subject(request.target, profile=given)
    if subject.path is None:
        cache = default_cache()
        acquired = acquire(subject, cache, watch.say)
        parts = [(part, cache.path(part.sha256)) for part in acquired.parts]
        root = tree(parts, cache.root / "trees", watch.say, runtime=acquired.runtime)
        without = OURS if acquired.runtime else ()
        found = analyse(source_files(root, without=without), subject.profile, watch)
        omissions = found.omissions
    else:
        root = subject.path
        found = analyse(source_files(root), subject.profile, watch)
        acquired, unread = _described(root)
        omissions = (*found.omissions, *unread)
    return ScanReport(
        tool_version=__version__,
        agent=subject.profile.id if subject.profile else "",
        started=started,
        seconds=round(time.monotonic() - began, 3),
        artifact=Artifact(
            purl=acquired.purl,
            name=acquired.name,
            version=acquired.version,
            published=acquired.published,
            sha256=acquired.sha256,
            size=acquired.size,
            kind=_kind(root, packed=subject.path is None),
        ),
        files=found.files,
        bytes=found.bytes,
        reads=reads_in_code(found.reads),
        hidden=hidden_in_code(found.hidden),
        conditions=found.conditions,
        flows=found.flows,
        endpoints=found.endpoints,
        components=found.components,
        findings=code_findings(found, subject.profile),
        omissions=omissions,
        complete=not omissions,
    )


def _described(path: Path) -> tuple[Acquired, tuple[Omission, ...]]:
    """A local path as an artifact; without a digest where not all of it can be read."""
    try:
        return as_it_is(path, path.name), ()
    except UndeclaredError as error:
        plain = Acquired(purl="", name=path.name, version="local", sha256="", size=0)
        return plain, (Omission(path="", what=f"no digest of the whole: {error.what}"),)


def _kind(root: Path, *, packed: bool) -> ArtifactKind:
    if packed:
        return ArtifactKind.ARCHIVE
    if root.is_dir():
        return ArtifactKind.FOLDER
    with root.open("rb") as file:
        start = file.read(4)
    if start.startswith(_NATIVE):
        return ArtifactKind.EXECUTABLE
    script = start.startswith(b"#!") or root.suffix.lower() in _TEXT
    return ArtifactKind.SCRIPT if script else ArtifactKind.ARCHIVE
