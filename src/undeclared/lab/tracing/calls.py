"""Lines of strace to whole system calls and ends of threads.

The form is that of `strace -f -o FILE` (strace 6): the number of a thread, then a call with its
result, or half of one, or a note between `+++`. See strace(1), "TRACE OUTPUT FORMAT" in the
description.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_UNFINISHED = " <unfinished ...>"
_LINE = re.compile(r"(\d+) +(.*)", re.DOTALL)
_BEGINNING = re.compile(r"([a-z][a-z0-9_]*)\((.*)", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. ([a-z][a-z0-9_]*) resumed>(.*)", re.DOTALL)
_MOVED = re.compile(r" ?<pid changed to \d+ \.\.\.>$")
_EXITED = re.compile(r"\+\+\+ exited with (\d+) \+\+\+")
_KILLED = re.compile(r"\+\+\+ killed by (SIG[A-Z0-9]+|SIGRT_\d+)(?: \(core dumped\))? \+\+\+")
_SUPERSEDED = re.compile(r"\+\+\+ superseded by execve in pid (\d+) \+\+\+")

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|/\*.*?\*/|[()\[\]{},]', re.DOTALL)
_RESULT = re.compile(
    r"\s*= (-?\d+|\?|0x[0-9a-f]+)(?: ([A-Z][A-Z0-9_]*)\b| \((errno \d+)\))?(.*)", re.DOTALL
)
_TRANSLATED = re.compile(r"/\* (\d+) in strace's PID NS \*/")

_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-f]{2})|(.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that has returned."""

    thread: int
    name: str
    arguments: tuple[str, ...]
    """As strace prints them."""
    value: int | None
    """What it returned, a process number as the tracer numbers it; None if it never returned."""
    error: str | None
    """Name of the error; None if it succeeded."""
    translated: bool = False
    """The value is a process number that the tracer translated from the agent's own numbering."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of a thread."""

    thread: int
    status: str
    """Exit status, or name of the signal that ended it."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """A thread called `execve`: it goes on under the number of its process."""

    process: int
    thread: int


class Calls:
    """Puts calls together whose lines are apart; what is no line of strace's is counted."""

    def __init__(self) -> None:
        self._halves: dict[int, str] = {}
        self.not_understood = 0

    def read(self, line: str) -> Iterator[Call | End | Superseded]:
        """What one line, without its end, completes."""
        matched = _LINE.fullmatch(line)
        if matched is None:
            self.not_understood += 1
            return
        thread, said = int(matched[1]), matched[2]
        if said.startswith("+++"):
            yield from self._note(thread, said)
        elif not said.startswith("---"):
            call = self._call(thread, said)
            if call is not None:
                yield call

    def _note(self, thread: int, said: str) -> Iterator[Call | End | Superseded]:
        if ended := _EXITED.fullmatch(said) or _KILLED.fullmatch(said):
            self._halves.pop(thread, None)
            yield End(thread, ended[1])
        elif superseded := _SUPERSEDED.fullmatch(said):
            other = int(superseded[1])
            # The result that follows under the process's number is no result (strace 6.1): that
            # the threads are one again means that the program was started.
            self._halves.pop(thread, None)
            half = self._halves.pop(other, None)
            yield Superseded(thread, other)
            if half is not None and (call := parse(thread, f"{half}) = 0")):
                yield call
        else:
            self.not_understood += 1

    def _call(self, thread: int, said: str) -> Call | None:
        if resumed := _RESUMED.fullmatch(said):
            half = self._halves.pop(thread, None)
            if half is None:
                # Its beginning was before ours: an interrupted call that strace restarts.
                return None
            said = half + resumed[2]
        if said.endswith(_UNFINISHED):
            self._halves[thread] = said.removesuffix(_UNFINISHED)
            return None
        if moved := _MOVED.search(said):
            self._halves[thread] = said[: moved.start()]
            return None
        call = parse(thread, said)
        if call is None:
            self.not_understood += 1
        return call


def parse(thread: int, said: str) -> Call | None:
    """Read one whole call: `name(arguments) = result`; None if it is none."""
    begun = _BEGINNING.fullmatch(said)
    if begun is None:
        return None
    name, rest = begun[1], begun[2]
    arguments, end = _split(rest)
    if end is None:
        return None
    result = _RESULT.fullmatch(rest, end)
    if result is None:
        return None
    number, named, numbered, comment = result.groups()
    error = named or numbered if number in ("-1", "?") else None
    value = None if number == "?" else int(number, 0)
    translated = _TRANSLATED.search(comment)
    if translated is not None:
        value = int(translated[1])
    return Call(thread, name, arguments, value, error, translated is not None)


def _split(text: str) -> tuple[tuple[str, ...], int | None]:
    """Arguments up to the closing bracket, and the place after it; None if there is none."""
    found, depth, begin = list[str](), 0, 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "([{":
            depth += 1
        elif sign in "]}" or (sign == ")" and depth):
            depth = max(0, depth - 1)
        elif sign == ")":
            last = text[begin : token.start()].strip()
            return (*found, *([last] if last or found else [])), token.end()
        elif sign == "," and depth == 0:
            found.append(text[begin : token.start()].strip())
            begin = token.end()
    return tuple(found), None


def strings(argument: str) -> Iterator[str]:
    """The texts in an argument, decoded; one that strace cut ends with `…`."""
    for token in _TOKEN.finditer(argument):
        if token[0].startswith('"'):
            cut = argument.startswith("...", token.end())
            yield _decode(token[0][1:-1]) + ("…" if cut else "")


def _decode(quoted: str) -> str:
    r"""Undo strace's escapes; bytes that are no UTF-8 become `\xNN`."""
    if "\\" not in quoted:
        return quoted
    raw = _ESCAPE.sub(_byte, quoted.encode())
    return raw.decode(errors="backslashreplace")


def _byte(escape: re.Match[bytes]) -> bytes:
    octal, digits, sign = escape.groups()
    if octal is not None:
        return bytes([int(octal, 8) & 0xFF])
    if digits is not None:
        return bytes([int(digits, 16)])
    return _ESCAPED.get(sign, bytes(sign))
