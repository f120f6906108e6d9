"""What an entry of the catalogue looks like.

Every entry carries examples that match and that must not; an entry without them does not load.
These types live beside `model/` on the lowest floor and know nothing of it.
"""

import re
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from undeclared.catalogue.vocabulary import Vocabulary


class Entry(BaseModel):
    """An immutable record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Examples(Entry):
    """Inputs that an entry must match, and near misses that it must not."""

    match: tuple[str, ...] = Field(min_length=1)
    reject: tuple[str, ...] = Field(min_length=1)


# --- agents -------------------------------------------------------------------------------------


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
    status: int = 200
    content_type: str = "application/json"
    body: str = ""


class HostRole(Entry):
    """What a host is known to be for."""

    host: str
    """Glob over the host name."""
    role: Literal["model", "telemetry", "errors", "flags", "update", "registry", "auth", "other"]


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


class AgentProfile(Entry):
    """What we know of one agent."""

    id: str
    title: str
    npm: str | None = None
    """Package name on the npm registry; None for agents that are not there."""
    versions: str = "*"
    """For which versions this profile holds, in words."""
    programs: tuple[Program, ...] = ()
    """The first that exists is the agent."""
    command: tuple[str, ...] = Field(min_length=1)
    """Command line. `{program}` is the program found, `{prompt}` the scenario's prompt; without
    `{prompt}` the prompt is standard input."""
    cwd: Literal["repository", "artifact"] = "repository"
    wire: Wire
    default_host: str | None = None
    """The model's host when no base URL is given; None if the agent has no such default."""
    base_url_env: str | None = None
    """Variable that names the model's address; None if the agent has none."""
    base_url: str = "https://{host}"
    """What that variable holds, with `{host}`."""
    key_env: str | None = None
    key: str = "sk-fake-undeclared-0000000000000000"
    """A key that looks fake, so that it can never be mistaken for somebody's."""
    env: dict[str, str] = Field(default_factory=dict)
    """Further variables that the agent needs to run unattended."""
    ca_env: tuple[str, ...] = ()
    """Variables that name a file of certificate authorities to trust."""
    files: dict[str, str] = Field(default_factory=dict)
    """Files that it needs in its home to run unattended: path relative to the home, text."""
    hosts: tuple[HostRole, ...] = ()
    answers: tuple[Answer, ...] = ()
    """Tried in order before the catalogue's common answers."""
    declarations: tuple[Declaration, ...] = ()
    examples: Examples
    """References that name this agent, such as `claude-code@2.1.101`, and ones that do not."""

    @model_validator(mode="after")
    def _program_is_known(self) -> Self:
        if not self.programs and any("{program}" in word for word in self.command):
            raise ValueError("`command` starts `{program}`, and `programs` says nothing of it")
        return self


# --- signals ------------------------------------------------------------------------------------


class Level(Entry):
    """One default value of a signal."""

    value: str
    group: str
    """Why this value is worth trying: `default`, `neutral`, `country domain` …"""


class Setting(Entry):
    """How a level reaches the agent; several may be set. `{level}` is replaced."""

    env: dict[str, str] = Field(default_factory=dict)
    localtime: str | None = None
    """Zone that `/etc/localtime` and `/etc/timezone` name."""
    base_url_host: str | None = None
    """Host that the profile's base URL variable names."""


class SignalSpec(Entry):
    """A fact of the environment that an experiment can vary."""

    id: str
    title: str
    how: str
    """How it is set realistically, in a sentence."""
    set: Setting
    """Not applied for the level `unset`."""
    levels: tuple[Level, ...] = Field(min_length=2)
    """The first is the default."""
    pattern: str
    """What a level must look like (whole match); `unset` is allowed only if it matches."""
    vocabulary: Vocabulary | None = None
    """The list of names that a level must be in, besides; None if any that matches will do."""
    examples: Examples

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern

    @field_validator("levels")
    @classmethod
    def _default_first(cls, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        if len({level.value for level in levels}) < len(levels):
            raise ValueError("a level is there twice")
        if [level.group == "default" for level in levels] != [True] + [False] * (len(levels) - 1):
            raise ValueError("the first level, and no other, is of the group `default`")
        return levels

    @field_validator("set")
    @classmethod
    def _reaches_the_agent(cls, setting: Setting) -> Setting:
        if setting == Setting():
            raise ValueError("say how a level reaches the agent, else it would vary nothing")
        return setting

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        for level in (*self.examples.match, *(level.value for level in self.levels)):
            if not self.accepts(level):
                raise ValueError(f"{level!r} should be a level of {self.id}")
        for level in self.examples.reject:
            if self.accepts(level):
                raise ValueError(f"{level!r} should not be a level of {self.id}")
        return self

    def accepts(self, level: str) -> bool:
        """Whether a value can be a level of this signal."""
        if re.fullmatch(self.pattern, level) is None:
            return False
        return self.vocabulary is None or self.vocabulary.has(level)

    @property
    def default(self) -> str:
        """The level that a plain machine shows."""
        return self.levels[0].value


# --- channels -----------------------------------------------------------------------------------


class Pair(Entry):
    """Two variants of a locus, in their surroundings."""

    before: str
    after: str


class PairExamples(Entry):
    """Pairs of variants that are of this channel, and pairs that are not."""

    match: tuple[Pair, ...] = Field(min_length=1)
    reject: tuple[Pair, ...] = Field(min_length=1)


class ChannelSpec(Entry):
    """How a locus carries information."""

    id: str
    title: str
    views: tuple[str, ...] = Field(min_length=1)
    """The views that show it: `text`, `value`, `presence`, `order`, `case`, `whitespace` …"""
    parts: tuple[str, ...] = ("*",)
    """Parts of a flow in which it occurs (globs): `body`, `header`, `question` …"""
    rule: Literal[
        "any",
        "whole",
        "confusable",
        "invisible",
        "whitespace",
        "case",
        "normalisation",
        "date-format",
        "same-number",
    ] = "any"
    """What must hold between two variants; `whole`: they differ in all of their text."""
    rank: int
    """Where several channels fit, the lowest rank is the channel."""
    covert: bool
    """Variants of this channel look or mean the same to a person."""
    because: str = ""
    """The rule by which they do, for the report; given if and only if `covert`."""
    examples: PairExamples

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.covert != bool(self.because):
            raise ValueError("give `because` if and only if `covert`")
        return self


# --- scenarios ----------------------------------------------------------------------------------


class ToolCall(Entry):
    """A tool call of the stand-in model, put in terms of what the agent offers."""

    wants: Literal["shell"]
    """Kind of tool: the first offered tool that takes a shell command."""
    command: str


class Turn(Entry):
    """What the stand-in model answers at one turn: a text, a tool call, or both."""

    text: str = ""
    tool: ToolCall | None = None


class Scenario(Entry):
    """The scripted task."""

    id: str
    title: str
    prompt: str
    turns: tuple[Turn, ...] = Field(min_length=1)
    """Answered in order to the main conversation; the last ends it."""
    side: str
    """Text answered to requests that offer no tools (titles, summaries)."""
    timeout: float = 60.0
    """Seconds after which an agent is ended."""
    repository: dict[str, str]
    """Files of the repository in which the agent works: path, text."""
    examples: Examples
    """Texts that a run's standard output shows when the scenario went through, and that it must
    not show."""

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        ending = self.turns[-1].text
        for text in self.examples.match:
            if text not in ending:
                raise ValueError(f"{text!r} should be in the text of the last turn")
        for text in self.examples.reject:
            if text in ending:
                raise ValueError(f"{text!r} should not be in the text of the last turn")
        return self
