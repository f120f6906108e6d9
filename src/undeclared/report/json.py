"""A report as JSON, schema version 1 (docs/schema/)."""

import json

from undeclared.model import (
    ComparisonReport,
    DifferenceReport,
    Report,
    ScanReport,
    TimelineReport,
)

_Any = Report | ScanReport | ComparisonReport | DifferenceReport | TimelineReport


def render(report: _Any) -> str:
    """The whole report as indented JSON, with a line break at the end.

    Everything that is not printable ASCII is escaped (RFC 8259, section 7): what an agent wrote
    can neither steer a terminal nor hide in it.
    """
    return json.dumps(report.model_dump(mode="json"), indent=2, ensure_ascii=True) + "\n"
