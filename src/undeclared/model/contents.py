"""What was sent, by kind of data; and identifiers that stay the same."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from undeclared.model.base import Frozen
from undeclared.model.locus import Locus
from undeclared.model.observation import Evidence


class AskedFor(StrEnum):
    """Who wanted something to be sent."""

    NOBODY = "nobody"
    """The agent sent it by itself."""
    PROMPT = "prompt"
    """It is in the user's prompt."""
    TOOL = "tool"
    """It is in the output of a tool call, or in the call itself, that the model made."""


class ContentExample(Frozen):
    """One place where some data was found."""

    what: str
    """What it is, for a person: `the host name`, `the text of greeter.py` …"""
    form: str
    """`plain`, `part`, `base64`, `sha256`, `gzip then base64` …"""
    text: str
    """The value as it was sent, with a little of what surrounds it; a secret is left out, and shown
    as `…`. Cut to a line."""
    locus: Locus
    runs: int = Field(ge=1)
    """Runs in which it was there."""
    evidence: Evidence


class ContentFact(Frozen):
    """Data of one category that one host was sent."""

    host: str
    """As in `Locus`."""
    model: bool
    """The model's wire was spoken with that host."""
    category: str
    """Id of the catalogue's: `machine`, `repository`, `code` …"""
    asked_for: AskedFor
    what: tuple[str, ...] = Field(min_length=1)
    """Every single thing of that category that was found there, for a person."""
    runs: int = Field(ge=1)
    """Runs in which any of it was found …"""
    of: int = Field(ge=1)
    """… of so many in which it could have been."""
    requests: int = Field(ge=1)
    """Flows in which any of it was found, over all runs."""
    examples: tuple[ContentExample, ...] = Field(min_length=1)
    """Up to three."""


class Content(ContentFact):
    """Data of one category that one host was sent, and whether the vendor says so."""

    title: str
    """The category, for a person: `facts of the machine`."""
    declared: bool | None
    """Whether the vendor declares that such data goes there; False where its documents say that it
    does not; None where they say nothing of it, or the profile holds nothing of what they say."""
    says: str = ""
    """What they say, in our words."""
    source: str = ""
    """The document and section."""


class Sought(Frozen):
    """A category of data that was looked for in everything that was sent."""

    category: str
    title: str


class Change(StrEnum):
    """What was another, or made anew, between two groups of runs."""

    RUNS = "runs"
    """Nothing but the run: the same home, the same repository."""
    REPOSITORIES = "repositories"
    """The repository: its name, remote, branch, files and history."""
    ACCOUNTS = "accounts"
    """The key."""
    REINSTALLS = "reinstalls"
    """The home was made anew, on the same machine."""
    MACHINES = "machines"
    """The machine and its user: machine id, host name, network address, user, home."""


class Stays(Frozen):
    """What became of an identifier when something changed."""

    change: Change
    stays: bool | None
    """Whether it was the same before and after; None where it was not sent in both."""


class Identifier(Frozen):
    """A value by which its receiver can tell that two runs are of the same user or machine.

    Values that the program has from its maker, the same for everybody, are none.
    """

    id: str
    """Stable: made of the first host and place."""
    hosts: tuple[str, ...] = Field(min_length=1)
    """Who receives it; as in `Locus`."""
    locus: Locus
    also_at: tuple[Locus, ...] = ()
    shown: str
    """The value in one run, cut in the middle: `5f0c…9e24`."""
    bits: float = Field(ge=0)
    """An upper bound: length times the logarithm of the size of its alphabet."""
    runs: int = Field(ge=1)
    """Runs that sent it, in any of its values …"""
    of: int = Field(ge=1)
    """… of so many."""
    stays: tuple[Stays, ...]
    """For each change that was tried."""
    origin: Literal["fact", "hash", "home", "unknown"]
    """`fact`: a fact of the machine, the user or the repository as it is; `hash`: a digest of one;
    `home`: a file in the home that the agent wrote; `unknown`: none of these."""
    source: str
    """Where it comes from, for a person: `sha256 of the host name`, `~/.config/x.json` …; empty if
    unknown."""
    evidence: tuple[Evidence, ...] = ()

    def over(self, change: Change) -> bool | None:
        """Whether it stays the same over a change; None where that was not tried, or not seen."""
        return next((own.stays for own in self.stays if own.change is change), None)
