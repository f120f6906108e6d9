"""Runs as packed JSON, with what is large kept once, by its content."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import zstandard

from undeclared.model import Run

_INLINE = 512
"""Bytes up to which a value stays in the run itself."""
_KEY = "evidence"
"""A JSON object with this one key stands for a large value; the types of a run have no such
field."""
_REFERENCE = re.compile(rb'\{"evidence": "([0-9a-f]{64})"\}')
LARGEST = 2**29
"""Bytes of a value, unpacked, beyond which it is not one of ours."""


class Damaged(Exception):
    """What is kept is not as it was written."""


def pack(value: bytes) -> bytes:
    """Compress."""
    return zstandard.ZstdCompressor().compress(value)


def unpack(packed: bytes) -> bytes:
    """What was compressed. Raises Damaged."""
    try:
        if zstandard.frame_content_size(packed) > LARGEST:
            raise Damaged
        return zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError as error:
        raise Damaged from error


def unpack_blob(packed: bytes, digest: str) -> bytes:
    """A large value, compared with its digest. Raises Damaged."""
    value = unpack(packed)
    if hashlib.sha256(value).hexdigest() != digest:
        raise Damaged
    return value


def pack_run(run: Run, keep: Callable[[bytes], str]) -> bytes:
    """A run as compressed JSON; `keep` takes a large value and returns its digest."""

    def encode(value: object) -> object:
        if isinstance(value, bytes):
            if len(value) > _INLINE:
                return {_KEY: keep(value)}
            return base64.b64encode(value).decode("ascii")
        if isinstance(value, datetime):
            return value.isoformat()
        raise TypeError(f"a run holds a {type(value).__name__}")

    return pack(json.dumps(run.model_dump(), default=encode).encode())


def unpack_run(packed: bytes, fetch: Callable[[str], bytes]) -> Run:
    """The run again; `fetch` gives a large value by its digest. Raises Damaged."""

    def restore(value: dict[str, Any]) -> object:
        if value.keys() == {_KEY}:
            return base64.b64encode(fetch(value[_KEY])).decode("ascii")
        return value

    text = unpack(packed)
    try:
        return Run.model_validate_json(json.dumps(json.loads(text, object_hook=restore)))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged from error


def references(packed: bytes) -> frozenset[str]:
    """Digests of the large values that a packed run refers to. Raises Damaged."""
    return frozenset(found.decode() for found in _REFERENCE.findall(unpack(packed)))
