"""Closed lists of names that somebody else keeps up to date."""

import zoneinfo
from enum import StrEnum
from functools import cache


class Vocabulary(StrEnum):
    """A list of names that the levels of a signal must be in."""

    TZ_DATABASE = "tz-database"
    """Zones and links of the IANA time zone database (RFC 6557) that Python finds here."""

    def has(self, word: str) -> bool:
        """Whether a word is one of the names."""
        return word in _WORDS[self]()

    def words(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(_WORDS[self]()))


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


_WORDS = {Vocabulary.TZ_DATABASE: _time_zones}
