"""One published version of an agent."""

from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath

from pydantic import Field

from undeclared.model.base import Frozen


class ArtifactKind(StrEnum):
    """What the operating system starts."""

    SCRIPT = "script"
    """Text for an interpreter: JavaScript, Python, shell."""
    EXECUTABLE = "executable"
    """A native program (ELF, Mach-O, PE), even one with a script inside."""
    ARCHIVE = "archive"
    """Files packed together; a scan does not ask what is started."""
    FOLDER = "folder"
    """A folder of files; a scan does not ask what is started."""


class Artifact(Frozen):
    """What was audited, with enough to fetch exactly the same bytes again."""

    purl: str
    """Package URL, such as `pkg:npm/%40scope/name@1.2.3`; `pkg:generic/...` for a local path."""
    name: str
    version: str
    published: datetime | None = None
    """When the registry says it was published (UTC); None where no registry says."""
    sha256: str
    """Hex digest of the package's own archive; of a local folder, the digest of its contents."""
    size: int = Field(ge=0)
    """Bytes of that archive."""
    kind: ArtifactKind


class Part(Frozen):
    """One archive of an artifact: the package itself, a dependency, or a platform build."""

    name: str
    version: str
    sha256: str
    size: int = Field(ge=0)
    place: PurePosixPath
    """Where its content belongs, relative to the artifact's root (`node_modules/@scope/name`)."""
