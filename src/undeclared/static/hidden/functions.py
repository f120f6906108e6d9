"""Decoders that a program brings along: cut out with what they need, and run on their literals.

A function that makes characters of codes, or text of base64, and is called with literals, is a
decoder whatever it does between. It is cut out of the code by its name, with the definitions it
uses, and run in the interpreter.
"""

import re
from collections.abc import Iterator
from functools import cache

from undeclared import catalogue
from undeclared.static.hidden import likelihood
from undeclared.static.hidden.calls import Call, called, calls
from undeclared.static.hidden.candidate import Candidate
from undeclared.static.hidden.cut import Code, Piece, TooMuch
from undeclared.static.hidden.interpreter import GaveNothing, Interpreter
from undeclared.static.hidden.reading import Reading, read
from undeclared.static.hidden.rounds import Found

MAX_FUNCTIONS = 200
"""Decoders of one file that are run."""
MAX_CALLS = 4_000
"""Different calls of one decoder that are run."""
_MAX_FUNCTION = 4000
"""Bytes of a decoder."""
_BEFORE = 1500
"""Bytes before a mark in which the function that holds it begins."""

_MARKS = {
    b"fromCharCode": None,
    b"fromCodePoint": None,
    b"atob(": None,
    b"base64": re.compile(rb",\s*[\"'`]base64(?:url)?[\"'`]"),
    b"TextDecoder": None,
    b"hex": re.compile(rb",\s*[\"'`]hex[\"'`]"),
    b"decodeURIComponent(": None,
    b"parseInt(": re.compile(rb"parseInt\([^;{}]{1,80}?,\s*(?:16|0x10|36|32|8|2)\)"),
}
"""Where bytes become text; in what context, if the name alone stands for other things, too."""
_CONTEXT = 4
"""Bytes before a mark that its context may begin in."""
_DOES = re.compile(
    rb"\^|charCodeAt|codePointAt|\.reverse\(|%|\.split\(|\.map\(|\[\w+\]\s*-|-\s*\w+\b|indexOf"
)
_NAMED = re.compile(
    rb"(?:\bfunction\s*\*?\s*([\w$]+)\s*\(|(?:\b(?:var|let|const)\s+|[,;{\n]\s*)([\w$]+)\s*=\s*"
    rb"(?:function\b|(?:\([^()]{0,80}\)|[\w$]+)\s*=>))"
)
_STOPPED = re.compile("interrupted|out of memory|more than can be taken")
"""What is said where a limit of the interpreter stopped a call."""
_KEYWORDS = frozenset([b"if", b"for", b"while", b"switch", b"catch", b"return", b"function"])


def decoded(
    data: bytes, interpreter: Interpreter, taken: list[tuple[int, int]]
) -> tuple[list[Found], list[str]]:
    """What the program's own decoders give for their literals, and what could not be run.

    `taken`: places that are decoded already.
    """
    marks = _marks(data)
    if not marks:
        return [], []
    code = Code(data)
    found: list[Found] = []
    stopped: dict[str, list[str]] = {}
    problems: list[str] = []
    run = 0
    try:
        for piece in _decoders(code, marks):
            new = [call for call in calls(code, piece) if not _within(call, taken)]
            if not new:
                continue
            run += 1
            if run > MAX_FUNCTIONS:
                problems.append(f"only its first {MAX_FUNCTIONS} decoders of its own were run")
                break
            answers, why = _run(code, piece, new, interpreter)
            found += answers
            if why:
                stopped.setdefault(why, []).append(piece.name)
    except TooMuch as problem:
        problems.append(str(problem))
    return found, [*(_told(names, why) for why, names in stopped.items()), *problems]


def _told(names: list[str], why: str) -> str:
    shown = ", ".join(map(repr, names[:3]))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"not all that its own decoders give was seen ({shown}{more}): {why}"


def _run(
    code: Code, piece: Piece, new: list[Call], interpreter: Interpreter
) -> tuple[list[Found], str]:
    """What a decoder gives, and why not all."""
    different = list(dict.fromkeys(call.text for call in new))
    try:
        said = interpreter.ask("\n".join(code.program(piece)), different[:MAX_CALLS])
    except GaveNothing as problem:
        return [], str(problem)
    given = dict(zip(different, said, strict=False))
    answers = list(_answers([(call, given[call.text]) for call in new if call.text in given]))
    late = sorted({one for one in said if isinstance(one, str) and _STOPPED.search(one)})
    if late:
        return answers, late[0]
    return answers, f"only {MAX_CALLS} calls were run" if len(different) > MAX_CALLS else ""


def _within(call: Call, taken: list[tuple[int, int]]) -> bool:
    return any(start < high and low < end for low, high in call.given for start, end in taken)


def _answers(said: list[tuple[Call, tuple[str, ...] | str]]) -> Iterator[Found]:
    """One for every call that gives constants, or one for all where each gives a single text."""
    singles: list[tuple[Call, str]] = []
    for call, texts in said:
        if isinstance(texts, str) or not texts:
            continue
        if len(texts) == 1 and texts[0] in call.text:
            continue
        reading = _variable(texts) or read([one.encode("utf-8", "replace") for one in texts])
        several = reading is not None and len(reading.entries) > 1
        if reading is not None and (several or reading.specific == 1):
            steps = ("function of the program", *reading.steps)
            found = Candidate(call.start, call.end, ())
            yield Found(found, steps, reading, 0.95 if reading.specific else 0.8, reading.bits)
        elif len(texts) == 1 and texts[0].isprintable():
            singles.append((call, texts[0]))
    different = dict.fromkeys(text for _, text in singles)
    if len(different) >= 3:
        reading = read([text.encode() for text in different])
        if reading is not None and reading.bits >= 2.2 * sum(map(len, different)):
            place = Candidate(singles[0][0].start, singles[0][0].end, ())
            steps = ("function of the program",)
            whole = reading._replace(entries=tuple(different))
            yield Found(place, steps, whole, 0.8, reading.bits)


def _variable(texts: tuple[str, ...]) -> Reading | None:
    """One text that is the name of a variable which tells a fact, short as it may be."""
    if len(texts) != 1 or texts[0] not in _variables():
        return None
    looks = (catalogue.constant_kinds()["variable"].says,)
    return Reading(texts, looks, (), likelihood.bits(texts[0].encode()), 1.0, 0)


@cache
def _variables() -> frozenset[str]:
    rules = (signal.reads for signal in catalogue.signals().values())
    every = (what for rule in rules if rule is not None for what in rule.what)
    return frozenset(what.removeprefix("env:") for what in every if what.startswith("env:"))


def _decoders(code: Code, marks: list[int]) -> Iterator[Piece]:
    """Functions that hold a mark, do something with bytes, and are called with literals."""
    seen: set[int] = set()
    for mark in marks:
        piece = _holding(code, mark)
        if piece is not None and piece.start not in seen:
            seen.add(piece.start)
            yield piece


def _marks(data: bytes) -> list[int]:
    found = []
    for mark, context in _MARKS.items():
        at = data.find(mark)
        while at >= 0:
            low = max(0, at - _CONTEXT)
            if context is None or context.search(data, low, at + 100):
                found.append(at)
            at = data.find(mark, at + len(mark))
    return sorted(found)


def _holding(code: Code, at: int) -> Piece | None:
    """The innermost named function around a place that is called and looks like a decoder."""
    data = code.data
    for named in reversed(list(_NAMED.finditer(data, max(0, at - _BEFORE), at))):
        name = named[1] or named[2]
        start = named.start(1 if named[1] else 2)
        if name in _KEYWORDS or next(called(code, name, start), None) is None:
            continue
        piece = code.definition(start, name.decode(), _MAX_FUNCTION)
        if piece is None:  # what goes on for so long holds the place, as does all around it
            return None
        if piece.start <= at < piece.end:
            return piece if _DOES.search(piece.text.encode()) else None
    return None
