"""Words that mean the same in some common sense (WordNet 3.0; see `words/README.md`)."""

from functools import cache
from importlib import resources

_ENDINGS = (("",), ("s", "es"), ("d", "ed"), ("ing",))
"""Inflections, each by how it is written at a word's end."""


def are_synonyms(one: str, other: str) -> bool:
    """Whether two words in lower case share a sense, both plain or both inflected alike.

    >>> are_synonyms("small", "little"), are_synonyms("small", "large")
    (True, False)
    """
    return any(
        not _senses(one, endings).isdisjoint(_senses(other, endings)) for endings in _ENDINGS
    )


def _senses(word: str, endings: tuple[str, ...]) -> set[int]:
    known = _known()
    stems = {word.removesuffix(ending) for ending in endings if word.endswith(ending)}
    stems |= {f"{stem}e" for stem in stems if stem != word}
    return {sense for stem in stems for sense in known.get(stem, ())}


@cache
def _known() -> dict[str, tuple[int, ...]]:
    """Numbers of the groups that each word is in."""
    file = resources.files("undeclared.catalogue").joinpath("words", "synonyms.txt")
    found: dict[str, list[int]] = {}
    for number, group in enumerate(file.read_text(encoding="ascii").splitlines()):
        for word in group.split():
            found.setdefault(word, []).append(number)
    return {word: tuple(groups) for word, groups in found.items()}
