"""The analysis of a Python file, or of all those of a program together."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.loader import signals
from undeclared.catalogue.python import python_syntax
from undeclared.model.code import HiddenConstants, Omission, SourceFile
from undeclared.static.facts import Facts
from undeclared.static.python.interpreter import Interpreter
from undeclared.static.python.knowledge import Knowledge
from undeclared.static.python.record import Record, SignalsOf
from undeclared.static.python.syntax import Parsed, module_names, parser

MAX_BYTES = 4 * 1024 * 1024
"""Of one file; sources are smaller, and what is larger is data."""
MAX_TOTAL = 48 * 1024 * 1024
"""Of a program, those files that may read something."""

MAX_IMPORTS = 4
"""Modules between one that reads something and one that sends it."""

_MARKS = re.compile(
    rb"environ|getenv|tzname|localtime|astimezone|tzlocal|strftime|mktime|timezone|altzone|locale"
    rb"|gethostname|getfqdn|platform|getuser|getlogin|getpw|getcwd|homedir|expanduser|\.home\("
    rb"|\.cwd\(|subprocess|popen|os\.system|create_subprocess|getnode|uuid1|cpu_count|psutil"
    rb"|sysconf|uname|getattr|__import__|import_module|open\(|exists\(|is_file|is_dir|isfile|isdir"
    rb"|read_text|read_bytes|which\(|listdir|scandir|readlink|stat\(|glob\(|/etc/|/proc/|/sys/|/run/|\.git\b|distro|networkInterfaces|config_reader"
)
"""Without one of these a file reads nothing; it may still send what another reads."""


def analyse(
    file: SourceFile, hidden: Sequence[HiddenConstants], profile: AgentProfile | None
) -> Facts:
    """What one file reads, compares and sends, by itself; `hidden`: its hidden constants."""
    return analyse_program([file], {file.path: hidden}, profile)


def analyse_program(
    files: Sequence[SourceFile],
    hidden: Mapping[str, Sequence[HiddenConstants]],
    profile: AgentProfile | None,
) -> Facts:
    """The same for files that import each other; `hidden` by the path of the file.

    Modules without any read are gone through only if one with reads and they import each other.
    """
    omissions: list[Omission] = []
    chosen = _chosen(files, omissions)
    parsed = [_parsed(index, file, hidden.get(file.path, ())) for index, file in enumerate(chosen)]
    record = Record(_signals_of(profile), parsed, omissions)
    program = Interpreter(parsed, Knowledge(python_syntax(), record.signals_of), record)
    for own in parsed:
        try:
            program.explore(own)
        except RecursionError:
            program.exhausted = True
            program.depth = 0
        if program.exhausted:
            omissions.append(Omission(path=own.file.path, what=_TOO_MUCH))
            program.exhausted = False
    return record.facts()


_TOO_MUCH = (
    "only a part of this Python file was gone through: it is nested deeper, or there is more to "
    "follow, than the limits allow; reads, conditions and paths may be missing"
)


def _parsed(index: int, file: SourceFile, hidden: Sequence[HiddenConstants]) -> Parsed:
    names, package = module_names(file.path)
    root = parser().parse(bytes(file.data)).root_node
    return Parsed(index, file, root, names, tuple(hidden), package)


def _chosen(files: Sequence[SourceFile], omissions: list[Omission]) -> list[SourceFile]:
    """The files that read something, and those that import them."""
    usable = []
    for file in files:
        if len(file.data) > MAX_BYTES:
            what = f"Python of more than {MAX_BYTES // 1024**2} MiB was not looked at by syntax"
            omissions.append(Omission(path=file.path, what=what))
        else:
            usable.append(file)
    reading = [file for file in usable if _MARKS.search(file.data)]
    rest = [file for file in usable if not _MARKS.search(file.data)]
    stems = {_stem(file.path) for file in reading}
    near: list[SourceFile] = []
    for _ in range(MAX_IMPORTS):
        more = [file for file in rest if _imports(file, stems)]
        if not more:
            break
        near += more
        rest = [file for file in rest if file not in more]
        stems |= {_stem(file.path) for file in more}
    chosen: list[SourceFile] = []
    total = 0
    for file in (*reading, *near):
        total += len(file.data)
        if total > MAX_TOTAL:
            what = f"left out: there are more than {MAX_TOTAL // 1024**2} MiB of Python"
            omissions.append(Omission(path=file.path, what=what))
        else:
            chosen.append(file)
    return chosen


def _stem(path: str) -> str:
    parts = path.rpartition("!/")[2].removesuffix(".py").split("/")
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]


_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+)?import[ \t]+([^#\n;]+)", re.MULTILINE)


def _imports(file: SourceFile, stems: set[str]) -> bool:
    for found in _IMPORT.finditer(file.data):
        words = re.findall(rb"\w+", found[0])
        if any(word.decode(errors="replace") in stems for word in words):
            return True
    return False


class _Signals:
    def __init__(self, profile: AgentProfile | None) -> None:
        self._profile = profile
        self.of = cache(self._of)

    def _of(self, what: str) -> tuple[str, ...]:
        return tuple(
            signal.id
            for signal in signals().values()
            if signal.reads is not None and signal.reads.match(what, self._profile)
        )


def _signals_of(profile: AgentProfile | None) -> SignalsOf:
    return _Signals(profile).of
