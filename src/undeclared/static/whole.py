"""All files of an artifact, each analysed by what it is."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from undeclared.catalogue import AgentProfile
from undeclared.model import Omission, Scan, SourceFile
from undeclared.static.apart import Task, apart
from undeclared.static.dispatch import analyses
from undeclared.static.merge import merged

_EVERY = 5.0
"""Seconds between two words on how far the work is."""


class Watch(Protocol):
    """Is told how the work goes on."""

    def say(self, text: str) -> None:
        """Note the beginning of a stage."""


@dataclass(slots=True)
class _Source:
    """Draws files, counts them, and puts aside what is none."""

    files: Iterable[SourceFile | Omission]
    watch: Watch
    number: int = 0
    bytes: int = 0
    omissions: list[Omission] = field(default_factory=list)

    def tasks(
        self, analyses: Callable[[SourceFile], Iterable[Callable[[SourceFile], Scan]]]
    ) -> Iterator[Task[Scan]]:
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
            for work in analyses(file):
                yield Task(file, work)


def scan(
    files: Iterable[SourceFile | Omission], profile: AgentProfile | None, watch: Watch
) -> Scan:
    """Everything that the code of these files establishes.

    Files are drawn one by one and let go when they are done. One whose analysis fails, or takes
    too long or too much memory, is among the omissions, and the rest goes on. With a profile,
    variables that it names count as reads of their signals too.
    """
    source = _Source(files, watch)
    parts = apart(source.tasks(lambda file: analyses(file, profile)))
    found = merged(parts)
    omissions = dict.fromkeys((*source.omissions, *found.omissions))
    return found.model_copy(
        update={
            "files": source.number,
            "bytes": source.bytes,
            "omissions": tuple(omissions),
        }
    )
