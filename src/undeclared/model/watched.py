"""What was seen of an agent on its own side of the network, and what was laid out for it."""

from typing import Literal

from pydantic import Field

from undeclared.model.base import Frozen


class Canary(Frozen):
    """A secret that means nothing to anybody, planted for one run: wherever it shows, it was read.

    After Spitzner, "Honeytokens: The Other Honeypot" (2003).
    """

    id: str
    """Which one of the catalogue's: `aws-credentials`, `dotenv` …; the same in every run."""
    place: str
    """Where it was planted, for a person: `~/.aws/credentials`, `the variable GITHUB_TOKEN` …"""
    value: str
    """ASCII, at least 16 characters, different in every run."""


class HomeFile(Frozen):
    """A file of the home that the agent wrote."""

    path: str
    """Relative to the home."""
    content: bytes
    """Its beginning, where it is long."""


class ProcessSeen(Frozen):
    """A process of the run."""

    number: int
    """Its number within the run, from 0, in the order of their beginning."""
    parent: int | None
    command: tuple[str, ...]
    """Arguments of its last successful `execve`; its parent's if there was none."""
    exit_status: int | None
    """Negative for a signal; None if it was still running at the end."""


class FileSeen(Frozen):
    """A path that a process touched, once for each way of access."""

    process: int
    path: str
    access: Literal["read", "write", "look", "list", "execute"]
    """`look` is stat, access and readlink; `list` is reading a folder."""
    found: bool
    """The call succeeded at least once."""
    times: int = Field(ge=1)


class ConnectionSeen(Frozen):
    """A `connect`, `bind` or address of a `sendto`, once for each address."""

    process: int
    call: Literal["connect", "bind", "send"]
    transport: Literal["tcp", "udp", "unix", "netlink", "icmp", "other"]
    address: str
    """IP address, or path of a Unix socket (`@name` for an abstract one)."""
    port: int
    result: str
    """`ok`, or the name of the error: `ECONNREFUSED` …"""


class CallSeen(Frozen):
    """A system call that names no file and no address, once for each process."""

    process: int
    name: str
    times: int = Field(ge=1)
    files_before: int = Field(ge=0)
    """How many of the trace's files had been touched when it was first made."""


class Trace(Frozen):
    """System calls of a run: files, processes, connections."""

    processes: tuple[ProcessSeen, ...] = ()
    files: tuple[FileSeen, ...] = ()
    """In the order in which they were first touched."""
    connections: tuple[ConnectionSeen, ...] = ()
    calls: tuple[CallSeen, ...] = ()
    """Other calls of interest: `uname`, `sysinfo` …"""
    problem: str | None = None
    """Why it is not whole, in one line; None if it is."""


class HookedRead(Frozen):
    """A read of a fact of the machine, seen from within the agent's runtime."""

    what: str
    """`env:TZ`, `env:*` (all variables), `file:/etc/hostname`, `run:git config user.name`, or a
    call: `Intl.DateTimeFormat`, `os.hostname`, `locale.getlocale` …"""
    stack: tuple[str, ...]
    """Innermost first, `function (file:line:column)` as the runtime prints it; at most 8."""
    times: int = Field(ge=1)
    """At least so often: a count is written down when it has doubled, and of what is read very
    often, not every place is looked at."""


class Hooks(Frozen):
    """Reads that hooks in the agent's runtime recorded."""

    runtime: Literal["node", "bun", "python", "unknown"]
    reads: tuple[HookedRead, ...] = ()
    problem: str | None = None
    """Why nothing or not everything could be recorded: `the program is no Node.js, Bun or Python
    program` …; None if all went well."""
