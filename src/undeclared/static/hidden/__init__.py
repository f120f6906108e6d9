"""Constants that a program keeps in a form which no search for their text finds."""

import re
from functools import cache

from undeclared.model.code import FileKind, HiddenConstants, Omission, SourceFile
from undeclared.static.excerpt import region
from undeclared.static.hidden import functions, literals, runs
from undeclared.static.hidden.interpreter import Interpreter
from undeclared.static.hidden.literals import Candidate, keys_in
from undeclared.static.hidden.rounds import Found, search
from undeclared.static.identity import identity

__all__ = ["Interpreter", "hidden"]

_TEXT = frozenset(
    [FileKind.JAVASCRIPT, FileKind.TYPESCRIPT, FileKind.PYTHON, FileKind.JSON, FileKind.TEXT]
)

_AROUND = 64
"""Bytes of code beside a form that may name the step."""
_KEYS_WITHIN = 1500
"""Bytes beside a form in which keys are looked for."""

_CROWDED = 200
"""Of more candidates than these, only those with code beside that combines bytes get keys, …"""
_MAX_NEAR = 300
"""… and no more than so many."""
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
    answers = _searched(data, found)
    if interpreter is not None and file.kind in (FileKind.JAVASCRIPT, FileKind.TYPESCRIPT):
        taken = [(one.candidate.start, one.candidate.end) for one in answers]
        own, problems = functions.decoded(bytes(data), interpreter, taken)
        answers = sorted([*answers, *own], key=lambda one: one.candidate.start)
        omissions += [Omission(path=file.path, what=problem) for problem in problems]
    return [_constants(file, answer) for answer in answers], omissions


def _searched(data: bytes | memoryview, found: list[Candidate]) -> list[Found]:
    crowded, left = len(found) > _CROWDED, _MAX_NEAR

    def near(one: Candidate) -> bytes:
        before = bytes(data[max(0, one.start - _AROUND) : one.start])
        return before + b"\0" + bytes(data[one.end : one.end + _AROUND])

    @cache
    def keys_near(one: Candidate) -> list[bytes]:
        nonlocal left
        before = bytes(data[max(0, one.start - _KEYS_WITHIN) : one.start])
        after = bytes(data[one.end : one.end + _KEYS_WITHIN])
        if left <= 0 or (crowded and not (_COMBINES.search(before) or _COMBINES.search(after))):
            return []
        left -= 1
        return keys_in(before, after)

    return search(found, near, keys_near)


def _constants(file: SourceFile, found: Found) -> HiddenConstants:
    reading = found.reading
    return HiddenConstants(
        id=identity("hidden", *found.steps, *reading.entries),
        decoder=found.steps,
        entries=reading.entries,
        looks=reading.looks,
        score=found.score,
        region=region(file, found.candidate.start, found.candidate.end),
    )
