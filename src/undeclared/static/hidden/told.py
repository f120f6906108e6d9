"""Forms whose steps and key the code beside them names: of these, short lists can be told too.

`unfold("…")`, where `unfold` is seen to call `atob` and to combine with 75: what comes out needs
far less to be believed than what a search among all steps and keys finds.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from undeclared import catalogue
from undeclared.catalogue import Decoder, Method
from undeclared.static.hidden import likelihood
from undeclared.static.hidden.candidate import Candidate
from undeclared.static.hidden.reading import Reading, read
from undeclared.static.hidden.rounds import Found

MAX_TOLD = 4_000
"""Candidates of one file that are tried so."""
_WITHIN = 300
"""Bytes of code beside a form, or of the function that it is given to, that may name steps."""
_FAR = 256 << 10
"""Bytes around a form in which that function is looked for."""
_MAX_SIZE = 2048
_MAX_KEYS = 12
_TRIES = 8.0
"""Bits: how many steps and keys are tried, at most."""
_SURE = 12.0
"""Bits that must be left."""
_SCORE = 0.9
_HEAD = 256
_GLANCE = 32
_DISTINCT = 6
"""Characters that it has at least."""
_LEGIBLE = 0.5
"""Bits a character of the beginning."""
_CALLED = re.compile(rb"([A-Za-z_$][\w$]*)\(\s*(?:[\[({]\s*)?[bru]?$")
_NAMED = re.compile(rb"\b(?:function\s*\*?|def)\s+$")
_IS_FUNCTION = re.compile(
    rb"\s*[=:]\s*(?:async\b|function\b|lambda\b|\(|[\w$]+\s*=>)|\s*\([^()\"']{0,80}\)\s*\{"
)
_MAX_USES = 200
_KEY = re.compile(rb"(?<![\w.\"'])(?:0[xX][0-9a-fA-F]{1,2}|[1-9]\d{0,2})(?![\w.\"'])")
_MOVED = re.compile(rb"[-+]=?\s*(?:0x)?\w")
_COMBINES = re.compile(rb"\^|[cC]har|ode[PA]|atob|Buffer|\bord\(|\bchr\(|b64|hex|reverse")


def told(data: bytes | memoryview, found: Iterable[Candidate]) -> tuple[list[Found], list[str]]:
    """Constants of those candidates whose code says how they are decoded; and what was let go."""
    code = _Code(data)
    answers = []
    tried = 0
    for one in found:
        if sum(map(len, one.elements)) > _MAX_SIZE:
            continue
        beside = code.beside(one)
        if _COMBINES.search(beside) is None:
            continue
        tried += 1
        if tried > MAX_TOLD:
            continue
        answer = max(_answers(one, beside), key=lambda answer: answer.reading.bits, default=None)
        if answer is not None:
            answers.append(answer)
    if tried <= MAX_TOLD:
        return answers, []
    return answers, [f"of {tried - MAX_TOLD} literals it was not asked what the code beside says"]


class _Code:
    """What lies beside a form, or in the function that it is given to."""

    def __init__(self, data: bytes | memoryview) -> None:
        self.data = data
        self._defined = lru_cache(maxsize=1024)(self._definition)

    def beside(self, one: Candidate) -> bytes:
        before = bytes(self.data[max(0, one.start - _WITHIN) : one.start])
        called = _CALLED.search(before[-80:])
        if called is not None:
            body = self._defined(called[1], one.start // _FAR)
            if body:
                return body
        return before + b"\0" + bytes(self.data[one.end : one.end + _WITHIN])

    def _definition(self, name: bytes, block: int) -> bytes:
        low, high = max(0, (block - 1) * _FAR), (block + 2) * _FAR
        for found in islice(re.finditer(re.escape(name), self.data[low:high]), _MAX_USES):
            at = low + found.start()
            before = bytes(self.data[max(0, at - 12) : at])
            after = bytes(self.data[at + len(name) : at + len(name) + 100])
            if _NAMED.search(before) or _IS_FUNCTION.match(after):
                return bytes(self.data[at : at + _WITHIN])
        return b""


def _answers(one: Candidate, beside: bytes) -> Iterator[Found]:
    text = beside.decode("latin-1")
    numbers = [int(key, 0) for key in _KEY.findall(beside)]
    keys = list(dict.fromkeys(key for key in numbers if key < 256))[:_MAX_KEYS]
    for elements, steps in _forms(one, text):
        if steps:
            yield from _answer(one, elements, steps)
        for decoder in catalogue.decoders().values():
            for key in keys if _combines(decoder, text) else ():
                for byte in {key, -key & 255} if decoder.operation == "add" else {key}:
                    if not (decoder.decode(elements[0][:_GLANCE], bytes([byte])) or b"").isascii():
                        continue
                    plain = _all(decoder, elements, bytes([byte]))
                    if plain is not None:
                        how = (*steps, decoder.named(bytes([byte])))
                        yield from _answer(one, plain, how, elements)


def _forms(one: Candidate, text: str) -> Iterator[tuple[tuple[bytes, ...], tuple[str, ...]]]:
    written = [(one.elements, one.steps)]
    for decoder in catalogue.decoders().values():
        if decoder.method in (Method.RADIX, Method.PERCENT) and _spoken(decoder, text):
            plain = _all(decoder, one.elements)
            if plain is not None:
                written.append((plain, (*one.steps, decoder.named())))
    yield from written
    reverse = catalogue.decoders()["reverse"]
    if _spoken(reverse, text):
        for elements, steps in written:
            yield tuple(part[::-1] for part in elements), (*steps, reverse.named())


def _all(
    decoder: Decoder, elements: tuple[bytes, ...], key: bytes = b""
) -> tuple[bytes, ...] | None:
    parts = []
    for element in elements:
        part = decoder.decode(element, key)
        if not part:
            return None
        parts.append(part)
    return tuple(parts)


def _spoken(decoder: Decoder, text: str) -> bool:
    return any(re.search(pattern, text) for pattern in decoder.near)


def _combines(decoder: Decoder, text: str) -> bool:
    if decoder.method is not Method.KEYED or decoder.stream == "repeating":
        return False
    return "^" in text if decoder.operation == "xor" else _MOVED.search(text.encode()) is not None


def _answer(
    one: Candidate,
    elements: tuple[bytes, ...],
    steps: tuple[str, ...],
    locked: tuple[bytes, ...] = (),
) -> Iterator[Found]:
    head = b"\n".join(elements)[:_HEAD]
    if not head.isascii() or likelihood.bits(head) < _LEGIBLE * len(head):
        return
    reading = read(elements)
    if reading is None or not _is_telling(reading):
        return
    bits = reading.bits - (likelihood.owed(locked, elements) if locked else 0)
    if bits - one.plain - _TRIES >= _SURE:
        yield Found(one, (*steps, *reading.steps), reading, _SCORE, bits)


def _is_telling(reading: Reading) -> bool:
    if len(set("".join(reading.entries))) < _DISTINCT:
        return False
    return reading.specific == 1 or (
        reading.specific == 0 and reading.words == len(reading.entries) >= 3
    )
