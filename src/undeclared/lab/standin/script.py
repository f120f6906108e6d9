"""Where a conversation is in its scenario; the same for every wire."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from undeclared.catalogue import Scenario, ToolCall

_COMMAND_PROPERTIES = ("command", "cmd")


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call in terms of what the agent offers."""

    tool: str
    arguments: dict[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What the model says at one step."""

    step: str
    text: str
    call: Call | None

    def identifier(self, scenario: Scenario, length: int = 24) -> str:
        """Letters and digits that are the same in every run: equal runs stay equal in bytes."""
        return hashlib.sha256(f"{scenario.id}/{self.step}".encode()).hexdigest()[:length]


def say(scenario: Scenario, tools: Iterable[tuple[str, Mapping[str, Any]]], turns: int) -> Said:
    """What the model says after `turns` rounds of tool use.

    `tools` are those that the request offers: the name and the JSON schema of each. A request
    without tools is no part of the main conversation: agents ask for titles and summaries that
    way. Past the last turn, the last is said again.
    """
    offered = tuple(tools)
    if not offered:
        return Said("side", scenario.side, None)
    position = min(turns, len(scenario.turns) - 1)
    turn = scenario.turns[position]
    return Said(f"turn-{position + 1}", turn.text, _call(turn.tool, offered) if turn.tool else None)


def _call(wanted: ToolCall, offered: tuple[tuple[str, Mapping[str, Any]], ...]) -> Call | None:
    """The first tool with a string property for a command; its name does not matter."""
    for name, schema in offered:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            continue
        for prop in _COMMAND_PROPERTIES:
            kind = properties.get(prop)
            if isinstance(kind, Mapping) and kind.get("type") == "string":
                return Call(name, {prop: wanted.command})
    return None
