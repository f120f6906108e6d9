"""The report as JSON, and its public schema."""

import json as stdlib_json
from pathlib import Path

import golden
import pytest

from undeclared.model import Report
from undeclared.report import json, schema

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "report-v1.json"


def test_looks_as_agreed(report: Report) -> None:
    golden.check(GOLDEN / "report.json", json.render(report))


def test_is_ascii_and_complete(report: Report) -> None:
    rendered = json.render(report)
    assert rendered.isascii()
    assert Report.model_validate_json(rendered) == report


def test_schema_on_disk_is_the_generated_one() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema.render(), "run `make schema`"


# What other programs rely upon, written down a second time on purpose: a renamed field fails here.
PROMISED = {
    "Report": "schema_version tool_version artifact coverage contacts reads hidden findings",
    "Artifact": "purl name version published sha256 size kind",
    "Coverage": "scenario signals runs minimum_detectable_effect not_exercised complete",
    "Signal": "id levels",
    "RunCounts": "planned completed agent_failed timed_out lab_failed",
    "Contact": "host port role declared requests bytes_out when_opted_out",
    "Read": "signal how evidence",
    "Hidden": "decoder entries evidence",
    "Finding": "id kind severity confidence title declared covert signals channel locus bits"
    " p_value variants evidence",
    "Locus": "host method path part pointer",
    "FindingVariant": "when text codepoints",
}


@pytest.mark.parametrize("name", PROMISED)
def test_promised_names_are_required(name: str) -> None:
    whole = schema.report_schema()
    own = whole if name == "Report" else whole["$defs"][name]
    assert set(PROMISED[name].split()) <= set(own["required"])


def test_schema_is_open_to_new_fields() -> None:
    assert '"additionalProperties": false' not in stdlib_json.dumps(schema.report_schema())
