"""One step further: what a form may stand for, without a key, with a key, with one lying near."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from undeclared import catalogue
from undeclared.catalogue import Decoder, Method
from undeclared.static.hidden import keys, likelihood
from undeclared.static.hidden.literals import Candidate

_HEAD = 4096
"""Bytes of one text that a key is searched with."""
_GLANCE = 128
"""Bytes that are enough to see whether a text is legible, …"""
_LEGIBLE = 1.2
"""… by so many bits a character; …"""
_LEGIBLE_AT_ONCE = 2.0
"""… where the key is applied to what is written, since code becomes words easily."""
_SHORTEST = 4
_MAX_REVERSED = 1 << 16
_ONLY_TEXT = ("base64-lower-first", "base32", "base85")
"""Forms that every name fits: what comes out is kept only where it is text, or a form of one."""
_MAX_NEAR = 400
"""Values that are tried with keys lying near, at most."""


class State(NamedTuple):
    """A candidate after some steps."""

    candidate: Candidate
    elements: tuple[bytes, ...]
    steps: tuple[str, ...]
    ids: tuple[str, ...]
    cost: float
    fit: float = 0.0
    """Bits a byte as a text, about."""


def undone(states: Sequence[State], depth: int) -> Iterator[State | None]:
    """Steps without a key."""
    reverse = catalogue.decoders()["reverse"]
    for state in states:
        fitting = list(_fitting(state.elements, depth))
        yield from (_plainly(state, decoder) for decoder in fitting)
        if "reverse" in state.steps or len(state.elements[0]) > _MAX_REVERSED:
            continue
        elements = tuple(element[::-1] for element in state.elements)
        turned = [decoder for decoder in _fitting(elements, depth) if decoder.id != "numbers"]
        if turned:
            back = state._replace(
                elements=elements,
                steps=(*state.steps, reverse.named()),
                ids=(*state.ids, reverse.id),
                cost=state.cost + reverse.cost,
            )
            yield from (_plainly(back, decoder) for decoder in turned)


def _plainly(state: State, decoder: Decoder) -> State | None:
    parts = []
    for element in state.elements:
        part = decoder.decode(element)
        if not part:
            return None
        parts.append(part)
    if decoder.id in _ONLY_TEXT and not b"".join(parts)[:256].isascii():
        return None
    return State(
        state.candidate,
        tuple(parts),
        (*state.steps, decoder.named()),
        (*state.ids, decoder.id),
        state.cost + decoder.cost,
    )


def _fitting(elements: tuple[bytes, ...], depth: int) -> Iterator[Decoder]:
    first = elements[0]
    head = first[:48]
    if head.isascii():
        for decoder, signs in _written_forms():
            if decoder.method is Method.RADIX:
                if len(first) < _SHORTEST or head.rstrip(b"=").translate(None, signs):
                    continue
                if len(decoder.alphabet) > 64 and not depth:
                    continue
                if decoder.id == "base64-url" and not (b"-" in first or b"_" in first):
                    continue
            elif decoder.method in (Method.PERCENT, Method.ESCAPES):
                if signs not in first or not (depth or decoder.method is Method.PERCENT):
                    continue
            elif head[:1] not in signs:
                continue
            yield decoder
    yield from (decoder for decoder in _packers() if _maybe_packed(first, decoder))


_FIRST = {
    Method.PERCENT: b"%",
    Method.NUMBERS: b"0123456789[",
    Method.ESCAPES: b"\\",
    Method.JSON: b'"',
}


@cache
def _written_forms() -> tuple[tuple[Decoder, bytes], ...]:
    """Decoders of written forms, and the signs that these hold or begin with."""
    return tuple(
        (decoder, decoder.alphabet.encode() + b" \t\r\n")
        if decoder.method is Method.RADIX
        else (decoder, _FIRST[decoder.method])
        for decoder in catalogue.decoders().values()
        if decoder.method is Method.RADIX or decoder.method in _FIRST
    )


@cache
def _packers() -> tuple[Decoder, ...]:
    return tuple(
        decoder for decoder in catalogue.decoders().values() if decoder.method is Method.DECOMPRESS
    )


_MAGIC = {"gzip": (b"\x1f\x8b",), "zstd": (b"\x28\xb5\x2f\xfd",)}


def _maybe_packed(data: bytes, decoder: Decoder) -> bool:
    if decoder.form == "zlib":
        return data[:1] == b"\x78" and int.from_bytes(data[:2], "big") % 31 == 0
    if decoder.form in _MAGIC:
        return data.startswith(_MAGIC[decoder.form])
    return len(data) >= 12 and not data[:48].isascii()


def unlocked(
    states: Sequence[State], depth: int, keys_near: Callable[[Candidate], list[bytes]]
) -> Iterator[State]:
    """Steps with a key that is found by what comes out, or lies near."""
    plain = [state for state in states if not state.steps]
    noise = [state for state in states if state.steps and not _keyed_before(state)]
    noise = [state for state in noise if _is_noise(state)]
    yield from _constant(plain, only_text=True)
    yield from _constant(noise, only_text=False)
    for found in keys.counting([state.elements for state in noise]):
        yield from _applied(noise[found.value], found)
    for state in noise:
        for found in keys.repeating(max(state.elements, key=len)):
            yield from _applied(state, found, 8 * len(found.key))
    for state in noise[:_MAX_NEAR]:
        yield from _with_near(state, keys_near(state.candidate))


def _keyed_before(state: State) -> bool:
    decoders = catalogue.decoders()
    return any(decoders[step].has_key for step in state.ids)


def _is_noise(state: State) -> bool:
    """Not already a text, and not what every wasm or image begins with."""
    first = state.elements[0]
    if first.startswith((b"\0asm", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"PK\x03\x04")):
        return False
    joined = b"".join(state.elements)[:256]
    return len(joined) >= 4 and likelihood.bits(joined) < 3.0 * len(joined)


def _constant(states: list[State], only_text: bool) -> Iterator[State]:
    values = [[element[:_HEAD] for element in state.elements] for state in states]
    costs = [state.cost + state.candidate.plain for state in states]
    for found in keys.constant(values, costs, only_text):
        yield from _applied(states[found.value], found)


def _applied(state: State, found: keys.Key, key_cost: float = 0) -> Iterator[State]:
    cost = state.cost + found.decoder.cost + key_cost
    if found.text:
        # Single bytes fit; do they also follow each other as in a text?
        joined = max(state.elements, key=len)
        head = found.decoder.decode(joined[:_GLANCE], found.key) or b""
        bits = max(likelihood.bits(head), likelihood.bits(head[::-1]))
        least = _LEGIBLE if state.steps else _LEGIBLE_AT_ONCE
        rest = sum(map(len, state.elements)) / len(head)
        if bits < least * len(head) or bits * rest < cost + state.candidate.plain - keys.SLACK:
            return
    undone = [found.decoder.decode(element, found.key) for element in state.elements]
    if all(part is not None for part in undone):
        yield State(
            state.candidate,
            tuple(part or b"" for part in undone),
            (*state.steps, found.decoder.named(found.key)),
            (*state.ids, found.decoder.id),
            cost,
            found.fit if found.text else 0.0,
        )


def _with_near(state: State, near: list[bytes]) -> Iterator[State]:
    first = max(state.elements, key=len)
    for decoder in catalogue.decoders().values():
        if decoder.stream != "repeating":
            continue
        for key in near:
            head = decoder.decode(first[:64], key)
            if head and likelihood.bits(head) > 1.2 * len(head):
                found = keys.Key(0, decoder, key, likelihood.bits(head) / len(head), True)
                yield from _applied(state, found, 8)
