"""Where a conversation is in its scenario; the same for every wire."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from undeclared.catalogue import Fault, Scenario, Wanted, fill
from undeclared.lab.standin.exchange import dump
from undeclared.lab.standin.schema import Schema
from undeclared.lab.standin.tools import Call, Offered, call, finish, forced

AUTO, NONE, ANY = "auto", "none", "any"


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a wire reads from a request to the model."""

    model: str
    request: Mapping[str, Any]
    """As it was sent, for what only one wire has."""
    rounds: int
    """Tool calls of the model that it tells of."""
    tools: tuple[Offered, ...] = ()
    stream: bool = False
    choice: str = AUTO
    """Whether a tool may, must or must not be called (`auto`, `any`, `none`)."""
    insists_on: str | None = None
    """The one tool that must be called."""
    structure: Mapping[str, Any] | None = None
    """JSON schema that the text must fit; None for plain text."""
    previous: str | None = None
    """Identifier of the answer that this request goes on from, where the API keeps them."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the model says at one step."""

    step: str
    text: str
    call: Call | None
    identifier: str
    """Letters and digits that are the same in every run: equal runs stay equal in bytes."""
    fault: Fault | None = None
    """What goes wrong before it is said."""


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario, and what its agent lets the model know."""

    scenario: Scenario
    offers_tools: bool = True
    """Whether the agent offers tools in its main conversation …"""
    written: Mapping[Wanted, str] = field(default_factory=dict)
    """… and, where it does not, how a text has it do what is wanted, by kind of tool."""
    finish_command: str | None = None
    """Shell command that ends the task."""
    repository: str | None = None
    """Absolute path in the agent's world."""
    _positions: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for position in range(len(self.scenario.turns)):
            self._positions[self._identifier(f"turn-{position + 1}")] = position

    def say(self, conversation: Conversation) -> Said | None:
        """What the model says next; None if the request goes on from an answer never given.

        A request without tools is no part of the main conversation: agents ask for titles and
        summaries that way. Only an agent that never offers a tool has its main conversation so; it
        is answered with all that there is to say at once. Past the last turn, the last is said
        again.
        """
        rounds = conversation.rounds
        turns = self.scenario.turns
        if conversation.previous is not None:
            told = conversation.previous
            if told == self._identifier("side"):
                rounds = 0
            elif told not in self._positions:
                return None
            else:
                rounds = max(rounds, self._positions[told] + (rounds > 0))
        if not conversation.tools:
            return self._without_tools(conversation)
        position = min(rounds, len(turns) - 1)
        turn = turns[position]
        step = f"turn-{position + 1}"
        called = None
        if conversation.choice != NONE and turn.tool:
            called = call(turn.tool, conversation.tools, turn.text, self.repository)
        elif conversation.choice != NONE and rounds < len(turns):
            called = finish(conversation.tools, turn.text, self.finish_command)
        insisted = self._insisted(conversation, called, turn.text)
        if insisted is not None:
            # One tool alone: a way to ask for data, aside from the main conversation.
            aside = conversation.insists_on is not None
            step = "side" if aside else step
            return Said(step, "", insisted, self._identifier(step))
        text = turn.text
        if conversation.structure is not None and called is None:
            text = self._structured(conversation.structure, text)
        return Said(step, text, called, self._identifier(step), turn.fault)

    def _without_tools(self, conversation: Conversation) -> Said:
        last = len(self.scenario.turns)
        turn = self.scenario.turns[-1]
        step, text, fault = (
            ("side", self.scenario.side, None)
            if self.offers_tools
            else (f"turn-{last}", self._whole(), turn.fault)
        )
        if conversation.structure is not None:
            text = self._structured(conversation.structure, text)
        return Said(step, text, None, self._identifier(step), fault)

    def _whole(self) -> str:
        """All turns in one text, with what the agent can be made to do by it.

        Such an agent does what a text says and is done: it asks for no next turn.
        """
        said = []
        for turn in self.scenario.turns:
            form = self.written.get(turn.tool.wants) if turn.tool else None
            if turn.tool and form:
                said += [turn.text, fill(form, turn.tool.values())]
        return "\n\n".join([*said, self.scenario.turns[-1].text])

    @staticmethod
    def _insisted(conversation: Conversation, called: Call | None, text: str) -> Call | None:
        """The call that the request leaves no choice but to make; None if there is a choice."""
        if conversation.insists_on is not None:
            for tool in conversation.tools:
                if tool.name == conversation.insists_on:
                    return called if called and called.tool == tool else forced(tool, text)
            return None
        if conversation.choice == ANY and called is None:
            return forced(conversation.tools[0], text)
        return None

    @staticmethod
    def _structured(structure: Mapping[str, Any], text: str) -> str:
        return dump(Schema(structure).value(text, {}))

    def _identifier(self, step: str) -> str:
        return hashlib.sha256(f"{self.scenario.id}/{step}".encode()).hexdigest()[:24]
