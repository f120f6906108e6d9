"""A scan as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format, 2020; errata 2023).

What is a finding is a result. Ways from a read to what leaves are its code flows; those that no
finding is about are results of kind `informational`, because a reader of code should see them and
no gate should fail on them.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from undeclared.model import (
    CodeFlow,
    Finding,
    FindingKind,
    FlowStep,
    Omission,
    Region,
    ScanReport,
    Severity,
)

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT = "undeclared/v1"
"""Name of the fingerprint: the finding's id, which a rebuild that renames variables keeps."""
MAX_FLOWS = 10
"""Code flows of one result."""
MAX_NOTICES = 200
"""Omissions told."""

_LEVELS = {
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
_FLOW = "flow"
_RULES = {
    FindingKind.CONDITION.value: (
        "A fact of the machine is compared with constants",
        "The code compares a fact of the machine with constants that are kept hidden, or that"
        " choose what is sent.",
    ),
    FindingKind.HIDDEN_CONSTANTS.value: (
        "Constants are kept in an encoded form",
        "The code keeps constants in a form which no search for their text finds.",
    ),
    _FLOW: (
        "A fact of the machine leads to what is sent",
        "A value that the code reads of the machine goes into what leaves, or decides about it.",
    ),
}
_HELP = "docs/scan.md of undeclared tells what is found, how, and what is not."


def render(report: ScanReport) -> str:
    """The report as a SARIF log with one run; plain ASCII, with a line break at the end."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _run(report: ScanReport) -> dict[str, Any]:
    rules = list(_RULES)
    told = {flow for finding in report.findings for flow in finding.about}
    results = [_finding(own, report, rules) for own in report.findings]
    results += [_flow(own, rules) for own in report.flows if own.id not in told]
    artifact = report.artifact
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "undeclared",
                "version": report.tool_version,
                "rules": [_rule(name) for name in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": report.complete,
                "startTimeUtc": report.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "toolExecutionNotifications": _notices(report.omissions),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "purl": artifact.purl,
            "name": artifact.name,
            "version": artifact.version,
            "sha256": artifact.sha256,
            "files": report.files,
            "bytes": report.bytes,
        },
    }
    return run


def _rule(name: str) -> dict[str, Any]:
    short, full = _RULES[name]
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": f"{short}."},
        "fullDescription": {"text": full},
        "help": {"text": _HELP},
    }


def _finding(finding: Finding, report: ScanReport, rules: Sequence[str]) -> dict[str, Any]:
    text = finding.title + (f" ({finding.condition})" if finding.condition else "")
    result = {
        "ruleId": finding.kind.value,
        "ruleIndex": rules.index(finding.kind.value),
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{text}."},
        "locations": [_location(finding.regions[0])],
        "partialFingerprints": {FINGERPRINT: finding.id},
        "properties": {
            "severity": finding.severity.value,
            "confidence": finding.confidence.value,
            "signals": [signal.id for signal in finding.signals],
        },
    }
    if len(finding.regions) > 1:
        result["relatedLocations"] = [
            {"id": number, **_location(region)}
            for number, region in enumerate(finding.regions[1:], start=1)
        ]
    ways = [flow for flow in report.flows if flow.id in finding.about]
    if ways:
        result["codeFlows"] = [_code_flow(flow) for flow in ways[:MAX_FLOWS]]
    return result


def _flow(flow: CodeFlow, rules: Sequence[str]) -> dict[str, Any]:
    by = "decides what is in" if flow.by == "choice" else "goes into"
    subject = " or ".join(flow.signals) or flow.what
    return {
        "ruleId": _FLOW,
        "ruleIndex": rules.index(_FLOW),
        "kind": "informational",
        "level": "none",
        "message": {"text": f"{subject} ({flow.what}) {by}: {flow.sink}."},
        "locations": [_location(flow.steps[-1].region)],
        "codeFlows": [_code_flow(flow)],
        "partialFingerprints": {FINGERPRINT: flow.id},
        "properties": {"signals": list(flow.signals)},
    }


def _code_flow(flow: CodeFlow) -> dict[str, Any]:
    return {"threadFlows": [{"locations": [_step(step) for step in flow.steps]}]}


def _step(step: FlowStep) -> dict[str, Any]:
    return {"location": {**_location(step.region), "message": {"text": step.says}}}


def _location(region: Region) -> dict[str, Any]:
    place: dict[str, Any] = {
        "byteOffset": region.start,
        "byteLength": region.end - region.start,
    }
    if region.excerpt:
        place["snippet"] = {"text": region.excerpt}
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(region.path, safe="/!$@:+,;=~()'&*")},
            "region": place,
        }
    }


def _notices(omissions: Iterable[Omission]) -> list[dict[str, Any]]:
    found = list(omissions)
    told = [
        {
            "level": "warning",
            "message": {"text": f"Left out: {own.path or 'in all'}: {own.what}."},
        }
        for own in found[:MAX_NOTICES]
    ]
    if len(found) > MAX_NOTICES:
        more = len(found) - MAX_NOTICES
        told.append({"level": "warning", "message": {"text": f"Left out: {more} more."}})
    return told
