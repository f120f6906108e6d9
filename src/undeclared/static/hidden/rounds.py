"""Search for the steps that make constants out of encoded forms, whatever they are.

In rounds, breadth first: every step that fits is undone, keys are found for what looks like noise,
and what reads as constants is kept. A step costs bits for its rarity, its key, and the number of
candidates; what comes out must be worth more (the minimum description length, Rissanen 1978).
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from undeclared import catalogue
from undeclared.catalogue import Decoder
from undeclared.static.hidden import likelihood
from undeclared.static.hidden.candidate import Candidate
from undeclared.static.hidden.reading import Reading, read
from undeclared.static.hidden.steps import State, undone, unlocked

DEPTH = 4
MAX_STATES = 100_000
"""Looked at in all for one file."""
MAX_ROUND = 20_000
"""Kept from one round to the next of those without a key."""
_LEAST_CHANCE = 10.0
"""Bits: a program is many files, of which each has some candidates."""
_SURE = 24.0
"""Bits that constants of specific forms must be worth, after all costs; …"""
_SURE_WORDS = 34.0
"""… and words, of which a program holds many by chance."""
_SURE_KEYED = 46.0
"""… and more where a key was searched for that no code beside speaks of."""
_LETTERS = 10
"""Different characters of such words: few letters again and again are a table of something."""
_SPECIFIC = 0.3
"""Share of the entries that must be of a specific form for the others to be believed."""
_LEGIBLE = 1.2
"""Bits a character that anything legible has."""
_BACKWARDS = 6.0
"""Bits that a written text must read better from its end."""
_WORDLIKE = 2.2
"""Bits a character of words."""
_NEAR = 14.0
"""Bits that code beside the form counts which names the step."""


class Found(NamedTuple):
    """A decoded candidate."""

    candidate: Candidate
    steps: tuple[str, ...]
    reading: Reading
    score: float
    worth: float
    """Bits, after all costs."""


Near = Callable[[Candidate], bytes]
"""The code around a candidate."""


def search(
    found: Sequence[Candidate], near: Near, keys_near: Callable[[Candidate], list[bytes]]
) -> tuple[list[Found], list[str]]:
    """Everything among the candidates that decodes to constants, one answer for each place.

    And what was let go.
    """
    chance = max(_LEAST_CHANCE, math.log2(len(found) + 1))
    states = [State(one, one.elements, one.steps, (), chance) for one in found]
    answers: list[Found] = []
    looked = 0
    problems: list[str] = []
    for depth in range(DEPTH + 1):
        looked += len(states)
        found_now = (_answer(state, near) for state in states)
        answers.extend(answer for answer in found_now if answer is not None)
        if looked > MAX_STATES and depth < DEPTH:
            problems.append(
                f"its encoded forms were decoded in {depth} steps only: {looked} intermediate forms"
            )
        if depth == DEPTH or looked > MAX_STATES or not states:
            break
        done = {answer.candidate for answer in answers}
        open_ones = [state for state in states if not state.fit and state.candidate not in done]
        plain = [state for state in undone(open_ones, depth) if state is not None]
        if len(plain) > MAX_ROUND:
            left = len(plain) - MAX_ROUND
            problems.append(f"{left} intermediate forms of encoded ones were not followed")
        states = [*plain[:MAX_ROUND], *unlocked(open_ones, keys_near)]
    return apart(answers), problems


def _answer(state: State, near: Near) -> Found | None:
    length = sum(map(len, state.elements))
    head = b"\n".join(state.elements[:64])[:512]
    onwards, back = likelihood.bits(head), likelihood.bits(head[::-1])
    if length < 4 or max(onwards, back) < _LEGIBLE * len(head):
        return None
    if not state.steps and back < onwards + _BACKWARDS:
        return None
    forwards = read(state.elements) if state.steps else None
    backwards = None
    if back + _BACKWARDS > onwards:
        backwards = read([element[::-1] for element in state.elements])
    cost, steps, reading = state.cost + state.candidate.plain, state.steps, forwards
    if backwards is not None and "reverse" not in steps:
        extra = catalogue.decoders()["reverse"].cost
        if forwards is None or backwards.bits - extra > forwards.bits + 4:
            reading, steps, cost = backwards, (*steps, "reverse"), cost + extra
    if reading is None or not steps:
        return None
    if reading.specific < _SPECIFIC and not _words(reading, state.ids, length):
        return None
    worth = reading.bits - cost
    if state.locked:
        worth -= likelihood.owed(state.locked, state.elements, -1 if reading is backwards else 1)
    keyed = any(catalogue.decoders()[step].has_key for step in state.ids)
    sure = _SURE if reading.specific >= _SPECIFIC else _SURE_KEYED if keyed else _SURE_WORDS
    if keyed and state.candidate.of_numbers and reading.specific < _SPECIFIC:
        sure = math.inf
    if worth < sure:
        around = near(state.candidate)
        decoders = catalogue.decoders()
        if any(_spoken(decoders[step], around) for step in state.ids if step in decoders):
            worth += _NEAR
            sure = min(sure, _SURE_WORDS)
    if worth < sure:
        return None
    score = 1 - 0.5 ** (1 + (worth - _SURE) / 24)
    return Found(state.candidate, (*steps, *reading.steps), reading, round(score, 3), worth)


def _words(reading: Reading, ids: tuple[str, ...], length: int) -> bool:
    """Whether words are likely to be meant: several, of letters that follow each other in words."""
    keyed = any(catalogue.decoders()[step].has_key for step in ids)
    different = len(set(reading.entries))
    letters = len(set("".join(reading.entries).lower()))
    varied = (different >= 3 and letters >= _LETTERS) if keyed else different >= 1
    return varied and reading.bits >= _WORDLIKE * length


def _spoken(decoder: Decoder, around: bytes) -> bool:
    text = around.decode("latin-1")
    return any(re.search(pattern, text) for pattern in decoder.near)


def apart(answers: list[Found]) -> list[Found]:
    """The best answer for each place, in the order of the code."""
    kept: list[Found] = []
    for answer in sorted(answers, key=lambda one: (-one.worth, len(one.steps))):
        start, end = answer.candidate.start, answer.candidate.end
        if all(end <= one.candidate.start or start >= one.candidate.end for one in kept):
            kept.append(answer)
    return sorted(kept, key=lambda one: one.candidate.start)
