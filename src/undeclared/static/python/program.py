"""The analysis of a Python file, or of all those of a program together."""

import re
from collections.abc import Collection, Iterator, Sequence

from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.python import python_syntax
from undeclared.model.code import HiddenConstants, Omission, SourceFile
from undeclared.static.facts import Facts
from undeclared.static.python.interpreter import Interpreter
from undeclared.static.python.knowledge import Knowledge
from undeclared.static.python.marks import is_test, reads_something
from undeclared.static.python.record import Record
from undeclared.static.python.syntax import Hidden, Parsed, module_names
from undeclared.static.signals import Signals

MAX_BYTES = 4 * 1024 * 1024
"""Of one file; sources are smaller, and what is larger is data."""
MAX_TOTAL = 48 * 1024 * 1024
"""Of a program, those files that may read something."""

MAX_IMPORTS = 4
"""Modules between one that reads something and one that sends it."""


def analyse(
    file: SourceFile,
    hidden: Sequence[HiddenConstants],
    profile: AgentProfile | None,
    only: Collection[str] | None = None,
) -> Facts:
    """What one file reads, compares and sends, by itself.

    `hidden`: its hidden constants; `only`: the signals that are asked about, None for all.
    """
    return analyse_program([file], lambda _: hidden, profile, only)


def analyse_program(
    files: Sequence[SourceFile],
    hidden: Hidden,
    profile: AgentProfile | None,
    only: Collection[str] | None = None,
) -> Facts:
    """The same for files that import each other; `hidden` is asked for those that are followed.

    Modules without any read are gone through only if one with reads and they import each other.
    """
    omissions: list[Omission] = []
    marked = {file.path for file in files if reads_something(file)}
    usable = _usable(sorted(files, key=lambda own: own.path not in marked), omissions)
    parsed = [_parsed(index, file, hidden) for index, file in enumerate(usable)]
    chosen = _chosen(parsed, marked)
    record = Record(Signals(profile, only).of, parsed, omissions)
    program = Interpreter(parsed, Knowledge(python_syntax(), record.signals_of), record)
    parts: dict[str, None] = {}
    # What was called from too far inside is gone through by itself in a second round.
    for own in (*chosen, *chosen):
        try:
            program.explore(own)
        except RecursionError:
            program.exhausted = True
            program.depth = 0
        if program.exhausted:
            parts[own.file.path] = None
            program.exhausted = False
    if parts:
        omissions.append(_told(list(parts), _TOO_MUCH))
    return record.facts()


_TOO_MUCH = (
    "only a part of it was gone through: it is nested deeper, or there is more to follow, than the "
    "limits allow; reads, conditions and paths may be missing"
)


def _told(paths: Sequence[str], what: str) -> Omission:
    """One omission for all files of a program that are left out for the same reason."""
    more = f" (and {len(paths) - 1} more Python files of the program)" if len(paths) > 1 else ""
    return Omission(path=paths[0], what=what + more)


def _parsed(index: int, file: SourceFile, hidden: Hidden) -> Parsed:
    names, package = module_names(file.path)
    return Parsed(index, file, names, hidden, package)


def _usable(files: Sequence[SourceFile], omissions: list[Omission]) -> list[SourceFile]:
    """The files that are not too large, as many as there is room for."""
    usable: list[SourceFile] = []
    left: dict[str, list[str]] = {}
    total = 0
    for file in files:
        if len(file.data) > MAX_BYTES:
            what = f"Python of more than {MAX_BYTES // 1024**2} MiB was not looked at by syntax"
        elif total + len(file.data) > MAX_TOTAL:
            what = f"left out: there are more than {MAX_TOTAL // 1024**2} MiB of Python"
        else:
            total += len(file.data)
            usable.append(file)
            continue
        left.setdefault(what, []).append(file.path)
    omissions += [_told(paths, what) for what, paths in left.items()]
    return usable


def _chosen(parsed: Sequence[Parsed], marked: Collection[str]) -> list[Parsed]:
    """The files that read something, and those that import them; no tests of what is installed."""
    begun = [own for own in parsed if not is_test(own.file)]
    chosen = [own for own in begun if own.file.path in marked]
    rest = [own for own in begun if own.file.path not in marked]
    known = {name for own in chosen for name in own.names}
    for _ in range(MAX_IMPORTS):
        more = [own for own in rest if not known.isdisjoint(_imported(own))]
        if not more:
            break
        chosen += more
        taken = {own.index for own in more}
        rest = [own for own in rest if own.index not in taken]
        known = {name for own in more for name in own.names}
    return chosen


_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^#\n;]+)|import[ \t]+([^#\n;]+))",
    re.MULTILINE,
)


def _imported(own: Parsed) -> Iterator[str]:
    """Absolute names of the modules that a file may import."""
    for found in _IMPORT.finditer(own.file.data):
        if found[3]:
            yield from (
                name.decode(errors="replace")
                for name in re.findall(rb"(?:^|,)\s*([\w.]+)", found[3])
            )
            continue
        whole = own.absolute(found[1].decode(errors="replace"))
        yield whole
        for name in re.findall(rb"(?:^\(?|,)\s*(\w+)", found[2]):
            yield f"{whole}.{name.decode(errors='replace')}"
