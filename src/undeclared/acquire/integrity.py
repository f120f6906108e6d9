"""Integrity hashes of the registry (W3C Subresource Integrity, section 3.3)."""

import base64
import hashlib
from pathlib import Path

_STRENGTH = ("sha1", "sha256", "sha384", "sha512")
"""Weakest first. SHA-1 is all that some packages of before 2017 have; npm accepts it too."""


def matches(file: Path, integrity: str) -> bool:
    """Whether a file is what a registry said: any one of the hashes of the strongest algorithm.

    An integrity string without a hash that we know matches nothing.
    """
    algorithm, wanted = _strongest(integrity)
    if not wanted:
        return False
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, algorithm).digest()
    return digest in wanted


def _strongest(integrity: str) -> tuple[str, set[bytes]]:
    found: dict[str, set[bytes]] = {}
    for part in integrity.split():
        algorithm, _, rest = part.partition("-")
        try:
            digest = base64.b64decode(rest.partition("?")[0], validate=True)
        except ValueError:
            continue
        if algorithm in _STRENGTH and len(digest) == hashlib.new(algorithm).digest_size:
            found.setdefault(algorithm, set()).add(digest)
    strongest = max(found, key=_STRENGTH.index, default="")
    return strongest, found.get(strongest, set())
