"""The scripted tasks."""

from typing import Literal, Self

from pydantic import Field, model_validator

from undeclared.catalogue.entry import Entry, Examples


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
