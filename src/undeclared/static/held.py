"""Which texts a program has in its own files."""

import mmap
from collections.abc import Collection
from pathlib import Path

from ahocorasick_rs import BytesAhoCorasick

_WINDOW = 16 * 2**20


def held(root: Path, texts: Collection[str]) -> frozenset[str]:
    """Those of the texts that are in any file below a folder, as they are.

    A file that cannot be read holds none: what is not found is only not known to be the program's.
    """
    wanted = [text for text in dict.fromkeys(texts) if text]
    found: set[str] = set()
    if not wanted:
        return frozenset()
    needles = [text.encode("utf-8", "surrogatepass") for text in wanted]
    automaton = BytesAhoCorasick(needles)
    longest = max(map(len, needles))
    for file in sorted(root.rglob("*")):
        if len(found) == len(wanted):
            break
        try:
            if not file.is_file() or file.stat().st_size == 0:
                continue
            with (
                file.open("rb") as stream,
                mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
            ):
                for start in range(0, len(content), _WINDOW):
                    window = content[start : start + _WINDOW + longest]
                    matches = automaton.find_matches_as_indexes(window, overlapping=True)
                    found.update(wanted[number] for number, _, _ in matches)
        except OSError:
            continue
    return frozenset(found)
