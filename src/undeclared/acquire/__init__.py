"""From a reference to verified archives in a cache: what the registry published, byte by byte."""

from undeclared.acquire.acquired import Acquired
from undeclared.acquire.cache import Cache, default_cache
from undeclared.acquire.fetch import acquire
from undeclared.acquire.program import find_program
from undeclared.acquire.reference import Reference, parse_reference

__all__ = [
    "Acquired",
    "Cache",
    "Reference",
    "acquire",
    "default_cache",
    "find_program",
    "parse_reference",
]
