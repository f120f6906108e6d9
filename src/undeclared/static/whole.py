"""All files of an artifact, each analysed by what it is."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from undeclared.catalogue import AgentProfile
from undeclared.model import FileKind, Omission, Scan, SourceFile
from undeclared.static.apart import Task, apart
from undeclared.static.dispatch import analysis, beside_program, program
from undeclared.static.merge import merged

_EVERY = 5.0
"""Seconds between two words on how far the work is."""


class Watch(Protocol):
    """Is told how the work goes on."""

    def say(self, text: str) -> None:
        """Note the beginning of a stage."""


MAX_PROGRAM = 48 << 20
"""Bytes of Python that are analysed as one program; what is beyond, file by file."""


@dataclass(slots=True)
class _Source:
    """Draws files, counts them, and puts aside what is none."""

    files: Iterable[SourceFile | Omission]
    profile: AgentProfile | None
    watch: Watch
    number: int = 0
    bytes: int = 0
    omissions: list[Omission] = field(default_factory=list)
    python: list[SourceFile] = field(default_factory=list)
    """Files of a program that is analysed as a whole, since one reads what another sends."""
    python_bytes: int = 0

    def tasks(self) -> Iterator[Task[Scan]]:
        said = time.monotonic()
        for file in self.files:
            if isinstance(file, Omission):
                self.omissions.append(file)
                continue
            self.number += 1
            self.bytes += len(file.data)
            if time.monotonic() - said > _EVERY:
                said = time.monotonic()
                self.watch.say(f"scanning: {self.number} files so far")
            work = analysis(file, self.profile)
            if work is None:
                continue
            if file.kind is FileKind.PYTHON and self._takes(file):
                work = beside_program
            yield Task(file, work)

    def _takes(self, file: SourceFile) -> bool:
        if self.python_bytes + len(file.data) > MAX_PROGRAM:
            return False
        self.python.append(file)
        self.python_bytes += len(file.data)
        return True


def scan(
    files: Iterable[SourceFile | Omission], profile: AgentProfile | None, watch: Watch
) -> Scan:
    """Everything that the code of these files establishes.

    Files are drawn one by one and let go when they are done, but for those in Python, which are
    analysed once more as one program. A file whose analysis fails, or takes too long or too much
    memory, is among the omissions, and the rest goes on. With a profile, variables that it names
    count as reads of their signals too.
    """
    source = _Source(files, profile, watch)
    single = apart(source.tasks())
    found = merged(chain(single, _program(source)))
    omissions = dict.fromkeys((*source.omissions, *found.omissions))
    return found.model_copy(
        update={
            "files": source.number,
            "bytes": source.bytes,
            "omissions": tuple(omissions),
        }
    )


def _program(source: _Source) -> Iterator[Scan | Omission]:
    """What the Python files do together; each by itself, where that is too much at once."""
    files, profile = source.python, source.profile
    if not files:
        return
    together = Task(files[0], lambda _: program(files, profile), more=source.python_bytes)
    (result,) = apart([together])
    yield result
    if isinstance(result, Omission) and len(files) > 1:
        yield from apart(
            Task(file, work) for file in files if (work := analysis(file, profile)) is not None
        )
