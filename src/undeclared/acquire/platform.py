"""Which builds of a package run on this machine, in npm's words."""

import os
import platform
import sys
from collections.abc import Sequence
from functools import cache

from undeclared.model import Frozen

_CPUS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "i686": "ia32", "armv7l": "arm"}


class Platform(Frozen):
    """Operating system, processor and C library, as package.json names them."""

    os: str
    cpu: str
    libc: str
    """`glibc` or `musl`; empty elsewhere than on Linux."""

    def __str__(self) -> str:
        return "-".join(part for part in (self.os, self.cpu, self.libc) if part)

    def fits(self, os: Sequence[str], cpu: Sequence[str], libc: Sequence[str]) -> bool:
        """Whether a package with these fields (npm's package.json documentation) may be installed.

        An empty list allows everything; `!name` forbids one.
        """
        wanted = ((self.os, os), (self.cpu, cpu), (self.libc, libc))
        return all(_allows(rules, value) for value, rules in wanted)


def _allows(rules: Sequence[str], value: str) -> bool:
    if f"!{value}" in rules:
        return False
    allowed = [rule for rule in rules if not rule.startswith("!")]
    return not allowed or value in allowed or "any" in allowed


@cache
def this_platform() -> Platform:
    """The machine that we run on."""
    machine = platform.machine().lower()
    return Platform(os=sys.platform, cpu=_CPUS.get(machine, machine), libc=_libc())


def _libc() -> str:
    if sys.platform != "linux":
        return ""
    try:
        return "glibc" if os.confstr("CS_GNU_LIBC_VERSION") else "musl"
    except (OSError, ValueError):
        return "musl"
