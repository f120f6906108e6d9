"""The scripted tasks."""

from typing import Literal, Self

from pydantic import Field, model_validator

from undeclared.catalogue.entry import Entry, Examples

Wanted = Literal["shell", "read", "edit", "write", "search", "list"]
"""Kinds of tools that a scenario may call."""

_NEEDS = {
    "shell": {"command"},
    "read": {"path"},
    "edit": {"path", "old", "new"},
    "write": {"path", "text"},
    "search": {"pattern"},
    "list": {"path"},
}


class ToolCall(Entry):
    """A tool call of the stand-in model, put in terms of what is wanted.

    The stand-in finds the offered tool for it by the catalogue's tools/, or does the same with a
    shell command.
    """

    wants: Wanted
    """Kind of tool."""
    command: str = ""
    path: str = ""
    """Relative to the repository."""
    old: str = ""
    """One line of the file, whole …"""
    new: str = ""
    """… and what replaces it."""
    text: str = ""
    """Of the whole file."""
    pattern: str = ""
    """What is searched for; no character that is special to a regular expression."""

    @model_validator(mode="after")
    def _says_what_is_wanted(self) -> Self:
        given = {name for name in type(self).model_fields if name != "wants" and self.said(name)}
        if given != (needs := _NEEDS[self.wants]):
            raise ValueError(f"a call that wants {self.wants} gives {', '.join(sorted(needs))}")
        if "\n" in self.old + self.new + self.path + self.pattern:
            raise ValueError("path, old, new and pattern are one line")
        return self

    def said(self, name: str) -> str:
        """One of the arguments; empty if it is not given."""
        return str(getattr(self, name))

    def values(self) -> dict[str, str]:
        """All arguments by name."""
        return {name: self.said(name) for name in type(self).model_fields if name != "wants"}


class Fault(Entry):
    """What goes wrong when a turn is asked for, before it is answered."""

    problem: (
        Literal["unauthorized", "forbidden", "rate-limited", "failed", "unavailable", "overloaded"]
        | None
    ) = None
    """An error, in the words and with the status of the wire: 401, 403, 429, 500, 503, and for
    `overloaded` 529 where the wire has it, else 503. None: the answer is right, but see below."""
    in_stream: bool = False
    """The error comes in the middle of a stream that began well, where the answer is a stream."""
    retry_after: int | None = Field(default=None, ge=0, le=60)
    """Seconds that the error tells to wait."""
    cut_at: float | None = Field(default=None, ge=0, lt=1)
    """The connection breaks off after this part of the body."""
    delay: float = Field(default=0.0, ge=0, le=60)
    """Seconds before the answer."""
    times: int = Field(default=1, ge=1, le=100)
    """So often; then the turn is answered as if nothing had been."""

    @model_validator(mode="after")
    def _something_is_wrong(self) -> Self:
        if self.problem is None and self.cut_at is None and not self.delay:
            raise ValueError("say what goes wrong: `problem`, `cut_at` or `delay`")
        if self.problem is None and (self.in_stream or self.retry_after is not None):
            raise ValueError("`in_stream` and `retry_after` say how a `problem` is told")
        return self


class Turn(Entry):
    """What the stand-in model answers at one turn: a text, a tool call, or both."""

    text: str = ""
    tool: ToolCall | None = None
    fault: Fault | None = None


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
    linger: float = Field(default=0.5, ge=0, le=20)
    """Seconds for processes that an agent leaves running: some send their telemetry that way."""
    repository: dict[str, str]
    """Files of the repository in which the agent works: path, text."""
    results: tuple[str, ...] = ()
    """Texts that the last request holds when every tool has done what was wanted; they come from
    results alone, not from calls, and hold nothing that JSON would escape."""
    examples: Examples
    """Texts that a run's standard output shows when the scenario went through, and that it must
    not show."""

    @model_validator(mode="after")
    def _the_last_turn_ends_it(self) -> Self:
        if self.turns[-1].tool is not None:
            raise ValueError("the last turn calls no tool, else the conversation would not end")
        return self

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
