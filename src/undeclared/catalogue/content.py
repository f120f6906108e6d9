"""Categories of data that may be sent."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from undeclared.catalogue.entry import Entry, Examples


class Known(StrEnum):
    """What is known of the world that a run took place in; named as the signal that varies it."""

    HOSTNAME = "hostname"
    USERNAME = "username"
    HOME = "home"
    CWD = "cwd"
    """The repository's path."""
    MACHINE_ID = "machine-id"
    KERNEL = "kernel"
    OS_RELEASE = "os-release"
    """The system's name with its version."""
    PLATFORM = "platform"
    """The kind of system: `linux`."""
    ARCHITECTURE = "architecture"
    CPU = "cpu"
    MEMORY = "memory"
    TIMEZONE = "timezone"
    LOCALE = "locale"
    TERMINAL = "terminal"
    GIT_USER = "git-user"
    GIT_EMAIL = "git-email"
    GIT_REMOTE = "git-remote"
    """The remote's address, and the address without the way to get there: `example.com/a/b`."""
    GIT_BRANCH = "git-branch"
    REPO_NAME = "repo-name"
    KEY = "key"
    """The key for the model."""
    FILE_NAMES = "file-names"
    CODE = "code"
    """Lines of the repository's files, and each as a whole."""
    PROMPT = "prompt"
    ANSWERS = "answers"
    """What the model said."""
    TOOL_RESULTS = "tool-results"
    """What tools gave back that the model had called."""
    CANARIES = "canaries"
    """Planted secrets, which are looked for by themselves."""
    IDENTIFIERS = "identifiers"
    """Values that stay the same, which are found by themselves."""


class Thing(Entry):
    """One thing that may be sent."""

    what: str
    """What it is, for a person: `the host name`; `{name}` is replaced by the file's."""
    known: Known
    whole: bool = False
    """Counts only where it is the whole of a text, a header or a parameter, in any letter case:
    short and common words would be found everywhere."""
    identifies: bool = False
    """Somebody can be told by it from others, so it is looked at whether it stays the same."""
    secret: bool = False
    """It is not shown in a report."""
    unless: tuple[str, ...] = ()
    """Values of it that are in many a program, and say nothing."""


class ContentKind(Entry):
    """A category of data."""

    id: str
    title: str
    """For a person: `facts of the machine`."""
    rank: int
    """Place in lists; what tells most of a person comes first."""
    things: tuple[Thing, ...] = Field(min_length=1)
    examples: Examples
    """What is known of a world that belongs here, and what does not."""

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        own = {thing.known.value for thing in self.things}
        for name in (*self.examples.match, *self.examples.reject):
            Known(name)
        if not own.issuperset(self.examples.match):
            raise ValueError("examples.match: each must be among the things")
        if not own.isdisjoint(self.examples.reject):
            raise ValueError("examples.reject: none may be among the things")
        return self
