"""When two different texts look or mean the same to a person."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache

from dateutil import parser as dates

from undeclared.catalogue import are_synonyms

Rule = Callable[[str, str], bool]


def confusable(before: str, after: str) -> bool:
    """Equal skeletons: look-alike characters are exchanged (Unicode TR39, section 4)."""
    return before != after and skeleton(before) == skeleton(after)


def invisible(before: str, after: str) -> bool:
    """Equal once characters without a glyph are left out."""
    return before != after and _visible(before) == _visible(after)


def whitespace(before: str, after: str) -> bool:
    """Equal once every run of white space counts as one space, and none at the ends.

    Beside a sign, it does not count at all: `a,b` and `a, b` read the same, `ab` and `a b` do not.
    """
    return before != after and _spaced(before) == _spaced(after)


def _spaced(text: str) -> str:
    return _BESIDE_SIGN.sub(r"\1", " ".join(text.split()))


_BESIDE_SIGN = re.compile(r" ?([^\w\s]) ?")


def case(before: str, after: str) -> bool:
    """Equal under Unicode case folding."""
    return before != after and before.casefold() == after.casefold()


def normalisation(before: str, after: str) -> bool:
    """Canonically equivalent (Unicode TR15): the same characters composed differently."""
    form = unicodedata.normalize
    return before != after and form("NFC", before) == form("NFC", after)


def date_format(before: str, after: str) -> bool:
    """The same words but for dates, times and numbers of equal value, and signs of lists."""
    left, right = _WORD_BREAK.split(_plainly(before)), _WORD_BREAK.split(_plainly(after))
    pairs = [(a, b) for a, b in zip(left, right, strict=False) if a != b]
    return (
        before != after
        and len(left) == len(right)
        and all(_denote_the_same(*pair) for pair in pairs)
    )


def _denote_the_same(left: str, right: str) -> bool:
    """Whether two words are one number, or one date or time. A fraction such as 4.6 is no date.

    The signs around are the same, or it is them that differ, and not how something is written.
    """
    (around, one), (signs, other) = _bare(left), _bare(right)
    if around != signs:
        return False
    if _number(one) is not None and _number(other) is not None:
        return _equal(_number, one, other)
    return _equal(_moment, one, other)


def _bare(word: str) -> tuple[tuple[str, str], str]:
    """The signs before and after a word, and the word without them."""
    bare = word.strip(_AROUND)
    before, _, after = word.partition(bare) if bare else (word, "", "")
    return (before, after), bare


_AROUND = ".,;:!?()[]{}<>\"'"
_WORD_BREAK = re.compile(r"[\s;=]+")
_BULLET = re.compile(r"^(\s*)[-*+•](?=\s)", re.MULTILINE)
_IN_WORDS = re.compile(r"\b\d{1,2} [A-Z][a-z]{2,8} \d{4}\b|\b[A-Z][a-z]{2,8} \d{1,2}, \d{4}\b")
_GROUPED = re.compile(r"[-+]?(?:\d{1,3}(?:[, _]\d{3})+|\d+)(?:\.\d+)?")


def _plainly(text: str) -> str:
    """With one sign for list items, and dates in words as one word of digits."""

    def iso(found: re.Match[str]) -> str:
        moment = _parsed(found.group())
        return found.group() if moment is None else f"{moment:%Y-%m-%d}"

    return _BULLET.sub(r"\1-", _IN_WORDS.sub(iso, text))


def _equal(meaning: Callable[[str], object], one: str, other: str) -> bool:
    return meaning(one) is not None and meaning(one) == meaning(other)


def _number(word: str) -> Decimal | None:
    return Decimal(re.sub(r"[, _]", "", word)) if _GROUPED.fullmatch(word) else None


def same_number(before: str, after: str) -> bool:
    """Two spellings of one number."""
    try:
        return before != after and Decimal(before) == Decimal(after)
    except InvalidOperation:
        return False


def wording(before: str, after: str) -> bool:
    """Ordinary words in lower case where other such words were; no name, no number, no value.

    The first word of a sentence may have a capital letter.
    """
    gone, new, in_all = _reworded(before, after)
    words = [own for own in (*gone, *new) if own not in _SIGNS]
    ordinary = all(_ORDINARY.fullmatch(own) for own in words)
    return before != after and bool(words) and ordinary and in_all > len(words)


def synonym(before: str, after: str) -> bool:
    """Word for word the same, or another word that shares a common sense with it (WordNet 3.0).

    The words stand in surroundings that are the same; by itself a word is a value.
    """
    gone, new, in_all = _reworded(before, after)
    return (
        before != after
        and 0 < len(gone) == len(new)
        and in_all > len(gone) + len(new)
        and all(
            one == other
            or (one[0].isupper() == other[0].isupper() and are_synonyms(one.lower(), other.lower()))
            for one, other in zip(gone, new, strict=True)
        )
    )


def percent_encoding(before: str, after: str) -> bool:
    """Equal but for how characters are percent-encoded (RFC 3986, sections 6.2.2.1 and 6.2.2.2)."""
    return before != after and _respelled(before) == _respelled(after)


def _respelled(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        character = chr(int(found.group()[1:], 16))
        return character if character in _UNRESERVED else found.group().upper()

    return _PERCENT.sub(plain, text)


_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")


def _reworded(before: str, after: str) -> tuple[list[str], list[str], int]:
    """What stands between the words that both texts begin and end with, and all words of both."""
    left, right = _WORDS.findall(before), _WORDS.findall(after)
    head = next(
        (at for at, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]),
        min(len(left), len(right)),
    )
    tail = 0
    while tail < min(len(left), len(right)) - head and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    return left[head : len(left) - tail], right[head : len(right) - tail], len(left) + len(right)


_WORDS = re.compile(r"[^\s.,;:!?()\"]+|[.,;:!?()\"]")
_SIGNS = frozenset('.,;:!?()"')
_ORDINARY = re.compile(r"[A-Z]?[a-z]+(?:['’-][a-z]+)*")


RULES: dict[str, Rule] = {
    "any": lambda before, after: True,
    "confusable": confusable,
    "invisible": invisible,
    "whitespace": whitespace,
    "case": case,
    "normalisation": normalisation,
    "date-format": date_format,
    "percent-encoding": percent_encoding,
    "same-number": same_number,
    "synonym": synonym,
    "wording": wording,
}


def skeleton(text: str) -> str:
    """The TR39 skeleton: equal for texts that are likely to be taken for each other.

    >>> skeleton("Today’s") == skeleton("Today's")
    True
    """
    prototypes = _prototypes()
    plain = unicodedata.normalize("NFD", _visible(text))
    return unicodedata.normalize("NFD", "".join(prototypes.get(c, c) for c in plain))


@cache
def _prototypes() -> dict[str, str]:
    """For every character that has look-alikes, the one text that stands for all of them.

    The package holds the pairs of TR39's `confusables.txt` in both directions; whatever is linked
    by them is one class. Where a class holds sequences (`rn` for `m`), the sequence stands for it.
    """
    from confusable_homoglyphs import confusables  # a file of half a megabyte, rarely needed

    parent: dict[str, str] = {}

    def find(text: str) -> str:
        while parent.setdefault(text, text) != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for text, others in confusables.confusables_data.items():
        for other in others:
            parent[find(_visible(text))] = find(_visible(other["c"]))
    classes: dict[str, list[str]] = {}
    for text in list(parent):
        classes.setdefault(find(text), []).append(text)
    # A sequence stands for its class only if it is no member of it by one of its own characters.
    chosen = {
        member: min(members, key=lambda each: (-len(each), each))
        for members in classes.values()
        for member in members
        if len(member) == 1
    }

    def spelled(text: str, depth: int = 0) -> str:
        if len(text) == 1 or depth > 3:
            return text
        return "".join(spelled(chosen.get(c, c), depth + 1) for c in text)

    return {member: spelled(prototype) for member, prototype in chosen.items()}


def _visible(text: str) -> str:
    """The text without characters that have no glyph.

    Format characters, variation selectors, tags and soft hyphens (the parts of Unicode's
    `Default_Ignorable_Code_Point` that occur).
    """
    return "".join(c for c in text if not _ignorable(c))


def _ignorable(character: str) -> bool:
    code = ord(character)
    if code < 0x80:
        return False
    return (
        unicodedata.category(character) == "Cf"
        or 0xFE00 <= code <= 0xFE0F  # variation selectors
        or 0xE0000 <= code <= 0xE0FFF  # tags and further variation selectors
        or code in (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)
    )


_DATE = re.compile(r"\d{1,4}[^\w\s]\d{1,2}([^\w\s]\d{1,4})?|\d{8}|\d{1,2}:\d{2}")


def _moment(word: str) -> tuple[datetime, timedelta | None] | None:
    """The clock time and its offset that a word of digits denotes; missing parts as of a fixed day.

    The same instant told in another time zone is another text to a person, and openly so.
    """
    if not _DATE.search(word):
        return None
    moment = _parsed(word)
    return None if moment is None else (moment.replace(tzinfo=None), moment.utcoffset())


def _parsed(text: str) -> datetime | None:
    try:
        return dates.parse(text, default=datetime(2000, 1, 1))  # noqa: DTZ001 - compared only
    except (ValueError, OverflowError):
        return None
