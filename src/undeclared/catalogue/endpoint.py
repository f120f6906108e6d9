"""What in code is the address of a server that a program may talk to."""

import ipaddress
import re
from functools import cache, cached_property
from importlib import resources
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from undeclared.catalogue.entry import Entry, Examples
from undeclared.catalogue.loader import parse
from undeclared.catalogue.python import one_of

_URL = re.compile(
    r"(?P<scheme>https?|wss?)://(?:[\w.~%*-]*(?::[^@/\s]*)?@)?"
    r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9*][A-Za-z0-9.*_-]*)(?P<rest>(?::\d+)?[/?#:].*)?",
    re.DOTALL,
)
_LABEL = re.compile(r"(?!-)[a-z0-9_*-]{1,63}(?<!-)")


class Address(NamedTuple):
    """The address of a server."""

    host: str
    """In small letters; `*` stands for a part that is put in when the program runs."""
    url: str


class Endpoints(Entry):
    """What is no address of a server, and what is given to a request."""

    id: str
    title: str
    no_hosts: tuple[str, ...]
    """Patterns of hosts that are examples, names of schemas, or pages for people."""
    no_paths: tuple[str, ...]
    """Patterns of paths of pages for people."""
    generic_domains: tuple[str, ...]
    """Top-level domains in use; where texts lie side by side they tell where a host ends."""
    requests: tuple[str, ...] = Field(min_length=1)
    """Beginnings of calls that make a request …"""
    settings: tuple[str, ...]
    """… and names under which an address is handed to a library that makes some."""
    labels: tuple[str, ...]
    """Names under which an address stands that nothing is fetched from."""
    examples: Examples
    """URLs of servers, and others."""

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        for url in self.examples.match:
            if self.address(url) is None:
                raise ValueError(f"{url} should count as the address of a server")
        for url in self.examples.reject:
            if self.address(url) is not None:
                raise ValueError(f"{url} should not count as the address of a server")
        return self

    @cached_property
    def _hosts(self) -> re.Pattern[str]:
        return one_of(self.no_hosts)

    @cached_property
    def _paths(self) -> re.Pattern[str]:
        return one_of(self.no_paths)

    @cached_property
    def _domains(self) -> frozenset[str]:
        return frozenset(self.generic_domains)

    def address(self, url: str) -> Address | None:
        """The server that a URL names; None if it is none that a program talks to."""
        found = _URL.match(url)
        if found is None:
            return None
        host = found["host"].lower().rstrip(".")
        if not self._outside(host) or self._hosts.match(host):
            return None
        if self._paths.match((found["rest"] or "").partition("?")[0]):
            return None
        return Address(host, url)

    def _outside(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            labels = host.split(".")
            known = [label for label in labels if "*" not in label]
            return (
                len(labels) > 1
                and len(known) > 1
                and len(host) <= 253
                and labels[-1] in self._domains
                and all(_LABEL.fullmatch(label) for label in labels)
            )
        return not (address.is_loopback or address.is_unspecified or address.is_multicast)

    def cut(self, host: str) -> str | None:
        """A host out of a place where other text may follow without a gap; None if none is seen."""
        labels = host.lower().split(".")
        for end in range(len(labels), 1, -1):
            last = labels[end - 1]
            if last in self._domains:
                return ".".join(labels[:end])
            longest = max(
                (own for own in self._domains if len(own) > 2 and last.startswith(own)),
                key=len,
                default=None,
            )
            if longest is not None and end == len(labels):
                return ".".join((*labels[: end - 1], longest))
        return None


@cache
def endpoint_rules() -> Endpoints:
    """What is known of addresses."""
    file = resources.files("undeclared.catalogue").joinpath("endpoints", "endpoints.yaml")
    return parse(file.read_bytes(), Endpoints, file.name)
