"""Constants that a program keeps in a form which no search for their text finds."""

import re
from functools import cache

from undeclared.model.code import FileKind, HiddenConstants, Omission, Region, SourceFile
from undeclared.static.excerpt import region
from undeclared.static.hidden import functions, literals, runs, told
from undeclared.static.hidden.candidate import Candidate
from undeclared.static.hidden.interpreter import Interpreter
from undeclared.static.hidden.near import keys_in
from undeclared.static.hidden.rounds import Found, apart, search
from undeclared.static.identity import identity

__all__ = ["Interpreter", "hidden"]

_TEXT = frozenset(
    [FileKind.JAVASCRIPT, FileKind.TYPESCRIPT, FileKind.PYTHON, FileKind.JSON, FileKind.TEXT]
)

_AROUND = 64
"""Bytes of code beside a form that may name the step."""
_KEYS_WITHIN = 1500
"""Bytes beside a form in which keys are looked for."""

_MAX_ALSO = 20

_CROWDED = 200
"""Of more candidates than these, only those with code beside that combines bytes get keys, …"""
_MAX_NEAR = 3_000
"""… and no more than so many."""
_SIGN = re.compile(rb"\\([^xu0-7])")
"""An escape that leaves its sign to be read."""
_COMBINES = re.compile(
    rb"charCodeAt|codePointAt|\bord\(|[cC]ipher|[dD]ecrypt|AES|\w\]?\s?\^=?\s?\w"
)


def hidden(
    file: SourceFile, interpreter: Interpreter | None = None
) -> tuple[list[HiddenConstants], list[Omission]]:
    """All hidden constants of a file, in the order of its code, and what could not be searched.

    Program text is searched for literals, any other file for long runs of encoded characters. With
    an interpreter, the decoders that a JavaScript program brings along are run in it besides.
    """
    if file.kind is FileKind.SOURCE_MAP:
        return [], []
    data = file.data
    omissions: list[Omission] = []
    if file.kind in _TEXT:
        found, more = literals.candidates(data)
    else:
        found, more = runs.candidates(data)
    if more:
        problem = f"only the first {len(found)} of its literals that are no text were decoded"
        omissions.append(Omission(path=file.path, what=problem))
    answers, problems = _searched(data, found, file.kind in _TEXT)
    omissions += [Omission(path=file.path, what=problem) for problem in problems]
    if interpreter is not None and file.kind in (FileKind.JAVASCRIPT, FileKind.TYPESCRIPT):
        taken = [(one.candidate.start, one.candidate.end) for same in answers for one in same]
        own, problems = functions.decoded(bytes(data), interpreter, taken)
        answers += [[one] for one in own]
        omissions += [Omission(path=file.path, what=problem) for problem in problems]
    answers = [same for same in answers if not _is_open(same[0], data)]
    answers.sort(key=lambda same: same[0].candidate.start)
    return [_constants(file, answer) for answer in answers], omissions


def _searched(
    data: bytes | memoryview, found: list[Candidate], program: bool
) -> tuple[list[list[Found]], list[str]]:
    """Answers, each with the places where the same form lies; and what was let go."""
    same: dict[tuple[tuple[bytes, ...], tuple[str, ...]], list[Candidate]] = {}
    for one in found:
        same.setdefault((one.elements, one.steps), []).append(one)
    single = [places[0] for places in same.values()]
    crowded, keyed = len(single) > _CROWDED, 0

    def near(one: Candidate) -> bytes:
        before = bytes(data[max(0, one.start - _AROUND) : one.start])
        return before + b"\0" + bytes(data[one.end : one.end + _AROUND])

    @cache
    def keys_near(one: Candidate) -> list[bytes]:
        nonlocal keyed
        if not program:
            return []
        before = bytes(data[max(0, one.start - _KEYS_WITHIN) : one.start])
        after = bytes(data[one.end : one.end + _KEYS_WITHIN])
        if crowded and not (_COMBINES.search(before) or _COMBINES.search(after)):
            return []
        keyed += 1
        return keys_in(before, after) if keyed <= _MAX_NEAR else []

    answers, problems = search(single, near, keys_near)
    done = {answer.candidate for answer in answers}
    more, untold = told.told(data, (one for one in single if one not in done))
    answers = apart([*answers, *more])
    problems += untold
    if keyed > _MAX_NEAR:
        left = keyed - _MAX_NEAR
        problems.append(f"no key was looked for in the code beside {left} encoded forms")
    return [
        [
            answer._replace(candidate=one)
            for one in same[answer.candidate.elements, answer.candidate.steps]
        ]
        for answer in answers
    ], problems


def _is_open(found: Found, data: bytes | memoryview) -> bool:
    """Whether most of what comes out stands in the form as it is, for anybody to read."""
    written = bytes(data[found.candidate.start : found.candidate.end])
    written += b"\0" + _SIGN.sub(rb"\1", written)
    entries = found.reading.entries
    if "join" in found.steps:
        # What is put together of whole words may read like others from its end.
        written += b"\0" + written[::-1]
    legible = sum(len(entry) for entry in entries if entry.encode() in written)
    return 2 * legible > sum(map(len, entries))


def _constants(file: SourceFile, found: list[Found]) -> HiddenConstants:
    first = found[0]
    reading = first.reading
    start, end = first.candidate.start, first.candidate.end
    return HiddenConstants(
        id=identity("hidden", *first.steps, *reading.entries),
        decoder=first.steps,
        entries=reading.entries,
        looks=reading.looks,
        score=first.score,
        region=region(file, start, end),
        also_at=tuple(
            Region(path=file.path, start=one.candidate.start, end=one.candidate.end)
            for one in found[1 : 1 + _MAX_ALSO]
        ),
        places=len(found),
    )
