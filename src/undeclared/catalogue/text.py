"""How likely one character follows another in the constants of programs."""

from functools import cache
from importlib import resources
from typing import Self

from pydantic import model_validator

from undeclared.catalogue import document
from undeclared.catalogue.entry import Entry

_DIGITS = {sign: value for value, sign in enumerate("0123456789abcdefghijklmnopqrstuvwxyz")}


class TextModel(Entry):
    """Of every character and pair of characters, how much more likely than a random byte it is."""

    characters: str
    single: str
    pairs: tuple[str, ...]
    written: tuple[str, ...]
    """As `pairs`, of everything that programs hold."""

    @model_validator(mode="after")
    def _square(self) -> Self:
        size = len(self.characters)
        rows = (self.single, *self.pairs, *self.written)
        if {len(self.pairs), len(self.written), *map(len, rows)} != {size}:
            raise ValueError(f"every row should have {size} signs, and there should be as many")
        return self

    def bits(self, row: str) -> list[float]:
        """The values of a row, in bits, in the order of `characters`."""
        return [_DIGITS[sign] / 2 - 9 for sign in row]


@cache
def text_model() -> TextModel:
    """The model that comes with this tool."""
    file = resources.files("undeclared.catalogue").joinpath("text.yaml")
    return TextModel.model_validate(document.read(file.read_bytes(), file.name))
