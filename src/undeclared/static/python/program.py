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
from undeclared.static.python.record import Record
from undeclared.static.python.syntax import Parsed, module_names
from undeclared.static.signals import Signals

MAX_BYTES = 4 * 1024 * 1024
"""Of one file; sources are smaller, and what is larger is data."""
MAX_TOTAL = 48 * 1024 * 1024
"""Of a program, those files that may read something."""

MAX_IMPORTS = 4
"""Modules between one that reads something and one that sends it."""

_CALLS = (
    r"environb?\b|getenv|decouple|tzname|localtime|astimezone|tzlocal|altzone|daylight|mktime"
    r"|gettz|time\.(?:timezone|strftime|ctime)|import timezone|%Z|%z|getlocale|getdefaultlocale"
    r"|setlocale|localeconv|nl_langinfo|import locale|gethostname|getfqdn|import platform"
    r"|from platform|platform\.[a-z_]+\(|getuser|getlogin|getpw|import pwd|getnode|uuid1|cpu_count"
    r"|psutil|sched_getaffinity|sysconf|uname\b|homedir|expanduser|\.home\(|\.cwd\(|getcwd"
    r"|distro\b|subprocess|popen|os\.system|create_subprocess|which\(|config_reader"
    r"|networkInterfaces|\.git\b|__import__|import_module|/(?:etc|proc|sys|run)\b"
    r"|getattr\(\s*(?:os|time|socket|sys|platform|locale)\b"
)
"""How Python names what tells a fact of the machine."""
_HIDES = re.compile(rb"b64decode|unhexlify|fromhex|bytes\(\[|\bchr\(|\[::-1\]|rot_?13|decompress\(")
_OPENS = re.compile(rb"getattr\(|open\(|exists\(|read_text|read_bytes|isfile|is_file")
"""What reads a fact by a name that is put together."""


def _reads_something(file: SourceFile) -> bool:
    """Whether a file may read a fact that a signal is about, by a name that it has or hides."""
    data = file.data
    return bool(_marks().search(data) or (_HIDES.search(data) and _OPENS.search(data)))


@cache
def _marks() -> re.Pattern[bytes]:
    """What a file holds that reads something; it may still send what another reads without."""
    rules = (signal.reads for signal in signals().values())
    files = (what for rule in rules if rule is not None for what in rule.what)
    names = {_name(what) for what in files if what.startswith("file:")}
    return re.compile("|".join([_CALLS, *map(re.escape, sorted(names - {""}))]).encode())


def _name(what: str) -> str:
    """The last name in the path of a file that a rule is about; all of it, if that is a word."""
    path = max(what.removeprefix("file:").split("*"), key=len).rstrip("/")
    name = path.rpartition("/")[2]
    return path if name.isalpha() else name


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
    usable = _usable(files, omissions)
    parsed = [_parsed(index, file, hidden.get(file.path, ())) for index, file in enumerate(usable)]
    chosen = _chosen(parsed)
    record = Record(Signals(profile).of, parsed, omissions)
    program = Interpreter(parsed, Knowledge(python_syntax(), record.signals_of), record)
    # What was called from too far inside is gone through by itself in a second round.
    for own in (*chosen, *chosen):
        try:
            program.explore(own)
        except RecursionError:
            program.exhausted = True
            program.depth = 0
        if program.exhausted:
            told = Omission(path=own.file.path, what=_TOO_MUCH)
            if told not in omissions:
                omissions.append(told)
            program.exhausted = False
    return record.facts()


_TOO_MUCH = (
    "only a part of this Python file was gone through: it is nested deeper, or there is more to "
    "follow, than the limits allow; reads, conditions and paths may be missing"
)


def _parsed(index: int, file: SourceFile, hidden: Sequence[HiddenConstants]) -> Parsed:
    names, package = module_names(file.path)
    return Parsed(index, file, names, tuple(hidden), package)


def _usable(files: Sequence[SourceFile], omissions: list[Omission]) -> list[SourceFile]:
    """The files that are not too large, those that read something first."""
    usable: list[SourceFile] = []
    total = 0
    for file in sorted(files, key=lambda own: not _reads_something(own)):
        total += len(file.data)
        if len(file.data) > MAX_BYTES:
            what = f"Python of more than {MAX_BYTES // 1024**2} MiB was not looked at by syntax"
        elif total > MAX_TOTAL:
            what = f"left out: there are more than {MAX_TOTAL // 1024**2} MiB of Python"
        else:
            usable.append(file)
            continue
        omissions.append(Omission(path=file.path, what=what))
    return usable


def _chosen(parsed: Sequence[Parsed]) -> list[Parsed]:
    """The files that read something, and those that import them."""
    marked = {own.index for own in parsed if _reads_something(own.file)}
    chosen = [own for own in parsed if own.index in marked]
    rest = [own for own in parsed if own.index not in marked]
    stems = {_stem(own.file.path) for own in chosen}
    for _ in range(MAX_IMPORTS):
        more = [own for own in rest if _imports(own.file, stems)]
        if not more:
            break
        chosen += more
        rest = [own for own in rest if own not in more]
        stems |= {_stem(own.file.path) for own in more}
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
