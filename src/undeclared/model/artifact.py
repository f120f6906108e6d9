"""One published version of an agent."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath

from pydantic import Field

from undeclared.model.base import Frozen

ROOT_INSIDE = "/opt/agent"
"""Where an agent's files are in its own world."""


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
    interpreter: str | None = None
    """What it was run with, where it is no executable and that was chosen for it: `Python 3.11.2`;
    None where it was run with what the machine has, or not run."""


class Part(Frozen):
    """One archive of an artifact: the package itself, a dependency, or a platform build."""

    name: str
    version: str
    sha256: str
    size: int = Field(ge=0)
    place: PurePosixPath
    """Where its content belongs, relative to the artifact's root (`node_modules/@scope/name`).
    Wheels share one: `lib/python3.11/site-packages`."""


class Runtime(Frozen):
    """An interpreter that an agent is run with: a Python of this machine, or a Node.js."""

    version: str
    """All of it: `3.11.2`."""
    program: Path
    """The interpreter itself, without links."""
    prefix: Path
    """The folder that holds it, its library and nothing else that a world could not be shown …"""
    inside: str
    """… and where an agent's world has that folder."""

    @property
    def minor(self) -> str:
        """As folders are named after it: `3.11`."""
        return ".".join(self.version.split(".")[:2])

    @property
    def lent(self) -> bool:
        """Whether it must be put into a world, which has all below /usr by itself."""
        return not self.prefix.is_relative_to("/usr")

    @property
    def program_inside(self) -> str:
        """The interpreter, as an agent's world has it."""
        return f"{self.inside}/{self.program.relative_to(self.prefix).as_posix()}"
