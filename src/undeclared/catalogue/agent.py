"""What we know of one agent."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from undeclared.catalogue.entry import Entry, Examples
from undeclared.catalogue.scenario import Wanted

OtherRole = Literal["telemetry", "errors", "flags", "update", "registry", "auth", "other"]
"""What a host is for that is not the model."""


class Wire(StrEnum):
    """The API that an agent speaks to its model."""

    ANTHROPIC_MESSAGES = "anthropic-messages"
    OPENAI_CHAT = "openai-chat"
    OPENAI_RESPONSES = "openai-responses"
    GEMINI = "gemini"


class Program(Entry):
    """Where the agent's program is found in its unpacked packages; exactly one field is set."""

    file: str | None = None
    """Glob relative to the artifact's root. `*` does not cross `/`."""
    bin: str | None = None
    """Name of a command that the main package declares."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.file is None) == (self.bin is None):
            raise ValueError("give either `file` or `bin`")
        return self


class Answer(Entry):
    """What the lab answers to a request that is no part of the conversation with the model."""

    host: str = "*"
    """Glob over the host name."""
    method: str = "*"
    path: str
    """Glob over the path without query; `*` crosses `/`."""
    sent: str = "*"
    """Glob over the content type of the request's body."""
    status: int = 200
    content_type: str = "application/json"
    body: str = ""
    """`{host}`, `{path}`, `{name}` (the last part of the path), `{epoch}`, `{epoch_ms}` and `{utc}`
    are replaced; other braces stay as they are."""


class HostRole(Entry):
    """What a host is known to be for."""

    host: str
    """Glob over the host name."""
    role: Literal["model", OtherRole]


class Declaration(Entry):
    """A statement of the vendor about a host."""

    host: str
    """Glob over the host name."""
    says: str
    """What the vendor says it is for, in our words."""
    source: str
    """The document and section."""
    date: str
    """When the document was read: `2026-11-22`."""


class DataDeclaration(Entry):
    """A statement of the vendor about data: that it is sent to somebody, or that it is not."""

    to: str
    """Glob over the host name, or the role of the hosts."""
    categories: tuple[str, ...] = Field(min_length=1)
    """Ids of categories of data, as in the catalogue's contents/."""
    sent: bool
    """Whether the document says that it is sent, or that it is not."""
    says: str
    """What the vendor says, in our words."""
    source: str
    """The document and section."""
    date: str
    """When the document was read: `2026-11-22`."""


class Agreement(Entry):
    """Something that the command line agrees to in the user's place, so that the agent asks nobody.

    Whoever is asked may say no, so what follows from it is not what every user gets.
    """

    to: str
    """What is agreed to, in our words."""
    by: str
    """The option or setting that says yes."""
    when: str
    """Who is asked, and when."""
    source: str
    """The document and section."""
    date: str
    """When the document was read: `2026-11-22`."""


class OptOut(Entry):
    """A switch by which the vendor says that one opts out of something.

    It is a variable, or files of the home. What it says to stop are hosts, by their role or their
    name, and single requests to hosts that serve other ends too.
    """

    variable: str | None = None
    value: str = "1"
    """The value that the vendor's document gives."""
    files: dict[str, str] = Field(default_factory=dict)
    """In place of a variable: path relative to the home, and the whole text with the switch set."""
    grammar: str = ""
    """What the document says of other values, in our words; empty if it says nothing."""
    says: str
    """What the vendor says it turns off, in our words."""
    stops: tuple[OtherRole, ...] = ()
    """Roles of hosts that it says are no longer contacted …"""
    requests: tuple[str, ...] = ()
    """… and globs over a host name, or a host name with a path: `api.vendor.com/events/*`."""
    source: str
    """The document and section."""
    date: str = ""
    """When the document was read: `2026-11-22`; empty if that is not known."""

    @property
    def id(self) -> str:
        """What a person calls it: the variable, or the file."""
        return self.variable or ", ".join(f"~/{path}" for path in self.files)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.variable is None) == (not self.files):
            raise ValueError("give either `variable` or `files`")
        return self


class Checked(Entry):
    """The last audit of an agent with everything that is tried by default, and complete."""

    version: str
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")


BASE_URL, MODEL = "{base_url}", "{model}"
"""In a file of a profile: the model's address, and its name."""


class AgentProfile(Entry):
    """What we know of one agent."""

    id: str
    title: str
    npm: str | None = None
    """Package name on the npm registry; None for agents that are not there."""
    pypi: str | None = None
    """Package name on PyPI, for agents that are not on the npm registry."""
    needs: tuple[str, ...] = ()
    """What must be installed with it besides what it asks for itself, since it does not work
    without (PEP 508, `litellm[mcp]>=1.100`); for packages of PyPI."""
    versions: str = "*"
    """For which versions this profile holds, in words."""
    checked: Checked | None = None
    """The version with which this profile was seen to work; None if there was no such audit."""
    programs: tuple[Program, ...] = ()
    """The first that exists is the agent."""
    command: tuple[str, ...] = Field(min_length=1)
    """Command line. `{program}` is the program found, `{prompt}` the scenario's prompt; without
    `{prompt}` the prompt is standard input."""
    cwd: Literal["repository", "artifact"] = "repository"
    wire: Wire
    offers_tools: bool = True
    """Whether the agent offers the model tools; False for one that reads edits out of its text."""
    written: dict[Wanted, str] = Field(default_factory=dict)
    """How that text has to say what to do, by kind of tool; places as in the catalogue's tools/."""
    finish_command: str | None = None
    """Shell command by which the model says that the task is done, for an agent that ends by no
    other way; None if a text is enough, or a tool of the catalogue's kind `finish`."""
    default_host: str | None = None
    """The model's host when no base URL is given; None if the agent has no such default."""
    base_url_env: str | None = None
    """Variable that names the model's address; None if the agent has none."""
    base_url: str = "https://{host}"
    """What that variable, and `{base_url}` in `files`, hold: an address with `{host}`."""
    key_env: str | None = None
    key: str = "sk-fake-undeclared-0000000000000000"
    """A key that looks fake, so that it can never be mistaken for somebody's."""
    model_env: str | None = None
    """Variable that names the model to use; None if the agent has none."""
    default_model: str | None = None
    """What `{model}` in `files` is, unless the environment gives another."""
    env: dict[str, str] = Field(default_factory=dict)
    """Further variables that the agent needs to run unattended."""
    ca_env: tuple[str, ...] = ()
    """Variables that name a file of certificate authorities to trust."""
    files: dict[str, str] = Field(default_factory=dict)
    """Files that it needs in its home to run unattended: path relative to the home, text. For
    agents that learn the model's address or name from one, `{base_url}` and `{model}` stand for
    them."""
    no_canaries: tuple[str, ...] = ()
    """Canaries that are not planted for it, `*` for all: those that it would take for its own
    credentials, and behave otherwise than on a machine without them."""
    opt_outs: tuple[OptOut, ...] = ()
    hidden: tuple[str, ...] = ()
    """Files of the artifact that its own world shows empty: path relative to its root."""
    hosts: tuple[HostRole, ...] = ()
    answers: tuple[Answer, ...] = ()
    """Tried in order before the catalogue's common answers."""
    declarations: tuple[Declaration, ...] = ()
    """What the vendor says of hosts …"""
    data: tuple[DataDeclaration, ...] = ()
    """… and of kinds of data."""
    agreed: tuple[Agreement, ...] = ()
    """What `command` agrees to in the user's place."""
    examples: Examples
    """References that name this agent, such as `claude-code@2.1.101`, and ones that do not."""

    @property
    def moves(self) -> bool:
        """Whether the agent can be told another address of the model."""
        return self.base_url_env is not None or self.tells(BASE_URL)

    def tells(self, place: str) -> bool:
        """Whether one of the agent's files has this place, `BASE_URL` or `MODEL`."""
        return any(place in text for text in self.files.values())

    @property
    def documents(self) -> dict[str, str]:
        """What of the vendor's was read, with the last date, which may be empty; in order."""
        found: dict[str, str] = {}
        statements: tuple[Declaration | DataDeclaration | OptOut | Agreement, ...] = (
            *self.declarations, *self.data, *self.opt_outs, *self.agreed
        )  # fmt: skip
        for own in statements:
            found[own.source] = max(found.get(own.source, ""), own.date)
        return found

    @model_validator(mode="after")
    def _one_package(self) -> Self:
        if self.npm is not None and self.pypi is not None:
            raise ValueError("give either `npm` or `pypi`")
        if self.needs and self.pypi is None:
            raise ValueError("`needs` is for packages of PyPI")
        return self

    @model_validator(mode="after")
    def _places_are_known(self) -> Self:
        for place, needs in ((BASE_URL, "default_host"), (MODEL, "default_model")):
            told = [path for path, text in self.files.items() if place in text]
            if told and getattr(self, needs) is None:
                raise ValueError(f"`files` names {place}, which needs `{needs}`")
            for own in self.opt_outs:
                if any(path in told and place not in text for path, text in own.files.items()):
                    raise ValueError(f"opting out with {own.id} would take {place} out of it")
        return self

    @model_validator(mode="after")
    def _opt_outs_can_be_tried(self) -> Self:
        given = [name for own in self.opt_outs for name in (own.variable, *own.files) if name]
        for name in given:
            if name in self.env:
                raise ValueError(f"`env` sets {name} already, so opting out would change nothing")
            if given.count(name) > 1:
                raise ValueError(f"two opt-outs set {name}; together, one would undo the other")
        return self

    @model_validator(mode="after")
    def _program_is_known(self) -> Self:
        if not self.programs and any("{program}" in word for word in self.command):
            raise ValueError("`command` starts `{program}`, and `programs` says nothing of it")
        return self
