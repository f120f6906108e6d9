"""Constants that a program keeps in a form which no search for their text finds."""

import re

from undeclared.model.code import FileKind, HiddenConstants, Omission, SourceFile
from undeclared.static.excerpt import region
from undeclared.static.hidden import literals
from undeclared.static.hidden.literals import Candidate
from undeclared.static.hidden.rounds import Found, search
from undeclared.static.identity import identity

__all__ = ["hidden"]

_AROUND = 64
"""Bytes of code beside a form that may name the step."""
_KEYS_WITHIN = 2000
"""Bytes beside a form in which keys are looked for."""
_MAX_KEYS = 24
_KEY = re.compile(rb"([\"'`])([^\"'`\n]{2,64})\1")


def hidden(file: SourceFile) -> tuple[list[HiddenConstants], list[Omission]]:
    """All hidden constants of a file, in the order of its code, and what could not be searched."""
    data = file.data
    omissions: list[Omission] = []
    if file.kind in (FileKind.NATIVE, FileKind.BYTECODE, FileKind.WASM, FileKind.OTHER):
        return [], omissions
    found = literals.candidates(data)

    def near(one: Candidate) -> bytes:
        before = bytes(data[max(0, one.start - _AROUND) : one.start])
        return before + b"\0" + bytes(data[one.end : one.end + _AROUND])

    def keys_near(one: Candidate) -> list[bytes]:
        around = bytes(data[max(0, one.start - _KEYS_WITHIN) : one.start])
        around += b"\0" + bytes(data[one.end : one.end + _KEYS_WITHIN])
        return list(dict.fromkeys(found[2] for found in _KEY.finditer(around)))[:_MAX_KEYS]

    answers = search(found, near, keys_near)
    return [_constants(file, answer) for answer in answers], omissions


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
