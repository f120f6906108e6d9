"""What a file within a container is called: a label, never a place on a disk."""

import hashlib

from undeclared.unpack.limits import Limits

_UNSAFE = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*range(32), *range(127, 160), 0x2028, 0x2029)
}


def label(name: str, limits: Limits) -> str:
    """`name` with `/` between folders, without root, drive, `.` and `..`, printable and bounded."""
    parts = name.replace("\\", "/").split("/")
    clean = "/".join(part for part in parts if part not in ("", ".", "..") and part != "B:")
    clean = printable(clean)
    if len(clean) <= limits.max_path:
        return clean
    digest = hashlib.sha256(clean.encode()).hexdigest()[:12]
    return f"{clean[: limits.max_name]}…{digest}"


def printable(text: str) -> str:
    """`text` in one line, control characters and lone surrogates as escapes."""
    return text.encode("utf-8", "backslashreplace").decode().translate(_UNSAFE)


class Labels:
    """Every label once: a container may have two files of one name."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """`name`, or with a number after it if it was given before."""
        count = self._given.get(name, 0) + 1
        self._given[name] = count
        return name if count == 1 else f"{name} ({count})"
