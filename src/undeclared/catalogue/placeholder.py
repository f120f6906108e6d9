"""Texts with places to be filled: `{path}`, or `{path:shell}` with a way to write it."""

import re
import shlex
from collections.abc import Callable, Mapping

_PLACE = re.compile(r"\{([a-z_]+)(?::([a-z]+))?\}")
_SPECIAL_TO_SED = re.compile(r"[\\/.*\[\]^$&]")


def _for_sed(text: str) -> str:
    """Stands for itself on either side of `s/…/…/` between single quotes; one line only."""
    return _SPECIAL_TO_SED.sub(r"\\\g<0>", text).replace("'", "'\\''")


WAYS: Mapping[str, Callable[[str], str]] = {
    "shell": shlex.quote,
    "sed": _for_sed,
    "removed": lambda text: "\n".join(f"-{line}" for line in text.split("\n")),
    "added": lambda text: "\n".join(f"+{line}" for line in text.split("\n")),
}


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace the places whose name is in `values`; all other braces stay as they are.

    Raises KeyError for a way that is not known.
    """

    def replace(place: re.Match[str]) -> str:
        name, way = place.groups()
        if name not in values:
            return place.group()
        return WAYS[way](values[name]) if way else values[name]

    return _PLACE.sub(replace, text)


def names(text: str) -> set[str]:
    """The names of all places in a text."""
    return {name for name, _ in _PLACE.findall(text)}
