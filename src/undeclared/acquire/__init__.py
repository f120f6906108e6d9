"""From a reference to verified archives in a cache: what the registry published, byte by byte."""

from undeclared.acquire import node
from undeclared.acquire.acquired import Acquired
from undeclared.acquire.cache import Cache, default_cache
from undeclared.acquire.fetch import Say, acquire
from undeclared.acquire.local import as_it_is
from undeclared.acquire.program import find_program
from undeclared.acquire.reference import Reference, Subject, parse_reference, parse_subject
from undeclared.acquire.releases import releases

__all__ = [
    "Acquired",
    "Cache",
    "Reference",
    "Say",
    "Subject",
    "acquire",
    "as_it_is",
    "default_cache",
    "find_program",
    "node",
    "parse_reference",
    "parse_subject",
    "releases",
]
