"""Short, readable evidence out of code that is often a single line of many megabytes."""

import re
import textwrap

from undeclared.model.code import Region, SourceFile

MAX_LINES = 12
MAX_COLUMNS = 120

_BEFORE = 160
_AFTER = 120
"""Bytes of context around a place; less where a statement ends before."""
_ENDS = frozenset(b";{}\n")
_LONGEST = 4 * MAX_LINES * MAX_COLUMNS
"""Bytes looked at of one region; a longer one is shown by its beginning and its end."""
_GAP = "…"

_TOKEN = re.compile(
    r"""
    (?P<text>"(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | `(?:[^`\\]|\\.)*`)
    | (?P<open>\{) | (?P<close>\}[;,)]*) | (?P<end>;) | (?P<other>[^"'`{};]+ | .)
    """,
    re.VERBOSE | re.DOTALL,
)


def region(file: SourceFile, start: int, end: int) -> Region:
    """A place in a file with a readable excerpt of the code around it.

    `start` and `end` are byte offsets; they are brought within the file.
    """
    start = max(0, min(start, len(file.data)))
    end = max(start, min(end, len(file.data)))
    return Region(path=file.path, start=start, end=end, excerpt=excerpt(file, start, end))


def excerpt(file: SourceFile, start: int, end: int) -> str:
    """At most MAX_LINES lines of MAX_COLUMNS characters that show a place.

    Code that has lines keeps them; long lines are broken at statements and blocks and re-indented.
    What cannot be shown as it is (control characters, invisible ones, bytes that are no UTF-8) is
    written as an escape.
    """
    if end - start > _LONGEST:
        half = _LONGEST // 2
        lines = [
            *_lines(file, start, start + half)[: MAX_LINES // 2],
            _GAP,
            *_lines(file, end - half, end)[-(MAX_LINES - MAX_LINES // 2 - 1) :],
        ]
        return "\n".join(lines)
    lines = _lines(file, start, end)
    if len(lines) > MAX_LINES:
        first = MAX_LINES * 2 // 3
        lines = [*lines[:first], _GAP, *lines[first + 1 - MAX_LINES :]]
    return "\n".join(lines)


def _lines(file: SourceFile, start: int, end: int) -> list[str]:
    low, high = _context(file, start, end)
    code = bytes(file.data[low:high]).decode(errors="backslashreplace")
    own = code.expandtabs(4).splitlines()
    if len(own) == 1 or any(len(line) > MAX_COLUMNS for line in own):
        own = _broken(code)
    shown = textwrap.dedent("\n".join(own)).splitlines()
    return [part for line in shown if line.strip() for part in _folded(_printable(line))]


def _context(file: SourceFile, start: int, end: int) -> tuple[int, int]:
    """The whole statements that a place lies in, as far as they are near."""
    before = bytes(file.data[max(0, start - _BEFORE) : start])
    low = start - len(before)
    for index in range(len(before) - 1, -1, -1):
        if before[index] in _ENDS:
            low += index + 1
            break
    else:
        # Not in the middle of a character.
        while low < start and file.data[low] & 0xC0 == 0x80:
            low += 1
    after = bytes(file.data[end : end + _AFTER])
    high = end + len(after)
    for index, byte in enumerate(after):
        if byte in _ENDS:
            high = end + index + (byte != 0x0A)
            break
    else:
        while high > end and high < len(file.data) and file.data[high] & 0xC0 == 0x80:
            high -= 1
    return low, high


def _broken(code: str) -> list[str]:
    lines: list[str] = []
    line, depth = "", 0

    def flush() -> None:
        nonlocal line
        if line.strip():
            lines.append("  " * min(depth, 12) + line.strip())
        line = ""

    for token in _TOKEN.finditer(code):
        text = token[0] if token.lastgroup != "other" else re.sub(r"\s+", " ", token[0])
        match token.lastgroup:
            case "open":
                line += text
                flush()
                depth += 1
            case "close":
                flush()
                depth = max(0, depth - 1)
                line = text
                if text.endswith(";"):
                    flush()
            case "end":
                line += text
                flush()
            case _:
                if line.startswith("}") and not re.match(
                    r"\s*(?:else|catch|finally|while|[)\],.])", text
                ):
                    flush()
                line += text
    flush()
    return lines


def _folded(line: str) -> list[str]:
    if len(line) <= MAX_COLUMNS:
        return [line]
    inner = line[: len(line) - len(line.lstrip())] + "    "
    parts = []
    while len(line) > MAX_COLUMNS:
        cut = max(
            line.rfind(sign, len(inner), MAX_COLUMNS) + len(sign)
            for sign in (", ", ",", "&&", "||", "?", ";")
        )
        if cut <= len(inner) + MAX_COLUMNS // 2:
            cut = MAX_COLUMNS
        parts.append(line[:cut].rstrip())
        line = inner + line[cut:].lstrip()
    return [*parts, line]


def _printable(line: str) -> str:
    return "".join(sign if sign.isprintable() else _escape(sign) for sign in line)


def _escape(sign: str) -> str:
    code = ord(sign)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\u{{{code:x}}}"
    )
