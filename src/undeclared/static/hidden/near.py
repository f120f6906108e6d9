"""What the code beside a form says of it: keys, and which steps are taken."""

import re
from itertools import pairwise

from undeclared.catalogue import transform

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_QUOTE = re.compile(rb"(?<!\\)[\"'`]")
_LONGEST = 260
"""Bytes of a literal, as it is written."""
_KEY_NUMBERS = re.compile(
    rb"\[\s*(?:0x[0-9a-fA-F]{1,2}|\d{1,3})(?:\s*,\s*(?:0x\w{1,2}|\d{1,3})){1,63}\s*\]"
)
_MAX_KEYS = 24


def keys_in(before: bytes, after: bytes) -> list[bytes]:
    """What may be a key in the code before and after a form, the nearest first.

    Literals as they are and, where they can be, out of hexadecimal digits and base64; lists of
    numbers.
    """
    found: list[tuple[int, bytes]] = []
    for code, origin in ((before, len(before)), (after, 0)):
        quotes = [quote.start() for quote in _QUOTE.finditer(code)]
        for start, end in pairwise(quotes):
            if 2 < end - start <= _LONGEST and code[start] == code[end]:
                found.append((abs(origin - start), code[start + 1 : end]))
        found += [
            (abs(origin - row.start()), transform.numbers(row[0]) or b"")
            for row in _KEY_NUMBERS.finditer(code)
        ]
    texts = [text for _, text in sorted(found, key=lambda one: one[0]) if b"\n" not in text]
    said = (transform.escapes(text) or text for text in texts[:_MAX_KEYS])
    known = dict.fromkeys(text for text in said if 2 <= len(text) <= 64)
    for text in list(known):
        size = len(text.rstrip(b"="))
        if size in (24, 32, 48, 64) or size in (16, 22, 43):
            for alphabet in (b"0123456789abcdefABCDEF", _BASE64):
                plain = transform.radix(text, alphabet)
                if plain is not None and len(plain) in (12, 16, 24, 32):
                    known[plain] = None
    return list(known)
