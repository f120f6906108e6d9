"""What was sent in one place, apart by who wanted it: the user's prompt, the model, or nobody."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from undeclared.catalogue import Scenario
from undeclared.facts.sent import Sent
from undeclared.facts.toolresults import called, escaped, parted, strings
from undeclared.model import AskedFor, Flow

LEAST = 12
"""Characters of what the model said, or a tool was told to do, that are no chance."""
_DEPTH = 2
"""Documents within texts of documents that are read."""

Texts = list[tuple[str, str]]
"""Texts with their JSON pointers."""


class Portion(NamedTuple):
    """Of what was sent in one place, what was sent for the same reason."""

    asked_for: AskedFor
    data: bytes
    texts: Texts | None
    """The same as texts; None where it has not been read as such."""


def spoken(scenario: Scenario) -> list[str]:
    """What the model says in a scenario and tells tools to do, the longest first."""
    said = [turn.text for turn in scenario.turns] + [scenario.side]
    for turn in scenario.turns:
        said += turn.tool.values().values() if turn.tool else ()
    return sorted({own for own in said if len(own) >= LEAST}, key=lambda own: (-len(own), own))


def portions(
    flows: Sequence[Flow], own: Sent, prompt: str, said: Sequence[str]
) -> Iterator[Portion]:
    """The body of a request to the model by who wanted it; all else in one piece, for nobody.

    `said` is what `spoken` gives. Only calls that the model really made count as such.
    """
    split = parted(flows, own.flow, own.data) if own.part == "body" else None
    if split is None:
        yield Portion(AskedFor.NOBODY, own.data, None)
        return
    rest, outputs = split
    answers: list[tuple[str, Any]] = []
    rest = _without_answers(rest, "", said, called(flows, own.flow), answers)
    texts = list(strings(rest))
    asking = [(pointer, text) for pointer, text in texts if prompt and prompt in text]
    if asking:
        yield Portion(AskedFor.PROMPT, prompt.encode("utf-8", "surrogatepass"), asking)
    unasked = _bytes(rest).replace(_bytes(prompt)[1:-1], b" ") if asking else _bytes(rest)
    yield Portion(AskedFor.NOBODY, unasked, None)
    told = [pair for pointer, node in (*outputs, *answers) for pair in strings(node, pointer)]
    if told:
        yield Portion(AskedFor.TOOL, _bytes([text for _, text in told]), told)


def _without_answers(
    node: Any,  # noqa: ANN401 - JSON
    pointer: str,
    said: Sequence[str],
    made: Callable[[object], bool],
    answers: list[tuple[str, Any]],
) -> Any:  # noqa: ANN401
    """A document with null in the place of what the model said and of the calls that it made."""
    if isinstance(node, dict):
        if _is_answer(node, said, made):
            answers.append((pointer, node))
            return None
        return {
            name: _without_answers(own, f"{pointer}/{escaped(name)}", said, made, answers)
            for name, own in node.items()
        }
    if isinstance(node, list):
        return [
            _without_answers(own, f"{pointer}/{number}", said, made, answers)
            for number, own in enumerate(node)
        ]
    return node


def _is_answer(node: dict[str, Any], said: Sequence[str], made: Callable[[object], bool]) -> bool:
    """Whether it is a message of the model that comes back, or one of its calls."""
    if str(node.get("type")).endswith("_call") and made(node.get("call_id")):
        return True
    if node.get("role") not in ("assistant", "model"):
        return False
    texts = [text for _, text in strings(node)]
    return any(own in text for text in texts for own in said) or any(
        made(text) for pointer, text in strings(node) if pointer.endswith(("/id", "/name"))
    )


def texts(own: Sent, portion: Portion) -> Texts:
    """The texts of a portion; none where it is no JSON."""
    if portion.texts is not None:
        return portion.texts
    return list(_deep(portion.data)) if own.part == "body" else []


def values(own: Sent, portion: Portion) -> Iterator[str]:
    """Texts of which a value could be the whole."""
    if own.part == "body":
        yield from (text for _, text in texts(own, portion))
    elif own.part == "header":
        yield own.data.decode("utf-8", "replace")
    elif own.part == "query":
        yield from (value for _, value in parse_qsl(own.data.decode("utf-8", "replace")))


def _deep(data: bytes, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """All texts of a document, of several, one a line, and of documents within texts."""
    for number, document in enumerate(_documents(data)):
        top = f"{pointer}#ndjson/{number}" if number else pointer
        for inner, text in strings(document, top):
            yield inner, text
            if depth < _DEPTH and text[:1] in ("{", "["):
                yield from _deep(text.encode("utf-8", "surrogatepass"), f"{inner}#json", depth + 1)


def _documents(data: bytes) -> list[Any]:
    try:
        return [json.loads(data)]
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in data.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return []


def _bytes(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
