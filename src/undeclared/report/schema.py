"""`python -m undeclared.report.schema NAME` prints a JSON schema of `REPORTS` (`make schema`)."""

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from undeclared.model import (
    ComparisonReport,
    DifferenceReport,
    Frozen,
    Report,
    ScanReport,
    TimelineReport,
)

REPORTS: dict[str, type[Frozen]] = {
    "audit": Report,
    "scan": ScanReport,
    "comparison": ComparisonReport,
    "difference": DifferenceReport,
    "timeline": TimelineReport,
}


class _EveryField(GenerateJsonSchema):
    """Requires every field, because `render` writes every field, defaults included.

    Fields are described by the text below them in the source. Pydantic would do so by itself, and
    take a tenth of a second for it whenever the types are imported.
    """

    def field_is_required(self, *_: object, **__: object) -> bool:
        return True

    def model_schema(self, schema: Any) -> JsonSchemaValue:  # noqa: ANN401 - of pydantic's core
        described = super().model_schema(schema)
        told = {name: text for cls in reversed(schema["cls"].__mro__) for name, text in _told(cls)}
        for name, field in described.get("properties", {}).items():
            if name in told:
                field["description"] = told[name]
        return described


def _told(cls: type) -> Iterator[tuple[str, str]]:
    """The fields that a class has by itself, with the text below each."""
    if not cls.__module__.startswith("undeclared."):
        return
    body = ast.parse(inspect.getsource(cls)).body[0].body  # type: ignore[attr-defined] # a class
    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


def report_schema(name: str = "audit") -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of what `report.json.render` writes of one of `REPORTS`.

    It is open although our types are closed: a later version may add fields without raising
    `schema_version`, and whoever validates against this schema must not trip over them.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_open(
            REPORTS[name].model_json_schema(schema_generator=_EveryField, mode="serialization")
        ),
    }


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    opened = {}
    for key, value in schema.items():
        if key == "additionalProperties" and value is False:
            continue
        opened[key] = _open(value) if isinstance(value, dict) else value
    return opened


def render(name: str = "audit") -> str:
    """The schema as text, as it lies in docs/schema/."""
    return json.dumps(report_schema(name), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render(*sys.argv[1:]))
