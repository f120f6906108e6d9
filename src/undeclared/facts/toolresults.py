"""Tells what a model asked for from what an agent sends it unasked."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from undeclared.model import Flow, HttpFlow

Json = Any
"""A JSON document as `json` reads it."""


Output = tuple[str, Json]
"""The output of a tool call, with its JSON pointer."""


def parted(flows: Sequence[Flow], index: int, body: bytes) -> tuple[Json, list[Output]] | None:
    """The body of a request to the model: what is the agent's own, and outputs of tool calls.

    In the first, null stands in place of the others. Only outputs of calls that an earlier answer
    of the model made count as such; any other is the agent's own. None if the flow is not part of a
    conversation, or its body no JSON.
    """
    document = conversation(flows, index, body)
    if document is None:
        return None
    outputs: list[Output] = []
    try:
        return _without(document, "", called(flows, index), outputs), outputs
    except RecursionError:
        return None


def conversation(flows: Sequence[Flow], index: int, body: bytes) -> Json | None:
    """The body of a request to the model; None if the flow is none, or its body no JSON."""
    flow = flows[index]
    if not isinstance(flow, HttpFlow) or flow.step is None:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def called(flows: Sequence[Flow], index: int) -> Callable[[object], bool]:
    """Whether something names a call that the model made before a flow."""
    answers = [
        own.response.body
        for own in flows[:index]
        if isinstance(own, HttpFlow) and own.step is not None and own.response
    ]

    def asked(call: object) -> bool:
        if not isinstance(call, str) or not call:
            return False
        return any(call.encode("utf-8", "surrogateescape") in answer for answer in answers)

    return asked


def _without(
    node: Json, pointer: str, asked: Callable[[object], bool], outputs: list[Output]
) -> Json:
    if isinstance(node, dict):
        if (call := _call(node)) and asked(call):
            outputs.append((pointer, node))
            return None
        return {
            name: _without(own, f"{pointer}/{escaped(name)}", asked, outputs)
            for name, own in node.items()
        }
    if isinstance(node, list):
        return [
            _without(own, f"{pointer}/{number}", asked, outputs) for number, own in enumerate(node)
        ]
    return node


def _call(node: dict[str, Json]) -> object:
    """What names the call of which this is the output, in any of the wires; None if it is none."""
    if node.get("type") == "tool_result":  # Anthropic Messages
        return node.get("tool_use_id")
    if str(node.get("type")).endswith("_call_output"):  # OpenAI Responses
        return node.get("call_id")
    if node.get("role") == "tool":  # OpenAI Chat Completions
        return node.get("tool_call_id")
    if isinstance(node.get("functionResponse"), dict):  # Gemini, which has no ids
        return node["functionResponse"].get("name")
    return None


def strings(node: Json, pointer: str = "") -> Iterator[tuple[str, str]]:
    """All texts of a document with their JSON pointers (RFC 6901)."""
    if isinstance(node, str):
        yield pointer, node
    elif isinstance(node, dict):
        for name, own in node.items():
            yield from strings(own, f"{pointer}/{escaped(name)}")
    elif isinstance(node, list):
        for number, own in enumerate(node):
            yield from strings(own, f"{pointer}/{number}")


def escaped(name: str) -> str:
    """A member's name, as a JSON pointer has it."""
    return name.replace("~", "~0").replace("/", "~1")
