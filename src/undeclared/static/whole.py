"""All files of an artifact, each analysed by what it is."""

import hashlib
import re
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import Protocol

from undeclared.catalogue import AgentProfile
from undeclared.model import FileKind, Omission, Scan, SourceFile
from undeclared.static.apart import Task, apart
from undeclared.static.dispatch import analysis, beside_program, program
from undeclared.static.merge import merged, moved

_EVERY = 5.0
"""Seconds between two words on how far the work is."""


class Watch(Protocol):
    """Is told how the work goes on."""

    def say(self, text: str) -> None:
        """Note the beginning of a stage."""


MAX_COMPARED = 32 << 20
"""Bytes of a file up to which it is known to be the same as another."""
MAX_PROGRAM = 256 << 20
"""Bytes of Python that are analysed as programs; what is beyond, file by file."""


@dataclass(slots=True)
class _Source:
    """Draws files, counts them, and puts aside what is none."""

    files: Iterable[SourceFile | Omission]
    profile: AgentProfile | None
    watch: Watch
    only: Collection[str] | None = None
    number: int = 0
    bytes: int = 0
    omissions: list[Omission] = field(default_factory=list)
    python: dict[str, list[SourceFile]] = field(default_factory=dict)
    """Programs that are analysed as a whole, since one file reads what another sends."""
    programs: dict[int, list[SourceFile]] = field(default_factory=dict)
    """The same by the number of the task."""
    python_bytes: int = 0
    first: dict[object, int] = field(default_factory=dict)
    """By all that an analysis depends on but the path: the number of the first task like it …"""
    twins: dict[int, list[str]] = field(default_factory=dict)
    """… and by that number the paths of the files that are the same."""

    def tasks(self) -> Iterator[Task[Scan]]:
        number = 0
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
            work = analysis(file, self.profile, self.only)
            if work is None:
                continue
            if file.kind is FileKind.PYTHON and self._takes(file):
                work = beside_program
            like = self.first.setdefault((work is beside_program, _key(file)), number)
            if like != number:
                self.twins.setdefault(like, []).append(file.path)
                continue
            number += 1
            yield Task(file, work)
        for files in self.python.values():
            self.programs[number] = files
            number += 1
            rest = sum(len(file.data) for file in files[1:])
            yield Task(files[0], partial(_together, files, self.profile, self.only), more=rest)

    def _takes(self, file: SourceFile) -> bool:
        if self.python_bytes + len(file.data) > MAX_PROGRAM:
            return False
        self.python.setdefault(_distribution(file.path), []).append(file)
        self.python_bytes += len(file.data)
        return True


def _together(
    files: list[SourceFile],
    profile: AgentProfile | None,
    only: Collection[str] | None,
    _: SourceFile,
) -> Scan:
    return program(files, profile, only)


_INSTALLED = re.compile(r".*?(?:site|dist)-packages/[^/]+")


def _distribution(path: str) -> str:
    """What is installed beside each other is a program each; all else is one."""
    found = _INSTALLED.match(path)
    return found[0] if found else ""


def _key(file: SourceFile) -> object:
    """Files with the same are analysed once."""
    if len(file.data) > MAX_COMPARED:
        return file.path
    digest = hashlib.blake2b(file.data, digest_size=20).digest()
    return file.kind, PurePosixPath(file.path).suffix, digest


def scan(
    files: Iterable[SourceFile | Omission],
    profile: AgentProfile | None,
    watch: Watch,
    only: Collection[str] | None = None,
) -> Scan:
    """Everything that the code of these files establishes.

    Files are drawn one by one and let go when they are done, but for those in Python, which are
    analysed once more as programs, one for each distribution that is installed. A file whose
    analysis fails, or takes too long or too much memory, is among the omissions, and the rest goes
    on. With a profile, variables that it names count as reads of their signals too.
    `only` are the signals that are asked about; then machine code is left out.
    """
    source = _Source(files, profile, watch, only)
    found = merged(_results(source))
    omissions = dict.fromkeys((*source.omissions, *found.omissions))
    return found.model_copy(
        update={
            "files": source.number,
            "bytes": source.bytes,
            "omissions": tuple(omissions),
        }
    )


def _results(source: _Source) -> Iterator[Scan | Omission]:
    """What the analyses found, in the order of the files; then the same of those that are equal.

    Last comes what the Python files do together; or each by itself, where that is too much at once.
    """
    done: list[Scan | Omission] = []
    for result in apart(source.tasks()):
        done.append(result)
        yield result
    for number, paths in source.twins.items():
        for path in paths:
            yield moved(done[number], path)
    failed = [
        file
        for number, files in source.programs.items()
        if len(files) > 1 and number < len(done) and isinstance(done[number], Omission)
        for file in files
    ]
    yield from apart(
        Task(file, work)
        for file in failed
        if (work := analysis(file, source.profile, source.only)) is not None
    )
