"""How programs keep constants so that a search for their text does not find them."""

import re
from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from undeclared.catalogue import transform
from undeclared.catalogue.entry import Entry


class Method(StrEnum):
    """What kind of step a decoder is."""

    RADIX = "radix"
    """Characters of `alphabet` stand for groups of bits."""
    PERCENT = "percent"
    NUMBERS = "numbers"
    """Codes of characters, written as a list."""
    ESCAPES = "escapes"
    JSON = "json"
    REVERSE = "reverse"
    DECOMPRESS = "decompress"
    """`form` says of what."""
    MIRROR = "mirror"
    """Characters of `alphabets` are taken from the other end."""
    ROTATE = "rotate"
    """Characters of `alphabets` are moved; the key is by how many places."""
    KEYED = "keyed"
    """`operation` on every byte, with the bytes of a key that `stream` says."""
    AES = "aes"
    """`form` is the mode; key and vector lie in the program."""


class Case(Entry):
    """An encoded form and what it stands for; characters are bytes (U+0000 to U+00FF)."""

    encoded: str
    decoded: str | None = None
    """None: the decoder must refuse it."""
    key: str = ""
    """Bytes as characters, or a number for the methods that move by places."""
    start: str = ""
    """The initialisation vector."""


class Cases(Entry):
    """Examples that must come out, and others that must not."""

    match: tuple[Case, ...] = Field(min_length=1)
    reject: tuple[Case, ...] = Field(min_length=1)


class Decoder(Entry):
    """One step of decoding."""

    id: str
    says: str
    """How the step is called in a report; `{key}` is its key."""
    method: Method
    alphabet: str = ""
    alphabets: tuple[str, ...] = ()
    operation: str = Field(default="", pattern=r"^(xor|add|from|)$")
    stream: str = Field(default="", pattern=r"^(constant|up|down|index|repeating|)$")
    form: str = ""
    rank: int = Field(ge=0)
    """Tried in this order."""
    cost: float = Field(ge=0, le=64)
    """Bits: how unusual the step is. What comes out must be that much more telling."""
    near: tuple[str, ...] = ()
    """Regular expressions: code beside the encoded form that speaks for this step."""
    examples: Cases

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        for pattern in self.near:
            re.compile(pattern)
        for case in self.examples.match:
            if case.decoded is None or self._decoded(case) != case.decoded.encode("latin-1"):
                raise ValueError(f"{case.encoded!r} should become {case.decoded!r}")
        for case in self.examples.reject:
            wrong = None if case.decoded is None else case.decoded.encode("latin-1")
            if (self._decoded(case) == wrong) is not (wrong is None):
                raise ValueError(f"{case.encoded!r} should not become {case.decoded!r}")
        return self

    def _decoded(self, case: Case) -> bytes | None:
        places = case.key if self.method is Method.ROTATE else ""
        key = bytes([int(places) & 255]) if places else case.key.encode("latin-1")
        return self.decode(case.encoded.encode("latin-1"), key, case.start.encode("latin-1"))

    @property
    def has_key(self) -> bool:
        """Whether it needs a key."""
        return self.method in (Method.ROTATE, Method.KEYED, Method.AES)

    def decode(self, data: bytes, key: bytes = b"", start: bytes = b"") -> bytes | None:
        """What an encoded form stands for; None if it is none of this decoder's."""
        match self.method:
            case Method.RADIX:
                return transform.radix(data, self.alphabet.encode())
            case Method.PERCENT:
                return transform.percent(data)
            case Method.NUMBERS:
                return transform.numbers(data)
            case Method.ESCAPES:
                return transform.escapes(data)
            case Method.JSON:
                return transform.from_json(data)
            case Method.REVERSE:
                return transform.reverse(data)
            case Method.DECOMPRESS:
                return transform.decompress(data, self.form)
            case Method.MIRROR:
                return transform.mirror(data, self._alphabets)
            case Method.ROTATE:
                return transform.rotate(data, self._alphabets, key[0]) if key else None
            case Method.KEYED:
                return transform.keyed(data, self.operation, self.stream, key)
            case Method.AES:
                return transform.decipher(data, self.form, key, start)

    @cached_property
    def _alphabets(self) -> tuple[bytes, ...]:
        return tuple(alphabet.encode() for alphabet in self.alphabets)

    def named(self, key: bytes = b"") -> str:
        """The step for a person: `base64`, `xor 91`, `xor "secret"`."""
        if len(key) == 1:
            # Adding 251 is taking 5 away.
            signed = key[0] - 256 if self.operation == "add" and key[0] > 127 else key[0]
            return self.says.format(key=f"{signed:+d}" if self.operation == "add" else signed)
        shown = key.decode("latin-1")
        printable = shown.isascii() and shown.isprintable()
        return self.says.format(key=f'"{shown}"' if printable else f"0x{key.hex()}")
