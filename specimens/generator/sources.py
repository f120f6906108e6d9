"""The text of a program: a template, its parts, and what fills their places."""

import re
from functools import cache
from pathlib import Path

from generator.facts import JS, PY

PARTS = Path(__file__).parent / "parts"
_PLACE = re.compile(r"«([a-z_0-9]+)»")
_SUFFIX = {JS: ".mjs.part", PY: ".py.part"}


@cache
def part(name: str, language: str) -> str:
    """A piece of program text, with places."""
    return (PARTS / f"{name}{_SUFFIX[language]}").read_text(encoding="utf-8").rstrip("\n")


def fill(text: str, places: dict[str, str]) -> str:
    """Put text into the places; a line of nothing but an empty place is left out.

    Raises KeyError for a place that nothing is said of.
    """
    for _ in range(8):
        if not _PLACE.search(text):
            return text
        lines = []
        for line in text.split("\n"):
            whole = re.fullmatch(r"\s*«([a-z_0-9]+)»", line)
            if whole and not places[whole[1]]:
                continue
            lines.append(_PLACE.sub(lambda found: places[found[1]], line))
        text = "\n".join(lines)
    raise ValueError("places that fill each other")


def tidy(text: str, language: str) -> str:
    """Without imports of what the program does not use, and with regular blank lines."""
    text = _used_js(text) if language == JS else _used_py(text)
    text = re.sub(r"[ \t]+\n", "\n", text)
    most = 2 if language == PY else 1
    text = re.sub(rf"\n{{{most + 2},}}", "\n" * (most + 1), text)
    return text.rstrip("\n") + "\n"


def _used_js(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        if many := re.fullmatch(r'import \{ (.+) \} from (".+");', line):
            names = [name for name in many[1].split(", ") if _mentions(text, name) > 1]
            line = f"import {{ {', '.join(names)} }} from {many[2]};" if names else None
        elif (one := re.fullmatch(r'import (\w+) from ".+";', line)) and not _uses(text, one[1]):
            line = None
        if line is not None:
            lines.append(line)
    return "\n".join(lines)


def _uses(text: str, module: str) -> bool:
    """Whether a module is named elsewhere than in its import, an address or a header."""
    return len(re.findall(rf'(?<![\w./":-]){module}\b(?![:/"])', text)) > 1


def _used_py(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        if (one := re.fullmatch(r"import ([\w.]+)", line)) and f"{one[1]}." not in text.replace(
            line, "", 1
        ):
            continue
        found = re.fullmatch(r"from [\w.]+ import (\w+)", line)
        if found and _mentions(text, found[1]) < 2:
            continue
        lines.append(line)
    return "\n".join(lines)


def _mentions(text: str, name: str) -> int:
    return len(re.findall(rf"\b{name}\b", text))
