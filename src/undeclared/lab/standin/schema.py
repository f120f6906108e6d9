"""Values that a JSON schema asks for, as plain as possible; the schemas are an agent's own."""

from collections.abc import Mapping
from typing import Any

from undeclared.lab.standin.exchange import mapping

_DEEPEST = 5
"""Levels: schemas may go round, and what is wanted of a tool is never deep."""


class Schema:
    """A part of an agent's JSON schema; what is odd in it is taken to say nothing."""

    def __init__(self, part: object, root: object = None, depth: int = 0) -> None:
        """`root` is the whole schema, in which references are looked up."""
        self._root = part if root is None else root
        self._depth = depth
        self.part = self._resolved(mapping(part))

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow references, and take the first alternative that is not null."""
        for _ in range(_DEEPEST):
            if isinstance(reference := part.get("$ref"), str):
                place: object = self._root
                for step in reference.removeprefix("#").strip("/").split("/"):
                    place = mapping(place).get(step.replace("~1", "/").replace("~0", "~"))
                part = mapping(place)
                continue
            alternatives = part.get("anyOf") or part.get("oneOf") or part.get("allOf")
            if isinstance(alternatives, list) and "properties" not in part:
                real = [one for one in alternatives if mapping(one).get("type") != "null"]
                beside = {k: v for k, v in part.items() if k not in ("anyOf", "oneOf", "allOf")}
                part = {**beside, **mapping(real[0] if real else None)}
                continue
            break
        return part

    def child(self, part: object) -> "Schema":
        """A schema inside this one."""
        return Schema(part, self._root, self._depth + 1)

    @property
    def kind(self) -> str:
        """The JSON type in lower case; empty if none is given."""
        kind = self.part.get("type")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "null")
        if isinstance(kind, str):
            return kind.lower()
        if isinstance(self.part.get("properties"), dict):
            return "object"
        return ""

    @property
    def properties(self) -> dict[str, "Schema"]:
        """The properties of an object by name; none beyond a depth at which schemas go round."""
        if self._depth > _DEEPEST:
            return {}
        return {
            name: self.child(part) for name, part in mapping(self.part.get("properties")).items()
        }

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the properties that an object must have."""
        names = self.part.get("required")
        known = mapping(self.part.get("properties"))
        return tuple(
            name
            for name in (names if isinstance(names, list) else ())
            if isinstance(name, str) and name in known
        )

    @property
    def items(self) -> "Schema":
        """The schema of the elements of an array."""
        return self.child(self.part.get("items"))

    @property
    def choices(self) -> tuple[Any, ...]:
        """The only values allowed; none if any is."""
        if "const" in self.part:
            return (self.part["const"],)
        enumerated = self.part.get("enum")
        return tuple(enumerated) if isinstance(enumerated, list) else ()

    @property
    def takes_text(self) -> bool:
        """Whether any text is a value of it."""
        return self.kind in ("string", "") and not self.choices

    def value(self, text: str, others: Mapping[str, str], name: str = "") -> Any:  # noqa: ANN401
        """A value that fits: the only or first choice, the default, else the least there is.

        `text` is for texts; `others` has values by name of property, as texts.
        """
        if self.choices:
            return self.choices[0]
        kind = self.kind
        if kind == "object":
            return {
                required: self.properties[required].value(text, others, required)
                for required in self.required
                if self._depth <= _DEEPEST
            }
        if kind == "array":
            least = self.part.get("minItems")
            wanted = isinstance(least, int) and least > 0 and self._depth <= _DEEPEST
            return [self.items.value(text, others, name)] if wanted else []
        if kind == "null":
            return None
        given = others.get(name.lower())
        if kind == "boolean":
            return given == "true" if given else self.part.get("default") is True
        if kind in ("integer", "number"):
            return self._number(given)
        if given is None and isinstance(self.part.get("default"), str):
            given = self.part["default"]
        longest = self.part.get("maxLength")
        said = text if given is None else given
        return said[:longest] if isinstance(longest, int) and longest > 0 else said

    def _number(self, given: str | None) -> int | float:
        candidates = (given, self.part.get("default"), self.part.get("minimum"))
        for candidate in candidates:
            if isinstance(candidate, str) and candidate.isdecimal():
                return int(candidate)
            if isinstance(candidate, int | float) and not isinstance(candidate, bool):
                return candidate
        return 1
