"""What the lab and its workers say to each other: one JSON document a line, over pipes.

lab -> worker    Setup, then a Trial for every run
worker -> lab    Hello, then a Run for every trial
"""

from pathlib import Path

from undeclared.catalogue import Scenario, SignalSpec
from undeclared.lab.limits import Limits
from undeclared.lab.target import Target
from undeclared.model import Frozen


class Outside(Frozen):
    """What a sealed worker must not be able to reach."""

    namespaces: dict[str, int]
    """The namespaces that the lab itself is in: kind, inode."""
    port: int
    """TCP port of a listener of the lab on the machine's loopback address …"""
    port6: int | None
    """… and on that of IPv6; None if the machine has none."""
    name: str
    """Name of an abstract Unix socket (unix(7)) that the lab listens on, without the first zero."""


class Setup(Frozen):
    """Everything that is the same for all runs of a lab."""

    target: Target
    scenario: Scenario
    signals: dict[str, SignalSpec]
    outside: Outside
    limits: Limits = Limits()
    """What one run may use."""
    state: Path
    """Folder of the lab, the same for all its workers; holds the certificate authority."""


class Hello(Frozen):
    """The worker's first words: it is sealed and ready, or why not."""

    problem: str | None = None
    """None if it is sealed and ready."""
