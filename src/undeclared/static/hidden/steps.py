"""One step further: what a form may stand for, without a key, with a key, with one lying near."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from undeclared import catalogue
from undeclared.catalogue import Decoder, Method, transform
from undeclared.static.hidden import keys, likelihood
from undeclared.static.hidden.candidate import Candidate
from undeclared.static.hidden.names import signs

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
_MAX_PACKED = 1 << 18
"""Bytes that may be packed, under base64 under a key on what is written."""
_ONLY_TEXT = ("base64-lower-first", "base32", "base85")
"""Forms that every name fits: what comes out is kept only where it is text, or a form of one."""
_FEW = 200
"""Literals of which each is tried for a form of a form under a key."""
_SHORTEST_PACKED = 10
_SHORTEST_FORM = 16
_HEAD_NEAR = 64
_NEAR_COST = 8.0
_MAX_ENCRYPTED = 100
_MAX_SECRETS = 6
"""Literals that are tried as key and as vector, …"""
_NAMELIKE = 2.0
"""… which read by less than so many bits a character like a name."""
_IN_BLOCKS = ("cbc", "ecb")


class State(NamedTuple):
    """A candidate after some steps."""

    candidate: Candidate
    elements: tuple[bytes, ...]
    steps: tuple[str, ...]
    ids: tuple[str, ...]
    cost: float
    fit: float = 0.0
    """Bits a byte as a text, about."""
    locked: tuple[bytes, ...] = ()
    """What a key made the elements of."""


def undone(states: Sequence[State], depth: int) -> Iterator[State | None]:
    """Steps without a key."""
    for state in states:
        fitting = list(_fitting(state.elements, depth))
        yield from (_plainly(state, decoder) for decoder in fitting)
        if "reverse" in state.steps or len(state.elements[0]) > _MAX_REVERSED:
            continue
        elements = tuple(element[::-1] for element in state.elements)
        turned = [decoder for decoder in _fitting(elements, depth) if decoder.id != "numbers"]
        if turned:
            back = _reversed(state)
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
    states: Sequence[State], keys_near: Callable[[Candidate], list[bytes]]
) -> Iterator[State]:
    """Steps with a key that is found by what comes out, or lies near."""
    plain = [state for state in states if not state.steps]
    noise = [state for state in states if state.steps and not _keyed_before(state)]
    noise = [state for state in noise if _is_noise(state)]
    strange = [state for state in plain if not state.candidate.plain]
    yield from _constant(plain, only_text=len(plain) > _FEW)
    yield from _constant(noise, only_text=False)
    # From here on it matters which byte is the first.
    noise += [_reversed(state) for state in noise if "reverse" not in state.steps]
    for found in keys.counting([state.elements for state in noise]):
        yield from _applied(noise[found.value], found)
    for state in noise:
        longest = max(state.elements, key=len)
        for found in keys.repeating(longest):
            yield from _applied(state, found, 8 * len(found.key))
        if len(longest) > _SHORTEST_PACKED:
            for found in keys.unpacking(longest):
                yield from _applied(state, found)
    for state in [*noise, *strange] if len(strange) <= _FEW else noise:
        near = keys_near(state.candidate)
        yield from _with_near(state, near)
        yield from _deciphered(state, near)


def _reversed(state: State) -> State:
    reverse = catalogue.decoders()["reverse"]
    return state._replace(
        elements=tuple(element[::-1] for element in state.elements),
        locked=tuple(element[::-1] for element in state.locked),
        steps=(*state.steps, reverse.named()),
        ids=(*state.ids, reverse.id),
        cost=state.cost + reverse.cost,
    )


def _keyed_before(state: State) -> bool:
    decoders = catalogue.decoders()
    ciphers = (decoders[step] for step in state.ids)
    return any(one.has_key or one.method is Method.MIRROR for one in ciphers)


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
    if not (found.text or state.steps) and not _leads_on(undone[0] or b""):
        return
    if all(part is not None for part in undone):
        yield State(
            state.candidate,
            tuple(part or b"" for part in undone),
            (*state.steps, found.decoder.named(found.key)),
            (*state.ids, found.decoder.id),
            cost,
            found.fit if found.text else 0.0,
            state.elements,
        )


def _leads_on(form: bytes) -> bool:
    """Whether a form under a key on what is written stands for text, or for something packed.

    Nothing else can follow, since a second key is not looked for.
    """
    for decoder in _fitting((form,), 1):
        if decoder.method is not Method.RADIX:
            return True
        for part in (form, form[::-1]):
            plain = decoder.decode(part)
            if plain and (
                plain[:_GLANCE].isascii() or _is_packed(plain) or _is_packed(plain[::-1])
            ):
                return True
    return False


def _is_packed(data: bytes) -> bool:
    return len(data) <= _MAX_PACKED and any(
        decoder.decode(data) for decoder in _packers() if _maybe_packed(data, decoder)
    )


def _with_near(state: State, near: Sequence[bytes]) -> Iterator[State]:
    if not near:
        return
    first = np.frombuffer(max(state.elements, key=len)[:_HEAD_NEAR], dtype=np.uint8)
    streams = _streams(tuple(near))[:, : len(first)]
    for decoder in catalogue.decoders().values():
        if decoder.stream != "repeating":
            continue
        heads = first ^ streams if decoder.operation == "xor" else first + streams
        codes = heads.astype(np.intp)
        bits = likelihood.pairs()[codes[:, :-1] << 8 | codes[:, 1:]].sum(axis=1) / len(first)
        legible = bits > _LEGIBLE
        formed = _FIRST_OF_FORMS[heads[:, 0]] & ~legible
        for place in np.flatnonzero(legible).tolist():
            found = keys.Key(0, decoder, near[place], float(bits[place]), True)
            yield from _applied(state, found, _NEAR_COST)
        for place in np.flatnonzero(formed).tolist():
            if _is_form(heads[place].tobytes()):
                yield from _applied(state, keys.Key(0, decoder, near[place], 0, False), _NEAR_COST)


@lru_cache(maxsize=64)
def _streams(near: tuple[bytes, ...]) -> likelihood.Bytes:
    """(n, 64): the keys, each as often as needed."""
    rows = [transform.stream(_HEAD_NEAR, "repeating", key) for key in near]
    return np.array([np.frombuffer(row, dtype=np.uint8) for row in rows])


_FIRST_OF_FORMS = signs(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-%\x1f\x78\x28"
)
_FORMS = re.compile(
    rb"[A-Za-z0-9+/_-]+={0,2}|(?:%[0-9a-fA-F]{2})+%?[0-9a-fA-F]?|[\d, ]+"
    rb"|(?:\x1f\x8b|\x78[\x01\x5e\x9c\xda]|\x28\xb5\x2f\xfd).*",
    re.DOTALL,
)


def _is_form(head: bytes) -> bool:
    """Whether bytes are of a form that has to be decoded further."""
    return len(head) >= _SHORTEST_FORM and _FORMS.fullmatch(head) is not None


def _deciphered(state: State, near: Sequence[bytes]) -> Iterator[State]:
    """AES with a key and a vector that lie near; the vector may come before what is encrypted."""
    if len(state.elements) > _MAX_ENCRYPTED or len(state.elements[0]) < _SHORTEST_PACKED:
        return
    near = [one for one in near if len(one) in (12, 16, 24, 32)]
    near = [one for one in near if likelihood.openly(one) < _NAMELIKE * len(one)][:_MAX_SECRETS]
    blocks = all(len(element) % 16 == 0 for element in state.elements)
    for decoder in catalogue.decoders().values() if near else ():
        if decoder.method is not Method.AES or (decoder.form in _IN_BLOCKS and not blocks):
            continue
        size = {"gcm": 12, "ecb": 0}.get(decoder.form, 16)
        starts: list[bytes | None] = [None, *(one for one in near if len(one) == size)]
        if not size:
            starts = [b""]
        for key in near:
            for start in starts if len(key) in (16, 24, 32) else ():
                parts = []
                for element in state.elements:
                    body = element if start is not None else element[size:]
                    part = decoder.decode(body, key, start if start is not None else element[:size])
                    if not part or not (_is_form(part[:64]) or _is_text(part[:64])):
                        break
                    parts.append(part)
                else:
                    yield State(
                        state.candidate,
                        tuple(parts),
                        (*state.steps, decoder.named(key)),
                        (*state.ids, decoder.id),
                        state.cost + decoder.cost,
                    )


def _is_text(head: bytes) -> bool:
    return likelihood.bits(head) >= _LEGIBLE * len(head)
