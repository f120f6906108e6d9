"""Looks for values in some bytes, and in whatever is encoded in them."""

from collections.abc import Sequence
from typing import Protocol

from undeclared.facts.needles import DIGESTS, PART, Found, Piece
from undeclared.views.layers import layers, unbroken

MAX_DEPTH = 3
"""Encodings within encodings that are opened …"""
MAX_OPENED = 8 * 2**20
"""… as long as they open to no more bytes than this, for each place of a flow."""
SPLIT = {"hex": "split then hex"}
"""What a secret in pieces is called, where it is not just `split`."""

Forms = frozenset[tuple[int, str]]
"""Index of a value, and the form in which it is there."""


class Finder(Protocol):
    """Looks for many values at once, in bytes as they are."""

    def find(self, data: bytes) -> Found:
        """Everything of the values that is there."""


def search(needles: Finder, data: bytes, depth: int = 0) -> tuple[Forms, tuple[Piece, ...]]:
    """What is in some bytes, and in what is encoded in them; the pieces of the bytes themselves."""
    here = needles.find(data)
    forms = set(here.forms)
    joined = unbroken(data) if depth == 0 else data
    if joined != data:
        for number, form in needles.find(joined).forms - here.forms:
            forms.add((number, "split" if form == "plain" else form))
    forms |= _parts(here.pieces, {number for number, _ in forms})
    if depth < MAX_DEPTH:
        room = MAX_OPENED
        for source in dict.fromkeys((data, joined)):
            for layer in layers(source):
                room -= len(layer.content)
                if room < 0:
                    break
                inner, _ = search(needles, layer.content, depth + 1)
                if layer.rest_too:
                    inner -= forms
                forms |= {(number, _told(form, layer.name)) for number, form in inner}
    return frozenset(forms), here.pieces


def _told(inner: str, outer: str) -> str:
    """`gzip` within `base64` is `gzip then base64`; a digest is written in some base anyway."""
    if inner == "plain":
        return outer
    return inner if inner in DIGESTS else f"{inner} then {outer}"


def _parts(pieces: Sequence[Piece], whole: set[int]) -> set[tuple[int, str]]:
    """Secrets of which there is a part, but for those of which there is the whole in some form."""
    return {
        (piece.canary, _told("part", piece.form) if piece.form in SPLIT else "part")
        for piece in pieces
        if piece.size >= PART and piece.canary not in whole
    }
