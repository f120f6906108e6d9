"""The end of an audit, when the disk is full by then."""

from pathlib import Path

import undeclared.audit as stages
from undeclared.model import Report
from undeclared.store import AuditStore, audits

SAMPLE = Path(__file__).parent / "report" / "golden" / "report.json"


def test_a_report_that_cannot_be_kept_is_shown_as_incomplete(tmp_path, monkeypatch):
    report = Report.model_validate_json(SAMPLE.read_text(encoding="utf-8"))

    def full(file, content):
        with audits.told(file):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(audits, "write_durably", full)
    with AuditStore(tmp_path).open("0" * 64) as record:
        shown = stages._finished(record, report, "1f")
    assert shown.findings == report.findings
    assert not shown.coverage.complete
    assert "No space left on device" in shown.coverage.problems[-1]
